//! Licences, sources and banned crates, checked by a pinned cargo-deny.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, ensure};
use wetsign_models::store::cache_dir;

use crate::lock::CacheLock;
use crate::process;
use crate::programs;

/// The version that is built.
const VERSION: &str = "0.20.2";

/// The folders with a lock file and a `deny.toml` of their own, and what stands before their subjects' names.
const LOCK_FILES: [(&str, &str); 5] = [
    ("", ""),
    ("attest/chain", "chain-"),
    ("attest/media", "media-"),
    ("firmware/boards", "boards-"),
    ("tests/bench", "bench-"),
];

/// Checks each lock file against its `deny.toml`, one subject after the other; every one is tried.
pub fn check(json: bool) -> anyhow::Result<ExitCode> {
    let program = program(&cache_dir()?)?;
    let mut subjects = vec!["bans", "licenses", "sources"];
    if advisories_are_here() {
        subjects.insert(0, "advisories");
    } else {
        eprintln!("Note: advisories are not checked, because no advisory database lies on this machine.");
    }
    let mut rows = Vec::new();
    for (folder, prefix) in LOCK_FILES {
        for subject in &subjects {
            let mut command = Command::new(&program);
            command.current_dir(programs::workspace().join(folder)).arg("--locked");
            if *subject == "advisories" {
                command.arg("--offline");
            }
            command.arg("check");
            // Its findings go to the error stream; what it prints beside them would spoil the JSON.
            let status =
                command.arg(subject).stdout(std::io::stderr()).status().context("cannot start cargo-deny")?;
            rows.push((format!("{prefix}{subject}"), status.success()));
        }
    }
    let ok = rows.iter().all(|(_, ok)| *ok);
    if json {
        let rows: Vec<_> =
            rows.iter().map(|(name, ok)| serde_json::json!({ "name": name, "ok": ok })).collect();
        wetsign_program::say!("{:#}", serde_json::json!({ "ok": ok, "rows": rows }))?;
    }
    ensure!(ok, "a crate breaks a rule of deny.toml");
    Ok(ExitCode::SUCCESS)
}

/// The program in the cache, built if it is not there.
fn program(cache: &Path) -> anyhow::Result<PathBuf> {
    let tools = cache.join("tools");
    let program = tools.join("bin/cargo-deny");
    let is_there = || {
        process::answer(Command::new(&program).arg("--version"))
            .is_some_and(|text| text.split_whitespace().any(|word| word == VERSION))
    };
    if !is_there() {
        let _lock = CacheLock::take(cache)?;
        if !is_there() {
            eprintln!(
                "Building cargo-deny {VERSION} into {} (once, about five minutes on two cores).",
                tools.display()
            );
            let mut install = programs::cargo();
            install.current_dir(cache).args(["install", "--root"]).arg(&tools);
            process::openly(install.arg(format!("cargo-deny@{VERSION}")))?;
        }
    }
    Ok(program)
}

/// cargo-deny keeps its databases in a folder of cargo's home.
fn advisories_are_here() -> bool {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")));
    home.is_some_and(|home| has_database(&home.join("advisory-dbs")))
}

/// Each database is a folder; the lock file beside them is left by a fetch that failed, too.
fn has_database(folder: &Path) -> bool {
    folder.read_dir().is_ok_and(|entries| entries.flatten().any(|entry| entry.path().is_dir()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_file_alone_is_no_database() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!has_database(&folder.path().join("absent")));
        std::fs::write(folder.path().join("db.lock"), []).unwrap();
        assert!(!has_database(folder.path()));
        std::fs::create_dir(folder.path().join("advisory-db-1")).unwrap();
        assert!(has_database(folder.path()));
    }
}
