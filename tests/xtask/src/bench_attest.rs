//! How long do approvals take to check: one by one, many at once, and beside snarkjs in a running process?
//!
//! The approvals are of one log, each with two co-signatures; their proofs are forged under the development key, which
//! makes them no cheaper to check. All rows are of one run: the checks of this checkout's programs as its tests have
//! them, the proofs alone and snarkjs as `bench circuits --part verifiers` times them.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use crate::process;
use crate::programs;

/// How many approvals.
const COUNT: u32 = 2_000;
/// Co-signatures of each, so proofs.
const PROOFS: f64 = 2.0;

/// Times them; `proofs` are the rows of the proofs alone.
pub fn rows(proofs: &[Value], runs: usize) -> anyhow::Result<Vec<Value>> {
    let mut build = programs::cargo();
    process::openly(build.args([
        "build",
        "--package",
        "wetsign",
        "--package",
        "wetsign-attest",
        "--example",
        "series",
        "--bins",
    ]))?;
    let folder = programs::workspace().join("target/bench/series");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    let series = programs::folder()?.join("examples/series");
    let at = said(Command::new(&series).arg("write").arg(&folder).arg(COUNT.to_string()))?.trim().to_owned();

    let one = least(runs, || {
        let said: Value = serde_json::from_str(&said(Command::new(&series).arg("verify").arg(&folder))?)?;
        ensure!(said["hold"] == json!(COUNT), "one by one not all hold: {said}");
        said["seconds"].as_f64().context("no time")
    })?;
    let many = |threads: &str| least(runs, || audit(&folder, &at, threads));
    let (alone, both) = (many("1")?, many("2")?);
    let ms = |seconds: f64| seconds * 1e3 / f64::from(COUNT);
    let row = |name: &str, threads: u32, each: f64, ours: f64| json!({ "name": name, "threads": threads, "ms": each, "ratio_to_ours": each / ours });
    let mut rows = vec![
        row("wetsign audit, each approval", 1, ms(alone), ms(alone)),
        row("one by one, each approval", 1, ms(one), ms(alone)),
        row("wetsign audit, each approval", 2, ms(both), ms(both)),
        row("one by one, each approval", 1, ms(one), ms(both)),
    ];
    // All that an audit does for one proof, against the check of that proof alone.
    for snarkjs in proofs
        .iter()
        .filter(|row| row["name"].as_str().is_some_and(|name| name.contains("in a running process")))
    {
        let (threads, took) =
            (snarkjs["threads"].as_u64().unwrap_or(0), snarkjs["ms"].as_f64().unwrap_or(f64::NAN));
        let ours = ms(if threads == 1 { alone } else { both }) / PROOFS;
        rows.push(row(
            "snarkjs groth16 verify, in a running process, to an audit's whole time for a proof",
            threads as u32,
            took,
            ours,
        ));
    }
    fs::remove_dir_all(&folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    Ok(rows)
}

fn audit(folder: &Path, at: &str, threads: &str) -> anyhow::Result<f64> {
    let mut command = programs::program("wetsign")?;
    command.arg("audit").arg(folder).arg("--policy").arg(folder.join("trust.toml"));
    command.args(["--at", at, "--allow-development-keys", "--threads", threads, "--json"]);
    let said: Value = serde_json::from_str(&said(&mut command)?)?;
    ensure!(said["approved"] == json!(COUNT), "not all are approved: {}", said["causes"]);
    said["seconds"].as_f64().context("no time")
}

fn said(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().context("cannot start a program of ours")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(String::from_utf8(output.stdout)?)
}

/// The least of so many runs, three at most: each takes a minute or so.
fn least(runs: usize, mut run: impl FnMut() -> anyhow::Result<f64>) -> anyhow::Result<f64> {
    let mut least = f64::INFINITY;
    for _ in 0..runs.clamp(1, 3) {
        least = least.min(run()?);
    }
    Ok(least)
}
