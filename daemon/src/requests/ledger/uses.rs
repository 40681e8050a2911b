//! What was approved of an owner's assets, and what owners complain of.

use std::collections::{BTreeMap, BinaryHeap};

use wetsign_attest::{
    Signed,
    id::{Id, PublicKey},
    limits::CLOCK_SKEW_S,
    object::{ApprovalBody, Complaint, UsageRequest},
    terms,
};

use super::{Ledger, Place};
use crate::{
    error::LedgerError,
    store::records::{self, RequestRecord, Stage},
    store::{Batch, Table},
};

/// Most complaints that are kept of one approval.
const MOST: usize = 16;

/// An approval of an asset, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The request.
    pub request: Id,
    /// The approval's body.
    pub approval: Id,
    /// The asset.
    pub asset: Id,
    /// What the asset is called.
    pub title: String,
    /// Signed request.
    pub signed_request: Vec<u8>,
    /// Who asked, by the word of this kiosk; none where it says nothing.
    pub known: Option<String>,
    /// UTC seconds at which it was approved.
    pub time: u64,
    /// UTC seconds after which it allows nothing.
    pub until: u64,
    /// UTC seconds from which on an owner took it back.
    pub withdrawn: Option<u64>,
    /// Complaints so far.
    pub complaints: u32,
}

impl Ledger {
    /// Approvals of assets whose owner this key is, or an agent who may withdraw: newest first, at most `limit`, those
    /// after the request `after`.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn uses(
        &self,
        key: &PublicKey,
        after: Option<&Id>,
        limit: usize,
        now: u64,
    ) -> Result<Vec<Use>, LedgerError> {
        let after = match after {
            None => None,
            Some(id) => {
                let record = self.request_record(id)?.ok_or_else(|| LedgerError::no("request", id))?;
                Some(Place { received: record.received, id: *id })
            }
        };
        let mut mine: BTreeMap<Id, bool> = BTreeMap::new();
        let mut first = BinaryHeap::new();
        self.store().each(Table::Request, b"", |key_bytes, bytes| {
            let id = Id::try_from(key_bytes)?;
            let record: RequestRecord =
                records::decode(bytes).ok_or_else(|| LedgerError::stored("request", id))?;
            let place = Place { received: record.received, id };
            if record.stage != Stage::Approved || after.is_some_and(|after| place <= after) {
                return Ok(());
            }
            for asset in &record.assets {
                if !mine.contains_key(asset) {
                    mine.insert(*asset, self.owns(key, asset, now)?);
                }
            }
            if record.assets.iter().any(|asset| mine[asset]) {
                first.push(place);
                if first.len() > limit {
                    first.pop();
                }
            }
            Ok::<_, LedgerError>(())
        })?;
        let mut uses = Vec::new();
        for place in first.into_sorted_vec() {
            let record =
                self.request_record(&place.id)?.ok_or_else(|| LedgerError::no("request", &place.id))?;
            for asset in record.assets.iter().filter(|asset| mine.get(*asset) == Some(&true)) {
                uses.push(self.use_of(&place.id, &record, asset, now)?);
            }
        }
        Ok(uses)
    }

    fn owns(&self, key: &PublicKey, asset: &Id, now: u64) -> Result<bool, LedgerError> {
        let (descriptor, _) = self.in_force(asset)?;
        Ok(terms::may_withdraw(descriptor.payload(), key, now).holds)
    }

    fn use_of(&self, id: &Id, record: &RequestRecord, asset: &Id, now: u64) -> Result<Use, LedgerError> {
        let approval = record.approval.ok_or_else(|| LedgerError::stored("request", id))?;
        let body: Signed<ApprovalBody> = self.object("approval", &approval)?;
        let request: Signed<UsageRequest> = self.object("request", id)?;
        let (descriptor, _) = self.in_force(asset)?;
        let withdrawn = self.withdrawal_of(id, record)?.map(|withdrawal| withdrawal.payload().time);
        let known = self.registration_for(request.payload(), now)?;
        Ok(Use {
            request: *id,
            approval,
            asset: *asset,
            title: descriptor.payload().title.clone(),
            known: known.map(|known| known.into_payload().name),
            time: body.payload().time,
            until: terms::lapse(request.payload(), body.payload().time),
            withdrawn,
            complaints: self.store().scan(Table::Complaint, &approval.0)?.len() as u32,
            signed_request: request.bytes().to_vec(),
        })
    }

    /// Keeps and logs an owner's complaint. The same again changes nothing.
    ///
    /// # Errors
    /// [`LedgerError::Invalid`] if nobody signed it who may, or it is dated otherwise; [`LedgerError::NotFound`] if
    /// there is no such approval; [`LedgerError::State`] if there are as many as are kept.
    pub fn complain(&self, complaint: &[u8], now: u64) -> Result<(), LedgerError> {
        let complaint = Signed::<Complaint>::decode(complaint)?;
        let Complaint { asset, approval, signed_by, time, .. } = *complaint.payload();
        let _order = self.in_order();
        if self.store().get(Table::Object, &complaint.id().0)?.is_some() {
            return self.logged([complaint.id()]);
        }
        let (descriptor, _) = self.in_force(&asset)?;
        terms::may_withdraw(descriptor.payload(), &signed_by, now.max(time))
            .require()
            .map_err(|why| LedgerError::Invalid(format!("the complaint about asset {asset} is {why}")))?;
        self.asked_on_our_pages(complaint.presence())?;
        present(time, now)?;
        let body = self.approval_of(&approval, &asset)?;
        if self.store().scan(Table::Complaint, &approval.0)?.len() >= MOST {
            return Err(LedgerError::State(format!(
                "{MOST} complaints are kept of one approval, the most there may be"
            )));
        }
        let mut batch = Batch::new();
        batch.put(Table::Complaint, &records::by_asset(&approval, &complaint.id()), &[]);
        self.at(now);
        self.record(&complaint, &[asset, approval], batch)?;
        self.changed(&body.request);
        Ok(())
    }

    /// Signed complaints about an approval.
    pub(super) fn complaints(&self, approval: &Id) -> Result<Vec<Vec<u8>>, LedgerError> {
        let rows = self.store().scan(Table::Complaint, &approval.0)?;
        rows.iter().map(|(key, _)| self.object_bytes("complaint", &Id::try_from(&key[32..])?)).collect()
    }
}

/// What is signed now says so.
pub(super) fn present(time: u64, now: u64) -> Result<(), LedgerError> {
    if time.abs_diff(now) <= CLOCK_SKEW_S {
        return Ok(());
    }
    Err(LedgerError::Invalid(format!(
        "it is dated {time}, but it is {now} (skew allowed: {CLOCK_SKEW_S} s): sign it with the present time"
    )))
}
