//! The secure element's boards: whether they work, and what they cost. `cargo xtask firmware` builds them and starts
//! this.

use std::process::ExitCode;

use clap::Parser;
use serde::Serialize;
use wetsign_tests::{
    board::{Board, Firmware, program},
    board_check,
    firmware_image::Image,
};

/// Bytes of code, constants and initial values.
const CODE: usize = 128 * 1024;
/// Bytes of static variables and stack.
const MEMORY: u64 = 16 * 1024;
/// Instructions for one Ed25519 signature.
const SIGNATURE: u64 = 2_000_000;

/// Starts each emulated board, lets it attest, cuts its power, opens its case, and holds what it costs against its
/// budget.
///
/// Budgets: 128 KiB of code, 16 KiB of memory with the stack's peak, 2 million instructions a signature.
///
/// Exit status: 0 when everything holds, 2 when something does not, 1 when it could not be tried.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Print one JSON object: `ok`, `rows` (each with name, ok, figures, and `skipped` or `why`).
    #[arg(long)]
    json: bool,
    /// Only these boards (default: all).
    #[arg(long, value_delimiter = ',')]
    board: Vec<String>,
}

/// What came out for one board. A figure that was not taken is missing.
#[derive(Debug, Default, Serialize)]
struct Row {
    name: String,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    code_bytes: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    static_bytes: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stack_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attestation_instructions: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature_instructions: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    /// Why something was not tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<String>,
    /// What does not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Arguments = match wetsign_program::arguments(1) {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let held = run(&arguments).await.map(|held| if held { ExitCode::SUCCESS } else { ExitCode::from(2) });
    wetsign_program::ended("boards", held)
}

async fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    let known: Vec<&str> = Board::ALL.map(Board::name).into_iter().chain(["rp2350"]).collect();
    if let Some(unknown) = arguments.board.iter().find(|name| !known.contains(&name.as_str())) {
        anyhow::bail!("there is no board {unknown}; there are {}", known.join(", "));
    }
    let mut rows = Vec::new();
    for name in
        known.iter().filter(|name| arguments.board.is_empty() || arguments.board.iter().any(|n| n == *name))
    {
        let mut row = Row { name: (*name).to_owned(), ..Row::default() };
        if let Err(error) = examine(name, &mut row).await {
            row.why = Some(format!("{error:#}"));
        }
        row.ok = row.why.is_none();
        if !arguments.json {
            tell(&row)?;
        }
        rows.push(row);
    }
    let ok = rows.iter().all(|row| row.ok);
    if arguments.json {
        wetsign_program::say!("{:#}", serde_json::json!({ "ok": ok, "rows": rows }))?;
    }
    Ok(ok)
}

async fn examine(name: &str, row: &mut Row) -> anyhow::Result<()> {
    let path = program(name, "");
    if !path.is_file() {
        row.skipped = Some(format!("{} is not built", path.display()));
        return Ok(());
    }
    let image = Image::read(&path)?;
    row.code_bytes = Some(image.code);
    row.static_bytes = Some(image.statics);
    row.sha256 = Some(image.digest.to_string());
    anyhow::ensure!(image.code <= CODE, "{} bytes of code, {CODE} are allowed", image.code);
    let Some(board) = Board::ALL.into_iter().find(|board| board.name() == name) else {
        row.skipped = Some("not started: no emulator has this board".to_owned());
        return Ok(());
    };
    let (plain, measuring) = match (Firmware::find(board), Firmware::find_measuring(board)) {
        (Ok(plain), Ok(measuring)) => (plain, measuring),
        (Err(error), _) | (_, Err(error)) => {
            row.skipped = Some(format!("not started: {error:#}"));
            return Ok(());
        }
    };
    let folder = tempfile::tempdir()?;
    board_check::whole_life(&plain, &image, &folder.path().join("life")).await?;
    let cost = board_check::cost(&measuring, &folder.path().join("cost")).await?;
    row.stack_bytes = Some(cost.stack);
    row.attestation_instructions = Some(cost.attestation);
    row.signature_instructions = Some(cost.signature);
    let memory = image.statics as u64 + cost.stack;
    anyhow::ensure!(memory <= MEMORY, "{memory} bytes of memory, {MEMORY} are allowed");
    anyhow::ensure!(
        cost.signature <= SIGNATURE,
        "{} instructions a signature, {SIGNATURE} are allowed",
        cost.signature
    );
    Ok(())
}

fn tell(row: &Row) -> anyhow::Result<()> {
    let figure = |name: &str, value: Option<u64>| value.map(|value| format!("{name} {value}"));
    let figures = [
        figure("code bytes", row.code_bytes.map(|bytes| bytes as u64)),
        figure("static bytes", row.static_bytes.map(|bytes| bytes as u64)),
        figure("stack bytes", row.stack_bytes),
        figure("instructions an attestation", row.attestation_instructions),
        figure("a signature", row.signature_instructions),
    ];
    let figures: Vec<_> = figures.into_iter().flatten().collect();
    wetsign_program::say!("{} {}: {}", if row.ok { "✔" } else { "✘" }, row.name, figures.join(", "))?;
    for remark in [&row.skipped, &row.why].into_iter().flatten() {
        wetsign_program::say!("    {remark}")?;
    }
    Ok(())
}
