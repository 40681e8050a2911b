//! How much a kiosk takes: `cargo xtask load`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use wetsign_program::say;
use wetsign_tests::load::{self, Times};
use wetsign_tests::siege::Scale;
use wetsign_tests::soak::{self, Look, Soak};

/// Opens a thousand streams to a kiosk of its own over TLS on loopback, and measures ten thousand calls beside a bare
/// tonic server.
///
/// With `soak` it leads people through capture after capture instead, and watches memory and file handles. A stand-in
/// answers for camera and networks; the secure element lets one session begin each two seconds.
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
    /// Lead two people through so many captures with stored embeddings, and hold memory and file handles to be flat
    Soak {
        /// Captures.
        #[arg(default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
        captures: u32,
    },
    /// Be the sensor program of a soak.
    #[command(hide = true)]
    Sensor {
        /// As the daemon starts it.
        #[arg(long)]
        recordings: bool,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Arguments = match wetsign_program::arguments(1) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let held = match &arguments.role {
        Some(Role::Bare { folder, port }) => load::bare::serve(folder, *port).await.map(|()| true),
        Some(Role::Soak { captures }) => soak(*captures, arguments.json).await,
        Some(Role::Sensor { .. }) => soak::stand_in::serve().map(|()| true),
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

async fn soak(captures: u32, json: bool) -> anyhow::Result<bool> {
    let tell = |Look { captures, memory_mib, files, state_mb }: &Look| {
        if json {
            return Ok(());
        }
        Ok(say!(
            "{captures:>7} captures  {memory_mib:>6.1} MiB  {files:>3} files  {state_mb:>6.1} MB on the disk"
        )?)
    };
    let soak = Box::pin(soak::run(captures, &std::env::current_exe()?, tell)).await?;
    if json {
        say!("{}", serde_json::to_string_pretty(&soak)?)?;
        return Ok(soak.ok);
    }
    let Soak { ok, captures, each_s, each_kib, why, .. } = soak;
    say!("{captures} captures, {each_s:.2} s each: {each_kib:.2} KiB of memory more a capture")?;
    for why in &why {
        say!("✘ {why}")?;
    }
    Ok(ok)
}
