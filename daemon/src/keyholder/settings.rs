//! What a keyholder's operator says, in one TOML file.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use wetsign_attest::{
    TrustPolicy,
    id::{Id, PublicKey},
};

use super::Refusal;
use crate::{bounded, config::Api};

/// The settings file. `examples/keyholder.toml` explains each line.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// State folder: secrets, memory, log.
    pub state: PathBuf,
    /// Trust policy by which approvals are judged.
    pub trust_policy: PathBuf,
    /// Name of its own log.
    pub origin: String,
    /// Runners that shares are sealed to.
    pub runners: BTreeSet<PublicKey>,
    /// Key generations that it takes part in: ids of their plans.
    #[serde(default)]
    pub plans: BTreeSet<Id>,
    /// Take recordings and development keys. Nothing real may be locked for such a keyholder.
    #[serde(default)]
    pub demonstration: bool,
    /// Unix socket for its operator.
    pub socket: PathBuf,
    /// Address, certificate and key for everybody else; absent: nobody else comes in.
    #[serde(default)]
    pub tls: Option<crate::config::Tls>,
}

impl Settings {
    /// Reads a file.
    ///
    /// # Errors
    /// [`Refusal::Settings`], naming file, line and rule.
    pub fn read(path: &Path) -> Result<Self, Refusal> {
        let refused = |why: String| Refusal::Settings { path: path.to_owned(), why };
        let text = bounded::read_text(path, bounded::SETTINGS).map_err(|error| refused(error.to_string()))?;
        toml::from_str(&text).map_err(|error| refused(error.to_string()))
    }

    /// The trust policy that it names.
    ///
    /// # Errors
    /// [`Refusal::Settings`].
    pub fn policy(&self) -> Result<TrustPolicy, Refusal> {
        let refused = |why: String| Refusal::Settings { path: self.trust_policy.clone(), why };
        let text = bounded::read_text(&self.trust_policy, bounded::SETTINGS)
            .map_err(|error| refused(error.to_string()))?;
        TrustPolicy::from_toml(&text).map_err(|error| refused(error.to_string()))
    }

    /// The doors, as the daemon has them.
    pub fn api(&self) -> Api {
        Api { socket: self.socket.clone(), tls: self.tls.clone().unwrap_or_default(), ..Api::default() }
    }
}
