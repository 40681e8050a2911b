//! The runner's keys: one by which it signs, for as long as it is this runner; and one for each request, to which
//! shares are sealed, gone once it has served.
//!
//! All lie in the state folder, their owner's alone: `identity.key`, and `keys/PUBLIC.key`. Each is 64 hexadecimal
//! digits and a line feed. In memory they stand in locked pages.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use ed25519_dalek::SigningKey;
use wetsign_attest::Signed;
use wetsign_attest::id::{ChannelKey, PublicKey};
use wetsign_attest::object::RunnerKey;
use wetsign_pair::SealKey;
use wetsign_program::file::{self, For};
use wetsign_secret::own_file::{self, OwnFileError};
use wetsign_secret::{Secret, wiped};
use zeroize::Zeroizing;

/// Hexadecimal digits of a key.
const DIGITS: usize = 64;

/// The keys of one state folder.
pub struct Keys {
    state: PathBuf,
    identity: Secret,
}

impl Keys {
    /// Reads the runner's own key, or makes it where there is none.
    ///
    /// # Errors
    /// A file that is no key, or others' to read; memory that cannot be locked.
    pub fn open(state: &Path) -> anyhow::Result<Self> {
        let path = state.join("identity.key");
        let identity = match read(&path)? {
            Some(identity) => identity,
            None => make(&path)?,
        };
        Ok(Self { state: state.to_owned(), identity })
    }

    /// Who this runner is.
    pub fn identity(&self) -> PublicKey {
        self.with_identity(|key| PublicKey::from(key))
    }

    /// Does something with the runner's own key, which is not to leave it. What the stack held of it is overwritten.
    pub fn with_identity<T>(&self, work: impl FnOnce(&SigningKey) -> T) -> T {
        wiped(|| {
            let mut seed = Zeroizing::new([0_u8; 32]);
            seed.copy_from_slice(&self.identity);
            work(&SigningKey::from_bytes(&seed))
        })
    }

    /// Makes a key for one request, from `now` (UTC seconds) on for `days` days; this runner's signed word on it.
    ///
    /// # Errors
    /// The file cannot be written; more days than such a key may have.
    pub fn fresh(&self, now: u64, days: u64) -> anyhow::Result<Signed<RunnerKey>> {
        let key = SealKey::fresh();
        let opens_to = ChannelKey(key.public().0);
        let word = RunnerKey { runner: self.identity(), opens_to, created: now, until: now + days * 86_400 };
        let word = self.with_identity(|key| Signed::sign(word, key))?;
        write(&self.place(&opens_to), key.as_bytes())?;
        Ok(word)
    }

    /// The key with this public half.
    ///
    /// # Errors
    /// There is none: the request names another runner's key, or it has served.
    pub fn sealed_to(&self, public: &ChannelKey) -> anyhow::Result<SealKey> {
        let path = self.place(public);
        let Some(secret) = read(&path)? else {
            bail!(
                "this runner has no key {public}, to which the request has the container opened: it is another runner's, \
                 or has served already"
            )
        };
        let mut bytes = Zeroizing::new([0_u8; 32]);
        bytes.copy_from_slice(&secret);
        let key = SealKey::of(bytes);
        if key.public().0 != public.0 {
            bail!("{} holds the key of another", path.display());
        }
        Ok(key)
    }

    /// Overwrites and removes a key that has served. What a file system keeps elsewhere of it is not reached.
    ///
    /// # Errors
    /// The file cannot be written or removed.
    pub fn erase(&self, public: &ChannelKey) -> anyhow::Result<()> {
        let path = self.place(public);
        let cannot = || format!("cannot erase {}", path.display());
        let mut key = match fs::OpenOptions::new().write(true).open(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            opened => opened.with_context(cannot)?,
        };
        key.write_all(&[b'0'; DIGITS]).and_then(|()| key.sync_all()).with_context(cannot)?;
        fs::remove_file(&path).with_context(cannot)
    }

    fn place(&self, public: &ChannelKey) -> PathBuf {
        self.state.join("keys").join(format!("{public}.key"))
    }
}

fn make(path: &Path) -> anyhow::Result<Secret> {
    let secret = Secret::random(32)?;
    write(path, &secret)?;
    Ok(secret)
}

fn write(path: &Path, secret: &[u8]) -> anyhow::Result<()> {
    let text = Zeroizing::new(format!("{}\n", *Zeroizing::new(hex::encode(secret))));
    file::write_new(path, text.as_bytes(), For::Owner)
}

/// The secret in a file; none where there is no file.
fn read(path: &Path) -> anyhow::Result<Option<Secret>> {
    let file = match own_file::open_secret(path) {
        Err(OwnFileError::Missing { .. }) => return Ok(None),
        opened => opened?,
    };
    let mut text = Zeroizing::new(Vec::with_capacity(DIGITS + 2));
    file.take(DIGITS as u64 + 2)
        .read_to_end(&mut text)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let secret = Secret::made(DIGITS / 2, |place| {
        hex::decode_to_slice(text.trim_ascii_end(), place).map_err(|_| {
            anyhow!("{} is no key file: {DIGITS} hexadecimal digits were expected", path.display())
        })
    });
    secret.map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("keys")).unwrap();
        folder
    }

    #[test]
    fn a_runner_stays_who_it_is_and_its_keys_for_requests_come_and_go() {
        let folder = folder();
        let keys = Keys::open(folder.path()).unwrap();
        assert_eq!(Keys::open(folder.path()).unwrap().identity(), keys.identity());
        let fresh = || keys.fresh(1_790_000_000, 7).unwrap().payload().opens_to;
        let (one, other) = (fresh(), fresh());
        assert_ne!(one, other);
        assert_eq!(keys.sealed_to(&one).unwrap().public().0, one.0);

        keys.erase(&one).unwrap();

        let gone = keys.sealed_to(&one).err().unwrap().to_string();
        assert!(gone.contains("another runner's, or has served already"), "{gone}");
        assert!(keys.sealed_to(&other).is_ok());
        keys.erase(&one).unwrap();
    }

    #[test]
    fn a_key_that_others_can_read_or_that_is_none_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = folder();
        Keys::open(folder.path()).unwrap();
        let path = folder.path().join("identity.key");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(Keys::open(folder.path()).is_err());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "zz").unwrap();
        assert!(Keys::open(folder.path()).err().unwrap().to_string().contains("is no key file"));
    }
}
