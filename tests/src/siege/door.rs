//! A kiosk's TLS door on loopback, and strangers who come to it from any address of 127.0.0.0/8 and read nothing.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use h2::{RecvStream, client::SendRequest};
use hyper_util::rt::TokioIo;
use rcgen::{CertificateParams, CertifiedKey, Issuer, KeyPair};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpSocket, TcpStream, UnixStream},
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        self, ClientConfig, RootCertStore,
        pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName},
    },
};
use tonic::{
    Code,
    codegen::{Bytes, http},
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
};

use crate::stage::TlsDoor;

/// The door, and what known clients show at it.
pub struct Door {
    tls: TlsDoor,
    client: (String, String),
    connector: TlsConnector,
}

impl Door {
    /// A free port, a certificate for it, and an authority that vouches for the clients.
    pub fn new() -> anyhow::Result<(Self, TlsDoor)> {
        let CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(vec!["localhost".to_owned()])?;
        let mut params = CertificateParams::default();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let authority_key = KeyPair::generate()?;
        let authority = params.self_signed(&authority_key)?.pem();
        let issuer = Issuer::new(params, authority_key);
        let client_key = KeyPair::generate()?;
        let client = CertificateParams::default().signed_by(&client_key, &issuer)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();

        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(cert.der().to_vec()))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(client_key.serialize_der()));
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_client_auth_cert(vec![CertificateDer::from(client.der().to_vec())], key)?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        let (certificate, key) = (cert.pem(), signing_key.serialize_pem());
        let tls = TlsDoor { port, certificate, key, client_ca: Some(authority) };
        let client = (client.pem(), client_key.serialize_pem());
        let door = Self { tls: tls.clone(), client, connector: TlsConnector::from(Arc::new(config)) };
        Ok((door, tls))
    }

    /// What a server needs that has such a door.
    pub const fn tls(&self) -> &TlsDoor {
        &self.tls
    }

    /// A connection from 127.0.0.`host` that has said nothing yet.
    pub async fn silent(&self, host: u8) -> anyhow::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, host)), 0))?;
        Ok(socket.connect(SocketAddr::from(([127, 0, 0, 1], self.tls.port))).await?)
    }

    /// A stranger at 127.0.0.`host` with HTTP/2 over TLS.
    pub async fn stranger(&self, host: u8) -> anyhow::Result<Stranger> {
        let coming = async {
            let name = ServerName::try_from("localhost")?;
            Stranger::over(self.connector.connect(name, self.silent(host).await?).await?).await
        };
        tokio::time::timeout(Duration::from_secs(10), coming).await.context("nobody opened")?
    }

    /// An honest client's channel from 127.0.0.`host`.
    pub async fn channel(&self, host: u8) -> anyhow::Result<Channel> {
        self.channel_to(self.tls.port, host).await
    }

    /// The same to another port, at which somebody has the same certificate.
    pub async fn channel_to(&self, port: u16, host: u8) -> anyhow::Result<Channel> {
        let (certificate, key) = &self.client;
        let tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(&self.tls.certificate))
            .identity(Identity::from_pem(certificate, key));
        let connect = tower::service_fn(move |_: http::Uri| async move {
            let socket = TcpSocket::new_v4()?;
            socket.bind(SocketAddr::from(([127, 0, 0, host], 0)))?;
            let stream = socket.connect(SocketAddr::from(([127, 0, 0, 1], port))).await?;
            // Else each call waits 40 ms for an acknowledgement.
            stream.set_nodelay(true)?;
            Ok::<_, std::io::Error>(TokioIo::new(stream))
        });
        Ok(Endpoint::from_shared(format!("https://localhost:{port}"))?
            .connect_timeout(Duration::from_secs(5))
            .tls_config(tls)?
            .connect_with_connector(connect)
            .await?)
    }
}

/// Somebody who asks and does not listen.
pub struct Stranger {
    send: SendRequest<Bytes>,
    driver: tokio::task::JoinHandle<bool>,
}

/// An answer that is coming.
pub type Coming = h2::client::ResponseFuture;

impl Stranger {
    async fn over(io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> anyhow::Result<Self> {
        let (send, driver) = h2::client::handshake(io).await?;
        Ok(Self { send: send.ready().await?, driver: tokio::spawn(async move { driver.await.is_ok() }) })
    }

    /// The same over a Unix socket.
    pub async fn local(socket: &Path) -> anyhow::Result<Self> {
        Self::over(UnixStream::connect(socket).await?).await
    }

    /// What an empty message is answered with first: a status, or OK where a message comes.
    pub async fn first_code(&mut self, path: &str) -> anyhow::Result<Code> {
        let response = self.ask(path, &[]).await?.await?;
        let code = |map: &http::HeaderMap| map.get("grpc-status")?.to_str().ok()?.parse().ok();
        if let Some(code) = code(response.headers()) {
            return Ok(Code::from_i32(code));
        }
        let mut body = response.into_body();
        if body.data().await.transpose()?.is_some_and(|data| !data.is_empty()) {
            return Ok(Code::Ok);
        }
        body.trailers()
            .await?
            .as_ref()
            .and_then(code)
            .map(Code::from_i32)
            .context("an answer without a status")
    }

    /// Asks with an encoded message; waits only for a free stream, and not for long.
    pub async fn ask(&mut self, path: &str, message: &[u8]) -> anyhow::Result<Coming> {
        let ready = tokio::time::timeout(Duration::from_secs(2), self.send.clone().ready()).await;
        self.send = ready.context("no stream is free")??;
        let request = http::Request::post(format!("https://localhost{path}"))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(())?;
        let (coming, mut body) = self.send.send_request(request, false)?;
        let mut bytes = vec![0];
        bytes.extend((message.len() as u32).to_be_bytes());
        bytes.extend(message);
        body.send_data(bytes.into(), true)?;
        Ok(coming)
    }

    /// Whether the kiosk has ended the connection.
    pub fn is_cut(&self) -> bool {
        self.driver.is_finished()
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// The gRPC status of an answer, reading all of it.
pub async fn status_of(coming: Coming) -> anyhow::Result<i32> {
    let response = coming.await?;
    let code = |map: &http::HeaderMap| map.get("grpc-status")?.to_str().ok()?.parse().ok();
    if let Some(code) = code(response.headers()) {
        return Ok(code);
    }
    let mut body: RecvStream = response.into_body();
    while let Some(data) = body.data().await {
        let length = data?.len();
        body.flow_control().release_capacity(length)?;
    }
    body.trailers().await?.as_ref().and_then(code).context("an answer without a status")
}
