//! The door for strangers: TLS over TCP, with what the table of callers gives them and nothing else.

use std::net::TcpListener;

use tonic::Code;
use wetsign_api::{Client, Endpoint, v1};
use wetsign_tests::{
    cast::Cast,
    stage::{Options, Stage, TlsDoor},
};

#[tokio::test(flavor = "multi_thread")]
async fn strangers_may_ask_for_the_status_and_conduct_nobody() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()])?;
    let certificate = made.cert.pem();
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let door = TlsDoor { port, certificate: certificate.clone(), key: made.signing_key.serialize_pem() };
    let options = Options { tls: Some(door), ..Options::default() };
    let _stage = Stage::set_up(folder.path(), &Cast::new()?, &options).await?;

    let endpoint: Endpoint = format!("https://localhost:{port}").parse()?;
    let stranger = Client::connect_with_ca(&endpoint, &certificate).await?;
    let status = stranger.kiosk().status(v1::StatusRequest {}).await?.into_inner();
    assert_eq!(status.state, "ready");

    let unknown = stranger.requests().get(v1::RequestId { id: vec![7; 32] }).await;
    assert_eq!(unknown.unwrap_err().code(), Code::NotFound);
    let refused = [
        stranger.sessions().start(v1::StartSession::default()).await.map(drop),
        stranger.enrolments().start(v1::StartEnrolment::default()).await.map(drop),
        stranger.enrolments().list(v1::ListEnrolments {}).await.map(drop),
        stranger.requests().list(v1::ListRequests::default()).await.map(drop),
        stranger.kiosk().devices(v1::DevicesRequest {}).await.map(drop),
    ];
    for answer in refused {
        assert_eq!(answer.unwrap_err().code(), Code::PermissionDenied);
    }

    let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()])?;
    assert!(
        Client::connect_with_ca(&endpoint, &other.cert.pem()).await.is_err(),
        "another authority was believed"
    );
    assert!(Client::connect(&endpoint).await.is_err(), "a kiosk was believed without any authority");
    Ok(())
}
