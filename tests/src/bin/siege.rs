//! Strangers take all that they can get from a kiosk: `cargo xtask siege`.

use std::process::ExitCode;

use clap::Parser;
use wetsign_tests::siege::{self, Row, Scale};

/// Lets strangers take all they can get from a kiosk of its own on loopback, and asks beside them as an honest client.
///
/// Exit status: 0 when every row held (or was skipped), 2 when one did not, 1 when it could not be tried.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// A tenth of everything, within a minute.
    #[arg(long)]
    smoke: bool,
    /// Only these attacks (default: all).
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Arguments = match wetsign_program::arguments(1) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let held = run(&arguments).await.map(|held| if held { ExitCode::SUCCESS } else { ExitCode::from(2) });
    wetsign_program::ended("siege", held)
}

async fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    let scale = if arguments.smoke { Scale::Smoke } else { Scale::Whole };
    let say = |row: &Row| -> anyhow::Result<()> {
        if !arguments.json {
            let mark = if row.skipped {
                "–"
            } else if row.ok {
                "✔"
            } else {
                "✘"
            };
            wetsign_program::say!(
                "{mark} {:<18} p50 {:>5.1} ms  p99 {:>6.1} ms  memory {:>4.0} → {:>4.0} MiB  disk +{:.1} MB  back {:.1} s  {} {}",
                row.name,
                row.p50_ms,
                row.p99_ms,
                row.rest_mib,
                row.peak_mib,
                row.disk_mb,
                row.back_s,
                row.tried,
                row.why
            )?;
        }
        Ok(())
    };
    let rows = siege::run(scale, &arguments.only, say).await?;
    let ok = !rows.is_empty() && rows.iter().all(|row| row.ok);
    if arguments.json {
        wetsign_program::say!(
            "{}",
            serde_json::to_string_pretty(&serde_json::json!({ "ok": ok, "rows": rows }))?
        )?;
    }
    Ok(ok)
}
