//! `wetsign ceremony`: a proving key from powers of tau and the contributions of many.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::{Args, Subcommand};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use wetsign_attest::id::PublicKey;
use wetsign_attest::shown::unfit_as_name;
use wetsign_ceremony::iden3::{self, ContributionKind, Zkey};
use wetsign_ceremony::{self as ceremony, Ceremony, Entry, Phase1Error, PowersOfTau, VerifyFromError};
use wetsign_circuits::{CircuitInfo, Shape, circuit_info};

use crate::file::{self, For};
use crate::key;
use crate::output::{Answer, Outcome, plain};

/// `wetsign ceremony`.
#[derive(Debug, Args)]
pub struct CeremonyArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: CeremonyCommand,
}

/// From which powers of tau, for which circuit.
#[derive(Debug, Args)]
pub struct CeremonyStart {
    /// Powers of tau of phase 1 (`.ptau`), with at least one secret contribution. `new` without it makes its own, for
    /// development.
    #[arg(long, value_name = "FILE")]
    pub ptau: Option<PathBuf>,
    /// Another size than the frozen one, for trials: FACE,VOICE,LEVELS.
    #[arg(long, value_name = "SIZES", value_delimiter = ',')]
    pub shape: Vec<usize>,
}

/// Commands of `wetsign ceremony`.
#[derive(Debug, Subcommand)]
pub enum CeremonyCommand {
    /// Start phase 2: a key that nobody has contributed to yet. At the frozen size it takes minutes from powers of tau
    /// that were not prepared for it.
    New {
        #[command(flatten)]
        start: CeremonyStart,
        /// Where to write the `.zkey`; an existing file is never overwritten.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Multiply a secret into the key that nobody learns, and forget it. `snarkjs zkey contribute` does the same.
    Contribute {
        /// The key so far (`.zkey`).
        file: PathBuf,
        /// Your name in the transcript, at most 64 bytes, without control or hidden characters.
        #[arg(long)]
        name: String,
        /// Randomness of your own, hashed together with the operating system's.
        #[arg(long, default_value = "")]
        entropy: String,
        /// Where to write the next key.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// The last contribution: a public value that nobody could know beforehand. It hides nothing, so a secret one comes
    /// before it.
    Beacon {
        /// The key so far (`.zkey`).
        file: PathBuf,
        /// The value, hexadecimal.
        #[arg(long, value_name = "HEX")]
        value: String,
        /// SHA-256 is applied 2^EXPONENT times to it, at most 30. snarkjs takes 10 or more.
        #[arg(long, default_value_t = 20)]
        exponent: u8,
        /// Where to write the next key.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Check every contribution and every point, from the powers of tau on, and say who did what. Each phase needs a
    /// secret contribution: a beacon is public and counts for nothing. Exit: 0 holds, 2 refused, 1 error.
    Verify {
        /// The key (`.zkey`).
        file: PathBuf,
        #[command(flatten)]
        start: CeremonyStart,
    },
    /// Check, then write the proving key, snarkjs' verification key, and the transcript with your signature.
    Finalise(FinaliseArgs),
}

/// `wetsign ceremony finalise`.
#[derive(Debug, Args)]
pub struct FinaliseArgs {
    /// The key with all contributions (`.zkey`).
    pub file: PathBuf,
    #[command(flatten)]
    pub start: CeremonyStart,
    /// The coordinator's key (made by `wetsign key new`).
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// Folder for `match.pk`, `verification_key.json`, `transcript.json` and `transcript.sig`.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

/// Prepared powers of tau for 2^20 points, the most that are read, have 1,200 MiB.
const MOST_BYTES: u64 = 1536 << 20;
/// What the coordinator's signature begins with.
const DOMAIN: &[u8] = b"wetsign/ceremony/1\n";

/// Runs a command of `wetsign ceremony`.
pub fn run(command: &CeremonyCommand) -> anyhow::Result<Answer> {
    match command {
        CeremonyCommand::New { start, out } => new(start, out),
        CeremonyCommand::Contribute { file, name, entropy, out } => {
            if let Some(why) = unfit_as_name(name, 64) {
                anyhow::bail!("--name {name:?} {why}");
            }
            file::free(out)?;
            let next = ceremony::contribute(&read_zkey(file)?, name, entropy.as_bytes())?;
            contributed(&next, out)
        }
        CeremonyCommand::Beacon { file, value, exponent, out } => {
            file::free(out)?;
            let value = hex::decode(value).context("reading --value: hexadecimal digits were expected")?;
            contributed(&ceremony::beacon(&read_zkey(file)?, "beacon", &value, *exponent)?, out)
        }
        CeremonyCommand::Verify { file, start } => verify(file, start),
        CeremonyCommand::Finalise(args) => finalise(args),
    }
}

fn new(start: &CeremonyStart, out: &Path) -> anyhow::Result<Answer> {
    file::free(out)?;
    let (powers, made) = if start.ptau.is_some() {
        let (bytes, path) = read_powers(start)?;
        let powers = PowersOfTau::from_bytes(&bytes);
        (powers.with_context(|| format!("{} is refused", path.display()))?, None)
    } else {
        file::free(&out.with_extension("ptau"))?;
        let size = CircuitInfo::of(&shape(start)?)?.domain;
        let powers = PowersOfTau::local(size.ilog2())?;
        let path = out.with_extension("ptau");
        ensure!(path != out, "--out {} is where the powers of tau go: name a .zkey", out.display());
        write_new(&path, &powers.to_bytes())?;
        (powers, Some(path))
    };
    let begun = ceremony::begin(&powers, &shape(start)?)?;
    write_new(out, &begun.zkey().to_bytes())?;
    let hash = hex::encode(begun.zkey().circuit_hash());
    let mut text = format!("{}\ncircuit hash {hash}\n", out.display());
    if let Some(path) = &made {
        let _ =
            writeln!(text, "{}: powers of tau made on this machine alone, for development", path.display());
    }
    let json = json!({ "ok": true, "circuit_hash": hash, "local_ptau": made });
    Ok(Answer { outcome: Outcome::Yes, text, json })
}

fn contributed(zkey: &Zkey, out: &Path) -> anyhow::Result<Answer> {
    write_new(out, &zkey.to_bytes())?;
    let last = zkey.contributions().last().context("the new key has no contribution")?;
    let hash = hex::encode(ceremony::contribution_hash(last));
    let text =
        format!("{}\ncontribution hash {hash}\nPublish it: it shows you in the final key.\n", out.display());
    Ok(Answer { outcome: Outcome::Yes, text, json: json!({ "ok": true, "contribution_hash": hash }) })
}

fn verify(file: &Path, start: &CeremonyStart) -> anyhow::Result<Answer> {
    let zkey = read_zkey(file)?;
    let (ceremony, transcript) = match check(&zkey, start)? {
        Ok(checked) => checked,
        Err(reason) => return Ok(refused(&reason)),
    };
    let mut text = "the key follows from its powers of tau and from these contributions\n".to_owned();
    for (phase, entries) in
        [("phase 1, powers of tau", ceremony.phase_1()), ("phase 2, this circuit's key", &ceremony.phase_2())]
    {
        let secret = entries.iter().filter(|entry| entry.author.kind == ContributionKind::Secret).count();
        let _ = writeln!(text, "{phase}: {secret} secret");
        for (number, entry) in (1..).zip(entries) {
            let name =
                if entry.author.name.is_empty() { "(unnamed)".into() } else { plain(&entry.author.name) };
            let kind = match &entry.author.kind {
                ContributionKind::Secret => "secret".to_owned(),
                ContributionKind::Beacon { value, exponent } => {
                    format!("beacon {}, 2^{exponent} times SHA-256", hex::encode(value))
                }
            };
            let _ = writeln!(text, "  {number}  {}  {kind}  {name}", hex::encode(entry.hash));
        }
    }
    Ok(Answer { outcome: Outcome::Yes, text, json: json!({ "ok": true, "transcript": transcript }) })
}

fn refused(reason: &str) -> Answer {
    let json = json!({ "ok": false, "reason": reason });
    Answer { outcome: Outcome::No, text: format!("refused: {reason}\n"), json }
}

/// The ceremony with its transcript, or why it is refused.
fn check<'a>(zkey: &'a Zkey, start: &CeremonyStart) -> anyhow::Result<Result<(Ceremony<'a>, Value), String>> {
    let (bytes, path) = read_powers(start)?;
    let powers = match PowersOfTau::from_bytes(&bytes) {
        Ok(powers) => powers,
        Err(error @ (Phase1Error::Transcript(_) | Phase1Error::Powers { .. })) => {
            return Ok(Err(format!("{}: {error}", path.display())));
        }
        Err(error) => return Err(error).with_context(|| format!("{} is refused", path.display())),
    };
    match ceremony::verify_from(&powers, &shape(start)?, zkey) {
        Ok(ceremony) => {
            let transcript = transcript(&ceremony, zkey, start, &Sha256::digest(&bytes))?;
            Ok(Ok((ceremony, transcript)))
        }
        Err(VerifyFromError::Ceremony(error)) => Ok(Err(error.to_string())),
        Err(VerifyFromError::Begin(error)) => Err(error.into()),
    }
}

fn finalise(args: &FinaliseArgs) -> anyhow::Result<Answer> {
    let place = |name: &str| args.out.join(name);
    for name in ["match.pk", "transcript.json", "transcript.sig", "verification_key.json"] {
        file::free(&place(name))?;
    }
    let zkey = read_zkey(&args.file)?;
    let (ceremony, mut transcript) = match check(&zkey, &args.start)? {
        Ok(checked) => checked,
        Err(reason) => return Ok(refused(&reason)),
    };
    let coordinator = key::read(&args.key)?;
    let key = ceremony.to_key()?;
    fs::create_dir_all(&args.out).with_context(|| format!("cannot make {}", args.out.display()))?;
    key.write(&place("match.pk"))?;
    let file_digest = Sha256::digest(fs::read(place("match.pk"))?);
    transcript["verifying_key_digest"] = hex::encode(key.verifying_key().digest()).into();
    transcript["key_file_sha256"] = hex::encode(file_digest).into();
    let signed = format!("{transcript:#}\n");
    write_new(&place("transcript.json"), signed.as_bytes())?;
    write_new(&place("transcript.sig"), sign(&coordinator, signed.as_bytes()).as_bytes())?;
    let verifying = iden3::json::verifying_key(key.verifying_key());
    write_new(&place("verification_key.json"), format!("{verifying:#}\n").as_bytes())?;
    let digest = hex::encode(key.verifying_key().digest());
    let text = format!(
        "{}\nverifying key {digest}: list it in `verifying_keys` of trust policies\n",
        args.out.display()
    );
    Ok(Answer { outcome: Outcome::Yes, text, json: json!({ "ok": true, "transcript": transcript }) })
}

/// Public key and signature, hexadecimal, each on a line.
fn sign(coordinator: &SigningKey, transcript: &[u8]) -> String {
    let signature = coordinator.sign(&[DOMAIN, transcript].concat());
    format!("{}\n{}\n", PublicKey::from(coordinator), hex::encode(signature.to_bytes()))
}

fn transcript(
    ceremony: &Ceremony<'_>,
    zkey: &Zkey,
    start: &CeremonyStart,
    powers: &[u8],
) -> anyhow::Result<Value> {
    Ok(json!({
        "type": "wetsign/ceremony/2",
        "shape": shape(start)?,
        "powers_of_tau_sha256": hex::encode(powers),
        "circuit_hash": hex::encode(zkey.circuit_hash()),
        "phase_1": entries(ceremony.phase_1()),
        "phase_2": entries(&ceremony.phase_2()),
    }))
}

fn entries(entries: &[Entry]) -> Value {
    let entry = |(number, entry): (u32, &Entry)| {
        let (kind, beacon) = match &entry.author.kind {
            ContributionKind::Secret => ("secret", Value::Null),
            ContributionKind::Beacon { value, exponent } => {
                ("beacon", json!({ "value": hex::encode(value), "exponent": exponent }))
            }
        };
        let (name, hash) = (&entry.author.name, hex::encode(entry.hash));
        json!({ "number": number, "name": name, "hash": hash, "kind": kind, "beacon": beacon })
    };
    (1..).zip(entries).map(entry).collect()
}

fn shape(start: &CeremonyStart) -> anyhow::Result<Shape> {
    let shape = match start.shape[..] {
        [] => circuit_info().shape,
        [face, voice, levels] => Shape { face, voice, levels },
        _ => bail!("--shape takes three numbers: FACE,VOICE,LEVELS"),
    };
    shape.check()?;
    Ok(shape)
}

fn read_powers(start: &CeremonyStart) -> anyhow::Result<(Vec<u8>, &Path)> {
    let path =
        start.ptau.as_deref().context("--ptau is needed: a key is checked against its powers of tau")?;
    Ok((read(path)?, path))
}

fn read_zkey(path: &Path) -> anyhow::Result<Zkey> {
    Zkey::from_bytes(&read(path)?).with_context(|| format!("{} is refused", path.display()))
}

/// A file of a ceremony.
fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
        .with_context(|| format!("cannot read {}", path.display()))?;
    let most = MOST_BYTES >> 20;
    ensure!(
        bytes.len() as u64 <= MOST_BYTES,
        "{} has more than {most} MiB: no such file is read",
        path.display()
    );
    Ok(bytes)
}

/// An existing file is never overwritten.
fn write_new(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    file::write_new(path, bytes, For::All)
}
