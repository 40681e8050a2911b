//! The product's programs, and a cargo for them, as a person's own shell would start them.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::Context as _;

use crate::process;

/// Variables that cargo sets for the program it runs, and that would make a nested cargo build things again.
const CARGO_OWN: [&str; 7] = [
    "CARGO_BIN_NAME",
    "CARGO_CRATE_NAME",
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_PATH",
    "CARGO_MANIFEST_LINKS",
    "CARGO_PRIMARY_PACKAGE",
    "OUT_DIR",
];

/// Builds the product's programs.
pub fn build() -> anyhow::Result<()> {
    let begun = Instant::now();
    if !folder()?.join("demo").is_file() {
        eprintln!(
            "Building the programs: 8 to 15 minutes on two cores the first time (the longest: cedar-policy, opencv)."
        );
    }
    let mut command = cargo();
    // The whole workspace, as the tests build it: another selection would build shared dependencies once more.
    command.args(["build", "--workspace", "--bins"]);
    process::openly(&mut command)?;
    if begun.elapsed().as_secs() > 5 {
        eprintln!("Built in {} s.", begun.elapsed().as_secs());
    }
    Ok(())
}

/// The folder that this program was built into, and with it all others.
pub fn folder() -> anyhow::Result<PathBuf> {
    let own = env::current_exe().context("cannot ask for the path of this program")?;
    Ok(own.parent().context("this program lies in no folder")?.to_owned())
}

/// One of the product's programs, started as from a person's own shell.
pub fn program(name: &str) -> anyhow::Result<Command> {
    let mut command = Command::new(folder()?.join(name));
    clean(&mut command);
    Ok(command)
}

/// A cargo for this workspace, which builds what its lock file names or nothing.
pub fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    command.arg("--locked").current_dir(workspace());
    clean(&mut command);
    command
}

/// The root of the checkout.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Gives `command` the environment that a person's own shell would give it.
pub fn clean(command: &mut Command) {
    let package = env::vars_os()
        .map(|(name, _)| name)
        .filter(|name| name.as_encoded_bytes().starts_with(b"CARGO_PKG_"));
    for name in CARGO_OWN.iter().map(OsString::from).chain(package) {
        command.env_remove(name);
    }
    let Some(libraries) = env::var_os("LD_LIBRARY_PATH") else { return };
    let target = folder().unwrap_or_default();
    let kept: Vec<_> = env::split_paths(&libraries)
        .filter(|folder| {
            let text = folder.to_string_lossy();
            !folder.starts_with(&target) && !text.contains("/rustlib/") && !text.contains("/toolchains/")
        })
        .collect();
    match env::join_paths(&kept) {
        Ok(value) if !kept.is_empty() => command.env("LD_LIBRARY_PATH", value),
        _ => command.env_remove("LD_LIBRARY_PATH"),
    };
}
