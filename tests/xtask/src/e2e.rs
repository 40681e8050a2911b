//! `cargo xtask e2e`: the kiosk's page in a real browser.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use wetsign_models::store;

use crate::interop_row::Row;
use crate::node;
use crate::process;
use crate::programs;
use crate::system;

/// What is looked at.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct E2eArguments {
    /// The kiosk's page: each state, language and size, by eye (screenshots), by axe-core, by keyboard, at 200 %
    #[arg(long, required = true)]
    page: bool,
    /// Print one JSON object: `ok`, `states`, `rows` (each with name, ok, why)
    #[arg(long)]
    json: bool,
    /// Keep the README's picture, made anew
    #[arg(long)]
    keep: bool,
    /// Go on without asking, also where installing Chromium needs sudo
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, Deserialize)]
struct Answer {
    ok: bool,
    states: usize,
    rows: Vec<Row>,
}

/// Looks at the page.
pub fn run(arguments: E2eArguments) -> anyhow::Result<ExitCode> {
    let folder = programs::workspace().join("target/e2e");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let folder = folder.canonicalize()?;
    let chromium = chromium(arguments.yes, &folder)?;
    let scripts = programs::workspace().join("tests/e2e");
    let modules =
        node::prepare(&store::cache_dir()?, &scripts, "node-e2e", "playwright-core, axe-core and fonts")?;
    process::openly(programs::cargo().args(["build", "--package", "wetsign-page"]))?;

    let mut look = Command::new("node");
    look.arg(scripts.join("page.mjs")).arg("--modules").arg(&modules);
    look.arg("--program").arg(programs::program("wetsign-page")?.get_program());
    look.arg("--recordings").arg(programs::workspace().join("daemon/page/recordings"));
    look.arg("--chromium").arg(chromium).arg("--out").arg(&folder);
    look.arg("--kept").arg(programs::workspace().join("tests/media/kiosk-page.png"));
    if arguments.keep {
        look.arg("--keep");
    }
    eprintln!("Looking at every screen of the page, some minutes …");
    let output = look.output().context("cannot start node")?;
    let answer: Answer = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("the look failed: {}", String::from_utf8_lossy(&output.stderr).trim()))?;
    for Row { name, ok, why } in &answer.rows {
        eprintln!("  {} {name}: {why}", if *ok { '✔' } else { '✘' });
    }
    eprintln!("{} states; their pictures are in {}", answer.states, folder.display());
    if arguments.json {
        let view = serde_json::json!({ "ok": answer.ok, "states": answer.states, "rows": answer.rows });
        wetsign_program::say!("{view:#}")?;
    }
    ensure!(answer.ok, "a screen of the page is not as it should be");
    Ok(ExitCode::SUCCESS)
}

/// Debian's Chromium; installed where it is missing.
fn chromium(yes: bool, work: &Path) -> anyhow::Result<PathBuf> {
    let program = Path::new("/usr/bin/chromium");
    if !program.is_file() {
        ensure!(
            yes || !system::needs_sudo(),
            "a browser is needed: apt-get install --no-install-recommends chromium, or again with --yes"
        );
        system::install(&["chromium"], false, work)?;
    }
    ensure!(
        program.is_file(),
        "{} is not there after installing Debian's package chromium",
        program.display()
    );
    Ok(program.to_owned())
}
