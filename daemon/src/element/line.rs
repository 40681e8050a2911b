//! Bytes to and from the element, whatever carries them, and frames in them.

use std::{io, path::Path};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::UnixStream,
};
use tokio_serial::{ClearBuffer, SerialPort, SerialPortBuilderExt};
use wetsign_wire::{Frame, FrameReader, limits};
use zeroize::{Zeroize, Zeroizing};

use super::{address::ElementAddress, error::ElementError, usb};

/// A real serial line runs at this speed; USB and pseudo-terminals do not ask.
const BAUD: u32 = 115_200;

/// Anything that carries bytes both ways.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// What to do with a frame that is damaged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Damaged {
    /// The line is new: what comes first may be the end of something older.
    Skip,
    /// A fault.
    Fail,
}

/// An open connection.
pub(super) struct Line {
    stream: Box<dyn Stream>,
    reader: Box<FrameReader>,
    received: Zeroizing<Vec<u8>>,
}

impl Line {
    pub(super) async fn open(address: &ElementAddress) -> Result<Self, ElementError> {
        let stream: io::Result<Box<dyn Stream>> = match address {
            ElementAddress::Unix(path) => UnixStream::connect(path).await.map(|stream| Box::new(stream) as _),
            ElementAddress::Serial(path) => serial(path),
            ElementAddress::Usb(name) => name.find(Path::new(usb::PORTS)).and_then(|port| serial(&port)),
        };
        let stream = stream.map_err(|source| ElementError::Connect { address: address.clone(), source })?;
        Ok(Self {
            stream,
            reader: Box::new(FrameReader::new()),
            received: Zeroizing::new(vec![0; limits::FRAME]),
        })
    }

    pub(super) async fn send(&mut self, name: &'static str, frame: &[u8]) -> Result<(), ElementError> {
        let sent = self.stream.write_all(frame).await;
        sent.map_err(|source| ElementError::Connection { request: name, source })
    }

    /// Waits for the frame with this sequence number, and hands it to `take` while it is still in the receive buffer,
    /// which is wiped afterwards. Frames with other numbers answer nobody who still waits.
    pub(super) async fn receive<T>(
        &mut self,
        name: &'static str,
        sequence: u16,
        damaged: Damaged,
        take: impl FnOnce(Frame<'_>) -> Result<T, ElementError>,
    ) -> Result<T, ElementError> {
        let broken = |source| ElementError::Connection { request: name, source };
        loop {
            let count = self.stream.read(&mut self.received).await.map_err(broken)?;
            if count == 0 {
                return Err(broken(io::ErrorKind::UnexpectedEof.into()));
            }
            for index in 0..count {
                if !self.reader.push(self.received[index]) {
                    continue;
                }
                match self.reader.frame() {
                    Ok(frame) if frame.header.sequence != sequence => {}
                    Ok(frame) => {
                        let taken = take(frame);
                        self.reader.clear();
                        self.received.as_mut_slice().zeroize();
                        return taken;
                    }
                    Err(_) if damaged == Damaged::Skip => {}
                    Err(source) => return Err(ElementError::Frame { request: name, source }),
                }
            }
        }
    }
}

fn serial(path: &Path) -> io::Result<Box<dyn Stream>> {
    let name = path.to_str().ok_or(io::ErrorKind::InvalidInput)?;
    // Opened for this process alone: a second one would read the answers of the first.
    let port = tokio_serial::new(name, BAUD).open_native_async()?;
    port.clear(ClearBuffer::All)?;
    Ok(Box::new(port))
}
