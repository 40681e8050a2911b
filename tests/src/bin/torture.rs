//! Power cuts at every named point of the main path: `cargo xtask torture`.

use std::process::ExitCode;

use clap::Parser;
use serde::Serialize;
use wetsign_tests::{
    attacks,
    cast::Cast,
    power_cut::{POINTS, Rehearsal},
    stage::{Options, Stage},
};

/// Kills the daemon at each named point of the main path, starts it again, and checks that nothing acknowledged is
/// lost.
///
/// Exit status: 0 when every point held, 2 when one did not, 1 when it could not be tried.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// Only these points (default: all).
    #[arg(long, value_delimiter = ',')]
    points: Vec<String>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    ok: bool,
    why: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Arguments = match wetsign_program::arguments(1) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let held = run(&arguments).await.map(|held| if held { ExitCode::SUCCESS } else { ExitCode::from(2) });
    wetsign_program::ended("torture", held)
}

async fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    let folder = tempfile::tempdir()?;
    let cast = Cast::new()?;
    let stage = Stage::set_up(folder.path(), &cast, &Options::default()).await?;
    let people = attacks::people();
    let mut rehearsal = Rehearsal::new(stage, cast, people.to_vec()).await?;
    let mut rows = Vec::new();
    for point in POINTS.iter().filter(|point| wanted(arguments, point)) {
        let cut = rehearsal.cut(point).await;
        let why = cut.as_ref().err().map(|error| format!("{error:#}")).unwrap_or_default();
        if !arguments.json {
            wetsign_program::say!("{} {point} {why}", if cut.is_ok() { "✔" } else { "✘" })?;
        }
        rows.push(Row { name: (*point).to_owned(), ok: cut.is_ok(), why });
    }
    let ok = !rows.is_empty() && rows.iter().all(|row| row.ok);
    if arguments.json {
        wetsign_program::say!(
            "{}",
            serde_json::to_string_pretty(&serde_json::json!({ "ok": ok, "points": rows }))?
        )?;
    }
    Ok(ok)
}

fn wanted(arguments: &Arguments, point: &str) -> bool {
    arguments.points.is_empty() || arguments.points.iter().any(|wanted| wanted == point)
}
