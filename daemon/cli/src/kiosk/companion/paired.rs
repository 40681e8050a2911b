//! What a device keeps of its kiosk, beside the passkey's file.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use wetsign_api::{Client, Pinned};
use wetsign_attest::id::PublicKey;
use wetsign_pair::{SealKey, SealPublic, Word};
use zeroize::{Zeroize, Zeroizing};

use super::way::{Line, Meeting, Way};
use crate::file::{self, For};
use crate::key::read_secret;

const KIND: &str = "wetsign pairing 1";

/// A kiosk, and how this device shows itself to it. JSON, readable by its owner only.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Paired {
    kind: String,
    address: String,
    authority: String,
    kiosk: String,
    certificate: String,
    key: String,
    seal: String,
    /// The kiosk's key at a relay; none for one that is spoken with at its own door.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lasting: Option<String>,
}

impl Drop for Paired {
    fn drop(&mut self) {
        self.key.zeroize();
        self.seal.zeroize();
    }
}

impl Paired {
    /// From the kiosk's last word.
    pub(super) fn new(
        address: &str,
        authority: Option<[u8; 32]>,
        kiosk: &PublicKey,
        granted: &Word,
        key: Zeroizing<Vec<u8>>,
        seal: &SealKey,
    ) -> Self {
        Self {
            kind: KIND.into(),
            address: address.into(),
            authority: authority.map(hex::encode).unwrap_or_default(),
            kiosk: kiosk.to_string(),
            certificate: hex::encode(&granted.bytes.0),
            key: hex::encode(&*key),
            seal: hex::encode(seal.as_bytes()),
            lasting: granted.lasting.as_ref().map(|key| hex::encode(&key.0)),
        }
    }

    /// Keeps it; an earlier one is over.
    pub(super) fn keep(&self, passkey: &Path) -> anyhow::Result<()> {
        let text = Zeroizing::new(format!("{}\n", *Zeroizing::new(serde_json::to_string_pretty(self)?)));
        file::replace(&beside(passkey), text.as_bytes(), For::Owner)
    }

    /// The one that was kept, if one was.
    pub(super) fn read(passkey: &Path) -> anyhow::Result<Option<Self>> {
        let path = beside(passkey);
        if !std::fs::exists(&path)? {
            return Ok(None);
        }
        let no = || format!("{} is no pairing: pair the device again", path.display());
        let paired: Self = serde_json::from_slice(&read_secret(&path)?).with_context(no)?;
        if paired.kind != KIND {
            bail!(no());
        }
        Ok(Some(paired))
    }

    /// The kiosk's key in the log, whose word about requesters counts.
    pub(super) fn kiosk(&self) -> Option<PublicKey> {
        self.kiosk.parse().ok()
    }

    /// Opens the way to the kiosk.
    pub(super) async fn connect(&self) -> anyhow::Result<Way> {
        let no = "the pairing's file is damaged: pair the device again";
        if let Some(at) = Meeting::at(&self.address)? {
            let (mut seal, mut kiosk) = (Zeroizing::new([0; 32]), [0; 32]);
            hex::decode_to_slice(&self.seal, &mut *seal).context(no)?;
            hex::decode_to_slice(self.lasting.as_deref().unwrap_or_default(), &mut kiosk).context(no)?;
            return Ok(Way::Relay(Box::new(Line::new(
                at,
                SealKey::of(seal),
                SealPublic(kiosk),
                self.kiosk().context(no)?,
            ))));
        }
        let mut authority = [0; 32];
        hex::decode_to_slice(&self.authority, &mut authority).context(no)?;
        let certificate = hex::decode(&self.certificate).context(no)?;
        let key = Zeroizing::new(hex::decode(&self.key).context(no)?);
        let pinned = Pinned { authority, identity: Some((certificate, key)) };
        Ok(Way::Door(Box::new(Client::connect_device(&self.address, &pinned).await?)))
    }
}

fn beside(passkey: &Path) -> PathBuf {
    let mut name = passkey.as_os_str().to_owned();
    name.push(".paired");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_its_owners_alone_and_what_is_no_pairing_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let passkey = folder.path().join("phone.key");
        assert!(Paired::read(&passkey).unwrap().is_none());
        let key = Zeroizing::new(vec![3]);
        let granted = Word { bytes: vec![2].into(), authority: None, lasting: None, checker: None };
        let seal = SealKey::fresh();
        let kiosk = PublicKey::Ed25519([4; 32]);
        let paired = Paired::new("https://kiosk:7444", Some([1; 32]), &kiosk, &granted, key, &seal);
        paired.keep(&passkey).unwrap();
        let path = folder.path().join("phone.key.paired");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(Paired::read(&passkey).unwrap().unwrap().address, "https://kiosk:7444");
        std::fs::remove_file(&path).unwrap();
        file::write_new(&path, b"{}", For::Owner).unwrap();
        assert!(Paired::read(&passkey).is_err());
    }
}
