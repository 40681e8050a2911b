//! `Assets`.

use tonic::{Request, Response, Status};
use wetsign_api::v1::{self, assets_server::Assets};
use wetsign_attest::id::Id;

use super::{Services, companion, convert, devices, page::Page};
use crate::{kiosk::now, requests::ledger::Use};

/// Uses in one answer, where nobody says how many.
const USES: u32 = 24;
const MOST_USES: u32 = 100;

#[tonic::async_trait]
impl Assets for Services {
    async fn register(
        &self,
        request: Request<v1::RegisterAsset>,
    ) -> Result<Response<v1::RegisteredAsset>, Status> {
        let v1::RegisterAsset { descriptor, rules } = request.into_inner();
        let ids = self.write(move |ledger| ledger.register_asset(&descriptor, &rules, now()));
        Ok(Response::new(registered(ids.await?)))
    }

    async fn revise_rules(
        &self,
        request: Request<v1::ReviseRulesRequest>,
    ) -> Result<Response<v1::RegisteredAsset>, Status> {
        let rules = request.into_inner().rules;
        let ids = self.write(move |ledger| ledger.revise_rules(&rules, now()));
        Ok(Response::new(registered(ids.await?)))
    }

    async fn withdraw(
        &self,
        request: Request<v1::WithdrawRequest>,
    ) -> Result<Response<v1::WithdrawalFile>, Status> {
        let withdrawal = request.into_inner().withdrawal;
        let file = self.write(move |ledger| Ok(ledger.withdraw(&withdrawal, now())?.to_bytes()?));
        Ok(Response::new(v1::WithdrawalFile { file: file.await? }))
    }

    async fn uses(&self, request: Request<v1::ListUses>) -> Result<Response<v1::UseList>, Status> {
        let known = devices::caller(&request);
        let v1::ListUses { key, limit, after } = request.into_inner();
        let key = convert::public_key(&key)?;
        companion::own(known, &key)?;
        let limit = if limit == 0 { USES } else { limit.min(MOST_USES) } as usize;
        let after = if after.is_empty() { None } else { Some(convert::id(&after)?) };
        let uses = self.read(move |ledger| ledger.uses(&key, after.as_ref(), limit, now())).await?;
        let mut page = Page::new(usize::MAX);
        // What has no room is asked for after what had.
        let _ = uses.into_iter().all(|one| page.takes(shown(one)));
        Ok(Response::new(v1::UseList { uses: page.into_rows() }))
    }

    async fn complain(&self, request: Request<v1::ComplaintMessage>) -> Result<Response<v1::Ack>, Status> {
        let complaint = request.into_inner().complaint;
        self.write(move |ledger| ledger.complain(&complaint, now())).await?;
        Ok(Response::new(v1::Ack {}))
    }
}

fn shown(one: Use) -> v1::Use {
    v1::Use {
        request_id: one.request.0.to_vec(),
        approval_id: one.approval.0.to_vec(),
        asset_id: one.asset.0.to_vec(),
        title: one.title,
        request: one.signed_request,
        known: one.known.unwrap_or_default(),
        time: one.time,
        until: one.until,
        withdrawn: one.withdrawn.unwrap_or_default(),
        complaints: one.complaints,
    }
}

fn registered((asset, rules): (Id, Id)) -> v1::RegisteredAsset {
    v1::RegisteredAsset { asset_id: asset.0.to_vec(), rules_id: rules.0.to_vec() }
}
