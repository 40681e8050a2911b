//! The daemon's own keys: to sign with, kiosk, checker, hub, log; and its end of the channel to the secure element.
//! Never the validators', never the element's.
//!
//! Each is 32 bytes (an Ed25519 seed, an X25519 secret) in a file of its own in the state folder, made from the
//! operating system's random source at the first start. A file that is a link, or that is not the daemon's alone, is
//! refused.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Read, Write},
    ops::Deref,
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use ed25519_dalek::SigningKey;
use rustix::process::geteuid;
use wetsign_api::own_file::{self, OwnFileError};
use wetsign_attest::id::PublicKey;
use zeroize::Zeroizing;

use crate::secret::wiped;

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
    /// A key file is not the daemon's alone.
    #[error("a key file is refused")]
    Own(#[from] OwnFileError),
    /// The folder of the keys is not the daemon's alone.
    #[error(
        "{} has to be a folder, no link, of the user as whom wetsignd runs and closed to others: see to it, or choose \
         another state folder",
        path.display()
    )]
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// A key file has another length.
    #[error("key file {} does not have 32 bytes: bring it back from a backup, a new key is another kiosk", path.display())]
    Length {
        /// The file.
        path: PathBuf,
    },
    /// A key file holds no secret key.
    #[error("key file {} holds no key of P-256: remove it, and pair people's devices again", path.display())]
    Scalar {
        /// The file.
        path: PathBuf,
    },
    /// This kiosk has not paired with an element.
    #[error(
        "there is no {}, so this kiosk has no secure element yet: name its own configuration by --config, or pair by \
         `wetsignd element identity`",
        path.display()
    )]
    Unpaired {
        /// Where the kiosk's end of the channel would be.
        path: PathBuf,
    },
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes: {reason}")]
    Random {
        /// What it says.
        reason: String,
    },
}

/// The daemon's own keys, in one place: what moves is a pointer.
pub struct Keys(Box<Own>);

/// The keys by what they sign.
pub struct Own {
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
        wiped(|| {
            let own =
                Own { kiosk: key("kiosk")?, checker: key("checker")?, hub: key("hub")?, log: key("log")? };
            Ok(Self(Box::new(own)))
        })
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

impl Deref for Keys {
    type Target = Own;

    fn deref(&self) -> &Own {
        &self.0
    }
}

/// The X25519 secret to which the secure element pairs: `state`/keys/element-host. Without it the element lets this
/// kiosk in no more.
///
/// # Errors
/// [`KeysError`].
pub fn element_host(state: &Path) -> Result<Zeroizing<[u8; 32]>, KeysError> {
    read_or_make(&folder(state)?.join("element-host"))
}

/// The same secret, of a kiosk that has paired already. Nothing is made.
///
/// # Errors
/// [`KeysError::Unpaired`]; else as [`element_host`].
pub fn known_element_host(state: &Path) -> Result<Zeroizing<[u8; 32]>, KeysError> {
    let path = state.join("keys/element-host");
    match fs::symlink_metadata(&path) {
        Ok(_) => element_host(state),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Err(KeysError::Unpaired { path })
        }
        Err(source) => Err(KeysError::File { what: "looked at", path, source }),
    }
}

/// The P-256 key of the authority for people's own devices: `state`/keys/devices. Without it every device is paired
/// again.
///
/// # Errors
/// [`KeysError`].
pub fn devices(state: &Path) -> Result<p256::SecretKey, KeysError> {
    let path = folder(state)?.join("devices");
    let seed = read_or_make(&path)?;
    // One in 2^32 draws is no scalar of P-256.
    p256::SecretKey::from_slice(&*seed).map_err(|_| KeysError::Scalar { path })
}

/// The secret from which the kiosk's line at a relay follows, its name and its key: `state`/keys/line. Without it every
/// phone is paired again, and the relay is told another name.
///
/// # Errors
/// [`KeysError`].
pub fn line(state: &Path) -> Result<Zeroizing<[u8; 32]>, KeysError> {
    read_or_make(&folder(state)?.join("line"))
}

/// A keyholder's secret of this name, made if it is not there yet: a seed, an X25519 secret.
///
/// # Errors
/// [`KeysError`].
pub fn of_keyholder(state: &Path, name: &str) -> Result<Zeroizing<[u8; 32]>, KeysError> {
    read_or_make(&folder(state)?.join(name))
}

/// Keeps a keyholder's secret of this name, in place of an earlier one.
///
/// # Errors
/// [`KeysError`].
pub fn keep(state: &Path, name: &str, secret: &Zeroizing<[u8; 32]>) -> Result<(), KeysError> {
    put(&folder(state)?.join(name), secret)
}

/// A keyholder's secret of this name, if it is there.
///
/// # Errors
/// [`KeysError`].
pub fn kept(state: &Path, name: &str) -> Result<Option<Zeroizing<[u8; 32]>>, KeysError> {
    let path = folder(state)?.join(name);
    if path.exists() { read_or_make(&path).map(Some) } else { Ok(None) }
}

/// Removes a keyholder's secret of this name; one that is not there is no error.
///
/// # Errors
/// [`KeysError`].
pub fn erase(state: &Path, name: &str) -> Result<(), KeysError> {
    let path = folder(state)?.join(name);
    let failed = |what| move |source| KeysError::File { what, path: path.clone(), source };
    match fs::remove_file(folder(state)?.join(name)) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed("removed")(error)),
        _ => fs::File::open(folder(state)?).and_then(|dir| dir.sync_all()).map_err(failed("synced")),
    }
}

fn folder(state: &Path) -> Result<PathBuf, KeysError> {
    let folder = state.join("keys");
    let failed = |source| KeysError::File { what: "put in a folder", path: folder.clone(), source };
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(failed)?;
    let about = fs::symlink_metadata(&folder).map_err(failed)?;
    let ours = about.uid() == geteuid().as_raw() && about.mode().trailing_zeros() >= 6;
    if about.is_dir() && ours { Ok(folder) } else { Err(KeysError::Folder { path: folder }) }
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
    match own_file::open_secret(path) {
        Ok(mut file) => {
            let mut seed = Zeroizing::new(Vec::with_capacity(33));
            Read::by_ref(&mut file).take(33).read_to_end(&mut seed).map_err(failed("read"))?;
            let seed = Zeroizing::new(
                <[u8; 32]>::try_from(seed.as_slice())
                    .map_err(|_| KeysError::Length { path: path.to_owned() })?,
            );
            Ok(seed)
        }
        Err(OwnFileError::Missing { .. }) => {
            let seed = random()?;
            put(path, &seed)?;
            Ok(seed)
        }
        Err(refused) => Err(refused.into()),
    }
}

/// Writes a key file.
fn put(path: &Path, seed: &Zeroizing<[u8; 32]>) -> Result<(), KeysError> {
    let failed = |what| move |source| KeysError::File { what, path: path.to_owned(), source };
    // Written beside and renamed, so that a crash leaves a whole key or none.
    let partial = path.with_extension("partial");
    match fs::remove_file(&partial) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed("made")(error)),
        _ => {}
    }
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&partial).map_err(failed("made"))?;
    file.write_all(&**seed).and_then(|()| file.sync_all()).map_err(failed("written"))?;
    fs::rename(&partial, path).map_err(failed("put in place"))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::File::open(folder).and_then(|dir| dir.sync_all()).map_err(failed("synced"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

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
    fn who_only_looks_at_an_element_makes_no_key() {
        let state = tempfile::tempdir().unwrap();
        for wrong in [state.path().to_owned(), state.path().join("nowhere")] {
            assert!(matches!(known_element_host(&wrong), Err(KeysError::Unpaired { .. })));
        }
        assert_eq!(fs::read_dir(state.path()).unwrap().count(), 0);
        let made = element_host(state.path()).unwrap();
        assert_eq!(known_element_host(state.path()).unwrap(), made);
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let state = tempfile::tempdir().unwrap();
        Keys::open(state.path()).unwrap();
        let path = state.path().join("keys/hub");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let refused = Keys::open(state.path()).err();
        assert!(matches!(refused, Some(KeysError::Own(OwnFileError::Mode { mode: 0o644, .. }))));
    }

    #[test]
    fn a_key_or_a_folder_of_keys_behind_a_link_is_refused() {
        let (state, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        Keys::open(elsewhere.path()).unwrap();
        symlink(elsewhere.path().join("keys"), state.path().join("keys")).unwrap();
        assert!(matches!(Keys::open(state.path()), Err(KeysError::Folder { .. })));

        let state = tempfile::tempdir().unwrap();
        Keys::open(state.path()).unwrap();
        let path = state.path().join("keys/hub");
        fs::remove_file(&path).unwrap();
        symlink(elsewhere.path().join("keys/hub"), &path).unwrap();
        let refused = Keys::open(state.path()).err();
        assert!(matches!(refused, Some(KeysError::Own(OwnFileError::Link { .. }))));
    }

    #[test]
    fn a_link_in_the_place_of_an_unfinished_key_is_not_written_through() {
        let state = tempfile::tempdir().unwrap();
        Keys::open(state.path()).unwrap();
        fs::remove_file(state.path().join("keys/log")).unwrap();
        let precious = state.path().join("precious");
        fs::write(&precious, b"precious").unwrap();
        symlink(&precious, state.path().join("keys/log.partial")).unwrap();
        Keys::open(state.path()).unwrap();
        assert_eq!(fs::read(&precious).unwrap(), b"precious");
        assert!(fs::symlink_metadata(state.path().join("keys/log")).unwrap().is_file());
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
