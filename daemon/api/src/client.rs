//! One channel to a kiosk, and a stub for each of its services.

use std::{path::PathBuf, time::Duration};

use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint as TonicEndpoint, Uri};
use tower::service_fn;

use crate::{
    Endpoint, MAX_MESSAGE,
    v1::{
        approvals_client::ApprovalsClient, assets_client::AssetsClient, enrolments_client::EnrolmentsClient,
        kiosk_client::KioskClient, requests_client::RequestsClient, sessions_client::SessionsClient,
    },
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Why no channel could be opened.
#[derive(Debug, thiserror::Error)]
#[error("no kiosk answers at {endpoint}: is wetsignd running there, and may you open it?")]
pub struct ConnectError {
    endpoint: Endpoint,
    #[source]
    source: tonic::transport::Error,
}

/// An open channel to one kiosk; cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    channel: Channel,
}

impl Client {
    /// Opens a channel to a kiosk on this machine. An `https` kiosk needs [`Client::connect_with_ca`]: no certificate
    /// authority is trusted by default.
    ///
    /// # Errors
    /// [`ConnectError`] when nothing listens there within five seconds.
    pub async fn connect(endpoint: &Endpoint) -> Result<Self, ConnectError> {
        Self::open(endpoint, None).await
    }

    /// Opens a channel to an `https` kiosk whose certificate chains to `ca_pem`.
    ///
    /// # Errors
    /// [`ConnectError`] when nothing listens there within five seconds or its certificate does not chain to `ca_pem`.
    pub async fn connect_with_ca(endpoint: &Endpoint, ca_pem: &str) -> Result<Self, ConnectError> {
        Self::open(endpoint, Some(ca_pem)).await
    }

    async fn open(endpoint: &Endpoint, ca_pem: Option<&str>) -> Result<Self, ConnectError> {
        let opened = match endpoint {
            Endpoint::Unix(path) => open_unix(path.clone()).await,
            Endpoint::Https(address) => open_tls(address, ca_pem).await,
        };
        let channel = opened.map_err(|source| ConnectError { endpoint: endpoint.clone(), source })?;
        Ok(Self { channel })
    }

    /// Submit and follow usage requests.
    pub fn requests(&self) -> RequestsClient<Channel> {
        RequestsClient::new(self.channel.clone())
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE)
    }

    /// Register assets, revise their rules.
    pub fn assets(&self) -> AssetsClient<Channel> {
        AssetsClient::new(self.channel.clone()).max_encoding_message_size(MAX_MESSAGE)
    }

    /// Conduct a validator's session.
    pub fn sessions(&self) -> SessionsClient<Channel> {
        SessionsClient::new(self.channel.clone()).max_decoding_message_size(MAX_MESSAGE)
    }

    /// Fetch approvals.
    pub fn approvals(&self) -> ApprovalsClient<Channel> {
        ApprovalsClient::new(self.channel.clone()).max_decoding_message_size(MAX_MESSAGE)
    }

    /// Enrol validators, install registry epochs.
    pub fn enrolments(&self) -> EnrolmentsClient<Channel> {
        EnrolmentsClient::new(self.channel.clone())
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE)
    }

    /// Ask the kiosk about itself.
    pub fn kiosk(&self) -> KioskClient<Channel> {
        KioskClient::new(self.channel.clone())
    }
}

async fn open_unix(path: PathBuf) -> Result<Channel, tonic::transport::Error> {
    // The URI is required by the HTTP/2 layer and never resolved.
    TonicEndpoint::from_static("http://kiosk.invalid")
        .connect_timeout(CONNECT_TIMEOUT)
        .connect_with_connector(service_fn(move |_: Uri| {
            let path = path.clone();
            async move { UnixStream::connect(path).await.map(TokioIo::new) }
        }))
        .await
}

async fn open_tls(address: &str, ca_pem: Option<&str>) -> Result<Channel, tonic::transport::Error> {
    let mut tls = ClientTlsConfig::new();
    if let Some(pem) = ca_pem {
        tls = tls.ca_certificate(Certificate::from_pem(pem));
    }
    TonicEndpoint::from_shared(address.to_owned())?
        .connect_timeout(CONNECT_TIMEOUT)
        .tls_config(tls)?
        .connect()
        .await
}
