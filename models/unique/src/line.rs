//! Words over TLS: frames of bounded length, and who is at the other end.
//!
//! Each searcher shows a certificate of its operator's own authority. Two searchers know each other by their keys: each
//! signs what the TLS session exports (RFC 8446 § 7.5), so that nobody in between can hand a greeting on.

use std::io;
use std::sync::Arc;

use ed25519_dalek::{Signature, Signer as _, SigningKey, Verifier as _, VerifyingKey};
use minicbor::{Decode, Encode};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};
use wetsign_attest::id::{Blob, PublicKey};

use crate::ring::Party;

/// Where a searcher listens, and by what its certificate is known.
#[derive(Clone)]
pub struct Place {
    /// `host:port`.
    pub address: String,
    /// Name in its certificate.
    pub name: String,
    /// Its operator's authority.
    pub authority: Vec<CertificateDer<'static>>,
}

/// Why a line cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LineError {
    /// The network.
    #[error("{what}")]
    Network {
        /// What was tried.
        what: String,
        /// What came of it.
        source: io::Error,
    },
    /// TLS.
    #[error("TLS cannot be used: {0}")]
    Tls(#[from] rustls::Error),
    /// No DNS name or address.
    #[error("no certificate can have the name {0:?}")]
    Name(String),
    /// A frame is too long.
    #[error("a word of {found} bytes was announced, {bound} are allowed")]
    Length {
        /// Bytes announced.
        found: usize,
        /// Most that are read.
        bound: usize,
    },
    /// A word cannot be read.
    #[error("a word cannot be read: {0}")]
    Word(String),
    /// Another party than the expected one.
    #[error("{0}")]
    Stranger(String),
}

/// The first word of whoever calls; a searcher answers a searcher with its own.
#[derive(Debug, Encode, Decode)]
pub(crate) enum Greeting {
    #[n(0)]
    Kiosk,
    #[n(1)]
    Searcher(#[n(0)] u8, #[n(1)] Blob),
}

const EXPORTED: &[u8] = b"EXPORTER-wetsign-searcher-1";

/// What the TLS session exports for this direction.
fn exported<Side>(
    session: &rustls::ConnectionCommon<Side>,
    from: Party,
    to: Party,
) -> Result<[u8; 32], LineError> {
    let direction = [from.index() as u8, to.index() as u8];
    Ok(session.export_keying_material([0; 32], EXPORTED, Some(&direction))?)
}

/// A greeting of `from` to `to` on this session.
pub(crate) fn greeting<Side>(
    session: &rustls::ConnectionCommon<Side>,
    key: &SigningKey,
    from: Party,
    to: Party,
) -> Result<Greeting, LineError> {
    let signature = key.sign(&exported(session, from, to)?);
    Ok(Greeting::Searcher(from.index() as u8, Blob(signature.to_bytes().to_vec())))
}

/// Whether this greeting is of the searcher that it names.
pub(crate) fn greets<Side>(
    session: &rustls::ConnectionCommon<Side>,
    greeting: &Greeting,
    keys: &[PublicKey; 3],
    to: Party,
) -> Result<Party, LineError> {
    let stranger = |why: &str| LineError::Stranger(why.to_owned());
    let Greeting::Searcher(index, signature) = greeting else {
        return Err(stranger("a kiosk answered in a searcher's place"));
    };
    let from = Party::new(*index).ok_or_else(|| stranger("there is no such searcher"))?;
    let digest = exported(session, from, to)?;
    let PublicKey::Ed25519(key) = keys[from.index()] else {
        return Err(stranger("its key is a person's, not a machine's"));
    };
    let verified = VerifyingKey::from_bytes(&key).and_then(|key| {
        Signature::from_slice(&signature.0).and_then(|signature| key.verify(&digest, &signature))
    });
    verified.map_err(|_| stranger("it is not the searcher whose key is configured"))?;
    Ok(from)
}

/// Settings of TLS for who listens.
///
/// # Errors
/// [`LineError::Tls`] if certificate and key do not fit.
pub fn acceptor(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<TlsAcceptor, LineError> {
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Calls a searcher.
pub(crate) async fn call(place: &Place) -> Result<client::TlsStream<TcpStream>, LineError> {
    let mut roots = RootCertStore::empty();
    for certificate in &place.authority {
        roots.add(certificate.clone())?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(place.name.clone()).map_err(|_| LineError::Name(place.name.clone()))?;
    let what = || format!("the searcher at {} cannot be reached", place.address);
    let failed = |source| LineError::Network { what: what(), source };
    let line = TcpStream::connect(&place.address).await.map_err(failed)?;
    line.set_nodelay(true).map_err(failed)?;
    TlsConnector::from(Arc::new(config)).connect(name, line).await.map_err(failed)
}

/// Takes a call.
pub(crate) async fn accept(
    acceptor: &TlsAcceptor,
    line: TcpStream,
) -> Result<server::TlsStream<TcpStream>, LineError> {
    let failed = |source| LineError::Network { what: "a caller did not come in".into(), source };
    line.set_nodelay(true).map_err(failed)?;
    acceptor.accept(line).await.map_err(failed)
}

/// Writes a word.
pub(crate) async fn write(
    line: &mut (impl AsyncWrite + Unpin),
    word: &impl Encode<()>,
) -> Result<(), LineError> {
    let bytes = minicbor::to_vec(word).map_err(|error| LineError::Word(error.to_string()))?;
    let failed = |source| LineError::Network { what: "a word could not be sent".into(), source };
    line.write_all(&(bytes.len() as u32).to_le_bytes()).await.map_err(failed)?;
    line.write_all(&bytes).await.map_err(failed)?;
    line.flush().await.map_err(failed)
}

/// Reads a word of at most `bound` bytes.
pub(crate) async fn read<T: for<'b> Decode<'b, ()>>(
    line: &mut (impl AsyncRead + Unpin),
    bound: usize,
) -> Result<T, LineError> {
    let failed = |source| LineError::Network { what: "the other side went away".into(), source };
    let mut length = [0; 4];
    line.read_exact(&mut length).await.map_err(failed)?;
    let found = u32::from_le_bytes(length) as usize;
    if found > bound {
        return Err(LineError::Length { found, bound });
    }
    let mut bytes = vec![0; found];
    line.read_exact(&mut bytes).await.map_err(failed)?;
    minicbor::decode(&bytes).map_err(|error| LineError::Word(error.to_string()))
}
