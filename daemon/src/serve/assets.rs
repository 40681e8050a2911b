//! `Assets`.

use tonic::{Request, Response, Status};
use wetsign_api::v1::{self, assets_server::Assets};
use wetsign_attest::id::Id;

use super::Services;
use crate::kiosk::now;

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
}

fn registered((asset, rules): (Id, Id)) -> v1::RegisteredAsset {
    v1::RegisteredAsset { asset_id: asset.0.to_vec(), rules_id: rules.0.to_vec() }
}
