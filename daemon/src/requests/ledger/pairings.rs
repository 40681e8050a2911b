//! Devices of people's own that were paired with this kiosk, and which of them no longer are.

use wetsign_attest::{
    Signed,
    id::{Blob, Digest, Id, PublicKey},
    object::{Pairing, Unpairing},
};

use super::Ledger;
use crate::{
    error::LedgerError,
    store::records::{self, Paired},
    store::{Batch, Table},
};

/// Most pairings that are kept, ended ones among them.
const MOST: usize = 4096;

/// A device as the books know it.
#[derive(Debug, Clone)]
pub struct PairedDevice {
    /// Id of the pairing.
    pub id: Id,
    /// What both sides agreed on.
    pub pairing: Pairing,
    /// SHA-256 of its client certificate (DER).
    pub certificate: Digest,
    /// UTC seconds at which it was ended.
    pub ended: Option<u64>,
}

impl Ledger {
    /// Keeps and logs a pairing.
    ///
    /// # Errors
    /// [`LedgerError`]; [`LedgerError::State`] if there are as many as can be kept.
    pub fn keep_pairing(&self, pairing: &Signed<Pairing>, certificate: Digest) -> Result<(), LedgerError> {
        let _order = self.in_order();
        if self.store().scan(Table::Pairing, b"")?.len() >= MOST {
            return Err(LedgerError::State(format!(
                "{MOST} devices were paired here, the most that are kept"
            )));
        }
        self.record(pairing, &[], entry(pairing, certificate, None))?;
        Ok(())
    }

    /// Ends a pairing. The same again, or one that is ended already, changes nothing.
    ///
    /// # Errors
    /// [`LedgerError::NotFound`], [`LedgerError::Invalid`] if neither the kiosk nor the validator signed it.
    pub fn end_pairing(&self, unpairing: &Signed<Unpairing>) -> Result<(), LedgerError> {
        let id = unpairing.payload().pairing;
        let _order = self.in_order();
        let known = self.paired(&id)?;
        let pairing = Signed::<Pairing>::decode(&known.record.0)?;
        if let Some(ended) = &known.ended {
            return self.logged([Signed::<Unpairing>::decode(&ended.0)?.id()]);
        }
        let by = unpairing.payload().signed_by;
        if by != pairing.payload().kiosk && by != pairing.payload().validator {
            return Err(LedgerError::Invalid(format!("{by} cannot end pairing {id}: it is another's")));
        }
        let batch = entry(&pairing, known.certificate, Some(unpairing.bytes().into()));
        self.record(unpairing, &[id], batch)?;
        Ok(())
    }

    /// Every device that was ever paired here, newest first; of one validator, where one is named.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn paired_devices(&self, of: Option<&PublicKey>) -> Result<Vec<PairedDevice>, LedgerError> {
        let mut devices = Vec::new();
        for (key, bytes) in self.store().scan(Table::Pairing, b"")? {
            let device = read(&Id::try_from(key.as_slice())?, &bytes)?;
            if of.is_none_or(|validator| device.pairing.validator == *validator) {
                devices.push(device);
            }
        }
        devices.sort_by_key(|device| std::cmp::Reverse((device.pairing.time, device.id)));
        Ok(devices)
    }

    fn paired(&self, id: &Id) -> Result<Paired, LedgerError> {
        let bytes = self.store().get(Table::Pairing, &id.0)?.ok_or_else(|| LedgerError::no("pairing", id))?;
        records::decode(&bytes).ok_or_else(|| LedgerError::stored("pairing", id))
    }
}

fn entry(pairing: &Signed<Pairing>, certificate: Digest, ended: Option<Blob>) -> Batch {
    let paired = Paired { record: pairing.bytes().into(), certificate, ended };
    let mut batch = Batch::new();
    batch.put(Table::Pairing, &pairing.id().0, &records::encode(&paired));
    batch
}

fn read(id: &Id, bytes: &[u8]) -> Result<PairedDevice, LedgerError> {
    let stored = || LedgerError::stored("pairing", id);
    let Paired { record, certificate, ended } = records::decode(bytes).ok_or_else(stored)?;
    let pairing = Signed::<Pairing>::decode(&record.0).map_err(|_| stored())?.into_payload();
    let ended = ended.map(|ended| Signed::<Unpairing>::decode(&ended.0).map_err(|_| stored())).transpose()?;
    Ok(PairedDevice { id: *id, pairing, certificate, ended: ended.map(|ended| ended.payload().time) })
}
