//! The way to a relay: one HTTP exchange at a time, over TLS with ordinary certificates, or plainly on this machine.
//!
//! A relay hands sealed messages on (`wetsign-relay`). Each exchange has a connection of its own: a kiosk waits most of
//! the time, and what waits is one request.

use std::{path::Path, sync::Arc, time::Duration};

use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, body::Bytes, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// Authorities of this machine, as Debian keeps them.
pub const SYSTEM_AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";
/// How long a connection may take, and how long an answer: a relay holds a question for less.
const CONNECT: Duration = Duration::from_secs(10);
const ANSWER: Duration = Duration::from_mins(1);
/// Largest file of authorities, bytes.
const AUTHORITIES: u64 = 4 * 1024 * 1024;

/// Why a relay cannot be spoken with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RelayError {
    /// The address cannot be read.
    #[error("{0:?} is no relay: https://HOST, https://HOST:PORT, or http://localhost:PORT is expected")]
    Address(String),
    /// The authorities cannot be read.
    #[error("the certificate authorities in {path} cannot be used: {why}")]
    Authorities {
        /// The file.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// Nobody answers there.
    #[error("the relay at {address} does not answer")]
    Connect {
        /// Where.
        address: String,
        /// What the system or TLS says; none: nothing came in time.
        source: Option<std::io::Error>,
    },
    /// It answers something that is no HTTP, or too much.
    #[error("the relay at {address} does not answer as one does: {why}")]
    Answer {
        /// Where.
        address: String,
        /// What is wrong.
        why: String,
    },
}

/// A relay, and how it is known.
#[derive(Clone)]
pub struct Relay {
    address: String,
    place: String,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Relay at {}", self.address)
    }
}

/// Whether this names a relay: `https://HOST`, `https://HOST:PORT`, or `http://localhost:PORT`, without a path.
pub fn is_relay(address: &str) -> bool {
    parts(address).is_some()
}

/// Host and port of an address, and whether it is spoken with over TLS.
fn parts(address: &str) -> Option<(&str, u16, bool)> {
    let (rest, secure) = match (address.strip_prefix("https://"), address.strip_prefix("http://")) {
        (Some(rest), _) => (rest, true),
        (_, Some(rest)) => (rest, false),
        _ => return None,
    };
    let (host, port) = match rest.split_once(':') {
        Some((host, port)) => (host, port.parse().ok().filter(|port| *port > 0)?),
        None => (rest, if secure { 443 } else { 80 }),
    };
    let named =
        !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
    // In the open, messages go no further than this machine.
    (named && (secure || host == "localhost")).then_some((host, port, secure))
}

impl Relay {
    /// The relay at this address, whose certificate chains to an authority in the file `authorities` (PEM).
    ///
    /// # Errors
    /// [`RelayError::Address`], [`RelayError::Authorities`].
    pub fn new(address: &str, authorities: &Path) -> Result<Self, RelayError> {
        let (host, port, secure) =
            parts(address).ok_or_else(|| RelayError::Address(address.chars().take(256).collect()))?;
        let tls = if secure {
            let name = ServerName::try_from(host.to_owned());
            let name = name.map_err(|_| RelayError::Address(address.to_owned()))?;
            Some((TlsConnector::from(Arc::new(config(authorities)?)), name))
        } else {
            None
        };
        Ok(Self { address: address.to_owned(), place: format!("{host}:{port}"), tls })
    }

    /// Its address.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Sends `body` to a path, with a secret where one is asked for; answers status and body, `most` bytes at most.
    ///
    /// # Errors
    /// [`RelayError`].
    pub async fn post(
        &self,
        path: &str,
        secret: Option<&str>,
        body: Vec<u8>,
        most: usize,
    ) -> Result<(u16, Vec<u8>), RelayError> {
        let address = || self.address.clone();
        let connecting = async {
            let line = TcpStream::connect(&self.place).await?;
            line.set_nodelay(true)?;
            Ok::<_, std::io::Error>(line)
        };
        let gone = |source| RelayError::Connect { address: address(), source };
        let line = timeout(CONNECT, connecting).await.map_err(|_| gone(None))?.map_err(|e| gone(Some(e)))?;
        let mut request = Request::post(path)
            .header(header::HOST, self.place.as_str())
            .header(header::CONTENT_TYPE, "application/octet-stream");
        if let Some(secret) = secret {
            request = request.header(header::AUTHORIZATION, format!("Bearer {secret}"));
        }
        let odd = |why: String| RelayError::Answer { address: address(), why };
        let request = request.body(Full::new(Bytes::from(body))).map_err(|e| odd(e.to_string()))?;
        let exchanged = match &self.tls {
            None => timeout(ANSWER, exchange(line, request, most)).await,
            Some((tls, name)) => {
                let secured = timeout(CONNECT, tls.connect(name.clone(), line)).await;
                let line = secured.map_err(|_| gone(None))?.map_err(|e| gone(Some(e)))?;
                timeout(ANSWER, exchange(line, request, most)).await
            }
        };
        exchanged.map_err(|_| odd(format!("no answer came within {} s", ANSWER.as_secs())))?.map_err(odd)
    }
}

async fn exchange<L: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    line: L,
    request: Request<Full<Bytes>>,
    most: usize,
) -> Result<(u16, Vec<u8>), String> {
    let words = |error: hyper::Error| error.to_string();
    let (mut send, connection) = http1::handshake(TokioIo::new(line)).await.map_err(words)?;
    let talk = async {
        let answer = send.send_request(request).await.map_err(words)?;
        let status = answer.status().as_u16();
        let body = Limited::new(answer.into_body(), most).collect().await.map_err(|e| e.to_string())?;
        Ok((status, body.to_bytes().to_vec()))
    };
    // The connection is driven here, and ends with the exchange.
    tokio::pin!(talk, connection);
    tokio::select! {
        told = &mut talk => told,
        ended = &mut connection => match ended {
            // What came before its end may still be read.
            Ok(()) => talk.await,
            Err(error) => Err(error.to_string()),
        },
    }
}

fn config(authorities: &Path) -> Result<ClientConfig, RelayError> {
    let path = authorities.display().to_string();
    let unfit = |why: String| RelayError::Authorities { path: path.clone(), why };
    let size = std::fs::metadata(authorities).map_err(|error| unfit(error.to_string()))?.len();
    if size > AUTHORITIES {
        return Err(unfit(format!("it has {size} bytes, {AUTHORITIES} at most")));
    }
    let mut roots = RootCertStore::empty();
    let found = CertificateDer::pem_file_iter(authorities).map_err(|error| unfit(error.to_string()))?;
    for certificate in found {
        let certificate = certificate.map_err(|error| unfit(error.to_string()))?;
        // Some that a system keeps have forms that are refused today; the others count.
        let _ = roots.add(certificate);
    }
    if roots.is_empty() {
        return Err(unfit("there is none that counts".into()));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unfit(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_the_open_a_relay_is_on_this_machine() {
        for good in ["https://hub.example", "https://hub.example:8443", "http://localhost:8080"] {
            assert!(is_relay(good), "{good}");
        }
        for bad in [
            "",
            "hub.example",
            "http://hub.example",
            "https://",
            "https://hub.example/k",
            "https://hub.example:0",
            "https://user@hub.example",
            "http://127.0.0.1:80",
        ] {
            assert!(!is_relay(bad), "{bad}");
        }
    }

    #[test]
    fn authorities_that_are_none_are_refused_with_the_files_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("roots.pem");
        std::fs::write(&file, "nothing").unwrap();
        for path in [&file, &folder.path().join("missing.pem")] {
            let refused = Relay::new("https://hub.example", path).unwrap_err().to_string();
            assert!(refused.contains(".pem"), "{refused}");
        }
        assert!(Relay::new("http://localhost:8080", &file).is_ok(), "none are needed on this machine");
    }

    #[tokio::test]
    async fn where_nobody_listens_it_is_said() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let relay = Relay::new(&format!("http://localhost:{free}"), Path::new("none")).unwrap();
        let refused = relay.post("/k", None, Vec::new(), 10).await.unwrap_err().to_string();
        assert!(refused.contains("does not answer"), "{refused}");
    }
}
