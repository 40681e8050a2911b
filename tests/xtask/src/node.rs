//! Packages from npm, in the cache.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::lock::CacheLock;
use crate::process;

/// The folder `name` of the cache with the `node_modules` of `package-lock.json` in `manifests`; installed once for
/// each content of that file. The lock file gives digests and no addresses: npm takes the packages from wherever it
/// takes them on this machine. `what` names them for people.
pub fn prepare(cache: &Path, manifests: &Path, name: &str, what: &str) -> anyhow::Result<PathBuf> {
    ensure!(
        process::on_path("node") && process::on_path("npm"),
        "node and npm are needed (Debian: apt-get install nodejs npm; Node 20 or later)"
    );
    let _lock = CacheLock::take(cache)?;
    let folder = cache.join(name);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let wanted = manifests.join("package-lock.json");
    let wanted = fs::read(&wanted).with_context(|| format!("cannot read {}", wanted.display()))?;
    let stamp = folder.join("installed.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(folder);
    }
    eprintln!("Fetching {what} with npm …");
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

/// What proofs and contracts are held against.
pub fn prepare_interop(cache: &Path, manifests: &Path) -> anyhow::Result<PathBuf> {
    prepare(cache, manifests, "node-interop", "snarkjs, circomlibjs, solc, hardhat, grpc-js and connect")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::interop_row::scripts;

    fn read(name: &str) -> Value {
        serde_json::from_slice(&std::fs::read(scripts().join(name)).unwrap()).unwrap()
    }

    #[test]
    fn every_package_of_npm_has_one_version_and_a_digest_and_no_address() {
        let lock = read("package-lock.json");
        let packages = lock["packages"].as_object().unwrap();
        let (own, others): (Vec<_>, Vec<_>) = packages.iter().partition(|(place, _)| place.is_empty());
        assert_eq!(own[0].1["dependencies"], read("package.json")["dependencies"]);
        for version in own[0].1["dependencies"].as_object().unwrap().values() {
            assert!(version.as_str().unwrap().starts_with(|c: char| c.is_ascii_digit()), "{version}");
        }
        for (place, package) in others {
            let digest = package["integrity"].as_str().unwrap_or_default();
            assert!(digest.starts_with("sha512-") && digest.len() == 95, "{place}: {digest}");
            assert!(package["version"].is_string() && package.get("resolved").is_none(), "{place}");
        }
    }
}
