//! libFuzzer on what a stranger can send, with the stable compiler.

use std::fs;
use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use wetsign_models::store::cache_dir;

use crate::process;
use crate::programs;

/// The instrumentation that `cargo-fuzz` would pass, which a stable compiler takes too.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";

/// Arguments of `cargo xtask fuzz`.
#[derive(clap::Args)]
pub struct FuzzArguments {
    /// How long to look
    #[arg(long, default_value_t = 300)]
    seconds: u32,
    /// Print one JSON object: `ok`, `rows` (each with name, ok, inputs)
    #[arg(long)]
    json: bool,
}

/// Looks for bytes on the secure element's line for which what has to hold does not. What was learnt is kept in the
/// cache.
pub fn run(arguments: &FuzzArguments) -> anyhow::Result<ExitCode> {
    let folder = programs::workspace().join("firmware/wire/fuzz");
    let corpus = cache_dir()?.join("fuzz/line");
    fs::create_dir_all(&corpus).with_context(|| format!("cannot make {}", corpus.display()))?;
    // Named, so that build scripts are built without the instrumentation.
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let built = programs::workspace().join("target/fuzz");
    let found = built.join("found/");
    fs::create_dir_all(&found).with_context(|| format!("cannot make {}", found.display()))?;
    let log = found.join("log");
    let mut command = programs::cargo();
    command.current_dir(&folder).env("RUSTFLAGS", FLAGS).env("CARGO_TARGET_DIR", &built);
    command.args(["run", "--release", "--target", &target]);
    command.args(["--bin", "line", "--", "-max_len=4096", "-print_final_stats=1"]);
    command.arg(format!("-max_total_time={}", arguments.seconds));
    command.arg(format!("-artifact_prefix={}", found.display())).arg(&corpus);
    eprintln!("Fuzzing the secure element's line for {} s …", arguments.seconds);
    let outcome = process::quietly(&mut command, &log, || ());
    let said = fs::read_to_string(&log).with_context(|| format!("cannot read {}", log.display()))?;
    let inputs = said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    let inputs: u64 = inputs.and_then(|count| count.trim().parse().ok()).unwrap_or_default();
    let ok = outcome.is_ok() && inputs > 0;
    if arguments.json {
        let row = serde_json::json!({ "name": "secure element's line", "ok": ok, "inputs": inputs });
        wetsign_program::say!("{:#}", serde_json::json!({ "ok": ok, "rows": [row] }))?;
    }
    outcome.with_context(|| format!("what breaks it lies in {}", found.display()))?;
    ensure!(inputs > 0, "nothing was tried; see {}", log.display());
    eprintln!("  ✔ {inputs} inputs, and everything held");
    Ok(ExitCode::SUCCESS)
}
