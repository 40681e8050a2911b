//! `wetsign key`: keys of requesters, and the digest of the development key.
//!
//! A key file holds 64 hexadecimal digits (the Ed25519 seed) and a line feed, readable by its owner only.

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use ed25519_dalek::SigningKey;
use serde_json::json;
use wetsign_api::own_file;
use wetsign_attest::id::PublicKey;
use wetsign_circuits::DEVELOPMENT_KEY_DIGEST;
use zeroize::Zeroizing;

use crate::file::FileArgs;
use crate::file::{self, For};
use crate::output::{Answer, Outcome};

/// `wetsign key`.
#[derive(Debug, Args)]
pub struct KeyArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: KeyCommand,
}

/// Commands of `wetsign key`.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make an Ed25519 key for signing requests; prints its public half. An existing file is never overwritten.
    New(FileArgs),
    /// The public half of a key made by `key new`.
    Public(FileArgs),
    /// Digest of the development verifying key, for the `verifying_keys` of a trust policy in tests.
    DevelopmentDigest,
}

/// Runs a command of `wetsign key`.
pub fn run(args: &KeyArgs) -> anyhow::Result<Answer> {
    match &args.command {
        KeyCommand::New(args) => make(&args.file).map(|key| public(&key)),
        KeyCommand::Public(args) => read(&args.file).map(|key| public(&key)),
        KeyCommand::DevelopmentDigest => {
            let digest = hex::encode(DEVELOPMENT_KEY_DIGEST);
            let json = json!({ "ok": true, "development_verifying_key": digest });
            Ok(Answer { outcome: Outcome::Yes, text: format!("{digest}\n"), json })
        }
    }
}

fn public(key: &SigningKey) -> Answer {
    let public = PublicKey::from(key).to_string();
    Answer {
        outcome: Outcome::Yes,
        text: format!("{public}\n"),
        json: json!({ "ok": true, "public_key": public }),
    }
}

fn make(path: &Path) -> anyhow::Result<SigningKey> {
    let mut seed = Zeroizing::new([0_u8; 32]);
    getrandom::fill(seed.as_mut()).context("the operating system gives no random bytes")?;
    let text = Zeroizing::new(format!("{}\n", *Zeroizing::new(hex::encode(seed.as_ref()))));
    file::write_new(path, text.as_bytes(), For::Owner)
        .with_context(|| format!("cannot make the key file {}", path.display()))?;
    Ok(SigningKey::from_bytes(&seed))
}

/// Bytes of the longest file with a secret: a passkey's, and room for a hand that edits it.
const MOST: u64 = 4096;

/// A file with a secret: its owner's alone, and no link.
pub fn read_secret(path: &Path) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let cannot = || format!("cannot read the key file {}", path.display());
    let file = own_file::open_secret(path).with_context(cannot)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(MOST as usize + 1));
    file.take(MOST + 1).read_to_end(&mut bytes).with_context(cannot)?;
    if bytes.len() as u64 > MOST {
        bail!("{} has more than {MOST} bytes: it is no key file", path.display());
    }
    Ok(bytes)
}

/// Reads a key file.
pub fn read(path: &Path) -> anyhow::Result<SigningKey> {
    let text = read_secret(path)?;
    let mut seed = Zeroizing::new([0_u8; 32]);
    if hex::decode_to_slice(text.trim_ascii(), seed.as_mut()).is_err() {
        bail!(
            "{} is no key file: 64 hexadecimal digits were expected (make one by `wetsign key new`)",
            path.display()
        );
    }
    Ok(SigningKey::from_bytes(&seed))
}
