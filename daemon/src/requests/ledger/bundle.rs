//! An approval with everything that it names, in one file.

use std::collections::{BTreeMap, BTreeSet};

use wetsign_attest::{
    ApprovalBundle, Endorsed, Signed, TrustPolicy,
    eat::Attestation,
    id::{Blob, Digest, Id, PublicKey},
    object::{ApprovalBody, CertificateChain, CoSignature, RegistryEpoch, Verdict},
    policy::{self, TrustedLog},
    verify::{Options, Refused, fit_to_approve},
};

use super::{Ledger, withdrawals};
use crate::{
    error::LedgerError,
    store::journal::Under,
    store::records::{self, EpochRecord, RequestRecord},
    store::{Batch, Table},
};

impl Ledger {
    /// The bundle of an approved request. Made once, then the same bytes each time; where verifiers ask for witnesses,
    /// once a quorum of them has cosigned a head above it. Before, it is made anew each time under the present head.
    ///
    /// # Errors
    /// [`LedgerError::NotFound`] until the quorum is reached, [`LedgerError::Withdrawn`] once an owner took it back.
    pub fn bundle(&self, request: &Id) -> Result<Vec<u8>, LedgerError> {
        let _order = self.in_order();
        let record = self.request_record(request)?.ok_or_else(|| LedgerError::no("request", request))?;
        if let Some(withdrawal) = self.withdrawal_of(request, &record)? {
            return Err(LedgerError::Withdrawn {
                request: *request,
                words: withdrawals::words(&withdrawal),
                withdrawal: withdrawal.bytes().to_vec(),
            });
        }
        self.bundle_of(request, &record)
    }

    /// The bundle of an approval that an owner took back, for who wants to see what held: it shows the withdrawal,
    /// and a verifier says *lapsed*.
    ///
    /// # Errors
    /// [`LedgerError::NotFound`] where nobody took one back.
    pub fn withdrawn_bundle(&self, request: &Id) -> Result<Vec<u8>, LedgerError> {
        let _order = self.in_order();
        let record = self.request_record(request)?.ok_or_else(|| LedgerError::no("request", request))?;
        let withdrawal = self.withdrawal_of(request, &record)?;
        let withdrawal =
            withdrawal.ok_or_else(|| LedgerError::no("withdrawn approval of request", request))?;
        let file = Blob(self.withdrawal_file(&withdrawal)?.to_bytes()?);
        let bundle = ApprovalBundle::unverified(&self.bundle_of(request, &record)?)?;
        Ok(ApprovalBundle { withdrawals: Some(vec![file]), ..bundle }.to_bytes()?)
    }

    fn bundle_of(&self, request: &Id, record: &RequestRecord) -> Result<Vec<u8>, LedgerError> {
        if let Some(bytes) = self.store().get(Table::Approval, &request.0)? {
            return Ok(bytes);
        }
        let body_id = record.approval.ok_or_else(|| LedgerError::no("approval of request", request))?;
        let body: Signed<ApprovalBody> = self.object("approval", &body_id)?;
        let mut bundle = self.assemble(body.payload(), Some(body_id))?;
        bundle.body = Blob(body.bytes().to_vec());
        let bytes = bundle.to_bytes()?;
        if self.asks_witnesses() && !self.journal().is_witnessed(&bundle.checkpoint) {
            return Ok(bytes);
        }
        let mut batch = Batch::new();
        batch.put(Table::Approval, &request.0, &bytes);
        self.store().commit(&batch)?;
        Ok(bytes)
    }

    /// What the kiosk asks of itself before the hub signs: would a verifier take this, with this kiosk's own anchors?
    pub(super) fn fit_to_approve(
        &self,
        body: &ApprovalBody,
        now: u64,
    ) -> Result<Result<(), Refused>, LedgerError> {
        let rest = self.assemble(body, None)?;
        let policy = self.own_policy(&rest);
        let options = Options { now: Some(now), ..Options::default() };
        Ok(fit_to_approve(body.clone(), rest, &policy, options).map(drop))
    }

    /// Trusts what this kiosk is set up with, and what is labelled as less than real: whether that is enough is for
    /// each verifier to say. An operator who knows his verifiers' policy configures it instead.
    fn own_policy(&self, bundle: &ApprovalBundle) -> TrustPolicy {
        if let Some(policy) = &self.trust().policy {
            return policy.clone();
        }
        let captures: Vec<_> =
            bundle.cosignatures.iter().filter_map(|one| Signed::<CoSignature>::decode(&one.0).ok()).collect();
        let chains: Vec<_> =
            captures.iter().filter_map(|one| CertificateChain::decode(&one.payload().chain.0).ok()).collect();
        let firmware = captures.iter().zip(&chains).filter_map(|(one, chain)| {
            let token = Attestation::decode(&one.payload().attestation.0, &chain.device().device_key).ok()?;
            Some(token.claims().firmware)
        });
        TrustPolicy {
            version: policy::VERSION,
            registrars: self.registry().registrars().0.to_vec(),
            registrars_needed: self.registry().registrars().1 as u32,
            roots: chains.iter().map(|chain| chain.provisioner().root).collect(),
            verifying_keys: vec![Digest::of(&self.verifying_key.0)],
            firmware: firmware.collect(),
            checkers: vec![PublicKey::from(&self.keys().checker)],
            minimum_stake: self.trust().minimum_stake,
            minimum_tau_face: None,
            minimum_tau_voice: None,
            accept_shared_roles: false,
            accept_simulated: true,
            accept_emulated: true,
            accept_development_keys: true,
            accept_kiosk_custody: true,
            accept_phone_custody: true,
            media: None,
            relying_parties: self.trust().relying_parties.clone(),
            minimum_entropy_millibits: policy::DEFAULT_ENTROPY,
            witnesses: None,
            log: TrustedLog {
                origin: self.journal().origin().to_owned(),
                key: PublicKey::from(&self.keys().log),
            },
            operators: BTreeMap::new(),
            searchers: None,
            gates: BTreeMap::new(),
        }
    }

    /// Everything that a body names, with the body's own place in the log once it has one. The body itself is put in by
    /// who has it signed.
    fn assemble(&self, approval: &ApprovalBody, body_id: Option<Id>) -> Result<ApprovalBundle, LedgerError> {
        let verdict: Signed<Verdict> = self.object("verdict", &approval.verdict)?;
        let mut logged = vec![approval.request, approval.verdict];
        logged.extend(body_id);
        // What is still to be signed stands at the end of the log as it is now.
        let under = if body_id.is_some() { Under::Witnessed } else { Under::Present };

        let (mut descriptors, mut rules) = (Vec::new(), Vec::new());
        for asset in &verdict.payload().assets {
            let known = self.asset(&asset.asset)?.ok_or_else(|| LedgerError::no("asset", &asset.asset))?;
            descriptors.extend(up_to(&known.descriptors, &asset.descriptor)?);
            rules.extend(up_to(&known.rules, &asset.rules)?);
        }
        let mut cosignatures = Vec::new();
        let (mut epochs, mut validators) = (BTreeSet::new(), BTreeSet::new());
        for id in &approval.cosignatures {
            let cosignature: Signed<CoSignature> = self.object("co-signature", id)?;
            let epoch = cosignature.payload().epoch;
            let number =
                self.registry().number_of(&epoch).ok_or_else(|| LedgerError::no("registry epoch", &epoch))?;
            epochs.insert(number);
            validators.insert(cosignature.payload().validator);
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
        let (events, key_events): (Vec<_>, Vec<_>) = self.key_events_for(&validators)?.into_iter().unzip();
        logged.extend(descriptors.iter().chain(&rules).chain(&approval.cosignatures).chain(&events));
        let (checkpoint, log) = self.journal().prove(&logged, under)?;
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
            withdrawals: None,
            key_events: (!key_events.is_empty()).then_some(key_events),
            body: Blob(Vec::new()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_shown_from_its_beginning_to_the_revision_that_counted() {
        let chain = [1, 2, 3].map(|number| Id([number; 32]));
        for last in 0..3 {
            assert_eq!(up_to(&chain, &chain[last]).unwrap(), chain[..=last]);
        }
        assert!(matches!(up_to(&chain, &Id([9; 32])), Err(LedgerError::NotFound { what: "revision", .. })));
        assert!(up_to(&[], &chain[0]).is_err());
    }
}
