//! The main story on a terminal: `cargo xtask demo`.

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;
use wetsign_tests::{
    narrate::{Audience, Narrator},
    report::Report,
    telling,
};

/// Tells the whole story on recorded people: enrol, approve, refuse, verify.
///
/// Exit status: 0 when every part came out as told, 2 when one did not, 1 when the story could not be told.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Print one JSON object instead of the story (the story goes to standard error).
    #[arg(long)]
    json: bool,
    /// Folder for what the story leaves behind; what an earlier run left there is removed.
    #[arg(long, default_value = "target/demo")]
    out: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("demo: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let audience = if arguments.json { Audience::Machine } else { Audience::Reader };
    let mut narrator = Narrator::new(audience);
    let mut report = Report::default();
    telling::tell(&arguments.out, &mut narrator, &mut report).await?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    }
    Ok(ExitCode::from(if report.ok { 0 } else { 2 }))
}
