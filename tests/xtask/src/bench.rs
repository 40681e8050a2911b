//! Building and running the benchmarks of `tests/bench/`.

use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use wetsign_models::store::cache_dir;

use crate::bench_attest;
use crate::bench_container;
use crate::bench_models;
use crate::interop_row;
use crate::node;
use crate::process;
use crate::programs;

/// What can be timed.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum What {
    /// The match circuit: provers, checks, the registry
    Circuits,
    /// Approvals: one by one, many at once, beside snarkjs
    Attest,
    /// Sealing and opening containers, beside `age` on the same file
    Container,
    /// The networks and the paths through them, beside Python's onnxruntime, numpy and OpenCV
    Models,
    /// Three searchers among a million made-up people, beside a plain int8 search (4 GB of memory)
    Unique,
}

/// What is timed, and how often.
#[derive(Clone, Debug, clap::Args)]
pub struct BenchOptions {
    /// What to time
    what: What,
    /// Parts of `circuits`: provers, verifiers, registry; may be given more than once [default: all]
    #[arg(long)]
    part: Vec<String>,
    /// Print one JSON object: `ok`, `rows` (each with name, threads, ms, ratio_to_ours)
    #[arg(long)]
    json: bool,
    /// Runs of each row; the least counts
    #[arg(long, default_value_t = 9)]
    runs: usize,
    /// Without the rows of snarkjs, which need node and npm
    #[arg(long)]
    no_snarkjs: bool,
}

/// Times what was asked for.
pub fn run(options: &BenchOptions) -> anyhow::Result<ExitCode> {
    match options.what {
        What::Circuits => {
            let rows = circuits(options, &options.part)?;
            told(options, rows)
        }
        What::Attest => {
            ensure!(options.part.is_empty(), "--part chooses among the parts of `bench circuits`");
            let mut rows = circuits(options, &["verifiers".to_owned()])?;
            rows.extend(bench_attest::rows(&rows, options.runs)?);
            told(options, rows)
        }
        What::Container => {
            ensure!(options.part.is_empty(), "`bench container` has no parts");
            bench_container::run(options.json, options.runs)
        }
        What::Models => {
            ensure!(
                options.part.is_empty(),
                "--part chooses among the parts of `bench circuits`; `bench models` has none"
            );
            bench_models::run(options.json, options.runs)
        }
        What::Unique => {
            ensure!(options.part.is_empty(), "--part chooses among the parts of `bench circuits`");
            unique(options)
        }
    }
}

/// Three processes over loopback; the example starts them itself, and times them.
fn unique(options: &BenchOptions) -> anyhow::Result<ExitCode> {
    let mut bench = programs::cargo();
    bench.args(["run", "--package", "wetsign-unique", "--example", "million", "--", "--runs"]);
    bench.arg(options.runs.to_string());
    if options.json {
        bench.arg("--json");
    }
    let status = bench.status().context("cannot start cargo")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

/// Builds the benchmark for release in `target/bench` and runs it.
fn circuits(options: &BenchOptions, parts: &[String]) -> anyhow::Result<Vec<Value>> {
    let runs = options.runs;
    let cache = cache_dir()?;
    let target = programs::workspace().join("target/bench");
    let mut build = programs::cargo();
    build.args(["build", "--release", "--manifest-path", "tests/bench/Cargo.toml", "--target-dir"]);
    process::openly(build.arg(&target))?;

    let mut bench = std::process::Command::new(target.join("release/wetsign-bench"));
    bench.arg("--cache").arg(&cache).arg("--runs").arg(runs.to_string());
    bench.args(parts.iter().flat_map(|part| ["--part", part]));
    if !options.no_snarkjs {
        bench.arg("--node").arg(node::prepare_interop(&cache, &interop_row::scripts())?);
    }
    eprintln!("Timing; every figure is the least of {runs} runs …");
    let output =
        bench.stderr(std::process::Stdio::inherit()).output().context("cannot start the benchmark")?;
    ensure!(output.status.success(), "the benchmark ended with {}", output.status);
    serde_json::from_slice(&output.stdout).context("the benchmark printed no rows")
}

/// Shows the rows.
fn told(options: &BenchOptions, rows: Vec<Value>) -> anyhow::Result<ExitCode> {
    for row in &rows {
        let figure = |name: &str| row[name].as_f64().unwrap_or(f64::NAN);
        eprintln!(
            "  {} threads  {:>10.2} ms  {:>7.2} × ours  {}",
            row["threads"],
            figure("ms"),
            figure("ratio_to_ours"),
            row["name"].as_str().unwrap_or_default()
        );
    }
    if options.json {
        wetsign_program::say!("{:#}", json!({ "ok": true, "rows": rows }))?;
    }
    Ok(ExitCode::SUCCESS)
}
