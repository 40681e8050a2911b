//! A host that asks a secure element for a token whatever state that is in. The daemon would not.

use std::{io::ErrorKind, path::Path, time::Duration};

use anyhow::{Context, bail, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
    time::timeout,
};
use wetsign_attest::{
    eat::{Attestation, Claims},
    id::PublicKey,
};
use wetsign_wire::{
    Answer, FrameReader, Kind, Request, Response,
    channel::{Channel, Opening},
    encode_clear, encode_handshake, encode_sealed, limits,
};

const ANSWERS: Duration = Duration::from_secs(30);

/// Has the element at `socket` sign a capture of nothing, over a channel with this host key; answers what the token
/// says, once its signature holds under the key that the element told.
///
/// # Errors
/// An element that does not answer, refuses, or signs with another key than it tells.
pub async fn token(socket: &Path, host_key: &[u8; 32]) -> anyhow::Result<Claims> {
    timeout(ANSWERS, session(socket, host_key))
        .await
        .with_context(|| format!("no token came from {} within {} s", socket.display(), ANSWERS.as_secs()))?
}

async fn session(socket: &Path, host_key: &[u8; 32]) -> anyhow::Result<Claims> {
    let mut host = Host::connect(socket).await?;
    let (key, channel_key, ueid) = host.identity().await?;
    let mut ephemeral = [0; 32];
    getrandom::fill(&mut ephemeral).context("drawing random bytes from the operating system")?;
    let (opening, message) =
        Opening::new(host_key, &ephemeral, &channel_key, &ueid).ok().context("its key")?;
    let mut out = [0; limits::FRAME];
    let frame = encode_handshake(2, &message, &mut out).ok().context("the handshake is too long")?;
    host.stream.write_all(frame).await?;
    host.frame().await?;
    let answer = host.reader.frame().ok().context("no sound frame")?;
    ensure!(answer.header.kind == Kind::Handshake, "the element does not open a channel");
    let mut channel = opening.finish(answer.payload).ok().context("the channel does not open")?;

    let (request_id, verdict_id, validator_key) = ([1; 32], [2; 32], [3; 32]);
    host.ask(&mut channel, 3, &Request::Begin { request_id, verdict_id, validator_key }).await?;
    let (probe_commitment, report_digest, manifest_digest) = ([4; 32], [5; 32], [6; 32]);
    let attest = Request::Attest { probe_commitment, report_digest, manifest_digest };
    let token = host.ask(&mut channel, 4, &attest).await?.context("it signed nothing")?;
    let attestation =
        Attestation::decode(&token, &PublicKey::Ed25519(key)).context("the token does not hold")?;
    Ok(attestation.claims().clone())
}

struct Host {
    stream: UnixStream,
    reader: Box<FrameReader>,
}

impl Host {
    /// The socket may be another's for a moment longer.
    async fn connect(socket: &Path) -> anyhow::Result<Self> {
        let mut stream = loop {
            match UnixStream::connect(socket).await {
                Ok(stream) => break stream,
                Err(error) if error.kind() == ErrorKind::WouldBlock => tokio::task::yield_now().await,
                Err(error) => return Err(error).with_context(|| format!("reaching {}", socket.display())),
            }
        };
        // The zero ends what an older connection may have left half-sent.
        stream.write_all(&[0]).await?;
        Ok(Self { stream, reader: Box::new(FrameReader::new()) })
    }

    async fn identity(&mut self) -> anyhow::Result<([u8; 32], [u8; 32], [u8; 17])> {
        let mut out = [0; 64];
        let frame = encode_clear(1, &Request::Identity, &mut out).ok().context("the question is too long")?;
        self.stream.write_all(frame).await?;
        loop {
            self.frame().await?;
            // The rest of what an older connection was told.
            let Ok(frame) = self.reader.frame() else { continue };
            if frame.header.sequence != 1 {
                continue;
            }
            match Response::from_bytes(frame.payload).ok().context("no answer in the frame")?.answer {
                Answer::Identity(id) => return Ok((id.public_key, id.channel_key, id.ueid)),
                other => bail!("the element does not say who it is: {}", other.name()),
            }
        }
    }

    /// One request; the token, if that was the answer.
    async fn ask(
        &mut self,
        channel: &mut Channel,
        sequence: u16,
        request: &Request<'_>,
    ) -> anyhow::Result<Option<Vec<u8>>> {
        let (mut scratch, mut out) = ([0; limits::FRAME], [0; limits::FRAME]);
        let frame = encode_sealed(channel, sequence, request, &mut scratch, &mut out).ok();
        self.stream.write_all(frame.context("the request is too long")?).await?;
        self.frame().await?;
        let frame = self.reader.frame().ok().context("no sound frame")?;
        ensure!(frame.header.kind != Kind::Clear, "the element ended the channel");
        let plain = frame.decrypt(channel).ok().context("the answer does not open")?;
        match Response::from_bytes(plain).ok().context("no answer in the frame")?.answer {
            Answer::Token { token, .. } => Ok(Some(token.to_vec())),
            Answer::Refused { code, .. } => bail!("the element refuses: {code:?}"),
            _ => Ok(None),
        }
    }

    /// Reads until a frame is whole.
    async fn frame(&mut self) -> anyhow::Result<()> {
        loop {
            let byte = self.stream.read_u8().await.context("the element hung up")?;
            if self.reader.push(byte) {
                return Ok(());
            }
        }
    }
}
