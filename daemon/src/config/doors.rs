//! Where clients come in: the Unix socket, TLS for strangers, TLS for people's own devices; and where the kiosk meets
//! those that it lets in nowhere.

use std::{net::SocketAddr, path::PathBuf};

use serde::Deserialize;
use wetsign_api::relay;
use wetsign_pair::Invitation;

use super::{bounds::Limits, error::ConfigError};

/// Where clients come in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Api {
    /// Unix socket.
    pub socket: PathBuf,
    /// Deadline of a unary call, seconds.
    pub deadline_s: u64,
    /// Calls at once over one connection.
    pub concurrency: usize,
    /// What each door carries.
    pub limits: Limits,
    /// Whether those who show no certificate may bring requests, assets, rules and withdrawals over TLS.
    pub strangers_may_bring: bool,
    /// TLS over TCP.
    pub tls: Tls,
    /// Where people's own devices come in.
    pub devices: Devices,
    /// Where the kiosk meets them, if it lets nobody in.
    pub relay: RelayAt,
}

/// Where the kiosk meets people's own devices.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RelayAt {
    /// `https://HOST`, `https://HOST:PORT`, or `http://localhost:PORT`; empty: none.
    pub address: String,
    /// PEM file of the authorities to which its certificate may chain.
    pub authorities: PathBuf,
}

impl Default for RelayAt {
    fn default() -> Self {
        Self { address: String::new(), authorities: relay::SYSTEM_AUTHORITIES.into() }
    }
}

impl RelayAt {
    fn check(&self) -> Result<(), ConfigError> {
        // What devices are told is longer by the line's name.
        let fits = self.address.is_empty() || relay::is_relay(&self.address) && self.address.len() <= 128;
        if !fits {
            let rule =
                "https://HOST, https://HOST:PORT or http://localhost:PORT is expected, of 128 bytes at most";
            return refuse("api.relay.address", &self.address, rule);
        }
        Ok(())
    }
}

/// Where people's own devices come in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Devices {
    /// Address and port; empty: off, and no device can be paired.
    pub address: String,
    /// What devices are told, `https://HOST:PORT`; empty: the address itself.
    pub public: String,
}

impl Devices {
    /// What devices are told.
    pub fn told(&self) -> String {
        if self.public.is_empty() { format!("https://{}", self.address) } else { self.public.clone() }
    }

    fn check(&self) -> Result<(), ConfigError> {
        if self.address.is_empty() && !self.public.is_empty() {
            return refuse("api.devices.public", &self.public, "an address must be given with it");
        }
        let address = place(&self.address);
        if !self.address.is_empty() && address.is_none() {
            let rule = "an address and a port are expected, as in 0.0.0.0:7444 or [::]:7444";
            return refuse("api.devices.address", &self.address, rule);
        }
        let https = self.public.strip_prefix("https://").is_some_and(|rest| !rest.is_empty());
        let fits = self.public.is_empty() || https && Invitation::takes(&self.public);
        if !fits {
            let rule = "https://HOST:PORT is expected, of 256 bytes at most";
            return refuse("api.devices.public", &self.public, rule);
        }
        if self.public.is_empty() && address.is_some_and(|address| address.ip().is_unspecified()) {
            let rule = "no device can go there: say in api.devices.public where this kiosk is found";
            return refuse("api.devices.address", &self.address, rule);
        }
        Ok(())
    }
}

/// TLS over TCP.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tls {
    /// Address and port; empty: off.
    pub address: String,
    /// PEM file of the certificate chain.
    pub certificate: PathBuf,
    /// PEM file of the private key.
    pub key: PathBuf,
    /// PEM file of the authority that clients' certificates must chain to; empty: none asked.
    pub client_ca: PathBuf,
}

impl Default for Api {
    fn default() -> Self {
        Self {
            socket: "/run/wetsign/kiosk.sock".into(),
            deadline_s: 30,
            concurrency: 64,
            limits: Limits::default(),
            strangers_may_bring: false,
            tls: Tls::default(),
            devices: Devices::default(),
            relay: RelayAt::default(),
        }
    }
}

impl Api {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        self.limits.check()?;
        self.devices.check()?;
        self.relay.check()?;
        self.tls.check()
    }
}

impl Tls {
    fn check(&self) -> Result<(), ConfigError> {
        if !self.address.is_empty()
            && (self.certificate.as_os_str().is_empty() || self.key.as_os_str().is_empty())
        {
            return refuse("api.tls.address", &self.address, "certificate and key must be given with it");
        }
        // Its owner believes that TLS is served.
        let files = [
            ("api.tls.certificate", &self.certificate),
            ("api.tls.key", &self.key),
            ("api.tls.client_ca", &self.client_ca),
        ];
        let alone = files.iter().find(|(_, file)| !file.as_os_str().is_empty());
        if let Some((name, file)) = alone.filter(|_| self.address.is_empty()) {
            return refuse(name, &file.display().to_string(), "api.tls.address must be given with it");
        }
        let address = place(&self.address);
        if !self.address.is_empty() && address.is_none() {
            let rule = "an address and a port are expected, as in 0.0.0.0:7443 or [::]:7443";
            return refuse("api.tls.address", &self.address, rule);
        }
        Ok(())
    }
}

/// An address and a port that can be listened on.
fn place(text: &str) -> Option<SocketAddr> {
    text.parse().ok().filter(|address: &SocketAddr| address.port() > 0)
}

fn refuse(name: &'static str, found: &str, rule: &str) -> Result<(), ConfigError> {
    Err(ConfigError::Value { name, found: found.to_owned(), rule: rule.to_owned() })
}
