//! What PEM files of a TLS connection hold, looked through before it is opened: a kiosk's own, and a client's. TLS
//! itself would say of a wrong file only that nothing could be agreed.

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::CertifiedKey,
};

/// Most labels that are named of what a file holds instead.
const LABELS: usize = 8;

/// What is said of a file in the other encoding.
pub const DER: &str =
    "DER, which is binary: PEM is read (`openssl x509 -inform der`, `openssl pkey -inform der`)";

/// Whether a file is a certificate or a key in that encoding: it begins with the tag of a SEQUENCE, as everything of
/// X.509 and PKCS does.
pub fn is_der(bytes: &[u8]) -> bool {
    bytes.first() == Some(&0x30)
}

/// What is wrong with the content of a PEM file.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PemError {
    /// An editor's mark stands before it.
    #[error("it begins with a byte order mark: save it as plain ASCII")]
    Marked,
    /// A block is cut, or no Base64.
    #[error("its PEM cannot be read: {0}")]
    Unreadable(String),
    /// There is no certificate in it.
    #[error("a certificate was expected, it holds {holds}")]
    NoCertificate {
        /// What there is.
        holds: String,
    },
    /// A section is no certificate.
    #[error("a certificate in it cannot be read: {0}")]
    Certificate(String),
    /// There is no private key in it.
    #[error("a private key was expected, it holds {holds}")]
    NoKey {
        /// What there is.
        holds: String,
    },
    /// The key is behind a password.
    #[error(
        "the key is encrypted, and nobody is there to type a password: decrypt it (`openssl pkey -in FILE`)"
    )]
    Encrypted,
    /// The key is another certificate's.
    #[error("the key does not belong to the first certificate")]
    Misfit,
    /// TLS cannot use the two.
    #[error("certificate and key cannot be used: {0}")]
    Unfit(String),
}

/// The certificates of a PEM file, at least one.
///
/// # Errors
/// [`PemError`].
pub fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, PemError> {
    if pem.starts_with(b"\xef\xbb\xbf") {
        return Err(PemError::Marked);
    }
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let found = found.map_err(|error| PemError::Unreadable(error.to_string()))?;
    if found.is_empty() { Err(PemError::NoCertificate { holds: holds(pem) }) } else { Ok(found) }
}

/// The certificates of a PEM file, each of which can be trusted as an authority.
///
/// # Errors
/// [`PemError`].
pub fn authorities(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, PemError> {
    let found = certificates(pem)?;
    let mut store = RootCertStore::empty();
    for certificate in &found {
        store.add(certificate.clone()).map_err(|error| PemError::Certificate(error.to_string()))?;
    }
    Ok(found)
}

/// Whether a PEM file holds the private key of the first of these certificates.
///
/// # Errors
/// [`PemError`].
pub fn fits(chain: &[CertificateDer<'static>], key: &[u8]) -> Result<(), PemError> {
    if key.starts_with(b"\xef\xbb\xbf") {
        return Err(PemError::Marked);
    }
    let found = PrivateKeyDer::from_pem_slice(key).map_err(|_| {
        let holds = holds(key);
        // The second is how OpenSSL said it before PKCS #8.
        let encrypted = holds.contains("ENCRYPTED") || String::from_utf8_lossy(key).contains("4,ENCRYPTED");
        if encrypted { PemError::Encrypted } else { PemError::NoKey { holds } }
    })?;
    let fit = CertifiedKey::from_der(chain.to_vec(), found, &rustls::crypto::ring::default_provider());
    fit.map(drop).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => PemError::Misfit,
        other => PemError::Unfit(other.to_string()),
    })
}

/// What a file holds instead of what was looked for.
fn holds(pem: &[u8]) -> String {
    let text = String::from_utf8_lossy(pem);
    let labels: Vec<&str> = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("-----BEGIN ")?.strip_suffix("-----"))
        .take(LABELS)
        .collect();
    if !labels.is_empty() {
        return format!("{} only", labels.join(", "));
    }
    if is_der(pem) { DER.into() } else { "no PEM at all".into() }
}
