//! All parts of the daemon, put together once in `main` and handed round.

use std::{
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use wetsign_attest::{
    TrustPolicy, binding,
    id::{Blob, Digest, PublicKey, Scalar},
    object::CertificateChain,
    policy::TrustedLog,
    terms,
};
use wetsign_circuits::{Fr, Prover, ProverOptions, ProvingKey, TableHome, development_key};
use wetsign_liveness::Thresholds;
use wetsign_models::{
    manifest::Manifest,
    store::{ModelStore, cache_dir},
    text::{ContentScorer, TextClassifier},
};

pub use crate::clock::now;

use crate::{
    bounded,
    clock::{self, ClockError},
    config::Config,
    element::Home,
    element_desk::{ElementDesk, Known},
    keys::Keys,
    ledger::{Ledger, LedgerParts, Trust},
    room::Room,
    sensor::{self, Sensor, SensorOptions},
};

/// What is known of the networks in use.
#[derive(Debug, Clone)]
pub struct ModelFacts {
    /// Public input of the proof.
    pub model_id: Fr,
    /// The same as it is written in objects.
    pub scalar: Scalar,
    /// SHA-256 of the model manifest.
    pub manifest: [u8; 32],
}

/// The daemon's parts.
pub struct Kiosk {
    /// As read in `main`.
    pub config: Config,
    /// The books.
    pub ledger: Arc<Ledger>,
    /// The disk's room for what strangers bring.
    pub room: Room,
    /// Camera, microphone, networks.
    pub sensor: Sensor,
    /// The secure element.
    pub element: Arc<ElementDesk>,
    /// Makes proofs.
    pub prover: Arc<Prover>,
    /// Bounds of the gates.
    pub thresholds: Thresholds,
    /// Networks in use.
    pub models: ModelFacts,
    /// One enrolment at a time: the search for duplicates and the storing must not overlap.
    pub enrolling: Arc<tokio::sync::Mutex<()>>,
    certificate: Option<Blob>,
    seen: tokio::sync::Mutex<Option<Seen>>,
}

/// When an onlooker asked the element last, and what it said.
type Seen = (std::time::Instant, Result<Known, Arc<crate::element::ElementError>>);
/// For how long that holds.
const SEEN: std::time::Duration = std::time::Duration::from_millis(500);

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
    /// A registrar's key in the configuration.
    #[error("registry.registrars: {0}")]
    Registrar(wetsign_attest::Error),
}

impl Kiosk {
    /// Puts everything together; replays what a crash left open. Takes some seconds when the development key or the
    /// prover's tables have to be made. Must be called inside a tokio runtime, on a thread that may block.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn start(config: Config) -> Result<Arc<Self>, StartError> {
        private_folder(&config.state)?;
        let cache = if config.cache.as_os_str().is_empty() { cache_dir()? } else { config.cache.clone() };
        let keys = Keys::open(&config.state)?;
        let policy = verifiers_policy(&config, &PublicKey::from(&keys.log))?;
        let prover = prover(&config, &cache)?;
        let models = model_facts()?;
        let registrars = config
            .registry
            .registrars
            .iter()
            .map(|key| key.parse::<PublicKey>())
            .collect::<Result<Vec<_>, _>>()
            .map_err(StartError::Registrar)?;
        let parts = LedgerParts {
            keys,
            scorer: scorer(&cache)?,
            registrars: (registrars, config.registry.needed),
            verifying_key: prover.key().verifying_key().to_bytes(),
            origin: config.log.origin.clone(),
            trust: Trust { minimum_stake: config.registry.minimum_stake, model: models.scalar, policy },
        };
        clock::check_now()?;
        let ledger = Arc::new(Ledger::open(&config.state, parts, now())?);
        close_to_others(&config.state.join("log"), 0o600)?;
        close_to_others(&config.state.join("store"), 0o700)?;
        let element = ElementDesk::new(
            config.element.address.clone(),
            crate::keys::element_host(&config.state)?,
            ledger.store().clone(),
        );
        let certificate = if config.element.certificate.as_os_str().is_empty() {
            None
        } else {
            Some(read_certificate(&config.element.certificate)?)
        };
        let seconds = std::time::Duration::from_secs;
        let sensor = Sensor::start(SensorOptions {
            program: config.sensor_program(),
            arguments: config.sensor_arguments(),
            cache,
            start: seconds(config.sensor.start_s),
            silence: seconds(config.sensor.silence_s),
        });
        Ok(Arc::new(Self {
            room: Room::new(&config.state, config.disk.clone()),
            ledger,
            sensor,
            element,
            prover: Arc::new(prover),
            thresholds: Thresholds::from_manifest(),
            models,
            enrolling: Arc::default(),
            certificate,
            seen: tokio::sync::Mutex::default(),
            config,
        }))
    }

    /// The element's identity and certificates.
    ///
    /// # Errors
    /// [`crate::element::ElementError`].
    pub async fn element_known(&self) -> Result<Known, crate::element::ElementError> {
        Ok(self.with_certificate(self.element.identity().await?))
    }

    /// The same for onlookers: while a session holds the element, it is not touched and the last answer is given. It is not
    /// asked more than twice a second, however many look.
    ///
    /// # Errors
    /// [`crate::element::ElementError`].
    pub async fn element_seen(&self) -> Result<Known, Arc<crate::element::ElementError>> {
        let mut last = self.seen.lock().await;
        if let Some((at, answer)) = &*last
            && at.elapsed() < SEEN
        {
            return answer.clone();
        }
        let answer = self.element.seen().await;
        let answer = answer.map(|identity| self.with_certificate(identity)).map_err(Arc::new);
        *last = Some((std::time::Instant::now(), answer.clone()));
        answer
    }

    fn with_certificate(&self, identity: crate::element::ElementIdentity) -> Known {
        let certificate = self.certificate.clone().unwrap_or_else(|| Blob(identity.certificate.clone()));
        Known { identity, certificate }
    }

    /// SHA-256 of the verifying key.
    pub fn verifying_key_digest(&self) -> Digest {
        Digest(self.prover.key().verifying_key().digest())
    }

    /// Runs work on the books off the async threads. Strangers' work waits for its turn before it comes here
    /// (`grpc/desk.rs`), so that a person's never waits.
    ///
    /// # Errors
    /// What the work answers, or [`crate::error::LedgerError::Stopped`].
    pub async fn books<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Ledger) -> Result<T, crate::error::LedgerError> + Send + 'static,
    ) -> Result<T, crate::error::LedgerError> {
        let ledger = Arc::clone(&self.ledger);
        tokio::task::spawn_blocking(move || work(&ledger))
            .await
            .unwrap_or(Err(crate::error::LedgerError::Stopped))
    }
}

/// Makes the state folder for the daemon's user alone. One that is there already is closed to others, unless it holds
/// files of which none is the daemon's.
///
/// # Errors
/// [`StartError::State`], [`StartError::Open`].
pub fn private_folder(path: &Path) -> Result<(), StartError> {
    let failed = |source| StartError::State { path: path.to_owned(), source };
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(failed)?;
    }
    match std::fs::DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        made => return made.map_err(failed),
    }
    let mode = std::fs::metadata(path).map_err(failed)?.permissions().mode() & 0o777;
    if mode.trailing_zeros() >= 6 {
        return Ok(());
    }
    let mut names = std::fs::read_dir(path).map_err(failed)?.map(|entry| Ok(entry?.file_name()));
    let ours = ["store", "log", "keys"].iter().any(|name| path.join(name).exists());
    if !ours && names.next().transpose().map_err(failed)?.is_some() {
        return Err(StartError::Open { path: path.to_owned(), mode });
    }
    close_to_others(path, 0o700)
}

fn close_to_others(path: &Path, mode: u32) -> Result<(), StartError> {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
        .map_err(|source| StartError::State { path: path.to_owned(), source })
}

/// The prover's tables lie beside its key.
fn prover(config: &Config, cache: &Path) -> Result<Prover, StartError> {
    let (key, folder) = if config.proof.key == "development" {
        (development_key(cache)?, cache.join("keys"))
    } else {
        let path = Path::new(&config.proof.key);
        (ProvingKey::read(path)?, path.parent().unwrap_or(Path::new(".")).to_owned())
    };
    let options = ProverOptions {
        memory: config.proof.tables_mb * 1_000_000,
        threads: config.proof.threads,
        ..ProverOptions::default()
    };
    let prover = Prover::new(key, options, Some(&folder))?;
    if let TableHome::Memory { reason: Some(reason) } = prover.home() {
        tracing::warn!(reason, "the prover's tables are not kept on disk and are made anew at every start");
    }
    Ok(prover)
}

fn model_facts() -> Result<ModelFacts, StartError> {
    let manifest = Manifest::embedded();
    let parts = manifest.model_id_parts()?;
    let model_id =
        binding::model_id(&Digest(parts.face_model), &Digest(parts.voice_model), &Digest(parts.quantiser));
    Ok(ModelFacts { model_id, scalar: binding::scalar(&model_id), manifest: manifest.digest() })
}

/// Without the classifier's file there are fewer scores, and rules that ask for a missing one forbid.
fn scorer(cache: &Path) -> Result<ContentScorer, StartError> {
    let path = match ModelStore::open(cache)?.path("text-objection") {
        Ok(path) => path,
        Err(error) => {
            tracing::warn!(%error, "no text classifier: rules that ask for its score will forbid");
            return Ok(ContentScorer::new(None));
        }
    };
    let bytes = std::fs::read(path).map_err(|error| StartError::Classifier(error.into()))?;
    let classifier =
        TextClassifier::from_json(&bytes).map_err(|error| StartError::Classifier(error.into()))?;
    Ok(ContentScorer::new(Some(classifier)))
}

/// The policy of the verifiers for whom approvals are made, where the operator names one.
fn verifiers_policy(config: &Config, log: &PublicKey) -> Result<Option<TrustPolicy>, StartError> {
    let path = &config.hub.trust_policy;
    if path.as_os_str().is_empty() {
        return Ok(None);
    }
    let refuse = |source| StartError::Policy { path: path.to_owned(), source };
    let text = bounded::read_text(path, bounded::SETTINGS).map_err(|error| refuse(error.into()))?;
    let policy = TrustPolicy::from_toml(&text).map_err(|error| refuse(error.into()))?;
    let origin = &config.log.origin;
    if (&policy.log.origin, &policy.log.key) != (origin, log) {
        let (path, origin, trusted) = (path.clone(), origin.clone(), Box::new(policy.log));
        return Err(StartError::OtherLog { path, trusted, origin, key: *log });
    }
    Ok(Some(policy))
}

/// The bytes themselves, or the hex text of them.
fn read_certificate(path: &Path) -> Result<Blob, StartError> {
    let bytes = bounded::read(path, bounded::SETTINGS)
        .map_err(|source| StartError::Certificate { path: path.to_owned(), source })?;
    let text = std::str::from_utf8(&bytes).ok().map(str::trim);
    Ok(Blob(text.and_then(|text| hex::decode(text).ok()).unwrap_or(bytes)))
}

impl Kiosk {
    /// Why nothing that is signed here now would be believed, or nothing can be captured; empty if the kiosk is ready.
    pub async fn unready(&self, now: u64) -> Vec<String> {
        let element = self.element_seen().await;
        let mut why = Vec::new();
        let store = self.ledger.store();
        why.extend(store.fault().cause().map(|cause| format!("store: {cause}")));
        why.extend(store.has_room(0).err().map(|error| error.to_string()));
        why.extend(self.sensor.why_away().map(|why| format!("sensor: {why}")));
        match &element {
            Err(error) => why.push(error.to_string()),
            Ok(known) => why.extend(self.unbelievable(known, now)),
        }
        why.extend(self.ledger.clock_behind(now));
        // A new kiosk has no epoch yet: its first people have to be enrolled before there is one.
        if self.ledger.registry().current().is_some()
            && let Err(error) = self.ledger.epoch_in_force(now)
        {
            why.push(error.to_string());
        }
        why
    }

    /// Why nobody would believe what this element signs now.
    fn unbelievable(&self, known: &Known, now: u64) -> Option<String> {
        if let Some(why) = known.uncertified() {
            return Some(why);
        }
        let chain = CertificateChain::decode(&known.certificate.0).ok()?;
        if let Err(why) = terms::certified_at(&chain, now).require() {
            return Some(format!("the secure element's certificates do not cover this time: {why}"));
        }
        let epoch = self.ledger.registry().current()?;
        epoch.epoch.revoked_kiosks.iter().any(|ueid| ueid.0 == known.identity.ueid).then(|| {
            format!("this kiosk's secure element is revoked in registry epoch {}", epoch.epoch.number)
        })
    }

    /// Plain words for everything that is not the real thing.
    pub fn caveats(&self, element: Option<&Known>) -> Vec<String> {
        let mut caveats = Vec::new();
        if self.prover.key().is_development() {
            caveats.push(
                "development proving key: made from a published seed, anyone can forge under it".into(),
            );
        }
        match element.map(|known| known.identity.home) {
            Some(Home::Program) => {
                caveats.push("simulated secure element: a program, not a chip".into());
            }
            Some(Home::Emulator) => {
                caveats.push("emulated secure element: a chip's image, not a chip".into());
            }
            Some(Home::Chip) | None => {}
        }
        if let Some(in_force) = self.sensor.in_force() {
            let missing = sensor::missing(&in_force);
            if !missing.is_empty() {
                let missing = missing.join(", ");
                caveats.push(format!("sensor program not confined by {missing}: `wetsignd doctor` says why"));
            }
        }
        if self.config.sensor.allow_simulated {
            caveats.push("simulated sources allowed: recordings may stand for people".into());
        }
        if self.ledger.registry().current().is_some_and(|epoch| epoch.epoch.development) {
            caveats.push("development registry: its epoch was made by keys for development".into());
        }
        if self.ledger.registry().current().is_none() {
            caveats.push("no registry epoch yet: people can be enrolled, nothing can be co-signed".into());
        }
        caveats.push("kiosk custody: validators' keys are sealed on this kiosk, whose owner can use them while a session is open".into());
        caveats
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_state_folder_is_for_the_daemon_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (new, old) = (folder.path().join("a/new"), folder.path().join("old"));
        std::fs::create_dir_all(old.join("store")).unwrap();
        close_to_others(&old, 0o755).unwrap();

        private_folder(&new).unwrap();
        private_folder(&old).unwrap();

        assert_eq!((mode(&new), mode(&old)), (0o700, 0o700));
    }

    #[test]
    fn a_trust_policy_for_another_log_is_refused_at_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let key = |seed| PublicKey::from(&ed25519_dalek::SigningKey::from_bytes(&[seed; 32]));
        let mut config = Config::default();
        config.hub.trust_policy = folder.path().join("trust.toml");
        let (own, origin) = (key(1), config.log.origin.clone());
        for (origin, trusted, holds) in [
            (origin.as_str(), own, true),
            (origin.as_str(), key(2), false),
            ("other.example/log", own, false),
        ] {
            let text = format!(
                "version = 2\nregistrars = [\"{own}\"]\nregistrars_needed = 1\nminimum_stake = \"1\"\n\
                 [log]\norigin = \"{origin}\"\nkey = \"{trusted}\"\n"
            );
            std::fs::write(&config.hub.trust_policy, text).unwrap();
            match verifiers_policy(&config, &own) {
                Ok(policy) => assert!(holds && policy.is_some(), "{origin} {trusted}"),
                Err(refused) => {
                    let words = refused.to_string();
                    assert!(
                        !holds && words.contains("trust.toml") && words.contains(&own.to_string()),
                        "{words}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_folder_with_foreign_files_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("letter"), "").unwrap();
        close_to_others(folder.path(), 0o755).unwrap();

        let refused = private_folder(folder.path());

        assert!(matches!(refused, Err(StartError::Open { mode: 0o755, .. })));
        assert_eq!(mode(folder.path()), 0o755);
    }
}
