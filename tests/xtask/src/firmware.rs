//! `cargo xtask firmware`: builds the boards, brings QEMU, and hands over to the program that starts and measures them.

use std::process::ExitCode;

use anyhow::ensure;

use crate::firmware_build::{BOARDS, Board};
use crate::firmware_prepare::prepare;
use crate::run;

/// What is wanted of the boards.
#[derive(Debug, clap::Args)]
pub struct FirmwareArguments {
    /// Go on without asking, also where set-up needs sudo
    #[arg(long)]
    yes: bool,
    /// Print one JSON object: `ok`, `rows` (each with name, ok, figures, and `skipped` or `why`)
    #[arg(long)]
    json: bool,
    /// Only these boards (default: all)
    #[arg(long, value_delimiter = ',')]
    board: Vec<String>,
}

/// Builds the boards, and becomes the program that tries them.
pub fn check(arguments: &FirmwareArguments) -> anyhow::Result<ExitCode> {
    let boards = chosen(&arguments.board)?;
    if let Err(reason) = prepare(&boards, true)? {
        return skipped(&boards, &reason, arguments.json);
    }
    let mut handed = Vec::new();
    if arguments.json {
        handed.push("--json".to_owned());
    }
    let names: Vec<_> = boards.iter().map(|board| board.name).collect();
    handed.extend(["--board".to_owned(), names.join(",")]);
    run::become_program("boards", (arguments.yes, handed), &[])
}

fn chosen(names: &[String]) -> anyhow::Result<Vec<&'static Board>> {
    let known: Vec<_> = BOARDS.iter().map(|board| board.name).collect();
    for name in names {
        ensure!(known.contains(&name.as_str()), "there is no board {name}; there are {}", known.join(", "));
    }
    Ok(BOARDS
        .iter()
        .filter(|board| names.is_empty() || names.iter().any(|name| name == board.name))
        .collect())
}

/// Nothing failed, and nothing was tried.
fn skipped(boards: &[&Board], reason: &str, json: bool) -> anyhow::Result<ExitCode> {
    eprintln!("skipped: {reason}");
    if json {
        // What to do about it is many lines; they have just been said.
        let reason = reason.lines().next().unwrap_or_default();
        let row = |board: &&Board| serde_json::json!({ "name": board.name, "ok": true, "skipped": reason });
        let rows: Vec<_> = boards.iter().map(row).collect();
        wetsign_program::say!("{:#}", serde_json::json!({ "ok": true, "rows": rows }))?;
    }
    Ok(ExitCode::SUCCESS)
}
