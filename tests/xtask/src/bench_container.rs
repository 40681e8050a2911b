//! Containers beside `age` (Debian's package), on the same file and one thread.

use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use crate::process;
use crate::programs;

/// Bytes of the file, in megabytes: large enough that a start counts for nothing.
const MEGABYTES: &str = "1000";
/// How long it may take to open shares and have the key, milliseconds.
const KEY_MS: f64 = 1.0;

/// Builds the bench as the tests are built and runs it. Exit status 2: slower than `age`, or than a millisecond.
pub fn run(json: bool, runs: usize) -> anyhow::Result<ExitCode> {
    ensure!(process::on_path("age"), "age is not here: apt-get install age");
    let folder = programs::workspace().join("target/bench-container");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut build = programs::cargo();
    process::openly(build.args(["build", "--package", "wetsign-container", "--example", "speed"]))?;
    eprintln!("Timing; every figure is the least of {runs} runs …");
    let mut bench = std::process::Command::new(programs::workspace().join("target/debug/examples/speed"));
    let output = bench
        .arg(&folder)
        .args([MEGABYTES, &runs.to_string()])
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("cannot start the benchmark")?;
    ensure!(output.status.success(), "the benchmark ended with {}", output.status);
    for name in ["plain", "plain.container", "plain.age"] {
        std::fs::remove_file(folder.join(name)).with_context(|| format!("cannot remove {name}"))?;
    }
    let rows: Vec<Value> = serde_json::from_slice(&output.stdout).context("the benchmark printed no rows")?;
    let mut ok = !rows.is_empty();
    for row in &rows {
        let name = row["name"].as_str().unwrap_or_default();
        if let Some(times) = row["times_age"].as_f64() {
            let figure = |name: &str| row[name].as_f64().unwrap_or(f64::NAN);
            eprintln!(
                "  {name:<36} {:>6.0} ms, age {:>6.0} ms: {times:.2} times as fast",
                figure("cpu_ms"),
                figure("age_cpu_ms")
            );
            ok &= times >= 1.0;
        } else {
            let ms = row["ms"].as_f64().unwrap_or(f64::INFINITY);
            eprintln!("  {name:<36} {ms:>9.3} ms");
            ok &= ms <= KEY_MS;
        }
    }
    if json {
        wetsign_program::say!("{:#}", json!({ "ok": ok, "rows": rows }))?;
    }
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::from(2) })
}
