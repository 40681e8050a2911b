//! Which verdict counts now.
//!
//! A request waits under one verdict at a time. When the owner revises the rules, or the verdict grows too old, the
//! request is judged again; co-signatures on the earlier verdict then count no more, because people approved another
//! question.

use wetsign_attest::{
    Signed,
    id::{Id, PublicKey},
    object::{CoSignature, RulesRevision, UsageRequest, Verdict},
    terms::{self, may_revise, usable_until, verdict_age},
};

use super::Ledger;
use crate::{
    error::LedgerError,
    store::Table,
    store::records::{self, RequestRecord, Stage},
};

/// Seconds that a session may take from its beginning to the approval. What would lapse sooner is not begun.
const SESSION_ROOM_S: u64 = 180;

impl Ledger {
    /// The record of a waiting request under a verdict that still counts: judged again if need be.
    pub(super) fn current(
        &self,
        id: &Id,
        record: RequestRecord,
        now: u64,
    ) -> Result<RequestRecord, LedgerError> {
        if record.stage != Stage::Permitted || !terms::unexpired(record.expires, now).holds {
            return Ok(record);
        }
        let Some(why) = self.outdated(id, &record, now)? else { return Ok(record) };
        tracing::info!(request = %id.short(), why, "judged again");
        let request: Signed<UsageRequest> = self.object("request", id)?;
        self.judge(&request, record, now)
    }

    /// Judges again what waits under an asset whose rules were revised, and tells those who watch.
    pub(super) fn judge_waiting(&self, asset: &Id, now: u64) -> Result<(), LedgerError> {
        for (key, _) in self.store().scan(Table::Waiting, &asset.0)? {
            let id = Id::try_from(&key[32..])?;
            let record = self.request_record(&id)?.ok_or_else(|| LedgerError::no("request", &id))?;
            self.current(&id, record, now)?;
            self.changed(&id);
        }
        Ok(())
    }

    /// Why a verdict allows nothing any more; `None` if it still counts.
    fn outdated(&self, id: &Id, record: &RequestRecord, now: u64) -> Result<Option<String>, LedgerError> {
        let verdict = record.verdict.ok_or_else(|| LedgerError::stored("request", id))?;
        let verdict: Signed<Verdict> = self.object("verdict", &verdict)?;
        let aged = verdict_age(verdict.payload().time, now.saturating_add(SESSION_ROOM_S));
        if let Err(why) = aged.require() {
            return Ok(Some(why));
        }
        for asset in &verdict.payload().assets {
            let (descriptor, rules) = self.in_force(&asset.asset)?;
            if (descriptor.id(), rules.id()) != (asset.descriptor, asset.rules) {
                return Ok(Some(format!("asset {} has other rules since", asset.asset.short())));
            }
        }
        Ok(None)
    }

    /// Co-signatures on this verdict.
    pub(super) fn cosignatures_on(
        &self,
        request: &Id,
        verdict: &Id,
    ) -> Result<Vec<Signed<CoSignature>>, LedgerError> {
        let mut given = self.cosignatures(request)?;
        given.retain(|cosignature| cosignature.payload().verdict == *verdict);
        // With a key that was taken away since, nobody is part of an approval: a revocation has no grace.
        if let Some(epoch) = self.registry().current() {
            given.retain(|one| self.approves(&one.payload().validator, &epoch.epoch).is_ok());
        }
        Ok(given)
    }

    /// Whether a validator's co-signature on the current verdict can still be part of an approval.
    pub(super) fn usable(&self, cosignature: &CoSignature, max_age_s: u64, now: u64) -> bool {
        let number = self.registry().number_of(&cosignature.epoch);
        let newest = self.registry().current().map(|epoch| epoch.epoch.number);
        now <= usable_until(cosignature.time, max_age_s)
            && number.is_some_and(|number| terms::span([number, newest.unwrap_or(number)]).holds)
    }

    /// What stands against asking this validator at all: other roles in the request, rules that nobody may give any
    /// more, networks that the rules do not allow.
    pub(super) fn objections(
        &self,
        verdict: &Id,
        request: &UsageRequest,
        validator: &PublicKey,
        now: u64,
    ) -> Result<(), LedgerError> {
        let verdict: Signed<Verdict> = self.object("verdict", verdict)?;
        let mut descriptors = Vec::new();
        for asset in &verdict.payload().assets {
            let (descriptor, rules) = self.in_force(&asset.asset)?;
            let rules: &RulesRevision = rules.payload();
            may_revise(descriptor.payload(), &rules.signed_by, Some(now.saturating_add(SESSION_ROOM_S)))
                .require()
                .map_err(|why| LedgerError::State(format!("the rules in force are {why}")))?;
            if !rules.model_ids.contains(&self.trust().model) {
                return Err(LedgerError::State(
                    "the rules of an asset do not allow the networks in use at this kiosk".into(),
                ));
            }
            let known = self.asset(&asset.asset)?.ok_or_else(|| LedgerError::no("asset", &asset.asset))?;
            for length in [known.rules.len(), known.descriptors.len()] {
                terms::chain_length(length).require().map_err(LedgerError::State)?;
            }
            descriptors.push(descriptor);
        }
        let roles = terms::Roles::of(request, descriptors.iter().map(Signed::payload));
        terms::distinct_roles(&roles, std::slice::from_ref(validator)).require().map_err(LedgerError::State)
    }

    /// The co-signature of a validator, by the index.
    pub(super) fn given_by(
        &self,
        request: &Id,
        validator: &PublicKey,
    ) -> Result<Option<Signed<CoSignature>>, LedgerError> {
        match self.store().get(Table::CoSignature, &records::by_validator(request, validator))? {
            Some(id) => self.object("co-signature", &Id::try_from(id.as_slice())?).map(Some),
            None => Ok(None),
        }
    }
}
