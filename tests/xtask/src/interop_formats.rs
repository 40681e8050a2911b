//! What others' programs say of our log and of our formats, and what a verifier says that shares nothing with ours.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use serde::Deserialize;

use crate::incoming::Incoming;
use crate::interop_row::{Row, scripts};
use crate::lock::CacheLock;
use crate::process;
use crate::programs;
use crate::python::Python;

/// What the scripts print.
#[derive(Debug, Deserialize)]
struct Found {
    rows: Vec<Row>,
}

/// A log of ours is read and witnessed by aics-tlog, aics-witness and scitt-cose. They need a Python that not every
/// machine has: then a note says so.
pub fn log(cache: &Path, folder: &Path) -> anyhow::Result<Vec<Row>> {
    let prepared = Python::prepare_newer(cache, "venv-log", folder, (3, 12));
    let python = match prepared {
        Ok(python) => python,
        Err(reason) => {
            eprintln!("Note: no program of others reads the log. {reason:#}");
            return Ok(Vec::new());
        }
    };
    install(&python, cache, &scripts().join("log-requirements.txt"), "the log's other readers")?;
    let mut build = programs::cargo();
    process::openly(build.args(["build", "--package", "wetsignd", "--example", "publish"]))?;
    eprintln!("Having the log read and witnessed by programs of others …");
    let mut command = python.command();
    found(command.arg(scripts().join("log.py")).arg(programs::folder()?))
}

/// Our objects, and a fresh approval if there is one, held against their CDDL.
pub fn formats(cache: &Path, folder: &Path, approval: Option<&Path>) -> anyhow::Result<Vec<Row>> {
    let python = {
        let _lock = CacheLock::take(cache)?;
        Python::prepare(cache, "venv-formats", folder)?
    };
    install(&python, cache, &scripts().join("formats-requirements.txt"), "a validator of CDDL")?;
    eprintln!("Holding objects against their CDDL …");
    let mut command = python.command();
    command.arg(scripts().join("formats.py")).arg(attest("cddl/wetsign.cddl"));
    command.arg(attest("vectors/objects.json")).args(approval);
    found(&mut command)
}

/// A verifier that shares nothing with ours, and ours: on every vector, on good approvals, on altered ones.
pub fn independent(cache: &Path, folder: &Path) -> anyhow::Result<Vec<Row>> {
    let home = programs::workspace().join("tests/independent");
    let python = {
        let _lock = CacheLock::take(cache)?;
        Python::prepare(cache, "venv-independent", folder)?
    };
    install(&python, cache, &home.join("requirements.txt"), "the independent verifier's libraries")?;
    let mut build = programs::cargo();
    process::openly(build.args(["build", "--package", "wetsign-attest", "--example", "series"]))?;
    let made = folder.join("series");
    if made.exists() {
        fs::remove_dir_all(&made).with_context(|| format!("cannot clear {}", made.display()))?;
    }
    let mut series = Command::new(programs::folder()?.join("examples/series"));
    let output = series.arg("write").arg(&made).arg("12").output().context("cannot start the example")?;
    anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
    let now = String::from_utf8(output.stdout)?;
    eprintln!("Asking a verifier that shares nothing with ours …");
    let mut command = python.command();
    command.arg(home.join("agree.py")).arg(programs::folder()?.join("wetsign")).arg(made.join("trust.toml"));
    command.arg(now.trim()).arg(attest("vectors/objects.json"));
    for number in 0..12 {
        command.arg(made.join(format!("{number:07}.cbor")));
    }
    found(&mut command)
}

fn attest(name: &str) -> PathBuf {
    programs::workspace().join("attest").join(name)
}

fn install(python: &Python, cache: &Path, list: &Path, what: &str) -> anyhow::Result<()> {
    let _lock = CacheLock::take(cache)?;
    python.install(list, what, &Incoming::of(cache)?)
}

fn found(command: &mut Command) -> anyhow::Result<Vec<Row>> {
    let output = command.output().context("cannot start Python")?;
    let Found { rows } = serde_json::from_slice(&output.stdout)
        .with_context(|| String::from_utf8_lossy(&output.stderr).trim().to_owned())?;
    anyhow::ensure!(!rows.is_empty(), "it checked nothing");
    Ok(rows)
}
