//! What `wetsign verify --memory` remembers between approvals: a JSON file, one for each log and reader.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};
use wetsign_attest::policy::TrustedLog;
use wetsign_attest::verify::VerifierState;

const VERSION: u8 = 1;

/// The file's content.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    version: u8,
    /// Places in one log say nothing of places in another.
    log: TrustedLog,
    remembered: VerifierState,
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
        let lock = File::options().create(true).truncate(false).write(true).open(&beside);
        let lock = lock.with_context(|| format!("cannot open {}", beside.display()))?;
        lock.lock().with_context(|| format!("cannot lock {}", beside.display()))?;
        let content = match std::fs::read(path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .with_context(|| format!("{} is no memory of a verifier", path.display()))?,
            Err(error) if error.kind() == ErrorKind::NotFound => {
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
        let partial = self.path.with_added_extension("partial");
        let write = || {
            let mut file = File::create(&partial)?;
            file.write_all(&serde_json::to_vec(&self.content)?)?;
            file.sync_all()?;
            std::fs::rename(&partial, &self.path)
        };
        write().with_context(|| format!("cannot write the memory {}", self.path.display()))
    }
}
