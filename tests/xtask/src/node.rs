//! Packages from npm, in the cache.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::lock::CacheLock;
use crate::process;

/// The folder with the `node_modules` of `package-lock.json` in `manifests`; installed once for each content of that
/// file. The lock file gives digests and no addresses: npm takes the packages from wherever it takes them on this
/// machine.
pub fn prepare(cache: &Path, manifests: &Path) -> anyhow::Result<PathBuf> {
    ensure!(
        process::on_path("node") && process::on_path("npm"),
        "node and npm are needed (Debian: apt-get install nodejs npm; Node 20 or later)"
    );
    let _lock = CacheLock::take(cache)?;
    let folder = cache.join("node-interop");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let wanted = manifests.join("package-lock.json");
    let wanted = fs::read(&wanted).with_context(|| format!("cannot read {}", wanted.display()))?;
    let stamp = folder.join("installed.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(folder);
    }
    eprintln!("Fetching snarkjs, circomlibjs, solc and hardhat with npm …");
    for name in ["package.json", "package-lock.json"] {
        fs::copy(manifests.join(name), folder.join(name)).with_context(|| format!("cannot copy {name}"))?;
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder);
    process::quietly(&mut npm, &folder.join("npm.log"), || ())
        .context("npm could not install the packages")?;
    fs::write(&stamp, &wanted)?;
    Ok(folder)
}
