//! `cargo xtask e2e`: the kiosk's page and the phone's page in a real browser.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use wetsign_models::store;

use crate::interop_row::Row;
use crate::node;
use crate::plan::Scope;
use crate::programs;
use crate::setup::{self, SetupOptions};
use crate::system;

/// What is looked at.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct E2eArguments {
    /// The kiosk's page: each state, language and size, by eye (screenshots), by axe-core, by keyboard, at 200 %
    #[arg(long, required_unless_present = "phone")]
    page: bool,
    /// The phone's page: a person enrols and approves with it, through a relay, with Chromium's own authenticator
    #[arg(long)]
    phone: bool,
    /// Print one JSON object: `ok`, `rows` (each with name, ok, why), and of the kiosk's page `states`
    #[arg(long)]
    json: bool,
    /// Keep the README's picture, made anew
    #[arg(long, requires = "page", conflicts_with = "phone")]
    keep: bool,
    /// Go on without asking, also where installing Chromium needs sudo
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, Deserialize)]
struct Answer {
    ok: bool,
    #[serde(default)]
    states: Option<usize>,
    rows: Vec<Row>,
}

/// Where a browser and what it needs lie.
struct Tools {
    folder: PathBuf,
    chromium: PathBuf,
    scripts: PathBuf,
    modules: PathBuf,
}

/// Looks at the pages that were named.
pub fn run(arguments: E2eArguments) -> anyhow::Result<ExitCode> {
    let cache = if arguments.phone {
        setup::run(SetupOptions { scope: Scope::Everything, yes: arguments.yes })?.cache
    } else {
        store::cache_dir()?
    };
    let tools = tools(arguments, &cache)?;
    let mut all = Answer { ok: true, states: None, rows: Vec::new() };
    if arguments.page {
        all = page(arguments, &tools)?;
    }
    if arguments.phone {
        let phone = phone(&tools, &cache)?;
        all.ok &= phone.ok;
        all.rows.extend(phone.rows);
    }
    for Row { name, ok, why } in &all.rows {
        eprintln!("  {} {name}: {why}", if *ok { '✔' } else { '✘' });
    }
    eprintln!("The pictures are in {}", tools.folder.display());
    if arguments.json {
        let mut view = serde_json::json!({ "ok": all.ok, "rows": all.rows });
        if let Some(states) = all.states {
            view["states"] = states.into();
        }
        wetsign_program::say!("{view:#}")?;
    }
    ensure!(all.ok, "a screen is not as it should be");
    Ok(ExitCode::SUCCESS)
}

fn tools(arguments: E2eArguments, cache: &Path) -> anyhow::Result<Tools> {
    let folder = programs::workspace().join("target/e2e");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let folder = folder.canonicalize()?;
    let chromium = chromium(arguments.yes, &folder)?;
    let scripts = programs::workspace().join("tests/e2e");
    let modules = node::prepare(cache, &scripts, "node-e2e", "playwright-core, axe-core and fonts")?;
    Ok(Tools { folder, chromium, scripts, modules })
}

/// The story of a phone's page.
fn phone(tools: &Tools, cache: &Path) -> anyhow::Result<Answer> {
    programs::build()?;
    let mut story = programs::program("phone_page")?;
    story.arg("--scripts").arg(&tools.scripts).arg("--modules").arg(&tools.modules);
    story.arg("--chromium").arg(&tools.chromium).arg("--repository").arg(programs::workspace());
    story.arg("--out").arg(tools.folder.join("phone")).env("WETSIGN_CACHE", cache);
    eprintln!("A person enrols and approves with her phone, some minutes …");
    answer(story)
}

fn answer(mut look: Command) -> anyhow::Result<Answer> {
    let program = look.get_program().display().to_string();
    let output = look.output().with_context(|| format!("cannot start {program}"))?;
    serde_json::from_slice(&output.stdout)
        .with_context(|| format!("the look failed: {}", String::from_utf8_lossy(&output.stderr).trim()))
}

/// Every screen of the kiosk's page.
fn page(arguments: E2eArguments, tools: &Tools) -> anyhow::Result<Answer> {
    programs::build()?;
    let mut look = Command::new("node");
    look.arg(tools.scripts.join("page.mjs")).arg("--modules").arg(&tools.modules);
    look.arg("--program").arg(programs::program("wetsign-page")?.get_program());
    look.arg("--recordings").arg(programs::workspace().join("daemon/page/recordings"));
    look.arg("--chromium").arg(&tools.chromium).arg("--out").arg(&tools.folder);
    look.arg("--kept").arg(programs::workspace().join("tests/media/kiosk-page.png"));
    if arguments.keep {
        look.arg("--keep");
    }
    eprintln!("Looking at every screen of the page, some minutes …");
    answer(look)
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
