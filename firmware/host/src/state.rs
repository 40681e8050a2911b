//! The state directory: lock, record, counter, certificate. Everything is durable before it is believed.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};

/// Name of the file that is locked.
const LOCK: &str = "lock";

/// The directory of one element, locked for this process.
pub struct StateDirectory {
    path: PathBuf,
    _lock: File,
}

impl StateDirectory {
    /// Opens or makes the directory (mode 0700) and takes its lock.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .with_context(|| format!("cannot make the state directory {}", path.display()))?;
        let lock_path = path.join(LOCK);
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&lock_path)
            .with_context(|| format!("cannot open {}", lock_path.display()))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => bail!(
                "another element runs in {}: stop it first, or give --state another directory",
                path.display()
            ),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("cannot lock {}", lock_path.display()))
            }
        }
    }

    /// Whether an element has run in this directory.
    pub fn holds_element(state: &Path) -> bool {
        state.join(LOCK).is_file()
    }

    /// The file whose existence means that the case is open.
    pub fn tamper_line(state: &Path) -> PathBuf {
        state.join("case-open")
    }

    /// Whether the case is open now.
    pub fn case_open(&self) -> bool {
        // A line that cannot be read counts as active.
        Self::tamper_line(&self.path).try_exists().unwrap_or(true)
    }

    /// Whether a file is there.
    pub fn exists(&self, name: &str) -> io::Result<bool> {
        self.path.join(name).try_exists()
    }

    /// Reads a file; `None` if there is none.
    pub fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.path.join(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Replaces a file: after a power cut there is the old or the new one, after the return the new one.
    pub fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let fresh = self.path.join(format!("{name}.new"));
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&fresh)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&fresh, self.path.join(name))?;
        File::open(&self.path)?.sync_all()
    }

    /// Replaces a file that says something for now only: whole or not at all, but not durable.
    pub fn show(&self, name: &str, text: &str) -> io::Result<()> {
        let fresh = self.path.join(format!("{name}.new"));
        fs::write(&fresh, text)?;
        fs::rename(&fresh, self.path.join(name))
    }
}

/// `value (big-endian) ‖ first 8 bytes of its SHA-256`.
pub fn counter_bytes(value: u64) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&value.to_be_bytes());
    let check = Sha256::digest(&bytes[..8]);
    bytes[8..].copy_from_slice(&check[..8]);
    bytes
}

/// The value, if the bytes are whole and sound.
pub fn counter_value(bytes: &[u8]) -> Option<u64> {
    let value = u64::from_be_bytes(*bytes.first_chunk()?);
    (bytes == counter_bytes(value)).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_comes_back_as_it_went_and_a_damaged_one_does_not() {
        for value in [0, 1, u64::MAX] {
            assert_eq!(counter_value(&counter_bytes(value)), Some(value));
        }
        let bytes = counter_bytes(41);
        for index in 0..bytes.len() {
            let mut changed = bytes;
            changed[index] ^= 1;
            assert_eq!(counter_value(&changed), None, "byte {index}");
            assert_eq!(counter_value(&bytes[..index]), None, "length {index}");
        }
    }

    #[test]
    fn a_directory_is_for_one_process_at_a_time() {
        let place = tempfile::tempdir().unwrap();
        let first = StateDirectory::open(place.path()).unwrap();
        let refused = StateDirectory::open(place.path()).err().unwrap().to_string();
        assert!(refused.contains("another element runs"), "{refused}");
        drop(first);
        assert!(StateDirectory::open(place.path()).is_ok());
    }
}
