//! What `wetsign verify --memory` remembers between approvals: a JSON file, one for each log and reader.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wetsign_api::own_file::{self, OwnFileError};
use wetsign_attest::policy::TrustedLog;
use wetsign_attest::verify::VerifierState;

use crate::file::{self, For};

const VERSION: u8 = 2;
/// A memory of a million co-signatures has some 300 MiB.
const MOST: u64 = 512 << 20;

/// The file's content.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    version: u8,
    /// Places in one log say nothing of places in another.
    log: TrustedLog,
    remembered: VerifierState,
}

/// Version 1 kept the newest capture of each element alone, and of a nullifier only its request, which it contains
/// anyway.
fn upgraded(mut content: Value) -> Value {
    if content["version"] != 1 {
        return content;
    }
    let remembered = &mut content["remembered"];
    if let Some(captures) = remembered["captures"].as_object_mut() {
        for seen in captures.values_mut() {
            let Some(counter) = seen["counter"].as_u64() else { continue };
            let place = json!({"log_index": seen["log_index"], "cosignature": seen["cosignature"]});
            *seen = json!({ counter.to_string(): place });
        }
    }
    remembered["nullifiers"] = json!({});
    content["version"] = json!(VERSION);
    content
}

/// Why a memory cannot be read.
#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error(transparent)]
    Own(#[from] OwnFileError),
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// A memory is its owner's to change, and no link.
fn read(path: &Path) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    own_file::open_kept(path)?.take(MOST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// An open memory. Others wait for it.
pub struct Memory {
    path: PathBuf,
    _lock: File,
    content: Content,
}

impl Memory {
    /// Reads it, or begins one where there is none.
    pub fn open(path: &Path, log: &TrustedLog) -> anyhow::Result<Self> {
        let beside = path.with_added_extension("lock");
        // Nothing is opened through a link: it would be made, or written, wherever that leads. A pipe is not waited
        // for.
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        let lock = File::options().create(true).truncate(false).write(true).custom_flags(flags).open(&beside);
        let lock = lock.with_context(|| format!("cannot open {}", beside.display()))?;
        lock.lock().with_context(|| format!("cannot lock {}", beside.display()))?;
        let content = match read(path) {
            Ok(bytes) if bytes.len() as u64 > MOST => {
                bail!("{} has more than {} MiB: that is no memory of a verifier", path.display(), MOST >> 20)
            }
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(upgraded)
                .and_then(serde_json::from_value)
                .with_context(|| format!("{} is no memory of a verifier", path.display()))?,
            Err(ReadError::Own(OwnFileError::Missing { .. })) => {
                Content { version: VERSION, log: log.clone(), remembered: VerifierState::default() }
            }
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        ensure!(
            content.version == VERSION,
            "{} has version {}, this program reads {VERSION}",
            path.display(),
            content.version
        );
        ensure!(
            content.log == *log,
            "{} remembers the log {}, the trust policy names {}: use another memory for it",
            path.display(),
            content.log.origin,
            log.origin
        );
        Ok(Self { path: path.to_owned(), _lock: lock, content })
    }

    /// What is remembered.
    pub fn remembered(&mut self) -> &mut VerifierState {
        &mut self.content.remembered
    }

    /// Writes it down, whole or not at all.
    pub fn keep(&self) -> anyhow::Result<()> {
        file::replace(&self.path, &serde_json::to_vec(&self.content)?, For::Owner)
            .with_context(|| format!("cannot write the memory {}", self.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_memory_of_version_1_goes_on_with_what_it_knew_of_counters() {
        let cosignature = "07".repeat(32);
        let old = json!({
            "version": 1,
            "log": {"origin": "log.example/hub", "key": "07".repeat(32)},
            "remembered": {
                "captures": {"0140": {"log_index": 9, "counter": 17, "cosignature": cosignature}},
                "nullifiers": {"08".repeat(32): cosignature},
                "descriptors": {}, "rules": {}, "epoch": null,
            },
        });
        let new: Content = serde_json::from_value(upgraded(old)).unwrap();
        assert_eq!(new.version, VERSION);
        let captures: Vec<_> = new.remembered.captures.values().flatten().collect();
        assert_eq!((captures.len(), *captures[0].0, captures[0].1.log_index), (1, 17, 9));
        assert!(new.remembered.nullifiers.is_empty());
    }
}
