//! Supervises the one program that touches camera, microphone and networks.
//!
//! `wetsign-sensor` is a child process whose standard input is one end of a socket pair. It is started once, warm, and
//! started again with growing pauses when it ends; while it is away every request is refused with the reason. A
//! request that the sensor leaves without any word for too long is a hang: the child is killed, the session fails
//! closed, the next session finds a fresh child. Embeddings are wiped by whoever takes them
//! ([`wetsign_sensor_ipc::Captured::wipe`]).

mod link;
mod said;
pub mod shine;
mod supervisor;
mod words;

pub use link::SensorOptions;
pub use words::{hint_notice, move_of, prompt_message, repertoire};

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use link::{DEVICES_ID, Link, Shared, lock};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use wetsign_sensor_ipc::{
    Captured, Devices, FromSensor, LightColour, OpenSource, Part, Prompt, Ready, Source, SourceOpened,
    ToSensor, from_sensor, source, to_sensor,
};

/// Layers of confinement that every kernel which Wetsign supports has, of those that are not in force.
pub fn missing(in_force: &[String]) -> Vec<&'static str> {
    let held = |layer: &str| in_force.iter().any(|held| held == layer);
    let mut missing: Vec<_> = ["network", "system-calls"].into_iter().filter(|layer| !held(layer)).collect();
    // Where recordings are accepted it may read everything.
    if !held("files") && !held("recordings-read") {
        missing.push("files");
    }
    missing
}

/// Why the sensor did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SensorError {
    /// The child is not running.
    #[error("the sensor program is not running: {why}; it is started again by itself")]
    Away {
        /// What happened to it.
        why: String,
    },
    /// The child ended within the request.
    #[error("the sensor program ended while it worked: {why}")]
    Ended {
        /// What happened to it.
        why: String,
    },
    /// No word for too long; the child was killed.
    #[error("the sensor program gave no word for {silence_s} s and was stopped")]
    Hung {
        /// The bound, in seconds.
        silence_s: u64,
    },
    /// The sensor itself says that it cannot.
    #[error("{text}")]
    Failed {
        /// Stable code.
        code: &'static str,
        /// The sensor's own words.
        text: String,
    },
    /// Another session has camera and microphone.
    #[error("camera and microphone are in use by another session: try again when it has ended")]
    Busy,
    /// An answer that does not belong to the question.
    #[error("the sensor program answered {what}, which does not follow its protocol")]
    Protocol {
        /// What it answered.
        what: &'static str,
    },
}

impl SensorError {
    /// Stable code for signed refusals.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Away { .. } => "away",
            Self::Ended { .. } => "ended",
            Self::Hung { .. } => "hung",
            Self::Failed { code, .. } => code,
            Self::Busy => "busy",
            Self::Protocol { .. } => "protocol",
        }
    }
}

/// What comes while a capture runs.
#[derive(Debug)]
pub enum Update {
    /// How far it is.
    Progress(wetsign_sensor_ipc::Progress),
    /// A picture for the person.
    Preview(wetsign_sensor_ipc::Preview),
}

/// Handle on the supervised sensor; cheap to clone. The child ends when the last handle and the supervisor are gone.
#[derive(Clone)]
pub struct Sensor {
    shared: Arc<Shared>,
    link: watch::Receiver<Link>,
}

impl Sensor {
    /// Starts the supervisor, and with it the child. Must be called inside a tokio runtime.
    pub fn start(options: SensorOptions) -> Self {
        let shared = Arc::new(Shared {
            options,
            next_id: AtomicU64::new(1),
            waiting: Mutex::new(HashMap::new()),
            last_end: Mutex::new(String::new()),
            one_at_a_time: Arc::new(Semaphore::new(1)),
            listing: tokio::sync::Mutex::default(),
        });
        let (set, link) = watch::channel(Link::Away { why: "it is being started".into() });
        tokio::spawn(supervisor::run(Arc::clone(&shared), set));
        Self { shared, link }
    }

    /// Camera and microphone for one session; waits while another one has them.
    ///
    /// # Errors
    /// [`SensorError::Away`] only if the daemon is ending.
    pub async fn claim(&self) -> Result<Claim, SensorError> {
        let turns = Arc::clone(&self.shared.one_at_a_time);
        let permit = turns
            .acquire_owned()
            .await
            .map_err(|_| SensorError::Away { why: "the daemon is ending".into() })?;
        Ok(Claim { sensor: self.clone(), running: AtomicU64::new(0), _permit: permit })
    }

    /// Waits until the child is ready, at most as long as it may take to start.
    ///
    /// # Errors
    /// [`SensorError::Away`] with the reason.
    pub async fn ready(&self) -> Result<Arc<Ready>, SensorError> {
        let mut link = self.link.clone();
        let up = async {
            loop {
                if let Link::Up { ready, .. } = &*link.borrow_and_update() {
                    return Some(Arc::clone(ready));
                }
                if link.changed().await.is_err() {
                    return None;
                }
            }
        };
        match tokio::time::timeout(self.shared.options.start, up).await {
            Ok(Some(ready)) => Ok(ready),
            _ => {
                Err(SensorError::Away { why: self.why_away().unwrap_or_else(|| "it does not start".into()) })
            }
        }
    }

    /// Why the child is away; none when it runs.
    pub fn why_away(&self) -> Option<String> {
        match &*self.link.borrow() {
            Link::Away { why } => Some(why.clone()),
            Link::Up { .. } => None,
        }
    }

    /// Names of what is in force around the child, as it says itself; none while it is away.
    pub fn in_force(&self) -> Option<Vec<String>> {
        match &*self.link.borrow() {
            Link::Up { ready, .. } => Some(ready.in_force.clone()),
            Link::Away { .. } => None,
        }
    }

    /// The child's process id, while it runs; none where somebody else starts it.
    pub fn pid(&self) -> Option<u32> {
        match &*self.link.borrow() {
            Link::Up { pid, .. } => *pid,
            Link::Away { .. } => None,
        }
    }

    /// Cameras and microphones. Never disturbs a session: while one has them, and when the child takes too long (it may
    /// still be ending a capture), the answer is [`SensorError::Busy`].
    ///
    /// # Errors
    /// [`SensorError`].
    pub async fn devices(&self) -> Result<Devices, SensorError> {
        self.list(false).await
    }

    /// The same, with how loud it is before the microphones that a kiosk would take: a second for each.
    ///
    /// # Errors
    /// As [`Sensor::devices`].
    pub async fn devices_and_levels(&self) -> Result<Devices, SensorError> {
        self.list(true).await
    }

    async fn list(&self, listen: bool) -> Result<Devices, SensorError> {
        let _one_question = self.shared.listing.lock().await;
        let _turn = self.shared.one_at_a_time.try_acquire().map_err(|_| SensorError::Busy)?;
        self.ready().await?;
        let kind = to_sensor::Kind::ListDevices(wetsign_sensor_ipc::ListDevices { listen });
        let mut answers = self.ask(DEVICES_ID, kind).await?;
        let answer = tokio::time::timeout(self.shared.options.silence, answers.take.recv()).await;
        match self.read(answer.map_err(|_| SensorError::Busy)?)? {
            from_sensor::Kind::Devices(devices) => Ok(devices),
            other => Err(unexpected(&other)),
        }
    }

    async fn ask(&self, id: u64, kind: to_sensor::Kind) -> Result<Answers<'_>, SensorError> {
        let (give, take) = mpsc::unbounded_channel();
        lock(&self.shared.waiting).insert(id, give);
        let answers = Answers { take, id, sensor: self };
        let out = match &*self.link.borrow() {
            Link::Up { out, .. } => out.clone(),
            Link::Away { why } => return Err(SensorError::Away { why: why.clone() }),
        };
        out.send(ToSensor::from(kind)).await.map_err(|_| self.ended())?;
        Ok(answers)
    }

    async fn answer(&self, answers: &mut Answers<'_>) -> Result<from_sensor::Kind, SensorError> {
        let silence = self.shared.options.silence;
        let Ok(answer) = tokio::time::timeout(silence, answers.take.recv()).await else {
            // The notice goes to this very child: the next one starts with a clean slate.
            if let Link::Up { kill, .. } = &*self.link.borrow() {
                kill.notify_one();
            }
            return Err(SensorError::Hung { silence_s: silence.as_secs() });
        };
        self.read(answer)
    }

    fn read(&self, answer: Option<FromSensor>) -> Result<from_sensor::Kind, SensorError> {
        match answer {
            Some(FromSensor { kind: Some(from_sensor::Kind::Failed(failed)) }) => {
                Err(SensorError::Failed { code: words::failure_code(failed.code), text: failed.text })
            }
            Some(FromSensor { kind: Some(from_sensor::Kind::Busy(_)) }) => Err(SensorError::Busy),
            Some(FromSensor { kind: Some(kind) }) => Ok(kind),
            Some(FromSensor { kind: None }) => Err(SensorError::Protocol { what: "nothing" }),
            None => Err(self.ended()),
        }
    }

    fn ended(&self) -> SensorError {
        SensorError::Ended { why: lock(&self.shared.last_end).clone() }
    }

    async fn tell(&self, kind: to_sensor::Kind) {
        let out = match &*self.link.borrow() {
            Link::Up { out, .. } => out.clone(),
            Link::Away { .. } => return,
        };
        // A child that is gone has closed its source already.
        let _ = out.send(ToSensor::from(kind)).await;
    }

    fn new_id(&self) -> u64 {
        self.shared.next_id.fetch_add(1, Ordering::Relaxed)
    }
}

/// The answers to one request; forgets the request when dropped.
struct Answers<'a> {
    take: mpsc::UnboundedReceiver<FromSensor>,
    id: u64,
    sensor: &'a Sensor,
}

impl Drop for Answers<'_> {
    fn drop(&mut self) {
        lock(&self.sensor.shared.waiting).remove(&self.id);
    }
}

/// Camera and microphone, held by one session. Dropping it lets the next session have them.
pub struct Claim {
    sensor: Sensor,
    /// Id of the last capture that was asked for.
    running: AtomicU64,
    _permit: OwnedSemaphorePermit,
}

impl Claim {
    /// Opens a source. Whatever the sensor says, one that is not live is simulated.
    ///
    /// # Errors
    /// [`SensorError`].
    pub async fn open(&self, source: Source, part: Part) -> Result<SourceOpened, SensorError> {
        self.sensor.ready().await?;
        let id = self.sensor.new_id();
        let live = matches!(source.kind, Some(source::Kind::Live(_)));
        let source = Source { part: part.into(), ..source };
        let kind = to_sensor::Kind::OpenSource(OpenSource { id, source: Some(source) });
        let mut answers = self.sensor.ask(id, kind).await?;
        match self.sensor.answer(&mut answers).await? {
            from_sensor::Kind::SourceOpened(mut opened) => {
                opened.simulated |= !live;
                Ok(opened)
            }
            other => Err(unexpected(&other)),
        }
    }

    /// Shows the prompts, under `light` where the page shines, and records, for a template where it `enrols`; progress
    /// and previews go to `updates` (dropped when nobody takes them in time). If the returned future is dropped, the
    /// sensor keeps recording until [`Claim::close`].
    ///
    /// # Errors
    /// [`SensorError`].
    pub async fn capture(
        &self,
        (prompts, enrols): (Vec<Prompt>, bool),
        light: &[LightColour],
        budget: Duration,
        updates: &mpsc::Sender<Update>,
    ) -> Result<Captured, SensorError> {
        let id = self.sensor.new_id();
        self.running.store(id, Ordering::Relaxed);
        let budget_ms = u32::try_from(budget.as_millis()).unwrap_or(u32::MAX);
        let light = light.iter().map(|colour| (*colour).into()).collect();
        let capture = wetsign_sensor_ipc::Capture { id, prompts, budget_ms, light, enrols };
        let kind = to_sensor::Kind::Capture(capture);
        let mut answers = self.sensor.ask(id, kind).await?;
        loop {
            match self.sensor.answer(&mut answers).await? {
                from_sensor::Kind::Captured(captured) => {
                    self.running.store(0, Ordering::Relaxed);
                    return Ok(captured);
                }
                from_sensor::Kind::Progress(progress) => drop(updates.try_send(Update::Progress(progress))),
                from_sensor::Kind::Preview(preview) => {
                    if preview.jpeg.len() <= wetsign_sensor_ipc::MAX_PREVIEW {
                        drop(updates.try_send(Update::Preview(preview)));
                    }
                }
                other => return Err(unexpected(&other)),
            }
        }
    }

    /// Closes the source. Harmless when none is open; a capture that runs is stopped with it.
    pub async fn close(&self) {
        let running = self.running.swap(0, Ordering::Relaxed);
        if running != 0 {
            self.sensor.tell(to_sensor::Kind::Cancel(wetsign_sensor_ipc::Cancel { id: running })).await;
        }
        self.sensor.tell(to_sensor::Kind::CloseSource(wetsign_sensor_ipc::CloseSource {})).await;
    }
}

fn unexpected(kind: &from_sensor::Kind) -> SensorError {
    SensorError::Protocol { what: words::kind_name(kind) }
}
