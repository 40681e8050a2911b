//! The command line.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use clap::{Args, Parser, Subcommand};
use serde_json::json;
use wetsign_element::Element;

use crate::{
    board::{self, SoftBoard},
    serve, socket,
    state::StateDirectory,
};

/// The secure element in software: for development and tests, marked as simulated in every token.
///
/// It holds the key that signs capture attestations, in a process of its own; the kiosk's daemon talks to it over
/// a Unix socket in the same messages that it would send to a real element over a serial line.
#[derive(Parser)]
#[command(name = "wetsign-element-host", version, after_help = EXAMPLES)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
A kiosk's element from nothing:
  wetsign-element-host run --state ~/.local/state/wetsign/element --socket /run/wetsign/element.sock
      makes the keys on first use and serves; one line of JSON on standard output says that it is ready
  wetsignd element identity --config wetsign.toml
      who it is, for the provisioner; `wetsignd element provision` gives it the certificates

What happens when the case is opened:
  wetsign-element-host tamper --state ~/.local/state/wetsign/element
      the keys are destroyed, sealed items are lost for good, every later token says so

Exit status: 0 ended as asked; 1 an error, told on standard error; 2 wrong arguments.";

#[derive(Subcommand)]
enum Command {
    /// Serve the element on a Unix socket until killed.
    Run(Run),
    /// Open the (simulated) case: a running element notices before its next answer, a stopped one as it starts.
    Tamper(State),
}

#[derive(Args)]
struct State {
    /// Directory of root secret and counter; made with mode 0700 if it is missing. One element each.
    #[arg(long, value_name = "DIRECTORY")]
    state: PathBuf,
}

#[derive(Args)]
struct Run {
    #[command(flatten)]
    state: State,
    /// Where to listen; made with mode 0600. One client at a time, others wait.
    #[arg(long, value_name = "PATH")]
    socket: PathBuf,
    /// Stop when standard input closes, so that the element does not outlive the program that started it.
    #[arg(long)]
    until_stdin_closes: bool,
}

/// Runs one command.
pub fn run(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        Command::Run(options) => run_element(&options),
        Command::Tamper(State { state }) => {
            ensure!(
                StateDirectory::holds_element(&state),
                "no element has run in {}: there is no case to open",
                state.display()
            );
            let line = StateDirectory::tamper_line(&state);
            fs::File::create(&line)
                .with_context(|| format!("cannot open the case by creating {}", line.display()))?;
            Ok(())
        }
    }
}

fn run_element(options: &Run) -> anyhow::Result<()> {
    let mut element = boot(&options.state.state)?;
    let listener = socket::listen(&options.socket)?;
    if options.until_stdin_closes {
        end_with_stdin(options.socket.clone())?;
    }
    let ready = json!({ "ready": true, "socket": options.socket.display().to_string() });
    wetsign_program::line(format_args!("{ready}"))?;
    serve::serve(&mut element, &listener)
}

fn boot(state: &Path) -> anyhow::Result<Element<SoftBoard>> {
    let directory = StateDirectory::open(state)?;
    Element::boot(board::parts(directory), board::profile())
        .with_context(|| format!("the element in {} does not start", state.display()))
}

fn end_with_stdin(socket: PathBuf) -> anyhow::Result<()> {
    std::thread::Builder::new()
        .name("stdin".to_owned())
        .spawn(move || {
            let mut sink = [0; 64];
            while matches!(io::stdin().read(&mut sink), Ok(1..)) {}
            // Every answer was durable before it left: nothing is lost by ending here.
            let _ = fs::remove_file(socket);
            std::process::exit(0);
        })
        .map(drop)
        .context("cannot watch standard input")
}
