//! Owners take approvals back.
//!
//! What a withdrawal ends is kept by what it names: one entry for each approval, and one for each asset, the newest
//! that names none. Nothing else of an approval changes; whoever asks for it is told.

use wetsign_attest::{
    Object, Signed, WithdrawalBundle,
    id::{Blob, Id},
    limits::CLOCK_SKEW_S,
    object::{ApprovalBody, AssetDescriptor, UsageRequest, Withdrawal},
    terms::{self, Approved},
};

use super::Ledger;
use crate::{
    error::LedgerError,
    store::journal::Under,
    store::records::{self, RequestRecord},
    store::{Batch, Table},
};

/// In place of an approval's id, where all of an asset are meant.
const ALL: Id = Id([0; 32]);

impl Ledger {
    /// Takes an owner's withdrawal into the books and the log; answers the file that shows where it stands. The same
    /// again changes nothing.
    ///
    /// # Errors
    /// [`LedgerError::Invalid`] if nobody signed it who may now, or it is dated otherwise; [`LedgerError::NotFound`]
    /// if the asset, or the approval of it, is not here; [`LedgerError::State`] if that is withdrawn already.
    pub fn withdraw(&self, withdrawal: &[u8], now: u64) -> Result<WithdrawalBundle, LedgerError> {
        let withdrawal = Signed::<Withdrawal>::decode(withdrawal)?;
        let Withdrawal { asset, approval, time, .. } = *withdrawal.payload();
        let _order = self.in_order();
        if self.store().get(Table::Object, &withdrawal.id().0)?.is_some() {
            self.logged([withdrawal.id()])?;
            return self.withdrawal_file(&withdrawal);
        }
        let (descriptor, _) = self.in_force(&asset)?;
        terms::may_withdraw(descriptor.payload(), &withdrawal.payload().signed_by, now.max(time))
            .require()
            .map_err(|why| LedgerError::Invalid(format!("the withdrawal of asset {asset} is {why}")))?;
        if time.abs_diff(now) > CLOCK_SKEW_S {
            return Err(LedgerError::Invalid(format!(
                "the withdrawal is dated {time}, but it is {now} (skew allowed: {CLOCK_SKEW_S} s): sign it with the \
                 present time"
            )));
        }
        let mut previous = vec![asset];
        let mut request = None;
        if let Some(id) = approval {
            let body = self.approval_of(&id, &asset)?;
            let record = self.request_record(&body.request)?;
            let record = record.ok_or_else(|| LedgerError::stored("request", body.request))?;
            if let Some(earlier) = self.withdrawal_of(&body.request, &record)? {
                return Err(LedgerError::State(format!("the approval is {}", words(&earlier))));
            }
            previous.push(id);
            request = Some(body.request);
        }
        let mut batch = Batch::new();
        let key = records::by_asset(&asset, &approval.unwrap_or(ALL));
        batch.put(Table::Withdrawal, &key, &withdrawal.id().0);
        self.at(now);
        self.record(&withdrawal, &previous, batch)?;
        tracing::info!(asset = %asset.short(), withdrawal = %withdrawal.id().short(), "withdrawn");
        if let Some(request) = request {
            self.changed(&request);
        }
        self.withdrawal_file(&withdrawal)
    }

    /// The body of an approval of this asset.
    pub(super) fn approval_of(&self, id: &Id, asset: &Id) -> Result<ApprovalBody, LedgerError> {
        let none = || LedgerError::NotFound { what: "approval of that asset", id: id.to_string() };
        let bytes = self.object_bytes("approval of that asset", id)?;
        let body = Signed::<ApprovalBody>::decode(&bytes).map_err(|_| none())?.into_payload();
        let request: Signed<UsageRequest> = self.object("request", &body.request)?;
        if request.payload().assets.contains(asset) { Ok(body) } else { Err(none()) }
    }

    /// The withdrawal that ended a request's approval, if one did.
    pub(super) fn withdrawal_of(
        &self,
        request: &Id,
        record: &RequestRecord,
    ) -> Result<Option<Signed<Withdrawal>>, LedgerError> {
        let Some(id) = record.approval else { return Ok(None) };
        let assets = if record.assets.is_empty() {
            // As layout 1 kept it.
            self.object::<UsageRequest>("request", request)?.into_payload().assets
        } else {
            record.assets.clone()
        };
        for asset in &assets {
            for named in [id, ALL] {
                let Some(known) = self.store().get(Table::Withdrawal, &records::by_asset(asset, &named))?
                else {
                    continue;
                };
                let withdrawal: Signed<Withdrawal> =
                    self.object("withdrawal", &Id::try_from(known.as_slice())?)?;
                if self.ends(&withdrawal, &id)? {
                    return Ok(Some(withdrawal));
                }
            }
        }
        Ok(None)
    }

    fn ends(&self, withdrawal: &Signed<Withdrawal>, approval: &Id) -> Result<bool, LedgerError> {
        let body: Signed<ApprovalBody> = self.object("approval", approval)?;
        let place = self.journal().index_of(approval)?;
        let approved = Approved { id: *approval, place, time: body.payload().time };
        let place = self.journal().index_of(&withdrawal.id())?;
        Ok(terms::withdraws(withdrawal.payload(), place, &approved))
    }

    /// The withdrawal with all that is needed to check it.
    pub(super) fn withdrawal_file(
        &self,
        withdrawal: &Signed<Withdrawal>,
    ) -> Result<WithdrawalBundle, LedgerError> {
        let asset = withdrawal.payload().asset;
        let known = self.asset(&asset)?.ok_or_else(|| LedgerError::no("asset", &asset))?;
        let place = self.journal().index_of(&withdrawal.id())?;
        let mut descriptors = Vec::new();
        let mut logged = vec![withdrawal.id()];
        for id in &known.descriptors {
            // Who owns the asset later says nothing of who owned it then.
            if self.journal().index_of(id)? < place {
                let descriptor: Signed<AssetDescriptor> = self.object("descriptor", id)?;
                descriptors.push(Blob(descriptor.bytes().to_vec()));
                logged.push(*id);
            }
        }
        let (checkpoint, log) = self.journal().prove(&logged, Under::Present)?;
        let withdrawal = Blob(withdrawal.bytes().to_vec());
        let file = WithdrawalBundle { withdrawal, descriptors, log, checkpoint };
        file.check()?;
        Ok(file)
    }
}

/// Who withdrew, when, and why.
pub(super) fn words(withdrawal: &Signed<Withdrawal>) -> String {
    let Withdrawal { approval, reason, signed_by, time, .. } = withdrawal.payload();
    let what = if approval.is_some() { "" } else { ", with all of the asset up to then" };
    let why = reason.as_ref().map_or(String::new(), |reason| format!(": {reason:?}"));
    format!("withdrawn by {signed_by} at {time}{what}{why}")
}
