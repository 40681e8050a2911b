//! An approval with everything that it names, in one file.

use std::collections::BTreeSet;

use wetsign_attest::{
    ApprovalBundle, Endorsed, Signed,
    id::{Blob, Id},
    object::{ApprovalBody, CoSignature, RegistryEpoch, Verdict},
};

use super::Ledger;
use crate::{
    error::LedgerError,
    records::{self, EpochRecord},
    store::{Batch, Table},
};

impl Ledger {
    /// The bundle of an approved request. Made once, then the same bytes each time.
    ///
    /// # Errors
    /// [`LedgerError::NotFound`] until the quorum is reached.
    pub fn bundle(&self, request: &Id) -> Result<Vec<u8>, LedgerError> {
        let _order = self.in_order();
        if let Some(bytes) = self.store().get(Table::Approval, &request.0)? {
            return Ok(bytes);
        }
        let record = self.request_record(request)?.ok_or_else(|| LedgerError::no("request", request))?;
        let body_id = record.approval.ok_or_else(|| LedgerError::no("approval of request", request))?;
        let bytes = self.assemble(&body_id)?.to_bytes()?;
        let mut batch = Batch::new();
        batch.put(Table::Approval, &request.0, &bytes);
        self.store().commit(&batch)?;
        Ok(bytes)
    }

    fn assemble(&self, body_id: &Id) -> Result<ApprovalBundle, LedgerError> {
        let body: Signed<ApprovalBody> = self.object("approval", body_id)?;
        let approval = body.payload();
        let verdict: Signed<Verdict> = self.object("verdict", &approval.verdict)?;
        let mut logged = vec![*body_id, approval.request, approval.verdict];

        let (mut descriptors, mut rules) = (Vec::new(), Vec::new());
        for asset in &verdict.payload().assets {
            let known = self.asset(&asset.asset)?.ok_or_else(|| LedgerError::no("asset", &asset.asset))?;
            descriptors.extend(up_to(&known.descriptors, &asset.descriptor)?);
            rules.extend(up_to(&known.rules, &asset.rules)?);
        }
        let mut cosignatures = Vec::new();
        let mut epochs = BTreeSet::new();
        for id in &approval.cosignatures {
            let cosignature: Signed<CoSignature> = self.object("co-signature", id)?;
            let epoch = cosignature.payload().epoch;
            let number =
                self.registry().number_of(&epoch).ok_or_else(|| LedgerError::no("registry epoch", &epoch))?;
            epochs.insert(number);
            cosignatures.push(Blob(cosignature.bytes().to_vec()));
        }
        let (mut endorsed, mut stakes) = (Vec::new(), Vec::new());
        // Every epoch between the oldest and the newest that is used, so that the chain can be followed.
        let span = epochs.first().copied().unwrap_or(0)..=epochs.last().copied().unwrap_or(0);
        for number in span {
            let record = self.epoch(number)?;
            let epoch = Endorsed::<RegistryEpoch>::decode(&record.endorsed.0)?;
            logged.push(epoch.id());
            endorsed.push(record.endorsed);
            stakes.push(record.stakes);
        }
        logged.extend(descriptors.iter().chain(&rules).chain(&approval.cosignatures));
        let (checkpoint, log) = self.journal().prove(&logged)?;
        let bytes = |what, ids: &[Id]| {
            ids.iter().map(|id| self.object_bytes(what, id).map(Blob)).collect::<Result<Vec<_>, _>>()
        };
        Ok(ApprovalBundle {
            request: Blob(self.object_bytes("request", &approval.request)?),
            descriptors: bytes("descriptor", &descriptors)?,
            rules: bytes("rules", &rules)?,
            verdict: Blob(verdict.bytes().to_vec()),
            cosignatures,
            epochs: endorsed,
            stakes,
            verifying_keys: vec![self.verifying_key.clone()],
            log,
            checkpoint,
            body: Blob(body.bytes().to_vec()),
        })
    }

    fn epoch(&self, number: u64) -> Result<EpochRecord, LedgerError> {
        let key = number.to_be_bytes();
        let bytes = self.store().get(Table::Epoch, &key)?.ok_or_else(|| LedgerError::stored("epoch", key))?;
        records::decode(&bytes).ok_or_else(|| LedgerError::stored("epoch", key))
    }
}

/// The chain of revisions up to one of them, that one included.
fn up_to(chain: &[Id], last: &Id) -> Result<Vec<Id>, LedgerError> {
    let end = chain.iter().position(|id| id == last).ok_or_else(|| LedgerError::no("revision", last))?;
    Ok(chain[..=end].to_vec())
}
