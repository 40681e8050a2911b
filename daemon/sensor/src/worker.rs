//! One command after the other. A panic inside one is contained: the request fails, and the networks are made anew.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use wetsign_infer::{InferError, Networks};
use wetsign_models::manifest::Manifest;
use wetsign_models::store::ModelStore;
use wetsign_sensor_ipc::{Capture, Failed, FailureCode, OpenSource, Ready, SourceOpened, from_sensor::Kind};

use crate::capture::{self, CaptureError};
use crate::convert;
use crate::link::{Command, Link};
use crate::panics::panic_text;
use crate::sandbox::{Confinement, VideoNodes};
use crate::source::{self, Source, SourceError};

/// Manifest names of the networks that a capture runs.
const NETWORKS: [&str; 9] = [
    "blazeface",
    "facemesh",
    "mobilefacenet",
    "pad-fas",
    "pad-fr",
    "silero-vad",
    "ge2e",
    "moonshine-encoder",
    "moonshine-decoder",
];

/// How often it is looked whether a camera came or went.
const LOOK_FOR_NODES: Duration = Duration::from_secs(2);

/// Everything that outlives a single command.
pub struct Worker {
    store: ModelStore,
    /// For each network; none: no networks.
    threads: Option<usize>,
    networks: Option<Networks>,
    source: Option<Box<dyn Source>>,
    /// What a driver does not come back from.
    stuck: Option<String>,
}

impl Worker {
    /// Loads the networks, if threads are given for them, and says *ready*; a daemon hears why they could not be
    /// loaded.
    pub fn start(
        link: &Link,
        cache: PathBuf,
        threads: Option<usize>,
        started: Instant,
        confinement: &Confinement,
    ) -> anyhow::Result<Self> {
        let store = ModelStore::open(cache)?;
        let networks = load(&store, threads)
            .inspect_err(|error| link.send(failed(0, FailureCode::Network, error.to_string())))
            .context("the networks cannot be loaded")?;
        link.send(Kind::Ready(Ready {
            version: env!("CARGO_PKG_VERSION").into(),
            model_manifest_digest: Manifest::embedded().digest().to_vec(),
            networks: if networks.is_some() { NETWORKS.map(String::from).to_vec() } else { Vec::new() },
            load_ms: u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX),
            confinement: confinement.words(),
            in_force: confinement.in_force(),
        }));
        Ok(Self { store, threads, networks, source: None, stuck: None })
    }

    /// Serves until the daemon closes the link. The answer to a request goes out when the next one can be taken. Ends
    /// also when a video node came that `nodes` does not hold, while nobody uses a source: a new process may open it.
    pub fn serve(
        mut self,
        link: &Link,
        commands: &Receiver<Command>,
        nodes: &VideoNodes,
    ) -> anyhow::Result<()> {
        loop {
            let command = match commands.recv_timeout(LOOK_FOR_NODES) {
                Ok(command) => command,
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    let changed = self.source.is_none() && VideoNodes::now() != *nodes;
                    ensure!(
                        !changed,
                        "ended, because a camera came or went and only a new process may open it"
                    );
                    continue;
                }
            };
            let answer = match command {
                Command::Open(open) => {
                    let _running = link.begin(open.id);
                    self.guarded(open.id, |worker| worker.open(&open))?
                }
                Command::Capture(capture) => {
                    let _running = link.begin(capture.id);
                    self.guarded(capture.id, |worker| worker.capture(link, &capture))?
                }
                Command::ListDevices { listen } => {
                    self.guarded(0, |_| Kind::Devices(source::devices(listen)))?
                }
                Command::Close => {
                    self.source = None;
                    continue;
                }
                Command::Stop => break,
            };
            link.send(answer);
            if let Some(why) = self.stuck.take() {
                // The daemon starts another sensor at once; as long as this one lives, nobody can open the device
                // again.
                bail!("ended, because only that frees the device: {why}");
            }
        }
        Ok(())
    }

    /// Runs one command; a panic in it becomes a failed request, and nothing that it touched is used again.
    fn guarded(&mut self, id: u64, command: impl FnOnce(&mut Self) -> Kind) -> anyhow::Result<Kind> {
        let panic = match catch_unwind(AssertUnwindSafe(|| command(self))) {
            Ok(answer) => return Ok(answer),
            Err(panic) => panic,
        };
        let text =
            format!("a defect in the sensor was contained: {}; open the source again", panic_text(&*panic));
        tracing::error!(id, "{text}");
        self.source = None;
        self.networks =
            load(&self.store, self.threads).context("the networks cannot be loaded after a defect")?;
        Ok(failed(id, FailureCode::Internal, text))
    }

    fn open(&mut self, open: &OpenSource) -> Kind {
        self.source = None;
        match source::open(open.source.as_ref(), self.store.cache()) {
            Ok(source) => {
                let about = source.about();
                let (camera, microphone) =
                    about.devices.clone().map(|open| (open.camera, open.microphone)).unwrap_or_default();
                let answer = SourceOpened {
                    id: open.id,
                    label: about.label.clone(),
                    simulated: about.simulated,
                    repertoire: Some(convert::repertoire_to_wire(&about.repertoire)),
                    notes: about.notes.clone(),
                    camera,
                    microphone,
                };
                self.source = Some(source);
                Kind::SourceOpened(answer)
            }
            Err(error) => {
                self.note(&error);
                failed(open.id, error.code(), error.to_string())
            }
        }
    }

    fn capture(&mut self, link: &Link, request: &Capture) -> Kind {
        let result = match (self.source.as_mut(), self.networks.as_mut()) {
            (Some(source), Some(networks)) => capture::run(link, networks, source.as_mut(), request),
            (None, _) => Err(CaptureError::NoSource),
            (_, None) => Err(CaptureError::NoNetworks),
        };
        match result {
            Ok(captured) => Kind::Captured(captured),
            Err(error) => {
                if let CaptureError::Source(error) = &error {
                    self.note(error);
                }
                failed(request.id, error.code(), error.to_string())
            }
        }
    }

    fn note(&mut self, error: &SourceError) {
        if let SourceError::Stuck(why) = error {
            self.stuck = Some(why.clone());
        }
    }
}

fn load(store: &ModelStore, threads: Option<usize>) -> Result<Option<Networks>, InferError> {
    threads.map(|threads| Networks::load(store, threads)).transpose()
}

fn failed(id: u64, code: FailureCode, text: String) -> Kind {
    tracing::info!(id, ?code, text, "a request failed");
    Kind::Failed(Failed { id, code: code.into(), text })
}
