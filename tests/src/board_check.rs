//! Does the firmware do its work on an emulated board, and what does it cost?
//!
//! Everything is asked over the real wire with the daemon's own client, and a token is checked with the auditor's
//! crate.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use wetsign_attest::{
    binding,
    eat::{Attestation, Claims, Home},
    id::{self, PublicKey},
};
use wetsignd::element::{
    Capture, ElementAddress, ElementClient, ElementError, ElementIdentity, SessionBinding,
};
use zeroize::Zeroizing;

use crate::{
    board::{EmulatedBoard, Firmware},
    firmware_image::Image,
};

/// The host's key to the channel, in these trials.
const HOST: [u8; 32] = [7; 32];
/// How long a board may take until it answers.
const ANSWERS: Duration = Duration::from_secs(30);
/// How long a change of a line may take until it is seen; a board looks ten times a second.
const SEEN: Duration = Duration::from_secs(10);

/// What a signature and an attestation cost. Counted on the emulated processor, what the host does for it not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Instructions from the request's last byte to the answer's first.
    pub attestation: u64,
    /// Instructions of the Ed25519 signature in it.
    pub signature: u64,
    /// The most bytes of stack in use since boot.
    pub stack: u64,
}

/// Connects, waiting for the board to boot.
pub async fn connect(board: &EmulatedBoard) -> anyhow::Result<ElementClient> {
    let deadline = Instant::now() + ANSWERS;
    loop {
        let mut client = ElementClient::new(ElementAddress::Unix(board.socket()), Zeroizing::new(HOST));
        match client.identity().await {
            Ok(_) => return Ok(client.with_deadline(ANSWERS)),
            Err(ElementError::Deadline { .. }) if Instant::now() < deadline => {}
            Err(error) => {
                let console = board.console().unwrap_or_default();
                return Err(error).with_context(|| format!("the board does not answer; it said:\n{console}"));
            }
        }
    }
}

/// One session and its token, checked as an auditor checks it.
pub async fn attest(client: &mut ElementClient) -> anyhow::Result<Claims> {
    let identity = client.identity().await?;
    let binding = SessionBinding { request_id: [1; 32], verdict_id: [2; 32], validator_key: [3; 32] };
    let challenge = client.begin(&binding).await?;
    let capture = Capture { probe_commitment: [4; 32], report_digest: [5; 32], manifest_digest: [6; 32] };
    let token = client.attest(&capture).await?;
    client.end().await?;
    let attestation = Attestation::decode(&token.bytes, &PublicKey::Ed25519(identity.public_key))
        .context("the auditor does not accept the token")?;
    let claims = attestation.claims().clone();
    let request = id::Id(binding.request_id);
    let nonce = binding::nonce(
        &request,
        &id::Id(binding.verdict_id),
        &PublicKey::Ed25519(binding.validator_key),
        &id::Digest(challenge),
    );
    ensure!(claims.nonce == nonce, "the token is for another session");
    ensure!(claims.counter == token.counter, "the token's counter is not the answer's");
    ensure!(claims.ueid.0 == identity.ueid, "the token is of another element");
    ensure!(claims.firmware.0 == identity.firmware_digest, "the token names another firmware");
    ensure!(claims.home == Home::Emulator, "an emulated board says that it is {:?}", claims.home);
    ensure!(
        !claims.oemboot && claims.dbgstat == 0,
        "an emulated board claims a checked boot or closed debugging"
    );
    Ok(claims)
}

/// Starts the board in `state`, attests, cuts the power, starts it again, opens the case. An error says what does not
/// hold.
pub async fn whole_life(firmware: &Firmware, image: &Image, state: &Path) -> anyhow::Result<()> {
    let mut board = EmulatedBoard::start(firmware, state).await?;
    let mut client = connect(&board).await?;
    let first = client.identity().await?;
    ensure!(
        first.firmware_digest == image.digest.0,
        "the board measures {}, its file is {}",
        hex::encode(first.firmware_digest),
        image.digest
    );
    let tests = client.self_test().await?;
    ensure!(tests.failed == 0, "self-tests failed: {:#b}", tests.failed);
    let token = attest(&mut client).await?;
    ensure!((token.counter, token.tamper, first.bootcount) == (1, 0, 1), "a new board does not begin at one");

    board.kill()?;
    drop(board);
    let board = EmulatedBoard::start(firmware, state).await?;
    let mut client = connect(&board).await?.with_counter_floor(1);
    let second = client.identity().await?;
    let same = (second.public_key, second.ueid) == (first.public_key, first.ueid);
    ensure!(same && second.bootcount == 2, "after a power cut it is not the same element");
    ensure!(attest(&mut client).await?.counter == 2, "the counter does not go on after a power cut");
    tampered(&board, &mut client, &second).await
}

/// Opens the case and looks for what must be gone.
async fn tampered(
    board: &EmulatedBoard,
    client: &mut ElementClient,
    before: &ElementIdentity,
) -> anyhow::Result<()> {
    let root = stored_root(&std::fs::read(board.flash())?)?;
    board.open_case().await?;
    let deadline = Instant::now() + SEEN;
    // The channel goes with the keys: that is an error of its own, before the state can be asked for over a new one.
    while client.identity().await.map_or(0, |identity| identity.tamper) == 0 {
        ensure!(Instant::now() < deadline, "the opened case is not noticed within {} s", SEEN.as_secs());
    }
    board.close_case().await?;
    let after = client.identity().await?;
    ensure!(after.public_key != before.public_key, "the key outlived the opening of the case");
    ensure!(
        after.ueid == before.ueid && after.certificate.is_empty(),
        "the tampered element is another, or certified"
    );
    let flash = std::fs::read(board.flash())?;
    ensure!(!flash.windows(root.len()).any(|window| window == root), "the old root secret is still in flash");
    let binding = SessionBinding { request_id: [1; 32], verdict_id: [2; 32], validator_key: [3; 32] };
    match client.begin(&binding).await {
        Err(ElementError::Tampered { lines: 1 }) => Ok(()),
        other => bail!("a session of a tampered element: {:?}", other.map(hex::encode)),
    }
}

/// The root secret in the one image of the state that this memory holds: 32 bytes of header, format, a flag, the root.
///
/// # Errors
/// A memory without an image.
pub fn stored_root(memory: &[u8]) -> anyhow::Result<[u8; 32]> {
    let image = memory.windows(66).find(|image| image.starts_with(b"WSIMAGE1"));
    let root = image.and_then(|image| image[34..].first_chunk()).copied();
    root.context("the memory holds no image of the state")
}

/// What an attestation costs, from the program that says it.
pub async fn cost(measuring: &Firmware, state: &Path) -> anyhow::Result<Cost> {
    let board = EmulatedBoard::start(measuring, state).await?;
    let mut client = connect(&board).await?;
    for _ in 0..3 {
        attest(&mut client).await?;
    }
    let attestations = costs(&board)?;
    let signing = attestations.iter().filter(|cost| cost.signature > 0);
    let dearest =
        signing.max_by_key(|cost| cost.attestation).context("the board said nothing of its cost")?;
    // It checks a signature, which needs more stack than making one.
    client.self_test().await?;
    let stack = costs(&board)?.iter().map(|cost| cost.stack).max().unwrap_or_default();
    Ok(Cost { stack, ..*dearest })
}

/// What the board has said of its cost so far, frame by frame.
fn costs(board: &EmulatedBoard) -> anyhow::Result<Vec<Cost>> {
    let nanoseconds = 1_000_000_000 / board.board().cycles_a_second();
    let frames = board.console()?;
    let frames = frames.lines().filter_map(read_frame);
    let cost = |[frame, signature, stack]: [u64; 3]| Cost {
        attestation: frame * nanoseconds,
        signature: signature * nanoseconds,
        stack,
    };
    Ok(frames.map(cost).collect())
}

/// Reads `measure frame N signature N stack N`.
fn read_frame(line: &str) -> Option<[u64; 3]> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words[..] {
        ["measure", "frame", frame, "signature", signature, "stack", stack] => {
            Some([frame.parse().ok()?, signature.parse().ok()?, stack.parse().ok()?])
        }
        _ => None,
    }
}
