//! `wetsign log`: is this log what its signed head says, and does it continue what you saw of it? All of it offline,
//! from static files (C2SP tlog-tiles).
//!
//! - `log/audit.rs`: every record, every tile, and the head that you kept.
//! - `log/proof.rs`: a proof for one record as a text file (C2SP tlog-proof), made and checked.
//! - `log/receipt.rs`: the same as a COSE receipt (RFC 9942).
//! - `log/folder.rs`: a log's files in a folder; `log/policy.rs`: whom its reader believes.

mod audit;
mod folder;
mod policy;
mod proof;
mod receipt;

use clap::{Args, Subcommand};
use serde_json::json;
use wetsign_attest::log::{KeyKind, VerifierKey};

use crate::output::{Answer, Outcome, Terminal};
use audit::AuditArgs;
pub use folder::Folder;
use policy::PolicyArgs;
use proof::{CheckArgs, ProofArgs};
use receipt::ReceiptArgs;

/// `wetsign log`.
#[derive(Debug, Args)]
pub struct LogArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: LogCommand,
}

/// Commands of `wetsign log`.
#[derive(Debug, Subcommand)]
pub enum LogCommand {
    /// Read a log whole, compare every tile with its records and their root with the signed head, and the head with the
    /// one that you kept. Exit: 0 it holds, 2 it does not, 1 error.
    Audit(AuditArgs),
    /// The proof for one record, from a log's folder or from an approval, as a text file (C2SP tlog-proof).
    Proof(ProofArgs),
    /// The same as a COSE receipt (RFC 9942), for tools of that world. It carries no cosignatures.
    Receipt(ReceiptArgs),
    /// Check such a proof, or a receipt with its record, by your own trust policy. Exit: 0 proved, 2 refused, 1 error.
    Check(CheckArgs),
    /// The log's verifier key, as witnesses are told whom to witness.
    Vkey(PolicyArgs),
}

/// Runs a command of `wetsign log`.
pub fn run(args: &LogArgs, terminal: &Terminal) -> anyhow::Result<Answer> {
    match &args.command {
        LogCommand::Audit(args) => audit::run(args, terminal),
        LogCommand::Proof(args) => proof::make(args),
        LogCommand::Receipt(args) => receipt::make(args),
        LogCommand::Check(args) if args.record.is_some() => receipt::check(args, terminal),
        LogCommand::Check(args) => proof::check(args, terminal),
        LogCommand::Vkey(args) => vkey(args),
    }
}

fn vkey(args: &PolicyArgs) -> anyhow::Result<Answer> {
    let log = args.read()?.log;
    let key = VerifierKey::new(&log.origin, KeyKind::Note, log.key)?.to_string();
    Ok(Answer { outcome: Outcome::Yes, text: format!("{key}\n"), json: json!({ "ok": true, "vkey": key }) })
}
