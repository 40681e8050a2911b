//! The socket to the daemon. One thread reads and passes commands on; whoever has something to say writes.

use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use wetsign_sensor_ipc::{
    Busy, Capture, Failed, FailureCode, FrameError, FromSensor, OpenSource, ToSensor, from_sensor,
    read_message, to_sensor, write_message,
};

/// What the worker is asked to do.
#[derive(Debug)]
pub enum Command {
    /// Open a source.
    Open(OpenSource),
    /// Run a capture.
    Capture(Capture),
    /// Name cameras and microphones, and how loud it is before these.
    ListDevices {
        /// Whether microphones are listened to.
        listen: bool,
    },
    /// Close the source.
    Close,
    /// End.
    Stop,
}

/// The writing half, shared, and what the reading half knows.
#[derive(Clone)]
pub struct Link {
    writer: Arc<Mutex<UnixStream>>,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// The capture that runs; meaningful while `busy`.
    running: AtomicU64,
    busy: AtomicBool,
    cancelled: AtomicBool,
    closed: AtomicBool,
}

impl Link {
    /// Starts the reading thread.
    pub fn open(stream: UnixStream) -> std::io::Result<(Self, Receiver<Command>)> {
        let reader = stream.try_clone()?;
        let link = Self { writer: Arc::new(Mutex::new(stream)), state: Arc::default() };
        let (sender, commands) = channel();
        let reading = link.clone();
        thread::Builder::new().name("link".into()).spawn(move || reading.read(reader, &sender))?;
        Ok((link, commands))
    }

    /// Sends an answer, and wipes the embeddings in it. A daemon that is gone is only logged here.
    pub fn send(&self, kind: from_sensor::Kind) {
        let mut message = FromSensor::from(kind);
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = write_message(&mut *writer, &message) {
            tracing::warn!(%error, "an answer was not sent");
            if !matches!(error, FrameError::TooLong { .. }) {
                self.state.closed.store(true, Ordering::SeqCst);
            }
        }
        if let Some(from_sensor::Kind::Captured(captured)) = &mut message.kind {
            captured.wipe();
        }
    }

    fn fail(&self, id: u64, code: FailureCode, text: String) {
        self.send(from_sensor::Kind::Failed(Failed { id, code: code.into(), text }));
    }

    /// Marks a request as running until the guard is dropped; others are answered *busy* meanwhile.
    pub fn begin(&self, id: u64) -> Running<'_> {
        self.state.running.store(id, Ordering::SeqCst);
        Running(&self.state)
    }

    /// Whether the running capture should stop: it was cancelled, or the daemon is gone.
    pub fn stop_asked(&self) -> bool {
        self.state.cancelled.load(Ordering::SeqCst) || self.state.closed.load(Ordering::SeqCst)
    }

    fn read(&self, mut stream: UnixStream, commands: &Sender<Command>) {
        loop {
            match read_message::<ToSensor>(&mut stream) {
                Ok(Some(message)) => {
                    let Some(command) = self.sort(message) else { continue };
                    let last = matches!(command, Command::Stop);
                    if commands.send(command).is_err() || last {
                        break;
                    }
                }
                Ok(None) => break,
                Err(error) => {
                    tracing::error!(%error, "the link is unusable");
                    self.fail(0, FailureCode::BadRequest, format!("the link is unusable: {error}"));
                    break;
                }
            }
        }
        self.state.closed.store(true, Ordering::SeqCst);
        let _ = commands.send(Command::Stop);
        let _ = stream.shutdown(Shutdown::Read);
    }

    /// What a message asks of the worker; cancelling and refusing for being busy are done here, at once.
    fn sort(&self, message: ToSensor) -> Option<Command> {
        use to_sensor::Kind;
        let (id, command) = match message.kind {
            None => {
                self.fail(
                    0,
                    FailureCode::BadRequest,
                    "a message of a kind that this sensor does not know".into(),
                );
                return None;
            }
            Some(Kind::Cancel(cancel)) => {
                if self.state.busy.load(Ordering::SeqCst)
                    && self.state.running.load(Ordering::SeqCst) == cancel.id
                {
                    self.state.cancelled.store(true, Ordering::SeqCst);
                }
                return None;
            }
            Some(Kind::Shutdown(_)) => {
                self.state.cancelled.store(true, Ordering::SeqCst);
                return Some(Command::Stop);
            }
            Some(Kind::ListDevices(asked)) => return Some(Command::ListDevices { listen: asked.listen }),
            Some(Kind::CloseSource(_)) => return Some(Command::Close),
            Some(Kind::OpenSource(open)) => (open.id, Command::Open(open)),
            Some(Kind::Capture(capture)) => (capture.id, Command::Capture(capture)),
        };
        if self.state.busy.swap(true, Ordering::SeqCst) {
            let running = self.state.running.load(Ordering::SeqCst);
            self.send(from_sensor::Kind::Busy(Busy { id, running }));
            return None;
        }
        self.state.running.store(id, Ordering::SeqCst);
        self.state.cancelled.store(false, Ordering::SeqCst);
        Some(command)
    }
}

/// While it lives, a request runs.
pub struct Running<'a>(&'a State);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.busy.store(false, Ordering::SeqCst);
    }
}
