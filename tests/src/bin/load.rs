//! How much a kiosk takes: `cargo xtask load`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use wetsign_program::say;
use wetsign_tests::load::{self, Times};
use wetsign_tests::siege::Scale;

/// Opens a thousand streams to a kiosk of its own over TLS on loopback, and measures ten thousand calls beside a bare
/// tonic server.
///
/// Exit status: 0 when every bound held, 2 when one did not, 1 when it could not be measured.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// A tenth of everything.
    #[arg(long)]
    smoke: bool,
    #[command(subcommand)]
    role: Option<Role>,
}

#[derive(Debug, Subcommand)]
enum Role {
    /// Be the bare server.
    #[command(hide = true)]
    Bare { folder: PathBuf, port: u16 },
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Arguments = match wetsign_program::arguments(1) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let held = match &arguments.role {
        Some(Role::Bare { folder, port }) => load::bare::serve(folder, *port).await.map(|()| true),
        None => run(&arguments).await,
    };
    let held = held.map(|held| if held { ExitCode::SUCCESS } else { ExitCode::from(2) });
    wetsign_program::ended("load", held)
}

async fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    let scale = if arguments.smoke { Scale::Smoke } else { Scale::Whole };
    let load = Box::pin(load::run(scale, &std::env::current_exe()?)).await?;
    if arguments.json {
        say!("{}", serde_json::to_string_pretty(&load)?)?;
        return Ok(load.ok);
    }
    let line = |name: &str, times: &Times| {
        let Times { calls, p50_ms, p99_ms, p999_ms } = times;
        say!("{name:<14}{calls:>7}  p50 {p50_ms:>6.1} ms  p99 {p99_ms:>6.1} ms  p99.9 {p999_ms:>6.1} ms")
    };
    say!("{} streams are open", load.streams)?;
    line("status", &load.status)?;
    line("bare tonic", &load.bare)?;
    line("submits", &load.submits)?;
    say!("p99 of status calls: {:.2} times the bare server's", load.ratio_p99)?;
    say!("memory: {:.0} MiB before, {:.0} MiB under load", load.rest_mib, load.loaded_mib)?;
    for why in &load.why {
        say!("✘ {why}")?;
    }
    Ok(load.ok)
}
