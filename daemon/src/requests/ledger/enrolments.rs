//! Enrolments: kept by this kiosk, endorsed by registrars of other operators, handed out with all that is needed to
//! check them.

use std::sync::atomic::Ordering;

use wetsign_attest::{
    EnrolmentBundle, Object, Signed,
    id::{Blob, Id, PublicKey},
    limits,
    object::{ConsentReceipt, EnrolmentEndorsement, EnrolmentRecord},
};

use super::Ledger;
use crate::{
    error::LedgerError,
    store::journal::Under,
    store::records,
    store::{Batch, Table},
};

impl Ledger {
    /// Stores an enrolment and logs its record. One under the same key takes the place of the older one.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn keep_enrolment(&self, record: &Signed<EnrolmentRecord>, batch: Batch) -> Result<u64, LedgerError> {
        let consent = Signed::<ConsentReceipt>::decode(&record.payload().consent.0)?.id();
        let _order = self.in_order();
        let renewed = self.enrolled(&record.payload().validator)?.is_some();
        let index = self.record(record, &[consent], batch)?;
        if !renewed {
            self.enrolments.fetch_add(1, Ordering::Relaxed);
        }
        Ok(index)
    }

    /// Stores and logs a registrar's endorsement of a record of this kiosk; the first one of each registrar counts.
    /// Whether its operator is another one than the kiosk's is for verifiers to say: a kiosk's word would prove
    /// nothing.
    ///
    /// # Errors
    /// [`LedgerError::NotFound`] if the record is not of this kiosk, [`LedgerError::Invalid`] if the registrar is none
    /// that the configuration trusts, or the kiosk itself.
    pub fn keep_endorsement(&self, endorsement: &[u8]) -> Result<Id, LedgerError> {
        let endorsement = Signed::<EnrolmentEndorsement>::decode(endorsement)?;
        let EnrolmentEndorsement { record, registrar, .. } = *endorsement.payload();
        if !self.registry().trusts(&registrar) {
            return Err(LedgerError::Invalid(format!(
                "{registrar} is no registrar that this kiosk trusts: see registry.registrars in the configuration"
            )));
        }
        if registrar == PublicKey::from(&self.keys().kiosk) {
            return Err(LedgerError::Invalid("a kiosk cannot endorse its own enrolments".into()));
        }
        let _order = self.in_order();
        self.object::<EnrolmentRecord>("enrolment record", &record)?;
        let given = self.store().scan(Table::Endorsement, &record.0)?;
        let key = records::by_validator(&record, &registrar);
        if let Some((_, id)) = given.iter().find(|(known, _)| *known == key) {
            self.logged([Id::try_from(id.as_slice())?])?;
            return Ok(record);
        }
        if given.len() >= limits::REGISTRARS {
            return Err(LedgerError::Invalid(format!(
                "the record has {} endorsements already, the most that a file can carry",
                given.len()
            )));
        }
        let mut batch = Batch::new();
        batch.put(Table::Endorsement, &key, &endorsement.id().0);
        self.record(&endorsement, &[record], batch)?;
        Ok(record)
    }

    /// A record of this kiosk with its endorsements so far.
    ///
    /// # Errors
    /// [`LedgerError::NotFound`] if this kiosk has no such record.
    pub fn enrolment_bundle(&self, record: &Id) -> Result<EnrolmentBundle, LedgerError> {
        let _order = self.in_order();
        let signed: Signed<EnrolmentRecord> = self.object("enrolment record", record)?;
        let mut objects = vec![*record];
        let mut endorsements = Vec::new();
        for (_, id) in self.store().scan(Table::Endorsement, &record.0)? {
            let id = Id::try_from(id.as_slice())?;
            endorsements.push(Blob(self.object_bytes("endorsement", &id)?));
            objects.push(id);
        }
        self.logged(objects.iter().copied())?;
        let (checkpoint, log) = self.journal().prove(&objects, Under::Witnessed)?;
        let bundle = EnrolmentBundle {
            record: signed.bytes().into(),
            endorsements,
            verifying_key: self.verifying_key.clone(),
            log,
            checkpoint,
        };
        bundle.check()?;
        Ok(bundle)
    }
}
