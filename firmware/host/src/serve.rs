//! One client after another; the case is watched between requests too.
//!
//! The kiosk's daemon stays connected between sessions, so a client may be silent. It may not keep the element from
//! others: without a channel it has [`OPENING`]; with one it is let go after [`SILENCE`], when its session is over
//! anyway, as soon as somebody else waits.

use std::{
    io::{self, Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    time::{Duration, Instant},
};

use anyhow::Context;
use wetsign_element::{Element, exchange};
use wetsign_wire::{FrameReader, limits};
use zeroize::{Zeroize, Zeroizing};

use crate::board::SoftBoard;

/// How often the case is looked at while a client says nothing.
const WATCH: Duration = Duration::from_millis(200);
/// How long a client may take to open the channel.
const OPENING: Duration = Duration::from_secs(5);
/// How long a host may say nothing while somebody else waits.
const SILENCE: Duration = Duration::from_millis(limits::SESSION_MS);

/// Serves clients one after another, for ever. A session ends with its client.
pub fn serve(element: &mut Element<SoftBoard>, listener: &UnixListener) -> anyhow::Result<()> {
    let mut waiting = None;
    loop {
        let stream = match waiting.take() {
            Some(stream) => Some(stream),
            None => accept(listener, false).context("cannot accept clients any more")?,
        };
        if let Some(stream) = stream {
            let served = serve_client(element, stream, || accept(listener, true));
            waiting = served.unwrap_or_else(|error| {
                wetsign_program::note(&format!("wetsign-element-host: client lost: {error}"));
                None
            });
            element.disconnect();
        }
    }
}

/// The next client; `None` if nobody is there `now`.
fn accept(listener: &UnixListener, now: bool) -> io::Result<Option<UnixStream>> {
    listener.set_nonblocking(now)?;
    match listener.accept() {
        Ok((stream, _)) => stream.set_nonblocking(false).map(|()| Some(stream)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}

/// Serves one client until it goes, or is let go for the next, who is answered then.
fn serve_client(
    element: &mut Element<SoftBoard>,
    mut stream: UnixStream,
    next: impl Fn() -> io::Result<Option<UnixStream>>,
) -> io::Result<Option<UnixStream>> {
    stream.set_read_timeout(Some(WATCH))?;
    stream.set_write_timeout(Some(Duration::from_secs(5)))?;
    let came = Instant::now();
    let mut heard = came;
    let mut reader = Box::new(FrameReader::new());
    let mut received = Zeroizing::new([0; 512]);
    let mut work = Zeroizing::new([0; limits::SEALED]);
    let mut out = Zeroizing::new([0; limits::FRAME]);
    loop {
        if !element.is_connected() && came.elapsed() > OPENING {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "it opened no channel"));
        }
        let count = match stream.read(received.as_mut()) {
            Ok(0) => return Ok(None),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                element.poll();
                if heard.elapsed() > SILENCE
                    && let Some(next) = next()?
                {
                    return Ok(Some(next));
                }
                continue;
            }
            Err(error) => return Err(error),
        };
        heard = Instant::now();
        for byte in &received[..count] {
            if !reader.push(*byte) {
                continue;
            }
            if let Some(frame) = exchange(element, &mut reader, &mut work, &mut out) {
                stream.write_all(frame)?;
            }
            out.zeroize();
        }
        received.zeroize();
    }
}
