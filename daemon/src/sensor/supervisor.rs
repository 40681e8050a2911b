//! Starts the child, carries its messages, starts it again.
//!
//! Where the sensor program has a user of its own, somebody else starts it: each connection to a socket is another
//! child, which ends when the connection does.

use std::{
    os::fd::OwnedFd, os::unix::net::UnixStream as StdUnixStream, process::Stdio, sync::Arc, time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    process::{Child, Command},
    sync::{mpsc, watch},
    time::timeout,
};
use wetsign_models::store::QUIET_RUNTIME;
use wetsign_sensor_ipc::{Decoder, FromSensor, Ready, ToSensor, encode, from_sensor};
use zeroize::{Zeroize, Zeroizing};

use super::{
    link::{DEVICES_ID, Link, Shared, lock},
    said,
};

/// What the child sees of the daemon's environment, beside `WETSIGN_CACHE`: where libraries and caches lie, what is
/// logged.
const KEPT: [&str; 4] = ["HOME", "XDG_CACHE_HOME", "LD_LIBRARY_PATH", "RUST_LOG"];
/// How the C library's allocator works in the child (mallopt(3)). Loading a network frees as much as it keeps, and by
/// itself the allocator learns from that to keep what is freed: pieces from this size on go back to the system at once,
/// and threads share two heaps instead of having sixteen.
const ALLOCATOR: [(&str, &str); 3] =
    [("MALLOC_MMAP_THRESHOLD_", "262144"), ("MALLOC_TRIM_THRESHOLD_", "1048576"), ("MALLOC_ARENA_MAX", "2")];
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A child that was ready for so long had a good start: the next pause is short again.
const STEADY: Duration = Duration::from_mins(1);

pub(super) async fn run(shared: Arc<Shared>, link: watch::Sender<Link>) {
    let mut pause = FIRST_PAUSE;
    while !link.is_closed() {
        let started = tokio::time::Instant::now();
        let why = live_once(&shared, &link).await;
        lock(&shared.last_end).clone_from(&why);
        tracing::warn!(%why, pause_ms = pause.as_millis() as u64, "the sensor program is away");
        link.send_replace(Link::Away { why });
        // Closes every waiting request: each fails with the reason above.
        lock(&shared.waiting).clear();
        if started.elapsed() > STEADY {
            pause = FIRST_PAUSE;
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = link.closed() => return,
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Runs one child from start to end; the answer is why it ended, for people.
async fn live_once(shared: &Shared, link: &watch::Sender<Link>) -> String {
    if let Some(socket) = &shared.options.socket {
        return match UnixStream::connect(socket).await {
            Ok(stream) => converse(shared, link, stream, None).await,
            Err(error) => format!("nobody starts it at {}: {error}", socket.display()),
        };
    }
    let (child, stream) = match spawn(shared) {
        Ok(parts) => parts,
        Err(error) => return format!("{} cannot be started: {error}", shared.options.program.display()),
    };
    let why = converse(shared, link, stream, child.id()).await;
    end(child, why).await
}

fn spawn(shared: &Shared) -> std::io::Result<(Child, UnixStream)> {
    let (ours, theirs) = StdUnixStream::pair()?;
    ours.set_nonblocking(true)?;
    let mut child = Command::new(&shared.options.program)
        .args(&shared.options.arguments)
        .env_clear()
        .envs(KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
        .env("WETSIGN_CACHE", &shared.options.cache)
        .env(QUIET_RUNTIME.0, QUIET_RUNTIME.1)
        .envs(ALLOCATOR)
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(words) = child.stderr.take() {
        tokio::spawn(said::relay(words));
    }
    Ok((child, UnixStream::from_std(ours)?))
}

async fn converse(
    shared: &Shared,
    link: &watch::Sender<Link>,
    stream: UnixStream,
    pid: Option<u32>,
) -> String {
    let (read, write) = stream.into_split();
    let mut incoming = Incoming { read, decoder: Decoder::new(), chunk: Zeroizing::new(vec![0; 64 * 1024]) };
    let ready = match timeout(shared.options.start, incoming.next()).await {
        Ok(Ok(Some(FromSensor { kind: Some(from_sensor::Kind::Ready(ready)) }))) => ready,
        Ok(Ok(Some(FromSensor { kind: Some(from_sensor::Kind::Failed(failed)) }))) => return failed.text,
        Ok(Ok(Some(_))) => return "its first message was not that it is ready".into(),
        Ok(Ok(None)) => return "it ended before it was ready".into(),
        Ok(Err(why)) => return why,
        Err(_) => return format!("it was not ready within {} s", shared.options.start.as_secs()),
    };
    announce(&ready, pid);
    let (out, queue) = mpsc::channel(16);
    let kill = Arc::new(tokio::sync::Notify::new());
    link.send_replace(Link::Up { out, ready: Arc::new(ready), pid, kill: Arc::clone(&kill) });
    tokio::select! {
        why = receive(shared, incoming) => why,
        why = send(queue, write) => why,
        () = kill.notified() => "it gave no word for too long and was stopped".into(),
        () = link.closed() => "the daemon ends".into(),
    }
}

fn announce(ready: &Ready, pid: Option<u32>) {
    tracing::info!(version = %ready.version, load_ms = ready.load_ms, networks = ready.networks.len(), pid, confinement = %ready.confinement, "sensor ready");
}

async fn receive(shared: &Shared, mut incoming: Incoming) -> String {
    loop {
        match incoming.next().await {
            Ok(Some(message)) => dispatch(shared, message),
            Ok(None) => return "it closed its side of the link".into(),
            Err(why) => return why,
        }
    }
}

fn dispatch(shared: &Shared, mut message: FromSensor) {
    let id = match &message.kind {
        Some(from_sensor::Kind::Devices(_)) => DEVICES_ID,
        Some(from_sensor::Kind::SourceOpened(m)) => m.id,
        Some(from_sensor::Kind::Progress(m)) => m.id,
        Some(from_sensor::Kind::Preview(m)) => m.id,
        Some(from_sensor::Kind::Captured(m)) => m.id,
        Some(from_sensor::Kind::Failed(m)) => m.id,
        Some(from_sensor::Kind::Busy(m)) => m.id,
        Some(from_sensor::Kind::Ready(_)) | None => return,
    };
    let waiting = lock(&shared.waiting).get(&id).cloned();
    match waiting {
        Some(give) => drop(give.send(message)),
        None => {
            // Nobody waits any more (the session was cancelled): what was measured must not linger.
            if let Some(from_sensor::Kind::Captured(captured)) = &mut message.kind {
                captured.wipe();
            }
        }
    }
}

async fn send(mut queue: mpsc::Receiver<ToSensor>, mut write: OwnedWriteHalf) -> String {
    while let Some(message) = queue.recv().await {
        let bytes = match encode(&message) {
            Ok(bytes) => bytes,
            Err(error) => return error.to_string(),
        };
        if let Err(error) = write.write_all(&bytes).await {
            return format!("it takes no messages: {error}");
        }
    }
    // Only when the link is replaced; the other branches of the select end first.
    std::future::pending().await
}

struct Incoming {
    read: OwnedReadHalf,
    decoder: Decoder<FromSensor>,
    chunk: Zeroizing<Vec<u8>>,
}

impl Incoming {
    async fn next(&mut self) -> Result<Option<FromSensor>, String> {
        loop {
            if let Some(message) = self.decoder.next_message().map_err(|error| error.to_string())? {
                return Ok(Some(message));
            }
            let count = self.read.read(&mut self.chunk).await.map_err(|error| error.to_string())?;
            if count == 0 {
                return Ok(None);
            }
            self.decoder.feed(&self.chunk[..count]);
            self.chunk[..count].zeroize();
        }
    }
}

/// Makes sure that the child is gone, and adds how it ended.
async fn end(mut child: Child, why: String) -> String {
    let status = if let Ok(status) = timeout(Duration::from_millis(500), child.wait()).await {
        status
    } else {
        if child.start_kill().is_err() {
            return why;
        }
        child.wait().await
    };
    match status {
        Ok(status) => format!("{why} ({status})"),
        Err(_) => why,
    }
}
