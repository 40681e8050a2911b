//! What the handle on the sensor and its supervisor share.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicU64},
    time::Duration,
};

use tokio::sync::{Notify, Semaphore, mpsc};
use wetsign_sensor_ipc::{FromSensor, Ready, ToSensor};

/// How the child is run.
#[derive(Debug, Clone)]
pub struct SensorOptions {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Where somebody else starts it for whoever connects; none: it is a child of the daemon's.
    pub socket: Option<PathBuf>,
    /// The cache folder with models and the runtime library, handed over as `WETSIGN_CACHE`.
    pub cache: PathBuf,
    /// Longest time from start to [`Ready`].
    pub start: Duration,
    /// Longest silence within a request.
    pub silence: Duration,
}

/// The link as the supervisor sees it.
#[derive(Clone)]
pub(super) enum Link {
    Away { why: String },
    Up { out: mpsc::Sender<ToSensor>, ready: Arc<Ready>, pid: Option<u32>, kill: Arc<Notify> },
}

pub(super) struct Shared {
    pub(super) options: SensorOptions,
    pub(super) next_id: AtomicU64,
    pub(super) waiting: Mutex<HashMap<u64, mpsc::UnboundedSender<FromSensor>>>,
    pub(super) last_end: Mutex<String>,
    pub(super) one_at_a_time: Arc<Semaphore>,
    /// Answers to `ListDevices` cannot be told apart: one question at a time.
    pub(super) listing: tokio::sync::Mutex<()>,
}

/// Answers to [`wetsign_sensor_ipc::ListDevices`] carry no id.
pub(super) const DEVICES_ID: u64 = 0;

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
