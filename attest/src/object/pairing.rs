//! A person's own device and a kiosk know each other, until one of them says no.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{Custody, Object, moment, name, name_within, period};
use crate::error::Error;
use crate::id::{Digest, Id, PublicKey};
use crate::limits;

/// A device was paired with a kiosk: what both agreed on, signed with the key that the device holds. The kiosk logs it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Pairing {
    /// The kiosk.
    #[n(1)]
    pub kiosk: PublicKey,
    /// The person's key, which the device holds and signs this with.
    #[n(2)]
    pub validator: PublicKey,
    /// Where that key lives; never the kiosk.
    #[n(3)]
    pub custody: Custody,
    /// What its owner calls the device.
    #[n(4)]
    pub label: String,
    /// The device's X25519 key, to which the kiosk seals what it says to the device.
    #[n(5)]
    pub device: Digest,
    /// SHA-256 of the key (SubjectPublicKeyInfo) that the device's client certificate is for.
    #[n(6)]
    pub certified: Digest,
    /// What both sides said until the six digits: `wetsign-pair` makes it.
    #[n(7)]
    pub transcript: Digest,
    /// UTC seconds by the kiosk's clock.
    #[n(8)]
    pub time: u64,
    /// UTC seconds from which on it is over.
    #[n(9)]
    pub until: u64,
}

impl Object for Pairing {
    const TYPE: &'static str = "wetsign/pairing/1";
    const LIMIT: usize = limits::PAIRING;
    const BY_PERSON: bool = true;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.validator)
    }

    fn check(&self) -> Result<(), Error> {
        let wrong = |field, why: &str| Err(Error::value(Self::TYPE, field, why));
        name_within(Self::TYPE, "label", &self.label, limits::DEVICE_LABEL)?;
        if !self.custody.is_on_device() {
            return wrong("custody", "is the kiosk's: no device of the person's holds the key");
        }
        if !self.custody.fits(&self.validator) {
            return wrong("custody", "is not what the kind of key can have");
        }
        period(Self::TYPE, self.time, self.until)?;
        if self.until - self.time > limits::PAIRING_S {
            return wrong("until", "is more than 90 days after its beginning");
        }
        Ok(())
    }
}

/// A pairing is over, by the word of the kiosk or of the person. It cannot be taken back: the device is paired again.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Unpairing {
    /// The pairing.
    #[n(1)]
    pub pairing: Id,
    /// Who ends it, and signs: its kiosk or its validator.
    #[n(2)]
    pub signed_by: PublicKey,
    /// Why, in words.
    #[n(3)]
    pub reason: String,
    /// UTC seconds.
    #[n(4)]
    pub time: u64,
}

impl Object for Unpairing {
    const TYPE: &'static str = "wetsign/unpairing/1";
    const LIMIT: usize = limits::UNPAIRING;
    const BY_PERSON: bool = true;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.signed_by)
    }

    fn check(&self) -> Result<(), Error> {
        moment(Self::TYPE, "time", self.time)?;
        name(Self::TYPE, "reason", &self.reason)
    }
}
