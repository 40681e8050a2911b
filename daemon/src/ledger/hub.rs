//! Co-signatures and declines are gathered; a quorum makes an approval.

use wetsign_attest::{
    Object, Signed,
    id::{Id, PublicKey},
    object::{
        ApprovalBody, AssetDescriptor, CoSignature, Decline, EvmReference, Refusal, RulesRevision, Verdict,
    },
};

use super::{Ledger, inbox::with_request};
use crate::{
    crash,
    error::LedgerError,
    records::{self, RequestRecord, Stage},
    store::{Entry, Table},
};

impl Ledger {
    /// Whether a validator may still decide on a request; gives the verdict that he has to read.
    ///
    /// # Errors
    /// [`LedgerError::State`] says why not.
    pub fn open_for(&self, request: &Id, validator: &PublicKey, now: u64) -> Result<Id, LedgerError> {
        let record = self.request_record(request)?.ok_or_else(|| LedgerError::no("request", request))?;
        let key = records::by_validator(request, validator);
        match record.stage {
            Stage::Permitted => {}
            Stage::Received => return Err(LedgerError::State("the rules have not spoken yet".into())),
            Stage::Forbidden => {
                return Err(LedgerError::State("the rules forbid it; nobody is asked".into()));
            }
            Stage::Approved => return Err(LedgerError::State("it is approved already".into())),
            Stage::Declined => return Err(LedgerError::State("it was declined".into())),
        }
        if record.expires <= now {
            return Err(LedgerError::State(format!(
                "the request expired at {}, it is {now}",
                record.expires
            )));
        }
        if self.store().get(Table::Decline, &key)?.is_some() {
            return Err(LedgerError::State("this validator declined it".into()));
        }
        record.verdict.ok_or_else(|| LedgerError::stored("request", request))
    }

    /// The co-signature that this validator gave for this request, in the very bytes that were released.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn cosignature_of(
        &self,
        request: &Id,
        validator: &PublicKey,
    ) -> Result<Option<Signed<CoSignature>>, LedgerError> {
        match self.store().get(Table::CoSignature, &records::by_validator(request, validator))? {
            Some(id) => {
                let id = Id::try_from(id.as_slice())?;
                self.object("co-signature", &id).map(Some)
            }
            None => Ok(None),
        }
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
        let given = self.cosignature_of(request, validator)?;
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
        if let Some(first) = self.cosignature_of(&request, &validator)? {
            return Ok(first);
        }
        let verdict = self.open_for(&request, &validator, now)?;
        if payload.verdict != verdict {
            return Err(LedgerError::Invalid(format!(
                "it is for verdict {}, not for {verdict}",
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
        if self.store().get(Table::CoSignature, &key)?.is_some() {
            return Err(LedgerError::State("this validator co-signed it already".into()));
        }
        let verdict = self.open_for(&request, &validator, now)?;
        let mut batch = crate::store::Batch::new();
        batch.put(Table::Decline, &key, &decline.id().0);
        self.journal().intend(Decline::TYPE, decline.id(), &[request, verdict], decline.bytes(), batch)?;
        Ok(decline)
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
        if now > record.expires {
            // It stands as expired by its time alone; those who watch are told.
            self.changed(request);
            return Ok(());
        }
        let mut logged = Vec::new();
        for cosignature in self.cosignatures(request)? {
            if let Some(index) = self.journal().index_of(&cosignature.id())? {
                logged.push((index, cosignature));
            }
        }
        logged.sort_by_key(|(_, cosignature)| cosignature.payload().time);
        let Some(chosen) = within_age(&logged, record.quorum as usize, record.max_age_s) else {
            return Ok(());
        };

        let verdict_id = record.verdict.ok_or_else(|| LedgerError::stored("request", request))?;
        let verdict: Signed<Verdict> = self.object("verdict", &verdict_id)?;
        let newest = chosen
            .iter()
            .filter_map(|(_, c)| {
                self.registry().number_of(&c.payload().epoch).map(|n| (n, c.payload().epoch))
            })
            .max();
        let Some((_, epoch)) = newest else {
            return Err(LedgerError::State("the co-signatures' registry epoch is not known here".into()));
        };
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
        let body = Signed::sign(body, &self.keys().hub)?;
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

/// The earliest run of `quorum` co-signatures, sorted by time, that were made within `max_age_s` of one another.
fn within_age(
    sorted: &[(u64, Signed<CoSignature>)],
    quorum: usize,
    max_age_s: u64,
) -> Option<&[(u64, Signed<CoSignature>)]> {
    if quorum == 0 {
        return None;
    }
    sorted.windows(quorum).find(|run| match (run.first(), run.last()) {
        (Some((_, first)), Some((_, last))) => {
            last.payload().time.saturating_sub(first.payload().time) <= max_age_s
        }
        _ => false,
    })
}

impl Ledger {
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
