//! Marks in files, between `wetsign-media` and the C2PA library for Python. Not looked at where the program is not
//! built (`cargo xtask media`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use serde::Deserialize;

use crate::incoming::Incoming;
use crate::interop_row::{Row, scripts};
use crate::lock::CacheLock;
use crate::media;
use crate::programs;
use crate::python::Python;

/// What `tests/interop/media.py` prints.
#[derive(Debug, Deserialize)]
struct Answer {
    rows: Vec<Row>,
}

/// Has a marker and an authority made, and both libraries read each other's marks of the approval in `story`.
pub fn check(cache: &Path, story: &Path) -> anyhow::Result<Vec<Row>> {
    if media::built().is_none() {
        eprintln!("Note: marks in files are not looked at. `cargo xtask media` builds the program for it.");
        return Ok(Vec::new());
    }
    let folder = story.join("media");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let python = {
        let _lock = CacheLock::take(cache)?;
        let python = Python::prepare(cache, "venv-media", &folder)?;
        let list = scripts().join("media-requirements.txt");
        python.install(&list, "the C2PA library for Python (c2pa-python)", &Incoming::of(cache)?)?;
        python
    };
    certify(&folder)?;
    let trust = fs::read_to_string(story.join("trust-policy.toml")).context("the story left no policy")?;
    let authorities = fs::read_to_string(folder.join("authority.pem"))?;
    ensure!(!trust.contains("[media]"), "the story's policy names authorities of its own");
    let trust = format!("{trust}\n[media]\nauthorities = \"\"\"\n{authorities}\"\"\"\n");
    fs::write(folder.join("trust.toml"), trust)?;

    let program = program()?;
    let mut command = python.command();
    command.arg(scripts().join("media.py")).arg(program.get_program());
    command.arg(story.join("approval.cbor")).arg(&folder);
    let output = command.output().context("cannot start the C2PA library for Python")?;
    let answer: Answer = serde_json::from_slice(&output.stdout).with_context(|| {
        format!("the C2PA library for Python failed: {}", String::from_utf8_lossy(&output.stderr).trim())
    })?;
    Ok(answer.rows)
}

/// Keys, an authority, the marker that it certifies, and another one that nobody trusts.
fn certify(folder: &Path) -> anyhow::Result<()> {
    let path = |name: &str| -> PathBuf { folder.join(name) };
    for (authority, marker) in [("authority", "marker"), ("other", "stranger")] {
        let [key, pem] = ["key", "pem"].map(|kind| path(&format!("{authority}.{kind}")));
        let marker_key = path(&format!("{marker}.key"));
        said(programs::program("wetsign")?.args(["key", "new"]).arg(&key))?;
        let public = said(programs::program("wetsign")?.args(["key", "new"]).arg(&marker_key))?;
        said(
            program()?
                .args(["authority", "new", "--name", authority, "--key"])
                .arg(&key)
                .arg("--out")
                .arg(&pem),
        )?;
        let mut certify = program()?;
        certify
            .args(["authority", "certify", "--name", marker, "--marker", public.trim(), "--key"])
            .arg(&key);
        said(certify.arg("--certificate").arg(&pem).arg("--out").arg(path(&format!("{marker}.pem"))))?;
    }
    Ok(())
}

fn program() -> anyhow::Result<Command> {
    media::built().context("wetsign-media is not built: cargo xtask media")
}

/// What a command prints, if it says yes.
fn said(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().context("cannot start a program")?;
    ensure!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(String::from_utf8(output.stdout)?)
}
