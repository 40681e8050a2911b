//! `wetsign-searcher`: one of three who look for people who are enrolled already.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use wetsign_attest::id::PublicKey;
use wetsign_unique::config::{Config, Secrets};
use wetsign_unique::serve::{Door, serve};
use wetsign_unique::{Journal, Node, random};

/// One of three searchers, each of another operator, who find out together whether a person is enrolled anywhere. None
/// of them sees a template, a question, or who was found.
#[derive(Debug, Parser)]
#[command(name = "wetsign-searcher", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Draw a secret into a new folder, and print the keys that the other two and the kiosks need
    Init {
        /// Folder of the secret and, later, of the journal
        #[arg(long, value_name = "FOLDER")]
        state: PathBuf,
    },
    /// Print the keys again
    Keys {
        /// The folder
        #[arg(long, value_name = "FOLDER")]
        state: PathBuf,
    },
    /// Serve kiosks together with the other two
    Serve {
        /// The searcher's file (models/unique/README.md shows one)
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
}

fn main() -> ExitCode {
    let arguments: Arguments = match wetsign_program::arguments(2) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let outcome = match arguments.command {
        Command::Init { state } => {
            Secrets::init(&state).map_err(Into::into).and_then(|secrets| show(&secrets))
        }
        Command::Keys { state } => {
            Secrets::read(&state).map_err(Into::into).and_then(|secrets| show(&secrets))
        }
        Command::Serve { config } => run(&config),
    };
    wetsign_program::ended("error", outcome.map(|()| ExitCode::SUCCESS))
}

fn show(secrets: &Secrets) -> anyhow::Result<()> {
    let seal = hex::encode(secrets.seal.public().0);
    Ok(wetsign_program::say!("key = \"{}\"\nseal = \"{seal}\"", PublicKey::from(&secrets.key))?)
}

fn run(path: &std::path::Path) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_env("WETSIGN_LOG").unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(|| wetsign_program::Log).init();
    // With a clock that was never set, every question would be refused as one of another time.
    wetsign_program::clock::now()?;
    let config = Config::read(path)?;
    let secrets = Secrets::read(&config.state)?;
    let setup = config.setup(&secrets)?;
    let door = Door {
        party: setup.party,
        searchers: config.keys(),
        key: secrets.key.clone(),
        places: config.places()?,
        tls: config.tls()?,
    };
    let (journal, restored) = Journal::open(&config.state.join("journal"), &secrets.journal)?;
    let templates = restored.table.len();
    let random =
        random().map_err(|error| anyhow::anyhow!("the operating system gives no random bytes: {error}"))?;
    let node = Node::new(setup, restored, random);
    tokio::runtime::Runtime::new()?.block_on(async move {
        let listener = TcpListener::bind(&config.listen).await;
        let listener = listener.with_context(|| format!("cannot listen at {}", config.listen))?;
        wetsign_program::say!("serving {}, {templates} templates", listener.local_addr()?)?;
        let mut end = signal(SignalKind::terminate())?;
        tokio::select! {
            ended = serve(door, listener, node, Some(journal)) => ended.context("the searcher stops"),
            _ = end.recv() => std::process::exit(0),
            stopped = tokio::signal::ctrl_c() => {
                stopped.context("cannot wait for Ctrl-C")?;
                std::process::exit(0)
            }
        }
    })
}
