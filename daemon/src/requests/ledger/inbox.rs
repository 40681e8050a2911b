//! Requests come in, the rules speak.

use std::collections::BTreeSet;

use wetsign_attest::{
    Signed,
    id::{Digest, Id, PublicKey},
    object::{
        AssetVerdict, ClassifierScore, Decision, EscrowNote, Refusal, RefusalStage, RulesRevision,
        UsageRequest, Verdict,
    },
    rules::{self, Inputs},
    terms,
};

use super::{Ledger, layout::with_request};
use crate::{
    crash,
    error::LedgerError,
    store::Table,
    store::records::{self, RequestRecord, Stage},
};

impl Ledger {
    /// Takes a request in: signature and schema are checked, it is durable and logged, the rules speak, the verdict is
    /// signed and logged; if they forbid, so is the refusal. The same request again changes nothing.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn submit(&self, request: &[u8], now: u64) -> Result<Id, LedgerError> {
        self.submit_escrowed(request, None, now)
    }

    /// The same with a watcher's note that the fee waits on a chain, without which a request that says so is refused.
    /// The note is looked at once: what is paid out later is for the chain to say.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn submit_escrowed(
        &self,
        request: &[u8],
        escrow: Option<&Vec<u8>>,
        now: u64,
    ) -> Result<Id, LedgerError> {
        let request = Signed::<UsageRequest>::decode(request)?;
        let id = request.id();
        let _order = self.in_order();
        if let Some(known) = self.request_record(&id)? {
            self.logged([id].into_iter().chain(known.verdict).chain(known.approval))?;
            match known.stage {
                Stage::Received => drop(self.judge(&request, known, now)?),
                Stage::Forbidden => self.refuse_by_rules(&id, known, now)?,
                Stage::Permitted | Stage::Approved | Stage::Declined => {}
            }
            return Ok(id);
        }
        self.at(now);
        let payload = request.payload();
        let future = terms::made_by(payload.created, now).require();
        future.map_err(|why| LedgerError::Invalid(format!("the request comes from the future: {why}")))?;
        terms::unexpired(payload.expires, now).require().map_err(LedgerError::State)?;
        for asset in &payload.assets {
            self.asset(asset)?.ok_or_else(|| LedgerError::no("asset", asset))?;
        }
        terms::request_life(payload).require().map_err(LedgerError::Invalid)?;
        self.known_requester(payload, now)?;
        let note = escrow.map(|bytes| Signed::<EscrowNote>::decode(bytes)).transpose()?;
        let waits =
            terms::fee_waits(payload, id, note.as_ref().map(Signed::payload), &self.trust.escrow_watchers);
        waits.require().map_err(LedgerError::Invalid)?;
        let pace = self.may_ask(&payload.requester, now)?;
        let record = RequestRecord::received(now, payload.expires, payload.assets.clone());
        let mut batch = with_request(&id, &record);
        batch.put(Table::Pace, payload.requester.as_bytes(), &pace);
        crash::point("submit.before_store");
        self.journal().intend(
            <UsageRequest as wetsign_attest::Object>::TYPE,
            id,
            &payload.assets,
            request.bytes(),
            batch,
        )?;
        crash::point("submit.stored");
        self.journal().append(&id)?;
        crash::point("submit.logged");
        self.judge(&request, record, now)?;
        Ok(id)
    }

    /// Finishes what a crash left: requests without a verdict, forbidden ones without a refusal, quorums without an
    /// approval, declines after which no quorum is possible.
    pub(super) fn resume(&self, now: u64) -> Result<(), LedgerError> {
        let _order = self.in_order();
        for (key, bytes) in self.store().scan(Table::Request, b"")? {
            let id = Id::try_from(key.as_slice()).map_err(|_| LedgerError::stored("request", &key))?;
            let record: RequestRecord =
                records::decode(&bytes).ok_or_else(|| LedgerError::stored("request", id))?;
            self.at(record.received);
            match record.stage {
                Stage::Received => {
                    tracing::info!(request = %id.short(), "resuming: the rules had not spoken yet");
                    let request = self.object("request", &id)?;
                    self.judge(&request, record, now)?;
                }
                Stage::Permitted => {
                    let record = self.current(&id, record, now)?;
                    if record.stage == Stage::Permitted {
                        self.try_approve(&id, record, now)?;
                        self.close_if_declined(&id)?;
                    }
                }
                Stage::Forbidden => self.refuse_by_rules(&id, record, now)?,
                Stage::Approved | Stage::Declined => {}
            }
        }
        Ok(())
    }

    /// Gives a verdict under the rules in force now; co-signatures on an earlier one count no more.
    pub(super) fn judge(
        &self,
        request: &Signed<UsageRequest>,
        mut record: RequestRecord,
        now: u64,
    ) -> Result<RequestRecord, LedgerError> {
        let id = request.id();
        let scores = self.scores(request.payload());
        let inputs = Inputs { now, scores };
        let mut verdicts: Vec<AssetVerdict> = Vec::new();
        let mut reasons = Vec::new();
        let mut previous = BTreeSet::from([id]);
        let (mut quorum, mut max_age_s) = (0, u64::MAX);
        for asset in &request.payload().assets {
            let (descriptor, revision) = self.in_force(asset)?;
            let revision: Signed<RulesRevision> = revision;
            let verdict =
                rules::evaluate(revision.payload(), descriptor.payload(), request.payload(), &inputs);
            let explanation = rules::explain(revision.payload(), &verdict);
            let details = explanation.reasons.into_iter().filter_map(|reason| {
                let repeated = explanation.summary.contains(&reason.words);
                match reason.id {
                    Some(id) => Some(format!("{id}: {}", reason.words)),
                    None => (!repeated).then_some(reason.words),
                }
            });
            let details: Vec<String> = details.collect();
            reasons.push(explanation.summary);
            reasons.extend(details);
            quorum = quorum.max(revision.payload().quorum.k);
            max_age_s = max_age_s.min(revision.payload().quorum.max_age_s);
            previous.insert(revision.id());
            verdicts.push(verdict);
        }
        let verdict = Verdict {
            request: id,
            checker: PublicKey::from(&self.keys().checker),
            time: now,
            assets: verdicts,
        };
        let decision = verdict.decision();
        let verdict = Signed::sign(verdict, &self.keys().checker)?;
        record.verdict = Some(verdict.id());
        record.quorum = quorum;
        record.max_age_s = max_age_s;
        record.reasons = reasons;
        record.unfit = None;
        record.stage = match decision {
            Decision::Permit => Stage::Permitted,
            Decision::Forbid => Stage::Forbidden,
        };
        let previous: Vec<Id> = previous.into_iter().collect();
        self.record(&verdict, &previous, with_request(&id, &record))?;
        crash::point("verdict.stored");
        if record.stage == Stage::Forbidden {
            self.refuse_by_rules(&id, record.clone(), now)?;
        }
        self.changed(&id);
        Ok(record)
    }

    fn refuse_by_rules(&self, id: &Id, mut record: RequestRecord, now: u64) -> Result<(), LedgerError> {
        if let Some(refusal) = record.refusal {
            return self.logged([refusal]);
        }
        let verdict_id = record.verdict.ok_or_else(|| LedgerError::stored("request", id))?;
        let verdict: Signed<Verdict> = self.object("verdict", &verdict_id)?;
        let refusal = Refusal {
            request: *id,
            stage: RefusalStage::Rules,
            code: refusing_policy(verdict.payload()),
            verdict: Some(verdict_id),
            signed_by: PublicKey::from(&self.keys().checker),
            time: now,
        };
        let refusal = Signed::sign(refusal, &self.keys().checker)?;
        record.refusal = Some(refusal.id());
        self.record(&refusal, &[*id, verdict_id], with_request(id, &record))?;
        Ok(())
    }

    fn scores(&self, request: &UsageRequest) -> Vec<ClassifierScore> {
        let Some(text) = request.text() else { return Vec::new() };
        match self.scorer.scores(text) {
            Ok(scores) => scores
                .into_iter()
                .map(|score| ClassifierScore {
                    label: score.name.to_owned(),
                    classifier: Digest(score.digest),
                    score: score.thousandths,
                })
                .collect(),
            Err(unreadable) => {
                // No score at all: rules that set a bound for one forbid.
                tracing::info!(%unreadable, "the request's text has no scores");
                Vec::new()
            }
        }
    }

    pub(super) fn request_record(&self, id: &Id) -> Result<Option<RequestRecord>, LedgerError> {
        match self.store().get(Table::Request, &id.0)? {
            Some(bytes) => {
                records::decode(&bytes).map(Some).ok_or_else(|| LedgerError::stored("request", id))
            }
            None => Ok(None),
        }
    }
}

/// The first policy that refused, as a stable code.
fn refusing_policy(verdict: &Verdict) -> String {
    let refusing = verdict.assets.iter().find(|asset| asset.decision == Decision::Forbid);
    match refusing {
        Some(asset) => match (asset.deciding.first(), asset.errors.is_empty()) {
            (Some(policy), _) => policy.clone(),
            (None, false) => "error".into(),
            (None, true) => "nothing_permits".into(),
        },
        None => "nothing_permits".into(),
    }
}
