//! Where the kiosk is, how it is reached, and what is said when it does not answer.

use std::path::PathBuf;

use anyhow::{Context, anyhow, bail, ensure};
use clap::Args;
use tonic::{Code, Status};
use wetsign_api::{Client, ClientIdentity, Endpoint, Tls, pem};
use zeroize::Zeroizing;

use crate::draft::{read_bounded, text};
use crate::output::plain;

/// What an https kiosk is checked with, and what it is shown.
#[derive(Clone, Debug, Default, Args)]
pub struct TlsFiles {
    /// Certificate authority (PEM) of an https kiosk; none is trusted by default.
    #[arg(long, global = true, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Certificate (PEM) to show to an https kiosk that gives more to those it knows.
    #[arg(long, global = true, value_name = "FILE", requires = "client_key")]
    pub client_certificate: Option<PathBuf>,
    /// Private key (PEM) of that certificate.
    #[arg(long, global = true, value_name = "FILE", requires = "client_certificate")]
    pub client_key: Option<PathBuf>,
}

const DEFAULT: &str = "unix:/run/wetsign/kiosk.sock";

/// Where the kiosk is, whose certificate it has, and what it is shown.
pub struct Address {
    endpoint: Endpoint,
    tls: TlsFiles,
    named: bool,
}

impl Address {
    /// Reads an address; the default is the socket of this machine's kiosk.
    pub fn new(given: Option<String>, tls: TlsFiles) -> anyhow::Result<Self> {
        let endpoint = given.as_deref().unwrap_or(DEFAULT).parse().context("--kiosk (or $WETSIGN_KIOSK)")?;
        Ok(Self { endpoint, tls, named: given.is_some() })
    }

    /// Whether it was named, and is not the default.
    pub const fn is_named(&self) -> bool {
        self.named
    }

    /// Where it is.
    pub const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Connects.
    pub async fn connect(&self) -> anyhow::Result<Client> {
        Ok(match &self.endpoint {
            Endpoint::Unix(_) if self.tls.ca.is_some() || self.tls.client_certificate.is_some() => {
                bail!("--ca and --client-certificate are for https kiosks, {} is a socket", self.endpoint)
            }
            Endpoint::Unix(_) => Client::connect(&self.endpoint).await?,
            Endpoint::Https(_) => Client::connect_tls(&self.endpoint, &self.read_tls()?).await?,
        })
    }

    fn read_tls(&self) -> anyhow::Result<Tls> {
        let TlsFiles { ca, client_certificate, client_key } = &self.tls;
        let Some(ca) = ca else {
            bail!("{} needs --ca: no certificate authority is trusted by default", self.endpoint)
        };
        let read = |path: &PathBuf| {
            let bytes = Zeroizing::new(read_bounded(path)?);
            ensure!(!pem::is_der(&bytes), "{} is {}", path.display(), pem::DER);
            anyhow::Ok(Zeroizing::new(text(path, &bytes)?.to_owned()))
        };
        let named = |flag: &str, path: &PathBuf| format!("{flag} {}", path.display());
        let authority = read(ca)?;
        pem::authorities(authority.as_bytes()).with_context(|| named("--ca", ca))?;
        let identity = match (client_certificate, client_key) {
            (Some(certificate), Some(key)) => {
                let chain = read(certificate)?;
                let ders = pem::certificates(chain.as_bytes())
                    .with_context(|| named("--client-certificate", certificate))?;
                let secret = read(key)?;
                pem::fits(&ders, secret.as_bytes()).with_context(|| named("--client-key", key))?;
                Some(ClientIdentity { certificate: chain.to_string(), key: secret })
            }
            _ => None,
        };
        Ok(Tls { authority: authority.to_string(), identity })
    }
}

/// The kiosk took the connection and said nothing.
#[derive(Debug, thiserror::Error)]
#[error("no kiosk answers")]
pub struct NoAnswer;

/// A kiosk's error in words.
pub fn refused(status: Status) -> anyhow::Error {
    // What the connection says, not the kiosk.
    if std::error::Error::source(&status).is_some()
        && matches!(status.code(), Code::Unavailable | Code::Unknown)
    {
        return NoAnswer.into();
    }
    anyhow!("the kiosk answers {:?}: {}", status.code(), plain(status.message()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_before_anything_is_asked() {
        assert!(Address::new(Some("http://kiosk".into()), TlsFiles::default()).is_err());
        assert_eq!(Address::new(None, TlsFiles::default()).unwrap().endpoint.to_string(), DEFAULT);
    }
}
