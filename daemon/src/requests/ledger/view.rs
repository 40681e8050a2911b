//! Where a request stands, for clients.

use std::collections::BinaryHeap;

use wetsign_attest::{Signed, id::Id, object::Withdrawal, terms};

use super::{Ledger, withdrawals};
use crate::{
    error::LedgerError,
    store::Table,
    store::records::{self, RequestRecord, Stage},
};

/// How a request stands, in the words of the public interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Waiting for the rules.
    Received,
    /// Waiting for validators.
    Permitted,
    /// Refused by the rules.
    Forbidden,
    /// Approved.
    Approved,
    /// Approved, and taken back by an owner since.
    Withdrawn,
    /// Declined by too many.
    Declined,
    /// Nobody approved it in time.
    Expired,
}

impl Standing {
    /// Whether nothing more can happen.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Received | Self::Permitted)
    }
}

/// One request as clients see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestView {
    /// Its id.
    pub id: Id,
    /// How it stands.
    pub standing: Standing,
    /// UTC seconds at which it came in.
    pub received: u64,
    /// UTC seconds after which nobody may approve it.
    pub expires: u64,
    /// Signed request.
    pub request: Vec<u8>,
    /// Signed verdict; empty until there is one.
    pub verdict: Vec<u8>,
    /// Signed refusal by the rules; empty where there is none.
    pub refusal: Vec<u8>,
    /// Co-signatures so far.
    pub cosignatures: u32,
    /// Co-signatures asked for.
    pub quorum: u32,
    /// Declines so far.
    pub declines: u32,
    /// What decided, in words.
    pub reasons: Vec<String>,
    /// Signed withdrawal; empty where there is none.
    pub withdrawal: Vec<u8>,
    /// Signed complaints of owners.
    pub complaints: Vec<Vec<u8>>,
}

/// Where a request stands in a list; newer ones come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// UTC seconds at which it came in.
    pub received: u64,
    /// Its id.
    pub id: Id,
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.received.cmp(&self.received).then(self.id.cmp(&other.id))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ledger {
    /// One request.
    ///
    /// # Errors
    /// [`LedgerError::NotFound`].
    pub fn request(&self, id: &Id, now: u64) -> Result<RequestView, LedgerError> {
        let record = self.request_record(id)?.ok_or_else(|| LedgerError::no("request", id))?;
        self.view(id, record, now)
    }

    /// Hands out requests, newest first, as long as `give` takes them and at most `limit`. Answers the last one taken
    /// if there are more. Memory stays bounded however many there are.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn requests(
        &self,
        wanted: impl Fn(Standing) -> bool,
        after: Option<Place>,
        limit: usize,
        now: u64,
        mut give: impl FnMut(RequestView) -> bool,
    ) -> Result<Option<Place>, LedgerError> {
        // The first `limit` places and one more, the last of them on top.
        let mut first = BinaryHeap::new();
        self.store().each(Table::Request, b"", |key, bytes| {
            let id = Id::try_from(key)?;
            let record: RequestRecord =
                records::decode(bytes).ok_or_else(|| LedgerError::stored("request", id))?;
            let place = Place { received: record.received, id };
            if after.is_none_or(|after| place > after) && wanted(self.standing(&id, &record, now)?.0) {
                first.push(place);
                if first.len() > limit + 1 {
                    first.pop();
                }
            }
            Ok::<_, LedgerError>(())
        })?;
        let places = first.into_sorted_vec();
        let mut last = after;
        for (count, place) in places.iter().enumerate() {
            if count == limit || !give(self.request(&place.id, now)?) {
                return Ok(last);
            }
            last = Some(*place);
        }
        Ok(None)
    }

    fn view(&self, id: &Id, record: RequestRecord, now: u64) -> Result<RequestView, LedgerError> {
        let bytes = |what, id: Option<Id>| match id {
            Some(id) => self.object_bytes(what, &id),
            None => Ok(Vec::new()),
        };
        let mut reasons = record.reasons.clone();
        let (standing, withdrawal) = self.standing(id, &record, now)?;
        reasons.extend(withdrawal.as_ref().map(withdrawals::words));
        reasons.extend(record.unfit.as_ref().map(|why| format!("a quorum made no approval: {why}")));
        let cosignatures = match (record.stage, record.verdict) {
            (Stage::Approved, _) | (_, None) => self.store().scan(Table::CoSignature, &id.0)?.len(),
            (_, Some(verdict)) => self.cosignatures_on(id, &verdict)?.len(),
        };
        Ok(RequestView {
            id: *id,
            standing,
            received: record.received,
            expires: record.expires,
            request: self.object_bytes("request", id)?,
            verdict: bytes("verdict", record.verdict)?,
            refusal: bytes("refusal", record.refusal)?,
            cosignatures: cosignatures as u32,
            quorum: record.quorum,
            declines: self.declines(id)?.len() as u32,
            reasons,
            complaints: record.approval.map_or(Ok(Vec::new()), |id| self.complaints(&id))?,
            withdrawal: withdrawal.map_or_else(Vec::new, |signed| signed.bytes().to_vec()),
        })
    }

    /// How it stands, with the withdrawal that ended it.
    fn standing(
        &self,
        id: &Id,
        record: &RequestRecord,
        now: u64,
    ) -> Result<(Standing, Option<Signed<Withdrawal>>), LedgerError> {
        let withdrawal = self.withdrawal_of(id, record)?;
        let standing = if withdrawal.is_some() { Standing::Withdrawn } else { standing(record, now) };
        Ok((standing, withdrawal))
    }
}

fn standing(record: &RequestRecord, now: u64) -> Standing {
    match record.stage {
        Stage::Approved => Standing::Approved,
        Stage::Forbidden => Standing::Forbidden,
        Stage::Declined => Standing::Declined,
        Stage::Received | Stage::Permitted if !terms::unexpired(record.expires, now).holds => {
            Standing::Expired
        }
        Stage::Received => Standing::Received,
        Stage::Permitted => Standing::Permitted,
    }
}
