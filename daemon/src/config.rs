//! The one configuration file, read once in `main` and handed down as plain values.

mod bounds;
mod error;
mod paths;

use bounds::within;
pub use bounds::{Disk, Limits};
pub use error::ConfigError;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use ed25519_dalek::SigningKey;
use serde::Deserialize;
use wetsign_attest::{
    id::{Atto, Digest, PublicKey},
    limits,
    log::Checkpoint,
    policy::RelyingParty,
};

use crate::{bounded, element::ElementAddress};

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
}

/// The hub.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Hub {
    /// Trust policy of those who will verify; empty: this kiosk's own anchors.
    pub trust_policy: PathBuf,
    /// Whether a requester has to be registered here before anything of theirs is taken.
    pub registered_requesters: bool,
    /// Whose pages may ask validators' passkeys to sign here. None: nobody is enrolled with a passkey.
    pub relying_parties: Vec<RelyingParty>,
}

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
        let refuse = |name, found: &str, rule: &str| {
            Err(ConfigError::Value { name, found: found.to_owned(), rule: rule.to_owned() })
        };
        if self.address.is_empty() && !self.public.is_empty() {
            return refuse("api.devices.public", &self.public, "an address must be given with it");
        }
        let address = self.address.parse::<std::net::SocketAddr>().ok().filter(|address| address.port() > 0);
        if !self.address.is_empty() && address.is_none() {
            let rule = "an address and a port are expected, as in 0.0.0.0:7444 or [::]:7444";
            return refuse("api.devices.address", &self.address, rule);
        }
        let told = self.told();
        let fits = told.strip_prefix("https://").is_some_and(|rest| {
            !rest.is_empty()
                && told.len() <= 256
                && rest.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#')
        });
        if !self.public.is_empty() && !fits {
            return refuse(
                "api.devices.public",
                &self.public,
                "https://HOST:PORT is expected, of 256 bytes at most",
            );
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
}

impl Default for Config {
    fn default() -> Self {
        Self {
            state: "/var/lib/wetsign".into(),
            cache: PathBuf::new(),
            disk: Disk::default(),
            api: Api::default(),
            element: Element::default(),
            sensor: Sensor::default(),
            session: Session::default(),
            proof: Proof::default(),
            registry: Registry::default(),
            log: Log::default(),
            hub: Hub::default(),
        }
    }
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
        }
    }
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
        Self { origin: "wetsign.example/kiosk".into() }
    }
}

impl Registry {
    /// Each registrar once, and no more signatures than registrars: else no epoch could ever come into force.
    fn check(&self) -> Result<(), ConfigError> {
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
        self.api.limits.check()?;
        self.disk.check()?;
        self.registry.check()?;
        for party in &self.hub.relying_parties {
            if let Err(error) = party.check() {
                return refuse("hub.relying_parties", party.id.clone(), &error.to_string());
            }
        }
        self.check_paths()?;
        self.api.devices.check()?;
        let tls = &self.api.tls;
        if !tls.address.is_empty()
            && (tls.certificate.as_os_str().is_empty() || tls.key.as_os_str().is_empty())
        {
            return refuse(
                "api.tls.address",
                tls.address.clone(),
                "certificate and key must be given with it",
            );
        }
        let address = tls.address.parse::<std::net::SocketAddr>().ok().filter(|address| address.port() > 0);
        if !tls.address.is_empty() && address.is_none() {
            let rule = "an address and a port are expected, as in 0.0.0.0:7443 or [::]:7443";
            return refuse("api.tls.address", tls.address.clone(), rule);
        }
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
            ("hub = { trust_policy = \"~/trust.toml\" }".into(), "hub.trust_policy = ~/trust.toml"),
            ("state = \"\"".into(), "state = , but it must not be empty"),
            ("proof = { key = \"\" }".into(), "proof.key = , but it must not be empty"),
            ("state = \"/var/lib/wet\\u0000sign\"".into(), "control or hidden characters"),
            (format!("api = {{ socket = \"/{long}\" }}"), "1 to 107 bytes"),
            ("api = { socket = \"\" }".into(), "api.socket"),
            ("api = { devices = { address = \"here\" } }".into(), "api.devices.address"),
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
