//! People are forgotten: what is kept of a face and a voice goes, and a signed receipt says so.

use std::sync::atomic::Ordering;

use wetsign_attest::{
    Signed,
    id::{Id, PublicKey, Scalar},
    object::{ErasureReceipt, ErasureRequest},
};

use super::{Ledger, uses::present};
use crate::{
    error::LedgerError,
    store::records::{self, Enrolled},
    store::{Batch, Table},
};

impl Ledger {
    /// Erases the enrolment that its person names, and answers the receipt. The same again answers the same receipt.
    ///
    /// # Errors
    /// [`LedgerError::NotFound`] if there is no such enrolment; [`LedgerError::Invalid`] if it is for another kiosk, or
    /// dated otherwise.
    pub fn erase(&self, request: &[u8], now: u64) -> Result<Signed<ErasureReceipt>, LedgerError> {
        let request = Signed::<ErasureRequest>::decode(request)?;
        let ErasureRequest { validator, kiosk, leaf, time } = *request.payload();
        let _order = self.in_order();
        let key = erased_key(&validator, &leaf);
        if let Some(receipt) = self.store().get(Table::Erasure, &key)? {
            let receipt: Signed<ErasureReceipt> =
                self.object("erasure receipt", &Id::try_from(receipt.as_slice())?)?;
            self.logged([receipt.id()])?;
            return Ok(receipt);
        }
        let own = PublicKey::from(&self.keys().kiosk);
        if kiosk != own {
            return Err(LedgerError::Invalid(format!("it is for kiosk {kiosk}, and this one is {own}")));
        }
        self.asked_on_our_pages(request.presence())?;
        present(time, now)?;
        let none = || LedgerError::NotFound { what: "enrolment with leaf", id: leaf.to_string() };
        if self.enrolled(&validator)?.ok_or_else(none)?.leaf != leaf {
            return Err(none());
        }
        // What a crash left between the two is gone on with: the same request comes again.
        self.record(&request, &[], Batch::new())?;
        let receipt = ErasureReceipt {
            kiosk,
            objects: Vec::new(),
            leaf: Some(leaf),
            what: "sealed template, sealed secrets, label and consent of the enrolment".into(),
            asked_by: validator,
            backups: false,
            done_by: now,
            time: now,
        };
        let receipt = Signed::sign(receipt, &self.keys().kiosk)?;
        let mut batch = Batch::new();
        batch.remove(Table::Enrolment, validator.as_bytes());
        batch.remove(Table::Attempts, validator.as_bytes());
        batch.put(Table::Erasure, &key, &receipt.id().0);
        self.at(now);
        self.record(&receipt, &[request.id()], batch)?;
        self.enrolments.fetch_sub(1, Ordering::Relaxed);
        tracing::info!(validator = %validator.short(), "an enrolment was erased, as its person asked");
        Ok(receipt)
    }

    /// The enrolment under this key.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn enrolled(&self, validator: &PublicKey) -> Result<Option<Enrolled>, LedgerError> {
        let Some(bytes) = self.store().get(Table::Enrolment, validator.as_bytes())? else { return Ok(None) };
        let enrolled = records::decode(&bytes);
        enrolled.map(Some).ok_or_else(|| LedgerError::stored("enrolment", validator.as_bytes()))
    }
}

fn erased_key(validator: &PublicKey, leaf: &Scalar) -> Vec<u8> {
    [validator.as_bytes(), &leaf.0].concat()
}
