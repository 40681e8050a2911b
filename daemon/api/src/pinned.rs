//! The way of a person's own device to a kiosk: TLS with the one authority that the kiosk's picture names, wherever the
//! kiosk is.

use std::sync::Arc;

use hyper_util::rt::TokioIo;
use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime},
};
use sha2::{Digest, Sha256};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint, Uri};
use tower::service_fn;
use zeroize::Zeroizing;

/// What every kiosk is called in the certificate that it shows to devices.
const NAME: &str = "wetsign-kiosk";

/// Whom a device takes for its kiosk, and what it shows.
#[derive(Clone)]
pub struct Pinned {
    /// SHA-256 of the certificate (DER) of the kiosk's authority for devices.
    pub authority: [u8; 32],
    /// Client certificate and its private key (PKCS #8), DER; none before the device is paired.
    pub identity: Option<(Vec<u8>, Zeroizing<Vec<u8>>)>,
}

impl std::fmt::Debug for Pinned {
    /// Leaves the key out.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pinned").field("authority", &self.authority).finish_non_exhaustive()
    }
}

/// Why a device's channel cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PinnedError {
    /// The address cannot be read.
    #[error("{0:?} is no kiosk address for devices: https://host:port is expected")]
    Address(String),
    /// Certificate or key cannot be read.
    #[error("the device's certificate or key cannot be used: pair the device again")]
    Identity(#[source] rustls::Error),
    /// Nobody answers, or somebody else.
    #[error("the kiosk does not answer at {address}, or another one does")]
    Connect {
        /// Where.
        address: String,
        /// What the transport says.
        source: tonic::transport::Error,
    },
}

/// Opens the channel.
pub(crate) async fn open(
    address: &str,
    pinned: &Pinned,
    patient: impl FnOnce(Endpoint) -> Endpoint,
) -> Result<Channel, PinnedError> {
    let place = address.strip_prefix("https://").map(|rest| rest.trim_end_matches('/'));
    let place = place.filter(|place| place.rsplit_once(':').is_some_and(|(host, _)| !host.is_empty()));
    let place = place.ok_or_else(|| PinnedError::Address(address.to_owned()))?.to_owned();
    let name = ServerName::try_from(NAME).expect("it is a DNS name");
    let tls = TlsConnector::from(Arc::new(config(pinned).map_err(PinnedError::Identity)?));
    // The URI is required by the HTTP/2 layer; what connects is the connector.
    patient(Endpoint::from_static("http://wetsign-kiosk"))
        .connect_with_connector(service_fn(move |_: Uri| {
            let (tls, place, name) = (tls.clone(), place.clone(), name.clone());
            async move {
                let line = TcpStream::connect(&place).await?;
                line.set_nodelay(true)?;
                tls.connect(name, line).await.map(TokioIo::new)
            }
        }))
        .await
        .map_err(|source| PinnedError::Connect { address: address.to_owned(), source })
}

fn config(pinned: &Pinned) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(ring::default_provider());
    let verifier = OnlyTheirs { authority: pinned.authority, provider: Arc::clone(&provider) };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match &pinned.identity {
        Some((certificate, key)) => builder.with_client_auth_cert(
            vec![certificate.clone().into()],
            PrivatePkcs8KeyDer::from(key.to_vec()).into(),
        )?,
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

/// Takes a chain to the one authority, and looks at it as at any other.
#[derive(Debug)]
struct OnlyTheirs {
    authority: [u8; 32],
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for OnlyTheirs {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let unknown = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let theirs = others.iter().find(|certificate| Sha256::digest(certificate)[..] == self.authority);
        let mut roots = RootCertStore::empty();
        roots.add(theirs.ok_or(unknown)?.clone().into_owned())?;
        let verifier =
            WebPkiServerVerifier::builder_with_provider(roots.into(), Arc::clone(&self.provider)).build();
        let verifier = verifier.map_err(|error| rustls::Error::General(error.to_string()))?;
        verifier.verify_server_cert(leaf, &[], name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
