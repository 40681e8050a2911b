//! The door for strangers: TLS over TCP, with what the table of callers gives them and nothing else.

use std::net::TcpListener;

use rcgen::{CertificateParams, CertifiedKey, Issuer, KeyPair};
use tonic::Code;
use wetsign_api::{Client, ClientIdentity, Endpoint, Tls, v1};
use wetsign_tests::{
    cast::Cast,
    stage::{Options, Stage, TlsDoor},
};

/// A kiosk behind a certificate of its own, on a free port of this machine.
struct Kiosk {
    endpoint: Endpoint,
    certificate: String,
    _stage: Stage,
    _folder: tempfile::TempDir,
}

impl Kiosk {
    async fn open(client_ca: Option<String>) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let CertifiedKey { cert, signing_key } = self_signed()?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let door = TlsDoor { port, certificate: cert.pem(), key: signing_key.serialize_pem(), client_ca };
        let options = Options { tls: Some(door), ..Options::default() };
        let stage = Stage::set_up(folder.path(), &Cast::new()?, &options).await?;
        let endpoint = format!("https://localhost:{port}").parse()?;
        Ok(Self { endpoint, certificate: cert.pem(), _stage: stage, _folder: folder })
    }

    fn tls(&self, identity: Option<ClientIdentity>) -> Tls {
        Tls { authority: self.certificate.clone(), identity }
    }
}

/// An authority that vouches for clients.
struct Authority {
    certificate: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> anyhow::Result<Self> {
        let mut params = CertificateParams::default();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?.pem();
        Ok(Self { certificate, issuer: Issuer::new(params, key) })
    }

    fn client(&self) -> anyhow::Result<ClientIdentity> {
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::default().signed_by(&key, &self.issuer)?;
        Ok(ClientIdentity { certificate: certificate.pem(), key: key.serialize_pem().into() })
    }
}

fn self_signed() -> anyhow::Result<CertifiedKey<KeyPair>> {
    Ok(rcgen::generate_simple_self_signed(vec!["localhost".to_owned()])?)
}

/// A person in front of the kiosk is never a remote client's to conduct.
async fn conducts_nobody(client: &Client) {
    let refused = [
        client.sessions().start(v1::StartSession::default()).await.map(drop),
        client.enrolments().start(v1::StartEnrolment::default()).await.map(drop),
        client.enrolments().list(v1::ListEnrolments::default()).await.map(drop),
        client.kiosk().devices(v1::DevicesRequest {}).await.map(drop),
    ];
    for answer in refused {
        assert_eq!(answer.unwrap_err().code(), Code::PermissionDenied);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_may_ask_for_the_status_and_conduct_nobody() -> anyhow::Result<()> {
    let kiosk = Kiosk::open(None).await?;
    let stranger = Client::connect_tls(&kiosk.endpoint, &kiosk.tls(None)).await?;
    let status = stranger.kiosk().status(v1::StatusRequest {}).await?.into_inner();
    assert_eq!(status.state, "ready");

    let unknown = stranger.requests().get(v1::RequestId { id: vec![7; 32] }).await;
    assert_eq!(unknown.unwrap_err().code(), Code::NotFound);
    let list = stranger.requests().list(v1::ListRequests::default()).await;
    assert_eq!(list.unwrap_err().code(), Code::PermissionDenied);
    conducts_nobody(&stranger).await;

    let other = Tls { authority: self_signed()?.cert.pem(), identity: None };
    assert!(Client::connect_tls(&kiosk.endpoint, &other).await.is_err(), "another authority was believed");
    assert!(Client::connect(&kiosk.endpoint).await.is_err(), "a kiosk was believed without any authority");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_show_a_certificate_may_list_and_others_do_not_come_in() -> anyhow::Result<()> {
    let (authority, elsewhere) = (Authority::new()?, Authority::new()?);
    let kiosk = Kiosk::open(Some(authority.certificate.clone())).await?;

    let known = Client::connect_tls(&kiosk.endpoint, &kiosk.tls(Some(authority.client()?))).await?;
    let list = known.requests().list(v1::ListRequests::default()).await?.into_inner();
    assert!(list.requests.is_empty());
    conducts_nobody(&known).await;

    for shown in [None, Some(elsewhere.client()?)] {
        // TLS 1.3 lets a client finish before the kiosk has looked at its certificate: the first call tells.
        let asked = match Client::connect_tls(&kiosk.endpoint, &kiosk.tls(shown)).await {
            Ok(client) => client.kiosk().status(v1::StatusRequest {}).await.is_ok(),
            Err(_) => false,
        };
        assert!(!asked, "a client without a certificate of the authority was served");
    }
    Ok(())
}
