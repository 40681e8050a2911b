//! `wetsign rules new`: worked rules to start from.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use clap::Args;
use serde_json::json;

use super::expected::Expectations;
use super::sets::{SETS, Set};
use crate::file::{self, For};
use crate::output::{Answer, Outcome, Terminal};

/// `wetsign rules new`.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// Which; without it, all are listed.
    pub name: Option<String>,
    /// Folder that gets NAME.cedar, NAME.toml (bounds and quorum) and NAME.requests.toml.
    #[arg(long, value_name = "FOLDER", default_value = ".", requires = "name")]
    pub out: PathBuf,
}

/// Lists or writes.
pub fn run(args: &NewArgs, terminal: &Terminal) -> anyhow::Result<Answer> {
    match &args.name {
        None => list(terminal),
        Some(name) => write(name, &args.out),
    }
}

fn list(terminal: &Terminal) -> anyhow::Result<Answer> {
    let mut text = String::new();
    let mut sets = Vec::new();
    for set in SETS {
        let words = expectations(set)?.words;
        let _ = writeln!(text, "{:<24} {words}", set.name);
        sets.push(json!({ "name": set.name, "words": words }));
    }
    let _ = writeln!(text, "{}", terminal.faint("wetsign rules new NAME writes one into this folder"));
    Ok(Answer { outcome: Outcome::Yes, text, json: json!({ "ok": true, "sets": sets }) })
}

fn expectations(set: &Set) -> anyhow::Result<Expectations> {
    Expectations::parse(set.requests).with_context(|| format!("the worked rules {}", set.name))
}

fn write(name: &str, folder: &Path) -> anyhow::Result<Answer> {
    let set = SETS
        .iter()
        .find(|set| set.name == name)
        .ok_or_else(|| anyhow!("there are no worked rules {name:?}: `wetsign rules new` lists them"))?;
    let draft = expectations(set)?.draft(&format!("{name}.cedar"));
    let files = [
        (format!("{name}.cedar"), set.cedar.to_owned()),
        (format!("{name}.toml"), draft),
        (format!("{name}.requests.toml"), set.requests.to_owned()),
    ];
    let mut text = String::new();
    let mut written = Vec::new();
    for (file, content) in files {
        let path = folder.join(file);
        file::write_new(&path, content.as_bytes(), For::All)?;
        let _ = writeln!(text, "written: {}", path.display());
        written.push(path.display().to_string());
    }
    let _ = writeln!(
        text,
        "change what is yours, then: wetsign rules test {name}.toml --requests {name}.requests.toml"
    );
    Ok(Answer { outcome: Outcome::Yes, text, json: json!({ "ok": true, "written": written }) })
}
