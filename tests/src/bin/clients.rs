//! A kiosk for clients of other languages: `cargo xtask interop`.

use std::{
    path::PathBuf,
    process::{Command, ExitCode},
};

use anyhow::{Context, ensure};
use clap::Parser;
use wetsign_tests::{
    cast::Cast,
    stage::{Options, Stage},
};

/// Sets a kiosk up, runs a client's program with the path of its socket as last argument, and ends as that does.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Folder for the kiosk; it must not be there yet.
    #[arg(long)]
    folder: PathBuf,
    /// The program and its arguments.
    #[arg(required = true, trailing_var_arg = true)]
    client: Vec<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("clients: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(Arguments { folder, client }: &Arguments) -> anyhow::Result<ExitCode> {
    ensure!(!folder.exists(), "{} is there already", folder.display());
    let stage = Stage::set_up(folder, &Cast::new()?, &Options::default()).await?;
    let (program, arguments) = client.split_first().context("no client")?;
    let socket = stage.folder().join("kiosk.sock");
    let ended = Command::new(program)
        .args(arguments)
        .arg(socket)
        .status()
        .with_context(|| format!("starting {program}"))?;
    Ok(if ended.success() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}
