//! `wetsign-chain snapshot CHAIN --epoch N --key FILE --out FILE`: asks the nodes that CHAIN names, and writes the
//! stakes of an epoch. See `attest/chain/README.md`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use clap::{Parser, Subcommand};
use ed25519_dalek::SigningKey;
use serde_json::json;
use wetsign_attest::Object as _;
use wetsign_chain::snapshot::Chain;
use wetsign_chain::{nodes, snapshot};
use zeroize::Zeroizing;

/// Brings what a chain knows into signed files.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write the stakes of an epoch, as two or more nodes tell them alike at a final block
    ///
    /// Exit status 0: written. 1: nodes differ, do not answer, or something cannot be read or written.
    Snapshot {
        /// TOML file: chain_id, stakes, from_block, nodes
        chain: PathBuf,
        /// Number of the epoch that the stakes are for
        #[arg(long)]
        epoch: u64,
        /// File with a registrar's Ed25519 key: 64 hexadecimal digits. Give one for each registrar at hand
        #[arg(long = "key", required = true)]
        keys: Vec<PathBuf>,
        /// Where the payload goes, which an epoch is installed with; with `.signed` behind it, the signed form
        #[arg(long)]
        out: PathBuf,
    },
}

fn main() -> ExitCode {
    match wetsign_program::arguments::<Arguments>(1) {
        Ok(arguments) => wetsign_program::ended("wetsign-chain", run(arguments).map(|()| ExitCode::SUCCESS)),
        Err(code) => code,
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let Command::Snapshot { chain, epoch, keys, out } = arguments.command;
    ensure!(epoch > 0, "epochs are numbered from 1");
    let text = fs::read_to_string(&chain).with_context(|| format!("cannot read {}", chain.display()))?;
    let chain =
        Chain::parse(&text).with_context(|| format!("{} does not describe a chain", chain.display()))?;
    let keys = keys.iter().map(|path| read_key(path)).collect::<anyhow::Result<Vec<_>>>()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let observed = snapshot::agreed(runtime.block_on(nodes::observe(&chain))?)?;
    let found = snapshot::snapshot(&observed, epoch)?;
    let count = found.stakes.len();
    let payload = found.to_payload()?;
    let signed = snapshot::sign(found, &keys)?;
    let mut beside = out.clone().into_os_string();
    beside.push(".signed");
    for (path, bytes) in [(&out, payload.as_slice()), (&PathBuf::from(beside), signed.bytes())] {
        fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let row = json!({
        "chain_id": observed.chain_id,
        "block": observed.block,
        "hash": observed.hash,
        "nodes": chain.nodes.len(),
        "validators": count,
        "atto": observed.validating.to_string(),
        "id": signed.id(),
        "parameters": observed.parameters,
    });
    wetsign_program::say!("{row}")?;
    Ok(())
}

fn read_key(path: &Path) -> anyhow::Result<SigningKey> {
    let text = Zeroizing::new(
        fs::read_to_string(path).with_context(|| format!("cannot read the key {}", path.display()))?,
    );
    let mut bytes = Zeroizing::new([0; 32]);
    // The error would repeat what stands in the file.
    let read = hex::decode_to_slice(text.trim(), bytes.as_mut());
    ensure!(read.is_ok(), "{} does not hold 64 hexadecimal digits", path.display());
    Ok(SigningKey::from_bytes(&bytes))
}
