//! Fetching a package with its registry's own client, by name and version.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use wetsign_models::manifest::{Package, Registry};
use wetsign_models::store::digest_file;

use crate::incoming::Different;
use crate::process;
use crate::progress::{Step, folder_size};
use crate::python::Python;

/// Fetches `package` into `folder`, which is empty, and checks its digest.
pub fn fetch(package: &Package, python: &Python, folder: &Path) -> anyhow::Result<PathBuf> {
    let archive = folder.join(&package.archive);
    let log = folder.join("client.log");
    let mut step = Step::start(format!("fetching {} {}", package.name, package.version), Some(package.size));
    let mut run =
        |command: &mut Command| process::quietly(command, &log, || step.reached(folder_size(folder)));
    let outcome = match package.registry {
        Registry::PypiWheel | Registry::PypiSdist => {
            pip(package, python, folder).and_then(|mut command| run(&mut command))
        }
        Registry::Npm => run(&mut npm(package, folder)),
        // A machine that never asked for the lists of packages knows no package; then lists of our own are fetched.
        Registry::Debian => run(&mut apt(package, folder)).or_else(|_| {
            run(&mut apt_update(folder)?).and_then(|()| run(apt(package, folder).args(apt_options(folder))))
        }),
    };
    if let Some(found) = digest_that_pip_refused(&log) {
        bail!(different(package, found));
    }
    outcome.with_context(|| format!("{} {} could not be fetched", package.name, package.version))?;
    if !archive.is_file() {
        bail!("the client fetched {} {}, but not as {}", package.name, package.version, package.archive);
    }
    let found = digest_file(&archive).with_context(|| format!("cannot read {}", archive.display()))?;
    if found != package.sha256 {
        bail!(different(package, found.to_string()));
    }
    step.done();
    Ok(archive)
}

fn different(package: &Package, found: String) -> Different {
    Different { what: format!("the fetched {}", package.archive), found, expected: package.sha256 }
}

/// The digest in pip's complaint, if that is what it complained about.
fn digest_that_pip_refused(log: &Path) -> Option<String> {
    let text = fs::read_to_string(log).ok()?;
    let (_, complaint) = text.split_once("DO NOT MATCH THE HASHES")?;
    let (_, found) = complaint.split_once("Got")?;
    found.split_whitespace().next().map(str::to_owned)
}

/// pip itself checks the digest: it runs a source distribution's own code to learn its metadata.
fn pip(package: &Package, python: &Python, folder: &Path) -> anyhow::Result<Command> {
    let list = folder.join("requirement.txt");
    let line = format!("{}=={} --hash=sha256:{}\n", package.name, package.version, package.sha256);
    fs::write(&list, line).with_context(|| format!("cannot write {}", list.display()))?;
    let source = (package.registry == Registry::PypiSdist).then_some(package.name.as_str());
    let mut command = python.pip("download", &list, source);
    command.env("TMPDIR", folder).args(["--no-deps", "--dest"]).arg(folder);
    if let Some(tags) = &package.wheel {
        command.args(["--implementation", "cp", "--python-version", &tags.python]);
        command.args(["--abi", &tags.abi, "--platform", &tags.platform]);
    }
    Ok(command)
}

fn npm(package: &Package, folder: &Path) -> Command {
    let mut command = Command::new("npm");
    command.args(["pack", "--silent", "--ignore-scripts", "--fetch-retries", "2"]);
    command.args(["--fetch-retry-mintimeout", "1000", "--fetch-retry-maxtimeout", "5000"]);
    command.arg("--cache").arg(folder.join("npm")).arg("--pack-destination").arg(folder);
    command.arg(format!("{}@{}", package.name, package.version)).current_dir(folder);
    command
}

fn apt(package: &Package, folder: &Path) -> Command {
    let mut command = Command::new("apt-get");
    command.args(["download", "--quiet", "-o", "APT::Sandbox::User=root"]);
    command.arg(format!("{}={}", package.name, package.version)).current_dir(folder);
    command
}

/// `apt-get update` into lists below `folder`.
pub fn apt_update(folder: &Path) -> anyhow::Result<Command> {
    fs::create_dir_all(folder.join("apt/lists/partial"))?;
    fs::create_dir_all(folder.join("apt/cache/archives/partial"))?;
    let mut command = Command::new("apt-get");
    command.args(["update", "--quiet", "-o", "APT::Sandbox::User=root"]).args(apt_options(folder));
    Ok(command)
}

/// What makes apt use the lists below `folder`.
pub fn apt_options(folder: &Path) -> [String; 4] {
    let lists = format!("Dir::State::lists={}", folder.join("apt/lists").display());
    let cache = format!("Dir::Cache={}", folder.join("apt/cache").display());
    ["-o".to_owned(), lists, "-o".to_owned(), cache]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_read_out_of_pips_complaint_and_only_there() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("client.log");
        let complaint = "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. (…)\n    p==1:\n        \
                         Expected sha256 aa\n             Got        bb\n\n";
        fs::write(&log, complaint).unwrap();
        assert_eq!(digest_that_pip_refused(&log).as_deref(), Some("bb"));
        fs::write(&log, "ERROR: no network. Got nothing\n").unwrap();
        assert_eq!(digest_that_pip_refused(&log), None);
    }
}
