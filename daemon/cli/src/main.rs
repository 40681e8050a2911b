//! `wetsign`: one command line for those who run kiosks, those who ask for approvals, and those who check them.
//!
//! | to find | look in |
//! |---|---|
//! | every command, the flags shared by all | `args.rs`; a command's own flags beside what runs it |
//! | exit codes, colours, JSON | `output.rs`; answers in files: `wetsign_program::file` |
//! | checking a bundle, or many, opening an object | `verify.rs`, `audit/`, `show.rs`; by whose word: `trust.rs` |
//! | rules offline, drafts in TOML and JSON | `rules/`, `draft.rs`; where a policy stands: `origin.rs` |
//! | talking to a kiosk | `kiosk/` |
//! | a log's files, proofs for one record | `log/` |
//! | networks with signed cards | `library/` |
//! | heads of other people's logs, cosigned | `witness/` |
//! | circuit, keys, certificates | `circuit.rs`, `key.rs`, `provision.rs` |
//! | a proving key made together | `ceremony.rs` |
//! | assets under lock and key | `container.rs` |
//!
//! Each command builds its whole answer as text and returns it with an [`output::Outcome`]; only `main` prints and
//! exits, only `main` reads the environment.

mod args;
mod audit;
mod ceremony;
mod circuit;
mod container;
mod draft;
mod key;
mod kiosk;
mod library;
mod log;
mod memory;
mod origin;
mod output;
mod provision;
mod release;
mod rules;
mod show;
mod trust;
mod verify;
mod witness;

use std::process::ExitCode;

use wetsign_program::file;

use args::{Cli, Command};
use output::{Answer, Terminal};

fn main() -> ExitCode {
    // clap would exit with 2 on a wrong flag, which here means "refused".
    let cli: Cli = match wetsign_program::arguments(1) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let terminal = Terminal::detect(cli.json);
    output::finish(run(&cli, &terminal), &terminal)
}

fn run(cli: &Cli, terminal: &Terminal) -> anyhow::Result<Answer> {
    match &cli.command {
        Command::Verify(args) => verify::run(args, homes(), terminal),
        Command::Audit(args) => audit::run(args, homes(), terminal),
        Command::Show(args) => show::run(args),
        Command::Ceremony(args) => ceremony::run(&args.command),
        Command::Circuit(args) => circuit::run(args),
        Command::Container(args) => container::run(&args.command),
        Command::Keyholder(args) => kiosk::run_keyholder(&args.command, &cli.tls),
        Command::Key(args) => key::run(args),
        Command::Library(args) => library::run(args),
        Command::Provision(args) => provision::run(&args.command),
        Command::Release(args) => release::run(&args.command),
        Command::Rules(args) => rules::run(args, terminal),
        Command::Log(args) => log::run(args, terminal),
        Command::Witness(args) => witness::run(args),
        Command::Request(_)
        | Command::Session(_)
        | Command::Companion(_)
        | Command::Pairing(_)
        | Command::Requester(_)
        | Command::Keys(_)
        | Command::Approval(_)
        | Command::Asset(_)
        | Command::Status
        | Command::Devices => {
            let kiosk = kiosk::Address::new(
                cli.kiosk.clone().or_else(|| std::env::var("WETSIGN_KIOSK").ok()),
                cli.tls.clone(),
            )?;
            kiosk::run(&cli.command, &kiosk, terminal)
        }
    }
}

/// Where this person keeps their configuration.
fn homes() -> trust::Homes {
    trust::Homes { config: std::env::var_os("XDG_CONFIG_HOME"), home: std::env::var_os("HOME") }
}
