//! What lies on the disk: the state folder and its keys, networks and their runtime, the proving key, certificates.

use std::{
    io::ErrorKind,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use rustix::process::geteuid;
use wetsign_api::own_file::{self, OwnFileError};
use wetsign_models::store::{ModelStore, StoreError, cache_dir};
use wetsignd::{
    config::Config,
    kiosk,
    serve::{expiry::Standing, tls},
};

use crate::finding::Finding;

/// Files of the folder `keys`: the daemon makes what is missing at its first start.
const KEYS: [&str; 6] = ["kiosk", "checker", "hub", "log", "element-host", "devices"];

pub(super) fn look(config: &Config) -> Vec<Finding> {
    let mut findings = vec![state(&config.state)];
    findings.extend(keys(&config.state));
    findings.push(proving_key(config));
    let cache = if config.cache.as_os_str().is_empty() { cache_dir() } else { Ok(config.cache.clone()) };
    findings.extend(networks(cache));
    findings.extend(certificates(config));
    findings
}

fn state(path: &Path) -> Finding {
    let name = "state folder";
    let about = match std::fs::symlink_metadata(path) {
        Ok(about) => about,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let found = format!("there is none at {}", path.display());
            return Finding::doubt(
                name,
                found,
                "the first `wetsignd run` makes it; or name another with `state`",
            );
        }
        Err(error) => {
            let found = format!("{} cannot be looked at: {error}", path.display());
            return Finding::amiss(name, found, "run this command as the daemon's user");
        }
    };
    let (owner, user, mode) = (about.uid(), geteuid().as_raw(), about.mode() & 0o777);
    if !about.is_dir() {
        return Finding::amiss(name, format!("{} is no folder", path.display()), "name another with `state`");
    }
    if owner != user {
        let found =
            format!("{} belongs to user {owner}, and this command runs as user {user}", path.display());
        return Finding::doubt(name, found, "run it as the daemon's user to see what the daemon sees");
    }
    if mode.trailing_zeros() < 6 {
        let found = format!("{} has mode {mode:o}: others may look into it", path.display());
        return Finding::amiss(name, found, format!("chmod 700 {}", path.display()));
    }
    Finding::well(name, format!("{}, its owner's alone", path.display()))
}

fn keys(state: &Path) -> Vec<Finding> {
    let folder = state.join("keys");
    let mut refused = Vec::new();
    let mut there = Vec::new();
    for name in KEYS {
        match own_file::open_secret(&folder.join(name)) {
            Ok(file) if file.metadata().is_ok_and(|about| about.len() == 32) => there.push(name),
            Ok(_) => refused.push(Finding::amiss(
                format!("key {name}"),
                "it does not have 32 bytes",
                "bring it back from a backup: a new key is another kiosk",
            )),
            Err(OwnFileError::Missing { .. }) => {}
            Err(error) => refused.push(Finding::amiss(
                format!("key {name}"),
                error.to_string(),
                "without it the daemon does not start",
            )),
        }
    }
    if refused.is_empty() {
        refused.push(if there.is_empty() {
            Finding::doubt("keys", "none yet", "the first `wetsignd run` makes them")
        } else {
            Finding::well("keys", format!("{}: their owner's alone", there.join(", ")))
        });
    }
    refused
}

fn proving_key(config: &Config) -> Finding {
    let name = "proving key";
    if config.proof.key == "development" {
        return Finding::doubt(
            name,
            "the development key: anybody can forge under it",
            "name one of a ceremony with proof.key, as verifiers do in their policy",
        );
    }
    match std::fs::metadata(&config.proof.key) {
        Ok(about) if about.is_file() => {
            Finding::well(name, format!("{}, {} MB", config.proof.key, about.len() / 1_000_000))
        }
        Ok(_) => Finding::amiss(name, format!("{} is no file", config.proof.key), "correct proof.key"),
        Err(error) => Finding::amiss(name, format!("{}: {error}", config.proof.key), "correct proof.key"),
    }
}

/// Every file is read and hashed.
fn networks(cache: Result<PathBuf, StoreError>) -> Vec<Finding> {
    let store = match cache.and_then(ModelStore::open) {
        Ok(store) => store,
        Err(error) => {
            return vec![Finding::amiss("networks", error.to_string(), "name the folder with `cache`")];
        }
    };
    let remedy = "fetch it on a machine with the source (`cargo xtask models`), and copy the cache folder";
    let mut findings = Vec::new();
    match store.runtime_library() {
        Ok(path) => findings.push(Finding::well(
            "ONNX Runtime",
            format!("{} {}", store.manifest().runtime.version, path.display()),
        )),
        Err(error) => findings.push(Finding::amiss("ONNX Runtime", error.to_string(), remedy)),
    }
    let models = &store.manifest().models;
    let mut whole = 0;
    for entry in models {
        match store.path(&entry.name) {
            Ok(_) => whole += 1,
            Err(error) => {
                findings.push(Finding::amiss(format!("network {}", entry.name), error.to_string(), remedy));
            }
        }
    }
    if whole == models.len() {
        let found = format!(
            "{whole}, each with the digest of manifest {}",
            hex::encode(&store.manifest().digest()[..4])
        );
        findings.push(Finding::well("networks", found));
    }
    findings
}

fn certificates(config: &Config) -> Vec<Finding> {
    if config.api.tls.address.is_empty() {
        return Vec::new();
    }
    let validities = match tls::validities(&config.api.tls) {
        Ok(validities) => validities,
        Err(error) => {
            let words = format!("{:#}", anyhow::Error::from(error));
            return vec![Finding::amiss("TLS", words, "correct api.tls: the daemon does not start with it")];
        }
    };
    let remedy = "put a new one in its place, and start the daemon again";
    validities
        .iter()
        .map(|validity| {
            let (name, standing) =
                (format!("certificate {}", validity.certificate), validity.standing(kiosk::now()));
            match standing {
                Standing::Good { .. } => Finding::well(name, standing.to_string()),
                Standing::EndsSoon { .. } => Finding::doubt(name, standing.to_string(), remedy),
                Standing::NotBegun { .. } | Standing::Ended { .. } => {
                    Finding::amiss(name, standing.to_string(), remedy)
                }
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::{fs::Permissions, os::unix::fs::PermissionsExt};

    use super::*;
    use crate::finding::State;

    #[test]
    fn a_state_folder_that_others_may_read_is_amiss_and_none_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        assert_eq!(state(&path).state, State::Doubt);
        assert!(!path.exists());
        std::fs::create_dir(&path).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        assert!(state(&path).remedy.starts_with("chmod 700"));
        std::fs::set_permissions(&path, Permissions::from_mode(0o700)).unwrap();
        assert_eq!(state(&path).state, State::Well);
    }

    #[test]
    fn a_key_that_is_cut_or_open_is_named() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(keys(folder.path())[0].state, State::Doubt);
        std::fs::create_dir(folder.path().join("keys")).unwrap();
        let put = |name: &str, bytes: usize, mode| {
            let path = folder.path().join("keys").join(name);
            std::fs::write(&path, vec![1; bytes]).unwrap();
            std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        };
        put("kiosk", 32, 0o600);
        assert_eq!(keys(folder.path())[0].state, State::Well);
        put("log", 31, 0o600);
        put("hub", 32, 0o644);
        let amiss: Vec<String> = keys(folder.path()).into_iter().map(|finding| finding.name).collect();
        assert_eq!(amiss, ["key hub", "key log"]);
    }

    #[test]
    fn a_cache_without_networks_names_each_that_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let findings = networks(Ok(folder.path().to_owned()));
        assert!(findings.len() > 2 && findings.iter().all(|finding| finding.state == State::Amiss));
        assert!(findings[0].found.contains("onnxruntime"), "{:?}", findings[0]);
    }
}
