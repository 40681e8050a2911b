//! One set-up at a time in a cache.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use anyhow::Context as _;

/// Holds the cache until it is dropped. The kernel releases it too when the process dies.
#[derive(Debug)]
pub struct CacheLock {
    _file: File,
}

impl CacheLock {
    /// Waits for its turn, and says so.
    pub fn take(cache: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(cache)
            .with_context(|| format!("cannot make the cache folder {}", cache.display()))?;
        let path = cache.join(".lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .with_context(|| format!("cannot open {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                eprintln!("Another set-up is at work in {}; waiting for it to end.", cache.display());
                file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", path.display()));
            }
        }
        Ok(Self { _file: file })
    }
}
