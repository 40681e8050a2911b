//! `wetsign-chain`: what a chain knows, into signed files, and back. See `attest/chain/README.md`.

mod command;

use std::process::ExitCode;

use clap::Parser;

use command::Command;

/// Brings what a chain knows into signed files, and approvals to a chain.
///
/// Exit status 0: done. 1: nodes differ or do not answer, something is refused, or cannot be read or written.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    match wetsign_program::arguments::<Arguments>(1) {
        Ok(arguments) => {
            wetsign_program::ended("wetsign-chain", arguments.command.run().map(|()| ExitCode::SUCCESS))
        }
        Err(code) => code,
    }
}
