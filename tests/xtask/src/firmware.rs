//! `cargo xtask firmware`: builds the boards, brings QEMU, and hands over to the program that starts and measures them.

use std::process::ExitCode;

use anyhow::ensure;
use wetsign_models::store::cache_dir;

use crate::debian_qemu::{self, Machine};
use crate::firmware_build::{BOARDS, Board, Variant, build};
use crate::firmware_toolchain::Toolchain;
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
        return Ok(skipped(&boards, &reason, arguments.json));
    }
    let mut handed = Vec::new();
    if arguments.json {
        handed.push("--json".to_owned());
    }
    let names: Vec<_> = boards.iter().map(|board| board.name).collect();
    handed.extend(["--board".to_owned(), names.join(",")]);
    run::become_program("boards", (arguments.yes, handed), &[])
}

/// Builds the boards that QEMU has; where that cannot be, says why, and what needs them skips them.
pub fn prepare_if_possible() -> anyhow::Result<()> {
    if let Err(reason) = prepare(&emulated(), false)? {
        eprintln!(
            "Note: the boards are not built: their tests will be skipped, and a program stands in for them elsewhere. {reason}"
        );
    }
    Ok(())
}

/// Builds the boards that a story starts.
pub fn prepare_for_story() -> anyhow::Result<()> {
    prepare(&emulated(), false)?
        .map_err(|reason| anyhow::anyhow!("the secure element's board cannot be had here: {reason}"))
}

fn emulated() -> Vec<&'static Board> {
    BOARDS.iter().filter(|board| board.emulated).collect()
}

/// Brings compiler and QEMU and builds. The inner error is a reason to skip: they cannot be had here.
fn prepare(boards: &[&Board], measuring: bool) -> anyhow::Result<Result<(), String>> {
    let cache = cache_dir()?;
    let targets: Vec<_> = boards.iter().map(|board| board.target).collect();
    let toolchain = match Toolchain::bring(&targets, &cache) {
        Ok(toolchain) => toolchain,
        Err(error) => return Ok(Err(format!("{error:#}"))),
    };
    eprintln!("The boards are built with {}.", toolchain.name());
    for board in boards {
        // The program that is shipped comes last, so that it is the one that lies in cargo's own folder.
        if measuring && board.emulated {
            build(&toolchain, board, Variant::Measuring)?;
        }
        build(&toolchain, board, Variant::Release)?;
    }
    if boards.iter().any(|board| board.emulated)
        && let Err(error) = debian_qemu::bring(Machine::Arm, &cache)
    {
        // The boards' sizes can be told all the same; the program says that it found no QEMU.
        eprintln!("Note: the boards are not started. {error:#}");
    }
    Ok(Ok(()))
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
fn skipped(boards: &[&Board], reason: &str, json: bool) -> ExitCode {
    eprintln!("skipped: {reason}");
    if json {
        // What to do about it is many lines; they have just been said.
        let reason = reason.lines().next().unwrap_or_default();
        let row = |board: &&Board| serde_json::json!({ "name": board.name, "ok": true, "skipped": reason });
        let rows: Vec<_> = boards.iter().map(row).collect();
        println!("{:#}", serde_json::json!({ "ok": true, "rows": rows }));
    }
    ExitCode::SUCCESS
}
