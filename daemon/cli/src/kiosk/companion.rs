//! `wetsign companion`: a validator's own device, for terminals and tests: a passkey in a program.
//!
//! It does what a phone does: fetches what a kiosk asks it to sign, looks at all of it itself, shows it in words with
//! the code that the kiosk shows too, and signs only after a yes. It proves no device, and what it signs says so.

mod answer;
mod device;
mod erase;
mod offers;
mod pair;
mod paired;
mod way;

use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, Subcommand};
use serde_json::json;

use super::address::Address;
use super::words::id_bytes;
use crate::output::{Answer, Outcome, Terminal};
pub(super) use answer::{connect, signed};
pub(super) use device::Device;
pub(super) use way::Way;

/// `wetsign companion`.
#[derive(Debug, Args)]
pub struct CompanionArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: CompanionCommand,
}

/// Commands of `wetsign companion`.
#[derive(Debug, Subcommand)]
pub enum CompanionCommand {
    /// Make a passkey in a file, for tests and demonstrations; prints its public key. A file is never overwritten.
    New {
        /// The file; readable by its owner only.
        file: PathBuf,
        /// Domain of the relying party whose pages would ask a real passkey.
        #[arg(long, value_name = "DOMAIN")]
        relying_party: String,
        /// Origin of the page that would ask [default: https://DOMAIN].
        #[arg(long, value_name = "URL")]
        origin: Option<String>,
    },
    /// The public half of a passkey made by `companion new`.
    Public {
        /// The file.
        file: PathBuf,
    },
    /// Pair this device with a kiosk that shows a picture: it then comes in from anywhere, by a certificate of its own.
    /// Exit: 0 paired, 1 not.
    Pair {
        /// The passkey's file. What is kept of the kiosk lies beside it.
        file: PathBuf,
        /// What the picture says, as text.
        #[arg(long, value_name = "TEXT")]
        invitation: String,
        /// What you call this device.
        #[arg(long, default_value = "a terminal")]
        label: String,
        /// Say that the digits agree: for tests and demonstrations, where nobody sits before the terminal.
        #[arg(long)]
        yes: bool,
    },
    /// Wait for what the kiosk asks this passkey to sign; show it, ask, sign. Exit: 0 signed (with --once), 2 declined,
    /// 1 error.
    Run {
        /// The passkey's file. What it signed for is remembered beside it.
        file: PathBuf,
        /// Say yes to everything that holds: for tests and demonstrations, where nobody sits before the terminal.
        #[arg(long)]
        yes: bool,
        /// End after the first answer.
        #[arg(long)]
        once: bool,
    },
    /// After too many failed attempts at the kiosk: let yourself try again. Only a paired device can.
    Unlock {
        /// The passkey's file.
        file: PathBuf,
    },
    /// Have what the kiosk keeps of your face and voice erased, and write its signed receipt. Exit: 0 erased, 2 it
    /// keeps nothing, 1 error.
    Erase {
        /// The passkey's file.
        file: PathBuf,
        /// Where to write the receipt.
        #[arg(long, value_name = "FILE", default_value = "erasure.cbor")]
        out: PathBuf,
    },
    /// Say no to a request, signed; no camera is needed. A session that waits for this signature ends.
    Decline {
        /// The passkey's file.
        file: PathBuf,
        /// Request id, hexadecimal.
        #[arg(long, value_name = "ID")]
        request: String,
        /// Kept with the decline.
        #[arg(long, default_value = "no reason given")]
        reason: String,
    },
}

/// Runs a command of `wetsign companion`.
pub async fn run(command: &CompanionCommand, kiosk: &Address, terminal: &Terminal) -> anyhow::Result<Answer> {
    match command {
        CompanionCommand::New { file, relying_party, origin } => {
            let origin = origin.clone().unwrap_or_else(|| format!("https://{relying_party}"));
            Ok(public(&Device::make(file, relying_party, &origin)?))
        }
        CompanionCommand::Public { file } => Ok(public(&Device::read(file)?)),
        CompanionCommand::Pair { file, invitation, label, yes } => {
            if terminal.json && !yes {
                bail!("--json asks nobody: say --yes with it");
            }
            pair::pair(&Device::read(file)?, invitation, label, *yes, terminal).await
        }
        CompanionCommand::Run { file, yes, once } => {
            if terminal.json && !yes {
                bail!("--json asks nobody: say --yes with it");
            }
            answer::run(Device::read(file)?, *yes, *once, kiosk, terminal).await
        }
        CompanionCommand::Unlock { file } => answer::unlock(&Device::read(file)?, kiosk).await,
        CompanionCommand::Erase { file, out } => erase::run(&Device::read(file)?, out, kiosk).await,
        CompanionCommand::Decline { file, request, reason } => {
            answer::decline(&Device::read(file)?, &id_bytes(request)?, reason, kiosk).await
        }
    }
}

fn public(device: &Device) -> Answer {
    let key = device.passkey().public().to_string();
    let json = json!({ "ok": true, "public_key": key });
    Answer { outcome: Outcome::Yes, text: format!("{key}\n"), json }
}
