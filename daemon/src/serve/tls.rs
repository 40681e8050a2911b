//! The files of the TLS door: looked through at the start, so that what is wrong is said with the file's name, and
//! watched for their end afterwards.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use rustls::pki_types::CertificateDer;
use tonic::transport::{Certificate, Identity, ServerTlsConfig};
use wetsign_api::pem::{self, PemError};
use x509_parser::prelude::{FromDer, X509Certificate};
use zeroize::Zeroizing;

use crate::{
    bounded,
    config::{Api, Tls},
    serve::expiry::{self, Validity},
};

/// What is wrong with a file of the TLS door.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// It cannot be read.
    #[error("{name} = {} cannot be read", path.display())]
    Read {
        /// As it is called in the configuration.
        name: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// It holds something else.
    #[error("{name} = {}: {what}", path.display())]
    Content {
        /// As it is called in the configuration.
        name: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong, and what to do.
        what: String,
    },
}

/// Reads and checks the files; warns of their time now and once a day.
pub(super) fn config(api: &Api) -> Result<ServerTlsConfig, TlsError> {
    let Files { certificate, key, authority, times } = Files::read(&api.tls)?;
    let handshake = Duration::from_secs(api.limits.handshake_s);
    let identity = Identity::from_pem(&*certificate.bytes, &*key.bytes);
    let mut config = ServerTlsConfig::new().identity(identity).timeout(handshake);
    if let Some(authority) = authority {
        config = config.client_ca_root(Certificate::from_pem(&*authority.bytes));
    }
    expiry::look_after(times);
    Ok(config)
}

/// From when until when the certificates hold that the TLS door is configured with.
///
/// # Errors
/// [`TlsError`]: a daemon does not start with these files.
pub fn validities(tls: &Tls) -> Result<Vec<Validity>, TlsError> {
    Ok(Files::read(tls)?.times)
}

/// What belongs together, and does.
struct Files {
    certificate: File,
    key: File,
    authority: Option<File>,
    times: Vec<Validity>,
}

impl Files {
    fn read(tls: &Tls) -> Result<Self, TlsError> {
        let certificate = File::read("api.tls.certificate", &tls.certificate)?;
        let key = File::read("api.tls.key", &tls.key)?;
        let chain = certificate.certificates()?;
        key.fits(&chain, &certificate.path)?;
        let mut times = certificate.validities(&chain)?;
        let named = !tls.client_ca.as_os_str().is_empty();
        let authority = named.then(|| File::read("api.tls.client_ca", &tls.client_ca)).transpose()?;
        if let Some(authority) = &authority {
            times.extend(authority.validities(&authority.certificates()?)?);
        }
        Ok(Self { certificate, key, authority, times })
    }
}

struct File {
    name: &'static str,
    path: PathBuf,
    bytes: Zeroizing<Vec<u8>>,
}

impl File {
    fn read(name: &'static str, path: &Path) -> Result<Self, TlsError> {
        let failed = |source| TlsError::Read { name, path: path.to_owned(), source };
        let bytes = Zeroizing::new(bounded::read(path, bounded::SETTINGS).map_err(failed)?);
        Ok(Self { name, path: path.to_owned(), bytes })
    }

    fn refuse(&self, what: impl Into<String>) -> TlsError {
        TlsError::Content { name: self.name, path: self.path.clone(), what: what.into() }
    }

    fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        pem::certificates(&self.bytes).map_err(|wrong| self.refuse(wrong.to_string()))
    }

    fn fits(&self, chain: &[CertificateDer<'static>], certificate: &Path) -> Result<(), TlsError> {
        pem::fits(chain, &self.bytes).map_err(|wrong| match wrong {
            PemError::Misfit => {
                let place = certificate.display();
                self.refuse(format!("{wrong} in {place}: give the one that it was made for"))
            }
            other => self.refuse(other.to_string()),
        })
    }

    fn validities(&self, chain: &[CertificateDer<'static>]) -> Result<Vec<Validity>, TlsError> {
        let time = |at: i64| u64::try_from(at).unwrap_or(0);
        chain
            .iter()
            .map(|der| {
                let (_, parsed) = X509Certificate::from_der(der)
                    .map_err(|error| self.refuse(format!("a certificate in it cannot be read: {error}")))?;
                let validity = parsed.validity();
                let (begins, ends) = (validity.not_before.timestamp(), validity.not_after.timestamp());
                let certificate = self.path.display().to_string();
                Ok(Validity { certificate, begins: time(begins), ends: time(ends) })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, generate_simple_self_signed};
    use tempfile::TempDir;

    use super::*;

    struct Files {
        folder: TempDir,
        api: Api,
    }

    impl Files {
        fn new(certificate: &str, key: &str) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let mut api = Api::default();
            api.tls.certificate = folder.path().join("kiosk.pem");
            api.tls.key = folder.path().join("kiosk.key");
            std::fs::write(&api.tls.certificate, certificate).unwrap();
            std::fs::write(&api.tls.key, key).unwrap();
            Self { folder, api }
        }

        fn refused(&self) -> String {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            let _inside = runtime.enter();
            crate::causes::words(&config(&self.api).map(drop).unwrap_err())
        }
    }

    fn good() -> (String, String) {
        let made = generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        (made.cert.pem(), made.signing_key.serialize_pem())
    }

    #[test]
    fn a_request_for_a_certificate_is_none() {
        let (_, key) = good();
        let request =
            CertificateParams::default().serialize_request(&KeyPair::from_pem(&key).unwrap()).unwrap();
        let refused = Files::new(&request.pem().unwrap(), &key).refused();
        assert!(
            refused.contains("api.tls.certificate") && refused.contains("CERTIFICATE REQUEST"),
            "{refused}"
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_the_files_name() {
        let ((certificate, key), (_, other)) = (good(), good());
        let marked = format!("\u{feff}{certificate}");
        let label = |text: &str| text.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
        for (certificate, key, file, words) in [
            (marked.as_str(), key.as_str(), "kiosk.pem", "byte order mark"),
            ("", &key, "kiosk.pem", "no PEM at all"),
            (&certificate, "", "kiosk.key", "no PEM at all"),
            (&certificate, &certificate, "kiosk.key", "CERTIFICATE only"),
            (&certificate, &label(&key), "kiosk.key", "is encrypted"),
            (&certificate, &other, "kiosk.key", "does not belong"),
        ] {
            let refused = Files::new(certificate, key).refused();
            assert!(refused.contains(file) && refused.contains(words), "{refused}");
        }
    }

    #[test]
    fn an_authority_without_a_certificate_is_refused() {
        let (certificate, key) = good();
        let mut files = Files::new(&certificate, &key);
        files.api.tls.client_ca = files.folder.path().join("clients.pem");
        assert!(files.refused().contains("api.tls.client_ca"));
        std::fs::write(&files.api.tls.client_ca, &key).unwrap();
        assert!(files.refused().contains("PRIVATE KEY only"));
    }
}
