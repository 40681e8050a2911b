//! One client after another; the case is watched between requests too.

use std::{
    io::{self, Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    time::Duration,
};

use anyhow::Context;
use wetsign_element::{Element, exchange};
use wetsign_wire::{FrameReader, limits};
use zeroize::{Zeroize, Zeroizing};

use crate::board::SoftBoard;

/// How often the case is looked at while a client says nothing.
const WATCH: Duration = Duration::from_millis(200);

/// Serves clients one after another, for ever. A session ends with its client.
pub fn serve(element: &mut Element<SoftBoard>, listener: &UnixListener) -> anyhow::Result<()> {
    loop {
        let (stream, _) = listener.accept().context("cannot accept clients any more")?;
        if let Err(error) = serve_client(element, stream) {
            eprintln!("wetsign-element-host: client lost: {error}");
        }
        element.disconnect();
    }
}

fn serve_client(element: &mut Element<SoftBoard>, mut stream: UnixStream) -> io::Result<()> {
    stream.set_read_timeout(Some(WATCH))?;
    stream.set_write_timeout(Some(Duration::from_secs(5)))?;
    let mut reader = Box::new(FrameReader::new());
    let mut received = Zeroizing::new([0; 512]);
    let mut work = Zeroizing::new([0; limits::SEALED]);
    let mut out = Zeroizing::new([0; limits::FRAME]);
    loop {
        let count = match stream.read(received.as_mut()) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                element.poll();
                continue;
            }
            Err(error) => return Err(error),
        };
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
