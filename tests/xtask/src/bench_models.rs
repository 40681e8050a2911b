//! The networks beside Python's binding of the same runtime, in one run.

use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};

use crate::incoming::Incoming;
use crate::lock::CacheLock;
use crate::plan::Scope;
use crate::programs;
use crate::python::Python;
use crate::setup::{self, SetupOptions};

/// Ours over theirs: a network alone must not take longer than this, but for the noise of the clock.
const NETWORK_AT_MOST: f64 = 1.05;
/// Theirs over ours: the whole path of a frame must be at least this many times as quick.
const FRAME_AT_LEAST: f64 = 2.0;

/// A row of `wetsign-lab bench` or of `bench.py`.
#[derive(Debug, Deserialize)]
struct Timed {
    name: String,
    threads: usize,
    min_ms: f64,
}

/// One thing, timed here, and by Python where it does it too.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    threads: usize,
    /// Least of all runs here, milliseconds.
    ms: f64,
    /// Least of all runs under Python; absent where Python has no such step.
    python_ms: Option<f64>,
    /// Ours over theirs.
    ratio: Option<f64>,
    /// The ratio stays within its bound; absent where none was set.
    ok: Option<bool>,
}

/// Times both on one and on two threads and prints the rows side by side.
pub fn run(json: bool, runs: usize) -> anyhow::Result<ExitCode> {
    let cache = setup::run(SetupOptions { scope: Scope::Everything, yes: false })?.cache;
    programs::build()?;
    let scripts = programs::workspace().join("tests/bench/models");
    let work = programs::workspace().join("target/bench-models");
    std::fs::create_dir_all(&work).with_context(|| format!("cannot make {}", work.display()))?;
    let python = {
        let _lock = CacheLock::take(&cache)?;
        let python = Python::prepare(&cache, "venv-bench", &work)?;
        let what = "onnxruntime, numpy and OpenCV for Python";
        python.install(&scripts.join("requirements.txt"), what, &Incoming::of(&cache)?)?;
        python
    };
    let mut rows = Vec::new();
    for threads in ["1", "2"] {
        let counts = ["--threads", threads, "--runs", &runs.to_string()].map(str::to_owned);
        eprintln!("Timing on {threads} threads; every figure is the least of {runs} runs …");
        let mut ours = programs::program("wetsign-lab")?;
        let ours = timed(ours.arg("bench").args(&counts).env("WETSIGN_CACHE", &cache))?;
        let mut theirs = python.command();
        let theirs = timed(theirs.arg(scripts.join("bench.py")).args(&counts).env("WETSIGN_CACHE", &cache))?;
        rows.extend(ours.iter().map(|our| beside(our, &theirs)));
    }
    let compared = rows.iter().any(|row| row.ratio.is_some());
    ensure!(compared, "no row of ours has one of Python's beside it");
    for row in &rows {
        let verdict = row.ok.map_or("", |ok| if ok { "✔" } else { "✘" });
        eprintln!(
            "  {} threads  {:>8.2} ms  Python {:>8} ms  ratio {:>5} {verdict:1} {}",
            row.threads,
            row.ms,
            decimals(row.python_ms),
            decimals(row.ratio),
            row.name
        );
    }
    let ok = rows.iter().all(|row| row.ok != Some(false));
    if json {
        wetsign_program::say!("{:#}", serde_json::json!({ "ok": ok, "rows": rows }))?;
    }
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

fn timed(command: &mut Command) -> anyhow::Result<Vec<Timed>> {
    let program = command.get_program().display().to_string();
    let output =
        command.stderr(Stdio::inherit()).output().with_context(|| format!("cannot start {program}"))?;
    ensure!(output.status.success(), "{program} ended with {}", output.status);
    serde_json::from_slice(&output.stdout).with_context(|| format!("{program} printed no rows"))
}

/// Two decimals, or a stroke.
fn decimals(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}"))
}

fn beside(our: &Timed, theirs: &[Timed]) -> Row {
    let their = theirs.iter().find(|their| their.name == our.name && their.threads == our.threads);
    let python_ms = their.map(|their| their.min_ms);
    let ratio = python_ms.map(|their| our.min_ms / their);
    let most = match our.name.as_str() {
        name if name.starts_with("network ") => Some(NETWORK_AT_MOST),
        "frame path" => Some(1.0 / FRAME_AT_LEAST),
        _ => None,
    };
    let ok = ratio.zip(most).map(|(ratio, most)| ratio <= most);
    Row { name: our.name.clone(), threads: our.threads, ms: our.min_ms, python_ms, ratio, ok }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timed(name: &str, min_ms: f64) -> Timed {
        Timed { name: name.to_owned(), threads: 1, min_ms }
    }

    #[test]
    fn bounds_are_set_for_networks_and_for_the_frame_path() {
        let theirs = [timed("network ge2e", 10.0), timed("frame path", 100.0), timed("mesh", 5.0)];
        let ok = |name: &str, ms: f64| beside(&timed(name, ms), &theirs).ok;
        assert_eq!((ok("network ge2e", 10.4), ok("network ge2e", 10.6)), (Some(true), Some(false)));
        assert_eq!((ok("frame path", 50.0), ok("frame path", 51.0)), (Some(true), Some(false)));
        assert_eq!(ok("mesh", 50.0), None);
        let alone = beside(&timed("cues of pad_fused", 1.0), &theirs);
        assert_eq!((alone.ms, alone.python_ms, alone.ratio, alone.ok), (1.0, None, None, None));
    }
}
