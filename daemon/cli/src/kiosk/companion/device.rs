//! The passkey's file, and what it remembers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use wetsign_attest::id::Blob;
use wetsign_attest::passkey::software::SoftwarePasskey;
use wetsign_attest::policy::RelyingParty;
use zeroize::{Zeroize, Zeroizing};

use crate::draft::read_bounded;
use crate::file::{self, For};
use crate::key::read_secret;

/// As it is kept: JSON, readable by its owner only.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    /// What it is, so that nobody takes it for another key.
    kind: String,
    secret: String,
    relying_party: String,
    origin: String,
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

const KIND: &str = "wetsign software passkey 1";

/// A passkey, and the captures that it has signed for.
pub struct Device {
    passkey: SoftwarePasskey,
    path: PathBuf,
    counters: BTreeMap<Blob, u64>,
    memory: PathBuf,
}

impl Device {
    /// Makes a new one.
    pub fn make(path: &Path, relying_party: &str, origin: &str) -> anyhow::Result<Self> {
        let party = RelyingParty { id: relying_party.to_owned(), origins: vec![origin.to_owned()] };
        party.check()?;
        let mut secret = Zeroizing::new([0_u8; 32]);
        // One in 2^32 draws is no scalar of P-256.
        while SoftwarePasskey::new(&secret, relying_party, origin).is_none() {
            getrandom::fill(secret.as_mut()).context("the operating system gives no random bytes")?;
        }
        let kept = Kept {
            kind: KIND.into(),
            secret: hex::encode(secret.as_ref()),
            relying_party: relying_party.into(),
            origin: origin.into(),
        };
        let text = Zeroizing::new(format!("{}\n", *Zeroizing::new(serde_json::to_string_pretty(&kept)?)));
        file::write_new(path, text.as_bytes(), For::Owner)
            .with_context(|| format!("cannot make the passkey's file {}", path.display()))?;
        Self::read(path)
    }

    /// Reads one, with what it remembers.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let no = || format!("{} is no passkey's file: make one by `wetsign companion new`", path.display());
        let bytes = read_secret(path)?;
        let kept: Kept = serde_json::from_slice(&bytes).with_context(no)?;
        let mut secret = Zeroizing::new([0_u8; 32]);
        if kept.kind != KIND || hex::decode_to_slice(kept.secret.as_bytes(), secret.as_mut()).is_err() {
            bail!(no());
        }
        let passkey = SoftwarePasskey::new(&secret, &kept.relying_party, &kept.origin).with_context(no)?;
        let mut name = path.as_os_str().to_owned();
        name.push(".seen");
        let memory = PathBuf::from(name);
        let counters = match std::fs::exists(&memory) {
            Ok(false) => BTreeMap::new(),
            _ => serde_json::from_slice(&read_bounded(&memory)?).with_context(|| {
                format!("{} cannot be read: what was signed is not known", memory.display())
            })?,
        };
        Ok(Self { passkey, path: path.to_owned(), counters, memory })
    }

    /// The passkey.
    pub fn passkey(&self) -> &SoftwarePasskey {
        &self.passkey
    }

    /// The passkey's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The highest counter that it signed for, of each secure element.
    pub fn counters(&self) -> &BTreeMap<Blob, u64> {
        &self.counters
    }

    /// Remembers a capture, on disk, before it is signed for.
    pub fn remember(&mut self, element: Blob, counter: u64) -> anyhow::Result<()> {
        self.counters.insert(element, counter);
        file::replace(&self.memory, &serde_json::to_vec_pretty(&self.counters)?, For::Owner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passkey_and_its_memory_survive_the_program() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("phone.key");
        let mut made = Device::make(&path, "hub.example", "https://hub.example").unwrap();
        made.remember(Blob(vec![1; 17]), 5).unwrap();
        let read = Device::read(&path).unwrap();
        assert_eq!(read.passkey().public(), made.passkey().public());
        assert_eq!(read.counters().get(&Blob(vec![1; 17])), Some(&5));
        assert!(Device::make(&path, "hub.example", "https://hub.example").is_err(), "never overwritten");
    }

    #[test]
    fn what_is_no_passkey_or_for_no_page_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("phone.key");
        file::write_new(&path, b"{}", For::Owner).unwrap();
        assert!(Device::read(&path).err().unwrap().to_string().contains("companion new"));
        let other = folder.path().join("other.key");
        assert!(Device::make(&other, "hub.example", "https://elsewhere.example").is_err());
        assert!(!other.exists());
    }
}
