//! What the daemon works with: element, sensor, sessions, key, registrars, log, hub.

use std::{collections::BTreeSet, path::PathBuf};

use serde::Deserialize;
use wetsign_attest::{
    id::{Atto, Digest, PublicKey},
    limits,
    policy::RelyingParty,
};

use super::{bounds::within, error::ConfigError};
use crate::element::ElementAddress;

/// The hub.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Hub {
    /// Trust policy of those who will verify; empty: this kiosk's own anchors.
    pub trust_policy: PathBuf,
    /// Whether a requester has to be registered here before anything of theirs is taken.
    pub registered_requesters: bool,
    /// Who is believed about fees that wait on a chain.
    pub escrow_watchers: Vec<PublicKey>,
    /// Whose pages may ask validators' passkeys to sign here. None: nobody is enrolled with a passkey.
    pub relying_parties: Vec<RelyingParty>,
}

/// A searcher among all who are enrolled anywhere.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearcherAt {
    /// `host:port`.
    pub address: String,
    /// Name in its certificate.
    pub name: String,
    /// PEM file of its operator's authority.
    pub authority: PathBuf,
    /// With what it signs.
    pub key: PublicKey,
    /// To what parts are sealed: an X25519 key in hex.
    pub seal: Digest,
}

/// Metrics.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Metrics {
    /// The file that they are written to; empty: none.
    pub file: PathBuf,
}

/// The secure element.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Element {
    /// Where it is.
    #[serde(alias = "socket")]
    pub address: ElementAddress,
    /// File with its certificate chain; empty: ask the element.
    pub certificate: PathBuf,
}

/// The sensor program.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sensor {
    /// The program; empty: `wetsign-sensor` beside this one.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Longest time until ready, seconds.
    pub start_s: u64,
    /// Longest silence, seconds.
    pub silence_s: u64,
    /// Whether replayed subjects and files are accepted.
    pub allow_simulated: bool,
}

/// Time-outs of a session, in seconds, and its page.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Session {
    /// To decide.
    pub decide_s: u64,
    /// To open source and element.
    pub open_s: u64,
    /// From challenge to attestation, at most 60.
    pub challenge_s: u64,
    /// To prove and sign.
    pub prove_s: u64,
    /// For the validator's own device to sign.
    pub sign_s: u64,
    /// Whether the page can shine colours on the person, and does.
    pub screen_light: bool,
}

/// Proving key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Proof {
    /// `development`, or a path.
    pub key: String,
    /// Most megabytes of the prover's tables.
    pub tables_mb: usize,
    /// Threads of the prover; 0: one a core.
    pub threads: usize,
}

/// Whose registry epochs count.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Registry {
    /// Public keys in hex.
    pub registrars: Vec<String>,
    /// How many of them have to sign.
    pub needed: usize,
    /// Least stake of a validator, atto.
    pub minimum_stake: Atto,
}

/// The log.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// Origin line of its checkpoints.
    pub origin: String,
    /// Folder into which it is written as static files; empty: `tiles` in the state folder.
    pub folder: PathBuf,
}

impl Default for Element {
    fn default() -> Self {
        Self {
            address: ElementAddress::Unix("/run/wetsign/element.sock".into()),
            certificate: PathBuf::new(),
        }
    }
}

impl Default for Sensor {
    fn default() -> Self {
        Self {
            program: PathBuf::new(),
            arguments: Vec::new(),
            start_s: 60,
            silence_s: 30,
            allow_simulated: false,
        }
    }
}

impl Default for Session {
    fn default() -> Self {
        Self { decide_s: 600, open_s: 70, challenge_s: 60, prove_s: 60, sign_s: 60, screen_light: false }
    }
}

impl Default for Proof {
    fn default() -> Self {
        Self { key: "development".into(), tables_mb: 100, threads: 0 }
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self { registrars: Vec::new(), needed: 1, minimum_stake: Atto(1) }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { origin: "wetsign.example/kiosk".into(), folder: PathBuf::new() }
    }
}

impl Registry {
    /// Each registrar once, and no more signatures than registrars: else no epoch could ever come into force.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let refuse = |name, found: String, rule: String| Err(ConfigError::Value { name, found, rule });
        let mut known = BTreeSet::new();
        for text in &self.registrars {
            let key = text.parse::<PublicKey>().ok();
            let Some(key) = key.filter(|key| key.ed25519().is_some()) else {
                let rule = "each must be an Ed25519 public key of 64 hex digits".to_owned();
                return refuse("registry.registrars", format!("{text:?}"), rule);
            };
            if !known.insert(key) {
                return refuse("registry.registrars", text.clone(), "it stands there twice".into());
            }
        }
        let most = known.len().clamp(1, limits::REGISTRARS);
        within("registry.needed", self.needed as u64, 1, most as u64)
    }
}
