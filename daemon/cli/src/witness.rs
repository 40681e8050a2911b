//! `wetsign witness`: cosigns heads of logs, each only if it continues the one that it cosigned before (C2SP
//! tlog-witness v1.0.0).
//!
//! - `witness/state.rs`: key, name, and the newest head of each log, in a folder; on disk before any answer.
//! - `witness/serve.rs`: the answers over HTTP.

mod serve;
mod state;

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use serde_json::json;
use wetsign_attest::log::{KeyKind, VerifierKey};

use crate::output::{Answer, Outcome, plain};
use state::State;

/// `wetsign witness`.
#[derive(Debug, Args)]
pub struct WitnessArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: WitnessCommand,
}

/// Commands of `wetsign witness`.
#[derive(Debug, Subcommand)]
pub enum WitnessCommand {
    /// Make a witness: a folder with a key of its own. Prints its verifier key, which goes into trust policies.
    New(NewArgs),
    /// Its verifier key.
    Vkey(FolderArgs),
    /// Cosign over HTTP until it is stopped. Put a proxy before it where others than your own machines come in: it
    /// speaks no TLS.
    Run(RunArgs),
}

/// A witness's folder.
#[derive(Debug, Args)]
pub struct FolderArgs {
    /// Its folder. Whoever loses it begins a new witness: one that forgets what it cosigned can cosign a fork.
    pub folder: PathBuf,
}

/// `wetsign witness new`.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// The folder, which is not there yet.
    #[command(flatten)]
    pub folder: FolderArgs,
    /// Its name: a domain, or a domain and a path, as `witness.example/w1`.
    #[arg(long)]
    pub name: String,
}

/// `wetsign witness run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The folder.
    #[command(flatten)]
    pub folder: FolderArgs,
    /// Verifier key of a log that is cosigned (repeatable): `wetsign log vkey` prints a hub's.
    #[arg(long = "log", value_name = "VKEY", required = true)]
    pub logs: Vec<String>,
    /// Where it listens.
    #[arg(long, default_value = "127.0.0.1:7460")]
    pub listen: SocketAddr,
}

/// Runs a command of `wetsign witness`.
pub fn run(args: &WitnessArgs) -> anyhow::Result<Answer> {
    match &args.command {
        WitnessCommand::New(args) => Ok(said(&State::make(&args.folder.folder, &args.name)?.vkey())),
        WitnessCommand::Vkey(args) => Ok(said(&State::open(&args.folder)?.vkey())),
        WitnessCommand::Run(args) => cosign(args),
    }
}

fn said(key: &VerifierKey) -> Answer {
    let (vkey, public) = (key.to_string(), key.key());
    let json = json!({ "ok": true, "vkey": vkey, "key": public });
    Answer { outcome: Outcome::Yes, text: format!("{vkey}\n"), json }
}

fn cosign(args: &RunArgs) -> anyhow::Result<Answer> {
    let mut logs = Vec::new();
    for text in &args.logs {
        let log: VerifierKey = text.parse().with_context(|| format!("--log {}", plain(text)))?;
        ensure!(log.kind() == KeyKind::Note, "--log {} is a witness's key, not a log's", plain(text));
        logs.push(log);
    }
    let state = State::open(&args.folder.folder)?;
    serve::run(state, logs, args.listen)?;
    Ok(Answer { outcome: Outcome::Yes, text: "stopped\n".into(), json: json!({ "ok": true }) })
}
