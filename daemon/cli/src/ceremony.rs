//! `wetsign ceremony`: a proving key from powers of tau and the contributions of many.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use wetsign_attest::id::PublicKey;
use wetsign_circuits::ceremony::{self, PowersOfTau, VerifyFromError};
use wetsign_circuits::iden3::{self, ContributionKind, Zkey};
use wetsign_circuits::{CircuitInfo, Shape, circuit_info};

use crate::key;
use crate::output::{Answer, Outcome};

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
    /// Powers of tau of phase 1 (`.ptau`), with at least one contribution. `new` without it makes its own, for development.
    #[arg(long, value_name = "FILE")]
    pub ptau: Option<PathBuf>,
    /// Another size than the frozen one, for trials: FACE,VOICE,LEVELS.
    #[arg(long, value_name = "SIZES", value_delimiter = ',')]
    pub shape: Vec<usize>,
}

/// Commands of `wetsign ceremony`.
#[derive(Debug, Subcommand)]
pub enum CeremonyCommand {
    /// Start phase 2: a key that nobody has contributed to yet. At the frozen size it takes minutes from powers of tau that were not
    /// prepared for it.
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
        /// Your name in the transcript, at most 64 bytes.
        #[arg(long)]
        name: String,
        /// Randomness of your own, hashed together with the operating system's.
        #[arg(long, default_value = "")]
        entropy: String,
        /// Where to write the next key.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// The last contribution: a public value that nobody could know beforehand.
    Beacon {
        /// The key so far (`.zkey`).
        file: PathBuf,
        /// The value, hexadecimal.
        #[arg(long, value_name = "HEX")]
        value: String,
        /// SHA-256 is applied 2^EXPONENT times to it.
        #[arg(long, default_value_t = 20)]
        exponent: u8,
        /// Where to write the next key.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Check every contribution and every point, from the powers of tau on. Exit: 0 holds, 2 refused, 1 error.
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

/// What the coordinator's signature begins with.
const DOMAIN: &[u8] = b"wetsign/ceremony/1\n";

/// Runs a command of `wetsign ceremony`.
pub fn run(command: &CeremonyCommand) -> anyhow::Result<Answer> {
    match command {
        CeremonyCommand::New { start, out } => new(start, out),
        CeremonyCommand::Contribute { file, name, entropy, out } => {
            let next = ceremony::contribute(&read_zkey(file)?, name, entropy.as_bytes())?;
            contributed(&next, out)
        }
        CeremonyCommand::Beacon { file, value, exponent, out } => {
            let value = hex::decode(value).context("reading --value: hexadecimal digits were expected")?;
            contributed(&ceremony::beacon(&read_zkey(file)?, "beacon", &value, *exponent)?, out)
        }
        CeremonyCommand::Verify { file, start } => verify(file, start),
        CeremonyCommand::Finalise(args) => finalise(args),
    }
}

fn new(start: &CeremonyStart, out: &Path) -> anyhow::Result<Answer> {
    let (powers, made) = if start.ptau.is_some() {
        (read_powers(start)?.0, None)
    } else {
        let size = CircuitInfo::of(&shape(start)?)?.domain;
        let powers = PowersOfTau::local(size.ilog2())?;
        let path = out.with_extension("ptau");
        write_new(&path, &powers.to_bytes())?;
        (powers, Some(path))
    };
    let zkey = ceremony::begin(&powers, &shape(start)?)?;
    write_new(out, &zkey.to_bytes())?;
    let hash = hex::encode(zkey.circuit_hash());
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
    let (powers, digest) = read_powers(start)?;
    let zkey = read_zkey(file)?;
    match ceremony::verify_from(&powers, &shape(start)?, &zkey) {
        Ok(()) => {}
        Err(VerifyFromError::Begin(error)) => return Err(error.into()),
        Err(VerifyFromError::Ceremony(error)) => {
            let reason = error.to_string();
            let text = format!("refused: {reason}\n");
            return Ok(Answer { outcome: Outcome::No, text, json: json!({ "ok": false, "reason": reason }) });
        }
    }
    let transcript = transcript(&zkey, start, &digest)?;
    let mut text = format!(
        "the key follows from {} contributions to phase 1 and {} to phase 2\n",
        powers.contributors(),
        zkey.contributions().len()
    );
    for contribution in zkey.contributions() {
        let name = if contribution.name.is_empty() { "(unnamed)" } else { &contribution.name };
        let _ = writeln!(text, "  {name}  {}", hex::encode(ceremony::contribution_hash(contribution)));
    }
    Ok(Answer { outcome: Outcome::Yes, text, json: json!({ "ok": true, "transcript": transcript }) })
}

fn finalise(args: &FinaliseArgs) -> anyhow::Result<Answer> {
    let checked = verify(&args.file, &args.start)?;
    if checked.outcome == Outcome::No {
        return Ok(checked);
    }
    let coordinator = key::read(&args.key)?;
    let zkey = read_zkey(&args.file)?;
    let key = zkey.to_key(&shape(&args.start)?)?;
    fs::create_dir_all(&args.out).with_context(|| format!("cannot make {}", args.out.display()))?;
    let place = |name: &str| args.out.join(name);
    ensure!(!place("match.pk").exists(), "{} is there already", place("match.pk").display());
    key.write(&place("match.pk"))?;
    let file_digest = Sha256::digest(fs::read(place("match.pk"))?);
    let mut transcript = checked.json["transcript"].clone();
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

fn transcript(zkey: &Zkey, start: &CeremonyStart, powers: &[u8]) -> anyhow::Result<Value> {
    let contributions: Vec<_> = zkey
        .contributions()
        .iter()
        .map(|contribution| {
            let beacon = match &contribution.kind {
                ContributionKind::Secret => Value::Null,
                ContributionKind::Beacon { value, exponent } => {
                    json!({ "value": hex::encode(value), "exponent": exponent })
                }
            };
            let hash = hex::encode(ceremony::contribution_hash(contribution));
            json!({ "name": contribution.name, "hash": hash, "beacon": beacon })
        })
        .collect();
    Ok(json!({
        "type": "wetsign/ceremony/1",
        "shape": shape(start)?,
        "powers_of_tau_sha256": hex::encode(powers),
        "circuit_hash": hex::encode(zkey.circuit_hash()),
        "contributions": contributions,
    }))
}

fn shape(start: &CeremonyStart) -> anyhow::Result<Shape> {
    let shape = match start.shape[..] {
        [] => circuit_info().shape,
        [face, voice, levels] => Shape { face, voice, levels },
        _ => anyhow::bail!("--shape takes three numbers: FACE,VOICE,LEVELS"),
    };
    shape.check()?;
    Ok(shape)
}

fn read_powers(start: &CeremonyStart) -> anyhow::Result<(PowersOfTau, Vec<u8>)> {
    let path =
        start.ptau.as_deref().context("--ptau is needed: a key is checked against its powers of tau")?;
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let powers = PowersOfTau::from_bytes(&bytes).with_context(|| format!("{} is refused", path.display()))?;
    Ok((powers, Sha256::digest(&bytes).to_vec()))
}

fn read_zkey(path: &Path) -> anyhow::Result<Zkey> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Zkey::from_bytes(&bytes).with_context(|| format!("{} is refused", path.display()))
}

/// An existing file is never overwritten.
fn write_new(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    File::create_new(path)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        })
        .with_context(|| format!("cannot write {}", path.display()))
}
