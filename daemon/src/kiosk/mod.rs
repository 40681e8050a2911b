//! All parts of the daemon, put together once in `main` and handed round.

mod error;
mod folder;
mod parts;
mod ready;

use std::sync::Arc;

use wetsign_attest::id::{Blob, Digest, PublicKey};
use wetsign_circuits::Prover;
use wetsign_liveness::Thresholds;
use wetsign_models::store::cache_dir;

pub use crate::clock::now;
pub use error::StartError;
pub use folder::private_folder;
pub use parts::ModelFacts;

use crate::{
    clock,
    config::Config,
    element::desk::{ElementDesk, Known},
    keys::Keys,
    metrics::Metrics,
    people::offers::Offers,
    people::pairing::{Authority, KnownDevices, Line, NoDevices, OpenPairing},
    publish::Publisher,
    requests::ledger::{Ledger, LedgerParts, Trust},
    sensor::{Sensor, SensorOptions},
    store::room::Room,
};
use folder::close_to_others;
use parts::{model_facts, prover, read_certificate, scorer, verifiers_policy};

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
    /// What happens here, counted.
    pub metrics: Arc<Metrics>,
    /// Networks in use.
    pub models: ModelFacts,
    /// What people's own devices are asked to sign.
    pub offers: Offers,
    /// The pairing that goes on now.
    pub pairing: OpenPairing,
    /// People's own devices that are paired now.
    pub known: KnownDevices,
    /// Certifies them; none where no device can come in.
    pub authority: Option<Authority>,
    /// The way to them through a relay; none where there is none.
    pub line: Option<Line>,
    /// Who looks for a person at all other kiosks; none where duplicates are searched here only.
    pub searchers: Option<[wetsign_unique::kiosk::KnownSearcher; 3]>,
    /// One enrolment at a time: the search for duplicates and the storing must not overlap.
    pub enrolling: Arc<tokio::sync::Mutex<()>>,
    certificate: Option<Blob>,
    publisher: std::sync::Mutex<Option<Publisher>>,
    seen: tokio::sync::Mutex<Option<Seen>>,
}

/// When an onlooker asked the element last, and what it said.
type Seen = (std::time::Instant, Result<Known, Arc<crate::element::ElementError>>);
/// For how long that holds.
const SEEN: std::time::Duration = std::time::Duration::from_millis(500);

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
        let asked = policy.clone();
        let parts = LedgerParts {
            keys,
            scorer: scorer(&cache)?,
            registrars: (registrars, config.registry.needed),
            verifying_key: prover.key().verifying_key().to_bytes(),
            origin: config.log.origin.clone(),
            trust: Trust {
                minimum_stake: config.registry.minimum_stake,
                model: models.scalar,
                relying_parties: config.hub.relying_parties.clone(),
                registered_requesters: config.hub.registered_requesters,
                escrow_watchers: config.hub.escrow_watchers.clone(),
                policy,
            },
        };
        clock::check_now()?;
        let ledger = Arc::new(Ledger::open(&config.state, parts, now())?);
        close_to_others(&config.state.join("log"), 0o600)?;
        close_to_others(&config.state.join("store"), 0o700)?;
        let folder = config.log.folder.as_path();
        let own = config.state.join("tiles");
        let folder = if folder.as_os_str().is_empty() { own.as_path() } else { folder };
        let publisher = Publisher::open(folder, asked, ledger.journal())?;
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
        let known = KnownDevices::of(&ledger.paired_devices(None)?);
        let (door, relay) = (&config.api.devices.address, &config.api.relay);
        let authority = if door.is_empty() && relay.address.is_empty() {
            None
        } else {
            Some(Authority::open(&config.state, now())?)
        };
        let line = if relay.address.is_empty() {
            None
        } else {
            let secret = crate::keys::line(&config.state)?;
            Some(Line::open(relay, &secret)?)
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
            metrics: Arc::default(),
            models,
            offers: Offers::default(),
            pairing: OpenPairing::default(),
            known,
            authority,
            line,
            searchers: parts::searchers(&config)?,
            enrolling: Arc::default(),
            certificate,
            publisher: std::sync::Mutex::new(Some(publisher)),
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

    /// The same for onlookers: while a session holds the element, it is not touched and the last answer is given. It is
    /// not asked more than twice a second, however many look.
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

    /// The log's way out, for whoever keeps it going; once.
    pub fn publisher(&self) -> Option<Publisher> {
        self.publisher.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take()
    }

    /// Certifies people's own devices.
    pub(crate) fn devices(&self) -> Result<&Authority, NoDevices> {
        self.authority.as_ref().ok_or(NoDevices)
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
