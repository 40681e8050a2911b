//! Which devices are paired now: looked at before every call of theirs, so that an ended pairing is over at once.

use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock},
    time::Duration,
};

use tokio::sync::watch;
use wetsign_attest::{
    id::{Digest, Id, PublicKey},
    object::Pairing,
};

use crate::{clock::now, requests::ledger::PairedDevice};

/// A pairing's time is looked at again at least so often, seconds: clocks jump.
const LOOK_AGAIN_S: u64 = 60;

/// Whose device a call comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// The pairing.
    pub pairing: Id,
    /// The person's key.
    pub validator: PublicKey,
    /// The device's X25519 key.
    device: Digest,
    until: u64,
}

/// The devices that are paired, by the digest of their certificates.
pub struct KnownDevices {
    devices: RwLock<BTreeMap<Digest, Known>>,
    ended: watch::Sender<u64>,
}

impl Default for KnownDevices {
    fn default() -> Self {
        Self { devices: RwLock::default(), ended: watch::channel(0).0 }
    }
}

impl KnownDevices {
    /// As the books have it.
    pub fn of(devices: &[PairedDevice]) -> Self {
        let known = Self::default();
        devices.iter().filter(|device| device.ended.is_none()).for_each(|device| known.add(device));
        known
    }

    /// A device was paired.
    pub fn add(&self, device: &PairedDevice) {
        let &Pairing { validator, device: key, until, .. } = &device.pairing;
        let known = Known { pairing: device.id, validator, device: key, until };
        self.devices.write().unwrap_or_else(PoisonError::into_inner).insert(device.certificate, known);
    }

    /// A pairing was ended.
    pub fn end(&self, pairing: &Id) {
        let mut devices = self.devices.write().unwrap_or_else(PoisonError::into_inner);
        devices.retain(|_, known| known.pairing != *pairing);
        drop(devices);
        self.ended.send_modify(|count| *count += 1);
    }

    /// Resolves once this device's pairing is over, by its end or by its time; never for nobody's device.
    pub async fn over(&self, device: Option<Known>) {
        let Some(device) = device else { return std::future::pending().await };
        let mut ended = self.ended.subscribe();
        loop {
            let holds = {
                let devices = self.devices.read().unwrap_or_else(PoisonError::into_inner);
                devices.values().any(|known| *known == device)
            };
            let left = device.until.saturating_sub(now());
            if !holds || left == 0 {
                return;
            }
            tokio::select! {
                changed = ended.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(Duration::from_secs(left.min(LOOK_AGAIN_S))) => {}
            }
        }
    }

    /// Whose device shows this certificate (DER), if its pairing holds now.
    pub fn with(&self, certificate: &[u8], now: u64) -> Option<Known> {
        let digest = Digest(wetsign_attest::id::sha256(&[certificate]));
        let devices = self.devices.read().unwrap_or_else(PoisonError::into_inner);
        devices.get(&digest).copied().filter(|known| now < known.until)
    }

    /// Whose device has this X25519 key, if its pairing holds now.
    pub fn with_key(&self, key: &[u8; 32], now: u64) -> Option<Known> {
        let devices = self.devices.read().unwrap_or_else(PoisonError::into_inner);
        devices.values().find(|known| known.device.0 == *key && now < known.until).copied()
    }
}

#[cfg(test)]
mod tests {
    use wetsign_attest::object::Custody;

    use super::*;

    fn device(number: u8, until: u64) -> PairedDevice {
        let pairing = Pairing {
            kiosk: PublicKey::Ed25519([1; 32]),
            validator: PublicKey::Ed25519([2; 32]),
            custody: Custody::Phone,
            label: "a phone".into(),
            device: Digest([number; 32]),
            certified: Digest([number; 32]),
            transcript: Digest([number; 32]),
            time: 1,
            until,
        };
        let certificate = Digest(wetsign_attest::id::sha256(&[&[number]]));
        PairedDevice { id: Id([number; 32]), pairing, certificate, ended: None }
    }

    #[tokio::test]
    async fn what_follows_for_a_device_ends_with_its_own_pairing_and_no_other() {
        let far = now() + 1_000;
        let known = KnownDevices::of(&[device(1, far), device(2, far)]);
        let first = known.with(&[1], now());
        assert!(first.is_some() && known.with(&[9], now()).is_none());
        assert_eq!(known.with_key(&[1; 32], now()), first, "the same device, through a relay");
        assert!(known.with_key(&[9; 32], now()).is_none());
        known.end(&Id([2; 32]));
        assert!(known.with(&[2], now()).is_none(), "at the next call");
        tokio::select! {
            biased;
            () = known.over(first) => panic!("another's end is not its own"),
            () = std::future::ready(()) => {}
        }
        known.end(&Id([1; 32]));
        known.over(first).await;
        let late = KnownDevices::of(&[device(3, now() - 1)]);
        assert!(late.with(&[3], now()).is_none(), "its time is over");
        assert!(late.with_key(&[3; 32], now()).is_none());
    }
}
