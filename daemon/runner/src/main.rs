//! `wetsign-runner`: makes what was approved, once.

use std::alloc::System;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use clap::{Parser, Subcommand};
use wetsign_program::clock;
use wetsign_program::file::{self, For};
use wetsign_program::say;
use wetsign_runner::book::Book;
use wetsign_runner::check::{CheckArgs, check};
use wetsign_runner::files;
use wetsign_runner::keys::Keys;
use wetsign_runner::pack::{PackArgs, pack};
use wetsign_runner::run::{RunArgs, run};
use wetsign_secret::keep_to_oneself;
use zeroizing_alloc::ZeroAlloc;

/// Overwrites what is freed, so that no copy of a secret stays behind.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

/// Makes what an approval allows with a locked asset, once, and signs a receipt of it.
///
/// Exit codes: 0 done, 1 refused or failed (nothing was made unless it says so), 2 wrong usage.
#[derive(Parser)]
#[command(version, name = "wetsign-runner")]
struct Cli {
    /// The runner's state folder: its keys, and what it used [default: $XDG_STATE_HOME/wetsign-runner, or
    /// ~/.local/state/wetsign-runner]
    #[arg(long, global = true, value_name = "FOLDER")]
    state: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The runner's keys.
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Makes what was approved.
    Run(Box<RunArgs>),
    /// Holds a receipt against the approval that it names, and what was made against the receipt.
    Check(CheckArgs),
    /// Makes a package, to be locked in a container.
    Pack(PackArgs),
}

#[derive(Subcommand)]
enum KeyCommand {
    /// Makes a key for one request, and prints its public half: the request names it (`opens_to`), keyholders seal to
    /// it, and it is erased once it has served.
    New {
        /// Where to put the runner's signed word on it, for keyholders who ask whose it is.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Days for which shares are sealed to it.
        #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u64).range(1..=30))]
        days: u64,
    },
    /// Prints who this runner is: the public key by which it signs receipts.
    Identity,
}

fn main() -> ExitCode {
    let cli: Cli = match wetsign_program::arguments(2) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    wetsign_program::ended("wetsign-runner", answer(&cli).map(|()| ExitCode::SUCCESS))
}

fn answer(cli: &Cli) -> anyhow::Result<()> {
    // What would be lost is not begun.
    wetsign_program::output()?;
    keep_to_oneself()?;
    match &cli.command {
        Command::Key { command } => {
            let state = state(cli)?;
            let _book = Book::open(&state)?;
            let keys = Keys::open(&state)?;
            match command {
                KeyCommand::New { out, days } => {
                    let word = keys.fresh(clock::now()?, *days)?;
                    if let Some(out) = out {
                        file::write_new(out, word.bytes(), For::All)?;
                    }
                    say!("{}", word.payload().opens_to)?;
                }
                KeyCommand::Identity => say!("{}", keys.identity())?,
            }
        }
        Command::Run(args) => {
            let done = run(args, &state(cli)?)?;
            let receipt = done.receipt.payload();
            let when = if done.earlier { " (made by an earlier run, handed over now)" } else { "" };
            say!("made {}{when}: {} of SHA-256 {}", done.receipt.id(), receipt.media_type, receipt.output)?;
            say!("confined: {}", receipt.confinement.join(", "))?;
        }
        Command::Check(args) => {
            let receipt = check(args)?;
            let receipt = receipt.payload();
            say!("use {} of runner {}: of what was approved", receipt.number, receipt.runner)?;
        }
        Command::Pack(args) => say!("{} bytes", pack(args)?)?,
    }
    Ok(())
}

fn state(cli: &Cli) -> anyhow::Result<PathBuf> {
    if let Some(state) = &cli.state {
        return Ok(state.clone());
    }
    let folder = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = folder("XDG_STATE_HOME").or_else(|| Some(folder("HOME")?.join(".local/state")));
    match base {
        Some(base) => Ok(base.join("wetsign-runner")),
        None => bail!("no state folder: name one by --state"),
    }
}
