//! The daemon's own keys: to sign with, kiosk, checker, hub, log; and its end of the channel to the secure element. Never
//! the validators', never the element's.
//!
//! Each is 32 bytes (an Ed25519 seed, an X25519 secret) in a file of its own in the state folder, readable by the daemon alone, made from the
//! operating system's random source at the first start.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use ed25519_dalek::SigningKey;
use wetsign_attest::id::PublicKey;
use zeroize::Zeroizing;

/// Why keys cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeysError {
    /// A key file cannot be made, read or synced.
    #[error("key file {} cannot be {what}", path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// A key file has another length.
    #[error("key file {} does not have 32 bytes: bring it back from a backup, a new key is another kiosk", path.display())]
    Length {
        /// The file.
        path: PathBuf,
    },
    /// A key file can be read by others.
    #[error("key file {} has mode {mode:o}, but only its owner may read it: chmod 600", path.display())]
    Mode {
        /// The file.
        path: PathBuf,
        /// Permission bits found.
        mode: u32,
    },
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes: {reason}")]
    Random {
        /// What it says.
        reason: String,
    },
}

/// The daemon's own keys.
pub struct Keys {
    /// Signs enrolments and refusals of sessions.
    pub kiosk: SigningKey,
    /// Signs verdicts and refusals by rule.
    pub checker: SigningKey,
    /// Signs approvals.
    pub hub: SigningKey,
    /// Signs the log's checkpoints.
    pub log: SigningKey,
}

impl Keys {
    /// Reads the keys under `state`/keys, making those that are not there yet.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn open(state: &Path) -> Result<Self, KeysError> {
        let folder = folder(state)?;
        let key = |name| read_or_make(&folder.join(name)).map(|seed| SigningKey::from_bytes(&seed));
        Ok(Self { kiosk: key("kiosk")?, checker: key("checker")?, hub: key("hub")?, log: key("log")? })
    }

    /// Public halves with the names that `Status` uses.
    pub fn public(&self) -> [(&'static str, PublicKey); 4] {
        [
            ("kiosk", PublicKey::from(&self.kiosk)),
            ("checker", PublicKey::from(&self.checker)),
            ("hub", PublicKey::from(&self.hub)),
            ("log", PublicKey::from(&self.log)),
        ]
    }
}

/// The X25519 secret to which the secure element pairs: `state`/keys/element-host. Without it the element lets this kiosk
/// in no more.
///
/// # Errors
/// [`KeysError`].
pub fn element_host(state: &Path) -> Result<Zeroizing<[u8; 32]>, KeysError> {
    read_or_make(&folder(state)?.join("element-host"))
}

fn folder(state: &Path) -> Result<PathBuf, KeysError> {
    let folder = state.join("keys");
    match fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder) {
        Ok(()) => Ok(folder),
        Err(source) => Err(KeysError::File { what: "put in a folder", path: folder, source }),
    }
}

/// 32 bytes from the operating system.
///
/// # Errors
/// [`KeysError::Random`].
pub fn random() -> Result<Zeroizing<[u8; 32]>, KeysError> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *bytes).map_err(|error| KeysError::Random { reason: error.to_string() })?;
    Ok(bytes)
}

fn read_or_make(path: &Path) -> Result<Zeroizing<[u8; 32]>, KeysError> {
    let failed = |what| move |source| KeysError::File { what, path: path.to_owned(), source };
    match fs::File::open(path) {
        Ok(mut file) => {
            let mode = file.metadata().map_err(failed("read"))?.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                return Err(KeysError::Mode { path: path.to_owned(), mode });
            }
            let mut seed = Zeroizing::new(Vec::with_capacity(33));
            Read::by_ref(&mut file).take(33).read_to_end(&mut seed).map_err(failed("read"))?;
            let seed = Zeroizing::new(
                <[u8; 32]>::try_from(seed.as_slice())
                    .map_err(|_| KeysError::Length { path: path.to_owned() })?,
            );
            Ok(seed)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let seed = random()?;
            // Written beside and renamed, so that a crash leaves a whole key or none.
            let partial = path.with_extension("partial");
            let mut file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&partial)
                .map_err(failed("made"))?;
            file.write_all(&*seed).and_then(|()| file.sync_all()).map_err(failed("written"))?;
            fs::rename(&partial, path).map_err(failed("put in place"))?;
            let folder = path.parent().unwrap_or(Path::new("."));
            fs::File::open(folder).and_then(|dir| dir.sync_all()).map_err(failed("synced"))?;
            Ok(seed)
        }
        Err(source) => Err(failed("opened")(source)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_the_same_after_reopening() {
        let state = tempfile::tempdir().unwrap();
        let first = Keys::open(state.path()).unwrap().public();
        assert_eq!(Keys::open(state.path()).unwrap().public(), first);
    }

    #[test]
    fn the_channels_key_is_made_once_and_is_its_owners_alone() {
        let state = tempfile::tempdir().unwrap();
        let first = element_host(state.path()).unwrap();
        assert!(first.iter().any(|byte| *byte != 0));
        assert_eq!(element_host(state.path()).unwrap(), first);
        let mode = fs::metadata(state.path().join("keys/element-host")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let state = tempfile::tempdir().unwrap();
        Keys::open(state.path()).unwrap();
        let path = state.path().join("keys/hub");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(Keys::open(state.path()), Err(KeysError::Mode { mode: 0o644, .. })));
    }

    #[test]
    fn a_key_of_another_length_is_refused_and_not_replaced() {
        let state = tempfile::tempdir().unwrap();
        Keys::open(state.path()).unwrap();
        let path = state.path().join("keys/log");
        fs::write(&path, [1; 31]).unwrap();
        assert!(matches!(Keys::open(state.path()), Err(KeysError::Length { .. })));
    }
}
