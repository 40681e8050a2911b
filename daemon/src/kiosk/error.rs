//! Why a daemon does not start.

use std::path::PathBuf;

use wetsign_attest::{id::PublicKey, policy::TrustedLog};

use crate::clock::ClockError;

/// Why the daemon does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The clock was never set.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// The state folder cannot be made or closed to others.
    #[error("state folder {} cannot be made or closed to others: choose another one with --state", path.display())]
    State {
        /// The folder.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// Others can look into the state folder, and it does not look like one that may be closed to them.
    #[error(
        "state folder {} is open to others (mode {mode:o}) and holds foreign files: chmod 700, or choose another one \
         with --state",
        path.display()
    )]
    Open {
        /// The folder.
        path: PathBuf,
        /// Permission bits found.
        mode: u32,
    },
    /// Keys.
    #[error(transparent)]
    Keys(#[from] crate::keys::KeysError),
    /// The books.
    #[error(transparent)]
    Ledger(#[from] crate::error::LedgerError),
    /// The log's folder.
    #[error(transparent)]
    Publish(#[from] crate::publish::PublishError),
    /// The proving key.
    #[error("the proving key cannot be had")]
    ProvingKey(#[from] wetsign_circuits::KeyError),
    /// The prover's threads.
    #[error(transparent)]
    Prover(#[from] wetsign_circuits::ProverError),
    /// The cache folder.
    #[error(transparent)]
    Models(#[from] wetsign_models::store::StoreError),
    /// The model manifest.
    #[error(transparent)]
    Manifest(#[from] wetsign_models::manifest::ManifestError),
    /// The text classifier.
    #[error("the text classifier cannot be read: run `cargo xtask models`")]
    Classifier(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The file with the element's certificates.
    #[error("the secure element's certificates {} cannot be read", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The trust policy of the verifiers cannot be read.
    #[error("hub.trust_policy = {} cannot be read", path.display())]
    Policy {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The trust policy of the verifiers is for another log.
    #[error(
        "hub.trust_policy = {} trusts the log {} with key {}, this kiosk's is {origin} with key {key}: no approval made here \
         could ever please it",
        path.display(), trusted.origin, trusted.key
    )]
    OtherLog {
        /// The file.
        path: PathBuf,
        /// The log that it names.
        trusted: Box<TrustedLog>,
        /// This kiosk's origin.
        origin: String,
        /// This kiosk's key.
        key: PublicKey,
    },
    /// The authority for people's own devices.
    #[error(transparent)]
    Devices(#[from] crate::people::pairing::AuthorityError),
    /// The relay at which phones are met.
    #[error("api.relay: {0}")]
    Relay(#[from] wetsign_api::relay::RelayError),
    /// A searcher's authority.
    #[error("searchers")]
    Searchers(#[from] wetsign_unique::config::ConfigError),
    /// A registrar's key in the configuration.
    #[error("registry.registrars: {0}")]
    Registrar(wetsign_attest::Error),
}
