//! One call: which command it is, and how long it may take.

use std::time::Duration;

use anyhow::{Context, anyhow, bail};

use super::address::{Address, NoAnswer};
use super::{approval, asset, companion, keys, pairing, request, requester, session, status};
use crate::args::Command;
use crate::output::{Answer, Terminal, reader_gone};

/// Longest time for a command that follows nothing: what a kiosk gives a call, and a little more.
const PATIENCE: Duration = Duration::from_secs(35);

/// Runs a command that asks a kiosk.
pub fn run(command: &Command, kiosk: &Address, terminal: &Terminal) -> anyhow::Result<Answer> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("no runtime")?;
    let working = async {
        // What needs no kiosk fails before one is asked.
        match command {
            Command::Status => status::status(&kiosk.connect().await?, terminal).await,
            Command::Devices => status::devices(&kiosk.connect().await?, terminal).await,
            Command::Request(args) => request::run(&args.command, kiosk, terminal).await,
            Command::Session(args) => session::run(&args.command, kiosk, terminal).await,
            Command::Approval(args) => approval::run(&args.command, kiosk).await,
            Command::Companion(args) => companion::run(&args.command, kiosk, terminal).await,
            Command::Pairing(args) => pairing::run(&args.command, kiosk, terminal).await,
            Command::Requester(args) => requester::run(&args.command, kiosk).await,
            Command::Keys(args) => keys::run(&args.command, kiosk).await,
            Command::Asset(args) => asset::run(&args.command, kiosk).await,
            other => bail!("{other:?} needs no kiosk"),
        }
    };
    // Who follows something may wait for long; everything else is answered soon or never.
    let patience = if follows(command) { Duration::MAX } else { PATIENCE };
    let outcome = runtime.block_on(async {
        tokio::select! {
            done = working => done,
            gone = reader_gone(), if follows(command) => Err(gone.into()),
            () = tokio::time::sleep(patience) => Err(NoAnswer.into()),
        }
    });
    // A name that is being looked up is left.
    runtime.shutdown_background();
    outcome.map_err(|error| {
        if error.is::<NoAnswer>() {
            anyhow!("no kiosk answers at {}: is wetsignd running there, and well?", kiosk.endpoint())
        } else {
            error
        }
    })
}

/// Whether a command follows something to its end.
const fn follows(command: &Command) -> bool {
    match command {
        Command::Request(args) => matches!(args.command, request::RequestCommand::Watch { .. }),
        Command::Session(args) => matches!(args.command, session::SessionCommand::Watch { .. }),
        Command::Companion(args) => matches!(
            args.command,
            companion::CompanionCommand::Run { .. } | companion::CompanionCommand::Pair { .. }
        ),
        Command::Pairing(args) => matches!(args.command, pairing::PairingCommand::Start { .. }),
        _ => false,
    }
}
