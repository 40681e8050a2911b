//! Co-signatures and declines are gathered; a quorum makes an approval.

use wetsign_attest::{
    Object, Signed,
    id::{Id, PublicKey},
    object::{
        ApprovalBody, AssetDescriptor, CoSignature, Decline, EvmReference, Refusal, RulesRevision,
        UsageRequest, Verdict,
    },
    offer::Offer,
    terms,
};

use super::{Ledger, layout::with_request};
use crate::{
    crash,
    error::LedgerError,
    store::records::{self, RequestRecord, Stage},
    store::{Entry, Table},
};

impl Ledger {
    /// Whether a validator may still decide on a request; gives the verdict that he has to read, which is a new one if
    /// the last no longer counts. What cannot end in an approval is refused here, before a camera opens.
    ///
    /// # Errors
    /// [`LedgerError::State`] says why not.
    pub fn open_for(&self, request: &Id, validator: &PublicKey, now: u64) -> Result<Id, LedgerError> {
        let _order = self.in_order();
        self.open_within(request, validator, now)
    }

    fn open_within(&self, request: &Id, validator: &PublicKey, now: u64) -> Result<Id, LedgerError> {
        let record = self.request_record(request)?.ok_or_else(|| LedgerError::no("request", request))?;
        let key = records::by_validator(request, validator);
        let mut record = self.current(request, record, now)?;
        may_decide(&record, now)?;
        if self.store().get(Table::Decline, &key)?.is_some() {
            return Err(LedgerError::State("this validator declined it".into()));
        }
        let signed: Signed<UsageRequest> = self.object("request", request)?;
        let mut verdict = record.verdict.ok_or_else(|| LedgerError::stored("request", request))?;
        if let Some(given) = self.given_by(request, validator)?
            && given.payload().verdict == verdict
            && !self.usable(given.payload(), record.max_age_s, now)
        {
            // Nobody co-signs one question twice, so it is asked anew.
            record = self.judge(&signed, record, now)?;
            may_decide(&record, now)?;
            verdict = record.verdict.ok_or_else(|| LedgerError::stored("request", request))?;
        }
        self.one_voice(validator, &self.cosignatures_on(request, &verdict)?)?;
        self.objections(&verdict, signed.payload(), validator, now)?;
        Ok(verdict)
    }

    /// The co-signature that this validator gave for this request and that counts, in the very bytes that were
    /// released.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn cosignature_of(
        &self,
        request: &Id,
        validator: &PublicKey,
        now: u64,
    ) -> Result<Option<Signed<CoSignature>>, LedgerError> {
        let record = self.request_record(request)?.ok_or_else(|| LedgerError::no("request", request))?;
        let given = self.given_by(request, validator)?;
        Ok(given.filter(|given| {
            record.stage == Stage::Approved
                || record.verdict == Some(given.payload().verdict)
                    && self.usable(given.payload(), record.max_age_s, now)
        }))
    }

    /// The same, to be released again: it is logged first, should it not be yet.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn released(
        &self,
        request: &Id,
        validator: &PublicKey,
        now: u64,
    ) -> Result<Option<Signed<CoSignature>>, LedgerError> {
        let given = self.cosignature_of(request, validator, now)?;
        if let Some(given) = &given {
            self.log_cosignature(&given.id(), request, now)?;
        }
        Ok(given)
    }

    /// Makes a co-signature durable, with its log intent. Answers with the bytes that count: those of the first
    /// co-signature that this validator gave for this request.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn keep_cosignature(
        &self,
        cosignature: Signed<CoSignature>,
        now: u64,
    ) -> Result<Signed<CoSignature>, LedgerError> {
        let _order = self.in_order();
        let payload = cosignature.payload();
        let (request, validator, epoch) = (payload.request, payload.validator, payload.epoch);
        if let Some(first) = self.cosignature_of(&request, &validator, now)? {
            return Ok(first);
        }
        let verdict = self.open_within(&request, &validator, now)?;
        if payload.verdict != verdict {
            return Err(LedgerError::State(format!(
                "the request was judged again meanwhile: it is for verdict {}, now it is {verdict}; nothing was signed for",
                payload.verdict
            )));
        }
        let mut batch = crate::store::Batch::new();
        batch.put(Table::CoSignature, &records::by_validator(&request, &validator), &cosignature.id().0);
        self.journal().intend(
            CoSignature::TYPE,
            cosignature.id(),
            &[request, verdict, epoch],
            cosignature.bytes(),
            batch,
        )?;
        crash::point("cosignature.stored");
        Ok(cosignature)
    }

    /// Logs a co-signature that was made durable, and makes the approval if the quorum is reached.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn log_cosignature(&self, cosignature: &Id, request: &Id, now: u64) -> Result<(), LedgerError> {
        let _order = self.in_order();
        self.journal().append(cosignature)?;
        crash::point("cosignature.logged");
        let record = self.request_record(request)?.ok_or_else(|| LedgerError::no("request", request))?;
        self.logged(record.approval)?;
        if record.stage == Stage::Permitted {
            self.try_approve(request, record, now)?;
        }
        self.changed(request);
        Ok(())
    }

    /// Makes a decline durable, with its log intent. Answers with the first one of this validator, which counts.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn keep_decline(&self, decline: Signed<Decline>, now: u64) -> Result<Signed<Decline>, LedgerError> {
        let _order = self.in_order();
        let (request, validator) = (decline.payload().request, decline.payload().validator);
        let key = records::by_validator(&request, &validator);
        if let Some(id) = self.store().get(Table::Decline, &key)? {
            return self.object("decline", &Id::try_from(id.as_slice())?);
        }
        if self.cosignature_of(&request, &validator, now)?.is_some() {
            return Err(LedgerError::State("this validator co-signed it already".into()));
        }
        let verdict = self.open_to_decline(&request, now)?;
        let mut batch = crate::store::Batch::new();
        batch.put(Table::Decline, &key, &decline.id().0);
        self.journal().intend(Decline::TYPE, decline.id(), &[request, verdict], decline.bytes(), batch)?;
        Ok(decline)
    }

    /// The verdict that a validator says no to. A no needs less than a yes: only that the question stands.
    fn open_to_decline(&self, request: &Id, now: u64) -> Result<Id, LedgerError> {
        let record = self.request_record(request)?.ok_or_else(|| LedgerError::no("request", request))?;
        may_decide(&record, now)?;
        record.verdict.ok_or_else(|| LedgerError::stored("request", request))
    }

    /// Logs a decline that was made durable, and closes the request if the quorum is out of reach.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn log_decline(&self, decline: &Id, request: &Id) -> Result<(), LedgerError> {
        let _order = self.in_order();
        self.journal().append(decline)?;
        self.close_if_declined(request)?;
        self.changed(request);
        Ok(())
    }

    /// Keeps and logs a refusal of a session.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn keep_refusal(&self, refusal: &Signed<Refusal>) -> Result<(), LedgerError> {
        let _order = self.in_order();
        let request = refusal.payload().request;
        self.record(refusal, &[request], crate::store::Batch::new())?;
        Ok(())
    }

    /// The request is declined once those who have not declined are fewer than the quorum.
    pub(super) fn close_if_declined(&self, request: &Id) -> Result<(), LedgerError> {
        let mut record = self.request_record(request)?.ok_or_else(|| LedgerError::no("request", request))?;
        if record.stage != Stage::Permitted {
            return Ok(());
        }
        let declined: Vec<PublicKey> = self
            .declines(request)?
            .iter()
            .filter_map(|(key, _)| PublicKey::try_from(&key[32..]).ok())
            .collect();
        if declined.is_empty() {
            return Ok(());
        }
        let mut left = 0;
        for (key, _) in self.store().scan(Table::Enrolment, b"")? {
            if PublicKey::try_from(key.as_slice()).is_ok_and(|validator| !declined.contains(&validator)) {
                left += 1;
            }
        }
        if left < record.quorum {
            record.stage = Stage::Declined;
            self.store().commit(&with_request(request, &record))?;
        }
        Ok(())
    }

    pub(super) fn declines(&self, request: &Id) -> Result<Vec<Entry>, LedgerError> {
        Ok(self.store().scan(Table::Decline, &request.0)?)
    }

    pub(super) fn cosignatures(&self, request: &Id) -> Result<Vec<Signed<CoSignature>>, LedgerError> {
        self.store()
            .scan(Table::CoSignature, &request.0)?
            .into_iter()
            .map(|(_, id)| self.object("co-signature", &Id::try_from(id.as_slice())?))
            .collect()
    }

    /// Makes the approval if enough co-signatures stand in the log, close enough in time, before the request expires.
    pub(super) fn try_approve(
        &self,
        request: &Id,
        mut record: RequestRecord,
        now: u64,
    ) -> Result<(), LedgerError> {
        if !terms::unexpired(record.expires, now).holds {
            // It stands as expired by its time alone; those who watch are told.
            self.changed(request);
            return Ok(());
        }
        let record_now = self.current(request, record, now)?;
        if record_now.stage != Stage::Permitted {
            return Ok(());
        }
        record = record_now;
        let verdict_id = record.verdict.ok_or_else(|| LedgerError::stored("request", request))?;
        let mut logged = Vec::new();
        for cosignature in self.cosignatures_on(request, &verdict_id)? {
            let number = self.registry().number_of(&cosignature.payload().epoch);
            if let (Some(_), Some(number)) = (self.journal().index_of(&cosignature.id())?, number) {
                logged.push((number, cosignature));
            }
        }
        let Some(chosen) = quorum_of(logged, record.quorum as usize, record.max_age_s, now) else {
            return Ok(());
        };
        let verdict: Signed<Verdict> = self.object("verdict", &verdict_id)?;
        let epoch = chosen.iter().max_by_key(|(number, _)| *number).map(|(_, one)| one.payload().epoch);
        let epoch = epoch.ok_or_else(|| LedgerError::State("a quorum of nobody".into()))?;
        let mut cosignatures: Vec<Id> = chosen.iter().map(|(_, cosignature)| cosignature.id()).collect();
        cosignatures.sort_unstable();
        let body = ApprovalBody {
            request: *request,
            descriptors: verdict.payload().assets.iter().map(|asset| asset.descriptor).collect(),
            rules: verdict.payload().assets.iter().map(|asset| asset.rules).collect(),
            verdict: verdict_id,
            cosignatures: cosignatures.clone(),
            epoch,
            hub: PublicKey::from(&self.keys().hub),
            time: now,
        };
        if let Err(refused) = self.fit_to_approve(&body, now)? {
            tracing::error!(request = %request.short(), %refused, "a quorum that no verifier would believe");
            record.unfit = Some(refused.to_string());
            self.store().commit(&with_request(request, &record))?;
            self.changed(request);
            return Ok(());
        }
        let body = Signed::sign(body, &self.keys().hub)?;
        record.unfit = None;
        record.stage = Stage::Approved;
        record.approval = Some(body.id());
        let mut previous = cosignatures;
        previous.extend([*request, verdict_id]);
        self.journal().intend(
            ApprovalBody::TYPE,
            body.id(),
            &previous,
            body.bytes(),
            with_request(request, &record),
        )?;
        crash::point("approval.stored");
        self.journal().append(&body.id())?;
        crash::point("approval.logged");
        tracing::info!(request = %request.short(), approval = %body.id().short(), "approved");
        self.changed(request);
        Ok(())
    }
}

/// Whether anybody may decide on it now.
fn may_decide(record: &RequestRecord, now: u64) -> Result<(), LedgerError> {
    let why = match record.stage {
        Stage::Permitted => {
            return terms::unexpired(record.expires, now).require().map_err(LedgerError::State);
        }
        Stage::Received => "the rules have not spoken yet",
        Stage::Forbidden => "the rules forbid it; nobody is asked",
        Stage::Approved => "it is approved already",
        Stage::Declined => "it was declined",
    };
    Err(LedgerError::State(why.into()))
}

/// The newest `quorum` co-signatures, each with its epoch's number, that a verifier takes together at `now`.
fn quorum_of(
    mut given: Vec<(u64, Signed<CoSignature>)>,
    quorum: usize,
    max_age_s: u64,
    now: u64,
) -> Option<Vec<(u64, Signed<CoSignature>)>> {
    if quorum == 0 || given.len() < quorum {
        return None;
    }
    given.sort_by_key(|(number, one)| (*number, one.payload().time));
    given.windows(quorum).rev().find(|run| fits(run, max_age_s, now)).map(<[_]>::to_vec)
}

fn fits(run: &[(u64, Signed<CoSignature>)], max_age_s: u64, now: u64) -> bool {
    let times: Vec<u64> = run.iter().map(|(_, one)| one.payload().time).collect();
    terms::close_enough(&times, now, max_age_s).holds
        && terms::span(run.iter().map(|(number, _)| *number)).holds
}

impl Ledger {
    /// What a validator's own device looks at before it signs: the request, its verdict, descriptors and rules. The
    /// payload is still to be put in.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn papers(&self, request: &Id, verdict: &Id, now: u64) -> Result<Offer, LedgerError> {
        let request: Signed<UsageRequest> = self.object("request", request)?;
        let verdict: Signed<Verdict> = self.object("verdict", verdict)?;
        let mut offer = Offer::alone(Vec::new(), 0);
        for asset in &verdict.payload().assets {
            let descriptor = self.object::<AssetDescriptor>("descriptor", &asset.descriptor)?;
            offer.descriptors.push(descriptor.bytes().into());
            offer.rules.push(self.object::<RulesRevision>("rules", &asset.rules)?.bytes().into());
        }
        let registration = self.registration_blob(request.payload(), now)?;
        let (request, verdict) = (request.bytes().into(), verdict.bytes().into());
        Ok(Offer { request, verdict, registration, ..offer })
    }

    /// The rules that a verdict was given under, and the chains that its assets live on, in the request's order.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn terms(&self, verdict: &Id) -> Result<(Vec<RulesRevision>, Vec<EvmReference>), LedgerError> {
        let verdict: Signed<Verdict> = self.object("verdict", verdict)?;
        let (mut rules, mut chains) = (Vec::new(), Vec::new());
        for asset in &verdict.payload().assets {
            rules.push(self.object::<RulesRevision>("rules", &asset.rules)?.into_payload());
            chains.extend(self.object::<AssetDescriptor>("descriptor", &asset.descriptor)?.payload().evm);
        }
        Ok((rules, chains))
    }
}
