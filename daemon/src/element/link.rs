//! One open connection: a frame out, the frame with the same sequence number back.

use std::{io, path::Path};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
};
use wetsign_wire::{FrameReader, Request, Response, encode_frame, limits};
use zeroize::{Zeroize, Zeroizing};

use super::error::ElementError;

/// A connection that has not failed yet.
pub(super) struct Link {
    stream: UnixStream,
    sequence: u16,
    reader: Box<FrameReader>,
    received: Zeroizing<Vec<u8>>,
}

impl Link {
    pub(super) async fn open(path: &Path) -> Result<Self, ElementError> {
        let stream = UnixStream::connect(path)
            .await
            .map_err(|source| ElementError::Connect { path: path.to_owned(), source })?;
        Ok(Self {
            stream,
            sequence: 0,
            reader: Box::new(FrameReader::new()),
            received: Zeroizing::new(vec![0; limits::FRAME]),
        })
    }

    /// Sends the request and hands the answer to `take` while it is still in the receive buffer, which is wiped
    /// afterwards.
    pub(super) async fn exchange<T>(
        &mut self,
        name: &'static str,
        request: &Request<'_>,
        take: impl FnOnce(Response<'_>) -> T,
    ) -> Result<T, ElementError> {
        self.sequence = self.sequence.wrapping_add(1);
        let broken = |source| ElementError::Connection { request: name, source };

        let mut out = Zeroizing::new(vec![0; limits::FRAME]);
        let frame = encode_frame(self.sequence, request, &mut out)
            .map_err(|source| ElementError::Encode { request: name, source })?;
        self.stream.write_all(frame).await.map_err(broken)?;

        loop {
            let count = self.stream.read(&mut self.received).await.map_err(broken)?;
            if count == 0 {
                return Err(broken(io::ErrorKind::UnexpectedEof.into()));
            }
            for index in 0..count {
                if !self.reader.push(self.received[index]) {
                    continue;
                }
                let frame =
                    self.reader.frame().map_err(|source| ElementError::Frame { request: name, source })?;
                if frame.sequence != self.sequence {
                    continue;
                }
                let taken = frame
                    .response()
                    .map(take)
                    .map_err(|source| ElementError::Decode { request: name, source });
                self.reader.clear();
                self.received.zeroize();
                self.received.resize(limits::FRAME, 0);
                return taken;
            }
        }
    }
}
