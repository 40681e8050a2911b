//! Who requesters are, as whoever runs this kiosk says it.

use wetsign_attest::{
    Signed,
    id::{Blob, PublicKey},
    object::{Registration, UsageRequest},
    terms,
};

use super::Ledger;
use crate::{
    error::LedgerError,
    store::{Batch, Table},
};

/// Most requesters that are registered at once.
const MOST: usize = 10_000;

impl Ledger {
    /// Registers a requester; an earlier registration of the same key is over.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn register(&self, registration: Registration) -> Result<Signed<Registration>, LedgerError> {
        let key = registration.requester;
        let _order = self.in_order();
        let known = self.store().scan(Table::Requester, b"")?;
        if known.len() >= MOST && !known.iter().any(|(known, _)| known == key.as_bytes()) {
            return Err(LedgerError::State(format!(
                "{MOST} requesters are registered, the most there may be"
            )));
        }
        let signed = Signed::sign(registration, &self.keys().kiosk)?;
        let mut batch = Batch::new();
        batch.put(Table::Requester, key.as_bytes(), signed.bytes());
        self.record(&signed, &[], batch)?;
        Ok(signed)
    }

    /// Takes a registration away: what they submit from now on is that of somebody unknown.
    ///
    /// # Errors
    /// [`LedgerError::NotFound`].
    pub fn unregister(&self, requester: &PublicKey) -> Result<(), LedgerError> {
        let _order = self.in_order();
        if self.store().get(Table::Requester, requester.as_bytes())?.is_none() {
            return Err(LedgerError::NotFound { what: "registration of", id: requester.to_string() });
        }
        let mut batch = Batch::new();
        batch.remove(Table::Requester, requester.as_bytes());
        Ok(self.store().commit(&batch)?)
    }

    /// Everybody who is registered.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn registrations(&self) -> Result<Vec<Signed<Registration>>, LedgerError> {
        let rows = self.store().scan(Table::Requester, b"")?;
        rows.iter().map(|(key, bytes)| read(key, bytes)).collect()
    }

    /// The registration that covers a request now; none where there is none.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn registration_for(
        &self,
        request: &UsageRequest,
        now: u64,
    ) -> Result<Option<Signed<Registration>>, LedgerError> {
        let key = request.requester;
        let Some(bytes) = self.store().get(Table::Requester, key.as_bytes())? else { return Ok(None) };
        let signed = read(key.as_bytes(), &bytes)?;
        Ok(Some(signed).filter(|signed| terms::registered(signed.payload(), request, now).holds))
    }

    /// Refuses a request of somebody who is not registered for it, where that is asked for.
    pub(super) fn known_requester(&self, request: &UsageRequest, now: u64) -> Result<(), LedgerError> {
        if !self.trust.registered_requesters || self.registration_for(request, now)?.is_some() {
            return Ok(());
        }
        Err(LedgerError::Invalid(format!(
            "requester {} is not registered here for {:?}: ask whoever runs this kiosk to register you \
             (`wetsign requester register`), with the purposes that you ask for",
            request.requester, request.attributes.purpose
        )))
    }

    /// The registration for a device's papers; empty where there is none.
    pub(super) fn registration_blob(
        &self,
        request: &UsageRequest,
        now: u64,
    ) -> Result<Option<Blob>, LedgerError> {
        Ok(self.registration_for(request, now)?.map(|signed| signed.bytes().into()))
    }
}

fn read(key: &[u8], bytes: &[u8]) -> Result<Signed<Registration>, LedgerError> {
    Signed::<Registration>::decode(bytes).map_err(|_| LedgerError::stored("registration", key))
}
