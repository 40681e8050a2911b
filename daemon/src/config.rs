//! The one configuration file, read once in `main` and handed down as plain values.

mod bounds;
mod doors;
mod error;
mod parts;
mod paths;

use bounds::within;
pub use bounds::{Disk, Limits};
pub use doors::{Api, Devices, RelayAt, Tls};
pub use error::ConfigError;
pub use parts::{Element, Hub, Log, Metrics, Proof, Registry, SearcherAt, Sensor, Session};

use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use serde::Deserialize;
use wetsign_attest::{id::Digest, limits, log::Checkpoint};

use crate::bounded;

/// The commented default, as `wetsignd config` prints it.
pub const DEFAULT: &str = include_str!("default.toml");

/// Everything that can be configured. Each field is explained in [`DEFAULT`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// State folder.
    pub state: PathBuf,
    /// Cache folder; empty: the usual one.
    pub cache: PathBuf,
    /// Three searchers among all who are enrolled anywhere, in their order; none.
    pub searchers: Vec<SearcherAt>,
    /// How much of the disk is used.
    pub disk: Disk,
    /// Where clients come in.
    pub api: Api,
    /// The secure element.
    pub element: Element,
    /// The sensor program.
    pub sensor: Sensor,
    /// Time-outs of a session.
    pub session: Session,
    /// Proving key.
    pub proof: Proof,
    /// Whose registry epochs count.
    pub registry: Registry,
    /// The log.
    pub log: Log,
    /// The hub.
    pub hub: Hub,
    /// Metrics.
    pub metrics: Metrics,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            state: "/var/lib/wetsign".into(),
            cache: PathBuf::new(),
            searchers: Vec::new(),
            disk: Disk::default(),
            api: Api::default(),
            element: Element::default(),
            sensor: Sensor::default(),
            session: Session::default(),
            proof: Proof::default(),
            registry: Registry::default(),
            log: Log::default(),
            hub: Hub::default(),
            metrics: Metrics::default(),
        }
    }
}

impl Config {
    /// Reads a file and checks it.
    ///
    /// # Errors
    /// [`ConfigError`], naming file, line and rule.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = bounded::read_text(path, bounded::SETTINGS)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        let config: Self =
            toml::from_str(&text).map_err(|source| ConfigError::Parse { path: path.to_owned(), source })?;
        config
            .check()
            .map_err(|source| ConfigError::File { path: path.to_owned(), source: source.into() })?;
        Ok(config)
    }

    /// Checks bounds; call it again after flags have overridden something.
    ///
    /// # Errors
    /// [`ConfigError::Value`].
    pub fn check(&self) -> Result<(), ConfigError> {
        let refuse =
            |name, found: String, rule: &str| Err(ConfigError::Value { name, found, rule: rule.to_owned() });
        for (name, value, least, most) in [
            ("session.challenge_s", self.session.challenge_s, 1, 60),
            ("session.decide_s", self.session.decide_s, 1, 3600),
            ("session.open_s", self.session.open_s, 1, 3600),
            ("session.prove_s", self.session.prove_s, 1, 3600),
            ("session.sign_s", self.session.sign_s, 1, 300),
            ("sensor.start_s", self.sensor.start_s, 1, 3600),
            ("sensor.silence_s", self.sensor.silence_s, 1, 3600),
            ("api.deadline_s", self.api.deadline_s, 1, 3600),
            ("api.concurrency", self.api.concurrency as u64, 1, 1024),
            ("proof.tables_mb", self.proof.tables_mb as u64, 0, 4096),
            ("proof.threads", self.proof.threads as u64, 0, 256),
        ] {
            within(name, value, least, most)?;
        }
        self.disk.check()?;
        if ![0, 3].contains(&self.searchers.len()) {
            let found = format!("{} of them", self.searchers.len());
            return refuse(
                "searchers",
                found,
                "there are three, in the order that they have among themselves, or none",
            );
        }
        self.registry.check()?;
        if let Some(key) = self.hub.escrow_watchers.iter().find(|key| key.ed25519().is_none()) {
            return refuse(
                "hub.escrow_watchers",
                key.to_string(),
                "it must be an Ed25519 key, of 64 hex digits",
            );
        }
        for party in &self.hub.relying_parties {
            if let Err(error) = party.check() {
                return refuse("hub.relying_parties", party.id.clone(), &error.to_string());
            }
        }
        self.check_paths()?;
        self.api.check()?;
        // What the log's own checkpoint refuses could never be signed.
        let origin = &self.log.origin;
        let head = Checkpoint { origin: origin.clone(), size: 0, root: Digest([0; 32]) };
        if head.sign(&SigningKey::from_bytes(&[0; 32])).is_err() {
            let rule = format!(
                "it must be a name of 1 to {} bytes without spaces, plus signs and control characters",
                limits::NAME
            );
            return refuse("log.origin", format!("{origin:?}"), &rule);
        }
        Ok(())
    }

    /// The sensor program's arguments. Recordings may lie anywhere, so a kiosk that takes them lets it read there.
    pub fn sensor_arguments(&self) -> Vec<String> {
        let recordings = self.sensor.allow_simulated.then(|| "--recordings".to_owned());
        self.sensor.arguments.iter().cloned().chain(recordings).collect()
    }

    /// The sensor program: configured, or beside this executable.
    pub fn sensor_program(&self) -> PathBuf {
        if !self.sensor.program.as_os_str().is_empty() {
            return self.sensor.program.clone();
        }
        std::env::current_exe()
            .ok()
            .and_then(|own| own.parent().map(|folder| folder.join("wetsign-sensor")))
            .unwrap_or_else(|| "wetsign-sensor".into())
    }
}

#[cfg(test)]
mod tests {
    use wetsign_attest::id::PublicKey;

    use super::*;

    #[test]
    fn the_printed_default_is_the_default() {
        assert_eq!(toml::from_str::<Config>(DEFAULT).unwrap(), Config::default());
        Config::default().check().unwrap();
    }

    #[test]
    fn an_unknown_name_is_refused() {
        assert!(toml::from_str::<Config>("[sensor]\nallow_simulatd = true").is_err());
    }

    #[test]
    fn a_challenge_longer_than_the_protocol_allows_is_refused() {
        let mut config = Config::default();
        config.session.challenge_s = 61;
        let refused = config.check().unwrap_err();
        assert!(refused.to_string().contains("session.challenge_s = 61"), "{refused}");
    }

    fn refused(text: &str) -> String {
        toml::from_str::<Config>(text).unwrap().check().unwrap_err().to_string()
    }

    #[test]
    fn what_could_never_work_is_refused_at_the_start() {
        let key = PublicKey::from(&SigningKey::from_bytes(&[7; 32])).to_string();
        let upper = key.to_uppercase();
        let long = "a".repeat(257);
        for (text, name) in [
            (format!("registry = {{ registrars = [{key:?}], needed = 2 }}"), "registry.needed = 2"),
            (
                format!(
                    "searchers = [{{ address = 'a:1', name = 'a', authority = 'a.pem', key = {key:?}, seal = {key:?} }}]"
                ),
                "searchers = 1 of them",
            ),
            ("registry = { needed = 2 }".into(), "registry.needed = 2"),
            ("registry = { needed = 0 }".into(), "registry.needed = 0"),
            (format!("registry = {{ registrars = [{key:?}, {upper:?}] }}"), "stands there twice"),
            ("registry = { registrars = [\"00\"] }".into(), "registry.registrars"),
            (format!("log = {{ origin = {long:?} }}"), "log.origin"),
            ("log = { origin = \"a\\u007fb\" }".into(), "log.origin"),
            ("log = { origin = \"\" }".into(), "log.origin"),
            ("state = \"~/wetsign\"".into(), "state = ~/wetsign"),
            ("cache = \"~other/cache\"".into(), "cache = ~other/cache"),
            ("proof = { key = \"~/key\" }".into(), "proof.key"),
            ("log = { folder = \"~/tiles\" }".into(), "log.folder = ~/tiles"),
            ("hub = { trust_policy = \"~/trust.toml\" }".into(), "hub.trust_policy = ~/trust.toml"),
            ("state = \"\"".into(), "state = , but it must not be empty"),
            ("proof = { key = \"\" }".into(), "proof.key = , but it must not be empty"),
            ("state = \"/var/lib/wet\\u0000sign\"".into(), "control or hidden characters"),
            (format!("api = {{ socket = \"/{long}\" }}"), "1 to 107 bytes"),
            ("api = { socket = \"\" }".into(), "api.socket"),
            ("api = { devices = { address = \"here\" } }".into(), "api.devices.address"),
            ("api = { relay = { address = \"http://hub.example\" } }".into(), "api.relay.address"),
            ("api = { relay = { address = \"https://hub.example/page\" } }".into(), "api.relay.address"),
            ("api = { devices = { address = \"127.0.0.1:0\" } }".into(), "api.devices.address"),
            ("api = { devices = { address = \"0.0.0.0:7444\" } }".into(), "api.devices.public"),
            ("api = { devices = { public = \"https://kiosk\" } }".into(), "api.devices.public"),
            (
                "api = { devices = { address = \"[::1]:7444\", public = \"http://kiosk\" } }".into(),
                "api.devices.public",
            ),
            (format!("element = {{ address = \"/{long}\" }}"), "element.address"),
            ("element = { address = \"/run/wetsign/kiosk.sock\" }".into(), "api.socket is the same"),
            (
                "api = { tls = { address = \"[::]:0\", certificate = \"c\", key = \"k\" } }".into(),
                "api.tls.address",
            ),
            (
                "api = { tls = { address = \"kiosk\", certificate = \"c\", key = \"k\" } }".into(),
                "api.tls.address",
            ),
        ] {
            let words = refused(&text);
            assert!(words.contains(name), "{text}: {words}");
        }
    }

    #[test]
    fn tls_without_a_key_is_refused() {
        let mut config = Config::default();
        config.api.tls.address = "0.0.0.0:7443".into();
        assert!(matches!(config.check(), Err(ConfigError::Value { name: "api.tls.address", .. })));
    }
}
