//! Which devices are paired now: looked at before every call of theirs, so that an ended pairing is over at once.

use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock},
};

use wetsign_attest::id::{Digest, Id, PublicKey};

use crate::requests::ledger::PairedDevice;

/// Whose device a call comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// The pairing.
    pub pairing: Id,
    /// The person's key.
    pub validator: PublicKey,
    until: u64,
}

/// The devices that are paired, by the digest of their certificates.
#[derive(Default)]
pub struct KnownDevices(RwLock<BTreeMap<Digest, Known>>);

impl KnownDevices {
    /// As the books have it.
    pub fn of(devices: &[PairedDevice]) -> Self {
        let known = Self::default();
        devices.iter().filter(|device| device.ended.is_none()).for_each(|device| known.add(device));
        known
    }

    /// A device was paired.
    pub fn add(&self, device: &PairedDevice) {
        let (validator, until) = (device.pairing.validator, device.pairing.until);
        let known = Known { pairing: device.id, validator, until };
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(device.certificate, known);
    }

    /// A pairing was ended.
    pub fn end(&self, pairing: &Id) {
        let mut devices = self.0.write().unwrap_or_else(PoisonError::into_inner);
        devices.retain(|_, known| known.pairing != *pairing);
    }

    /// Whose device shows this certificate (DER), if its pairing holds now.
    pub fn with(&self, certificate: &[u8], now: u64) -> Option<Known> {
        let digest = Digest(wetsign_attest::id::sha256(&[certificate]));
        let devices = self.0.read().unwrap_or_else(PoisonError::into_inner);
        devices.get(&digest).copied().filter(|known| now < known.until)
    }
}
