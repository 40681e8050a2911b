//! Every row of the table of callers, asked through every door: what is admitted is served, what is not is refused.

use tempfile::TempDir;
use tonic::Code;
use wetsign_tests::{
    cast::Cast,
    siege::door::{Door, Stranger},
    stage::{Options, Stage},
};
use wetsignd::serve::access::{self, Door as Kind};

/// What an empty message is answered with, where it gets in.
fn expected(path: &str) -> Code {
    match path.rsplit_once('/').map_or("", |(_, method)| method) {
        // Questions without a subject.
        "List" | "Status" | "Devices" | "Check" => Code::Ok,
        "Watch" if path.starts_with("/grpc.health") => Code::Ok,
        "Watch" | "Cancel" if path.contains("Sessions") => Code::NotFound,
        // No pairing goes on.
        "Compare" | "Exchange" => Code::NotFound,
        // Nothing that was signed, no id, no label.
        _ => Code::InvalidArgument,
    }
}

async fn asks_every_row(kind: Kind, stranger: &mut Stranger) -> anyhow::Result<()> {
    for (path, admitted) in access::rows(kind) {
        let code = stranger.first_code(path).await?;
        let wanted = if admitted { expected(path) } else { Code::PermissionDenied };
        assert_eq!(code, wanted, "{path} through {kind:?}");
    }
    let foreign = stranger.first_code("/wetsign.v1.Sessions/Steal").await?;
    assert_eq!(foreign, Code::PermissionDenied, "a method that is in no table");
    Ok(())
}

async fn kiosk(known: bool) -> anyhow::Result<(Stage, Door, TempDir)> {
    let folder = tempfile::tempdir()?;
    let (door, mut tls) = Door::new()?;
    if !known {
        tls.client_ca = None;
    }
    let options = Options { tls: Some(tls), ..Options::default() };
    let stage = Stage::set_up(folder.path(), &Cast::new()?, &options).await?;
    Ok((stage, door, folder))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_is_served_or_refused_through_every_door() -> anyhow::Result<()> {
    let (stage, door, _folder) = kiosk(true).await?;
    asks_every_row(Kind::Known, &mut door.stranger(1).await?).await?;
    let socket = stage.folder().join("kiosk.sock");
    asks_every_row(Kind::Local, &mut Stranger::local(&socket).await?).await?;

    let (_stage, door, _folder) = kiosk(false).await?;
    asks_every_row(Kind::Remote, &mut door.stranger(1).await?).await
}

#[tokio::test(flavor = "multi_thread")]
async fn health_knows_each_service_and_follows_readiness() -> anyhow::Result<()> {
    use wetsign_api::health::{
        HealthCheckRequest, HealthListRequest, health_check_response::ServingStatus,
        health_client::HealthClient,
    };
    let (mut stage, door, _folder) = kiosk(true).await?;
    let mut remote = HealthClient::new(door.channel(1).await?);
    let served = |status: i32| status == i32::from(ServingStatus::Serving);

    let list = remote.list(HealthListRequest {}).await?.into_inner().statuses;
    assert!(list.contains_key("") && list.contains_key("wetsign.v1.Requests"), "{list:?}");
    assert!(!list.contains_key("wetsign.v1.Sessions"), "not served here: {list:?}");
    assert!(list.values().all(|state| served(state.status)), "{list:?}");
    let unknown = remote.check(HealthCheckRequest { service: "wetsign.v1.Sessions".into() }).await;
    assert_eq!(unknown.unwrap_err().code(), Code::NotFound);

    let mut states = remote.watch(HealthCheckRequest::default()).await?.into_inner();
    let first = states.message().await?.map(|state| state.status());
    assert_eq!(first, Some(ServingStatus::Serving));
    stage.stop_element();
    let next = tokio::time::timeout(std::time::Duration::from_secs(20), states.message()).await??;
    assert_eq!(next.map(|state| state.status()), Some(ServingStatus::NotServing));
    Ok(())
}
