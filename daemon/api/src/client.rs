//! One channel to a kiosk, and a stub for each of its services.

use std::{path::PathBuf, time::Duration};

use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint as TonicEndpoint, Identity, Uri};
use tower::service_fn;
use zeroize::Zeroizing;

use crate::{
    Endpoint, MAX_MESSAGE, Pinned, PinnedError,
    health::health_client::HealthClient,
    keyholder::keyholder_client::KeyholderClient,
    pinned,
    v1::{
        approvals_client::ApprovalsClient, assets_client::AssetsClient, companion_client::CompanionClient,
        enrolments_client::EnrolmentsClient, keys_client::KeysClient, kiosk_client::KioskClient,
        pairings_client::PairingsClient, requesters_client::RequestersClient,
        requests_client::RequestsClient, sessions_client::SessionsClient,
    },
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How often a kiosk that owes an answer is asked for a sign of life, and how long it has for it.
const PING: Duration = Duration::from_secs(4);
const PONG: Duration = Duration::from_secs(4);

/// Why no channel could be opened.
#[derive(Debug, thiserror::Error)]
#[error("no kiosk answers at {endpoint}: is wetsignd running there, and may you open it?")]
pub struct ConnectError {
    endpoint: Endpoint,
    /// None: nothing came within the time.
    #[source]
    source: Option<tonic::transport::Error>,
}

/// How a client and an `https` kiosk know each other; PEM texts.
#[derive(Clone, Debug)]
pub struct Tls {
    /// Authority that the kiosk's certificate chains to.
    pub authority: String,
    /// Shown to a kiosk that gives more to those it knows.
    pub identity: Option<ClientIdentity>,
}

/// A client's certificate chain and its private key, PEM texts.
#[derive(Clone)]
pub struct ClientIdentity {
    /// Chain, leaf first.
    pub certificate: String,
    /// Private key.
    pub key: Zeroizing<String>,
}

impl std::fmt::Debug for ClientIdentity {
    /// Leaves the key out.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientIdentity").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

/// An open channel to one kiosk; cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    channel: Channel,
}

impl Client {
    /// Opens a channel to a kiosk on this machine. An `https` kiosk needs [`Client::connect_tls`]: no certificate
    /// authority is trusted by default.
    ///
    /// # Errors
    /// [`ConnectError`] when nothing listens there within five seconds.
    pub async fn connect(endpoint: &Endpoint) -> Result<Self, ConnectError> {
        Self::open(endpoint, None).await
    }

    /// Opens a channel to an `https` kiosk whose certificate chains to `tls.authority`, and shows it `tls.identity`.
    ///
    /// # Errors
    /// [`ConnectError`] when nothing listens there within five seconds, its certificate does not chain to the
    /// authority, or it does not take the client's.
    pub async fn connect_tls(endpoint: &Endpoint, tls: &Tls) -> Result<Self, ConnectError> {
        Self::open(endpoint, Some(tls)).await
    }

    /// Opens the channel of a person's own device: to the kiosk with that authority, wherever it is.
    ///
    /// # Errors
    /// [`PinnedError`].
    pub async fn connect_device(address: &str, pinned: &Pinned) -> Result<Self, PinnedError> {
        Ok(Self { channel: pinned::open(address, pinned, patient).await? })
    }

    async fn open(endpoint: &Endpoint, tls: Option<&Tls>) -> Result<Self, ConnectError> {
        let opening = async {
            match endpoint {
                Endpoint::Unix(path) => open_unix(path.clone()).await,
                Endpoint::Https(address) => open_tls(address, tls).await,
            }
        };
        let failed = |source| ConnectError { endpoint: endpoint.clone(), source };
        let opened = tokio::time::timeout(CONNECT_TIMEOUT, opening).await.map_err(|_| failed(None))?;
        Ok(Self { channel: opened.map_err(|source| failed(Some(source)))? })
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

    /// A keyholder, if one is there and no kiosk.
    pub fn keyholder(&self) -> KeyholderClient<Channel> {
        KeyholderClient::new(self.channel.clone())
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE)
    }

    /// What a validator's own device is asked to sign.
    pub fn companion(&self) -> CompanionClient<Channel> {
        CompanionClient::new(self.channel.clone()).max_decoding_message_size(MAX_MESSAGE)
    }

    /// Pair people's own devices.
    pub fn pairings(&self) -> PairingsClient<Channel> {
        PairingsClient::new(self.channel.clone()).max_decoding_message_size(MAX_MESSAGE)
    }

    /// Say who requesters are.
    pub fn requesters(&self) -> RequestersClient<Channel> {
        RequestersClient::new(self.channel.clone()).max_decoding_message_size(MAX_MESSAGE)
    }

    /// What happens to people's keys.
    pub fn keys(&self) -> KeysClient<Channel> {
        KeysClient::new(self.channel.clone()).max_decoding_message_size(MAX_MESSAGE)
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

    /// Is it well?
    pub fn health(&self) -> HealthClient<Channel> {
        HealthClient::new(self.channel.clone())
    }

    /// Ask the kiosk about itself.
    pub fn kiosk(&self) -> KioskClient<Channel> {
        KioskClient::new(self.channel.clone())
    }
}

/// A kiosk that has stopped is told from one that takes its time.
fn patient(endpoint: TonicEndpoint) -> TonicEndpoint {
    endpoint.connect_timeout(CONNECT_TIMEOUT).http2_keep_alive_interval(PING).keep_alive_timeout(PONG)
}

async fn open_unix(path: PathBuf) -> Result<Channel, tonic::transport::Error> {
    // The URI is required by the HTTP/2 layer and never resolved.
    patient(TonicEndpoint::from_static("http://kiosk.invalid"))
        .connect_with_connector(service_fn(move |_: Uri| {
            let path = path.clone();
            async move { UnixStream::connect(path).await.map(TokioIo::new) }
        }))
        .await
}

async fn open_tls(address: &str, tls: Option<&Tls>) -> Result<Channel, tonic::transport::Error> {
    let mut config = ClientTlsConfig::new();
    if let Some(tls) = tls {
        config = config.ca_certificate(Certificate::from_pem(&tls.authority));
        if let Some(ClientIdentity { certificate, key }) = &tls.identity {
            config = config.identity(Identity::from_pem(certificate, key.as_str()));
        }
    }
    patient(TonicEndpoint::from_shared(address.to_owned())?).tls_config(config)?.connect().await
}
