//! Who signs for a person at the terminal: a key in a file, or a passkey in one.

use std::path::Path;

use ed25519_dalek::SigningKey;
use wetsign_attest::id::PublicKey;
use wetsign_attest::{Object, Signed};

use super::address::Address;
use super::companion::{Device, Way, connect, signed};
use crate::key;

/// A person's key.
pub enum Signer {
    /// Of `wetsign key new`.
    Key(Box<SigningKey>),
    /// Of `wetsign companion new`.
    Device(Box<Device>),
}

impl Signer {
    /// Reads either file.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        if key::read_secret(path)?.trim_ascii_start().starts_with(b"{") {
            return Ok(Self::Device(Box::new(Device::read(path)?)));
        }
        Ok(Self::Key(Box::new(key::read(path)?)))
    }

    /// Its public half.
    pub fn public(&self) -> PublicKey {
        match self {
            Self::Key(key) => PublicKey::from(key.as_ref()),
            Self::Device(device) => device.passkey().public(),
        }
    }

    /// Signs what names this key.
    pub fn sign<T: Object>(&self, object: T) -> anyhow::Result<Signed<T>> {
        match self {
            Self::Key(key) => Ok(Signed::sign(object, key)?),
            Self::Device(device) => signed(device, object),
        }
    }

    /// The kiosk that is named, else the one that the device is paired with, else this machine's.
    pub async fn way(&self, kiosk: &Address) -> anyhow::Result<Way> {
        match self {
            Self::Device(device) => connect(device, kiosk).await,
            Self::Key(_) => Ok(Way::Door(Box::new(kiosk.connect().await?))),
        }
    }
}
