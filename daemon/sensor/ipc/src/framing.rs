//! Length-prefixed framing: u32 in network order, then one message of at most [`MAX_MESSAGE`] bytes.

use std::io::{ErrorKind, Read, Write};
use std::marker::PhantomData;

use prost::Message;
use zeroize::{Zeroize, Zeroizing};

/// The largest encoded message, in bytes (1 MiB), without its length prefix.
pub const MAX_MESSAGE: usize = 1 << 20;

const PREFIX: usize = 4;

/// Why bytes are no message, or a message cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// A length prefix, or a message to be sent, is over the limit. The connection is of no further use.
    #[error("a message of {length} bytes is over the limit of {MAX_MESSAGE}: close the connection")]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// The bytes between two prefixes are not a message of the expected kind. The connection is of no further use.
    #[error("a frame of {length} bytes does not decode: close the connection")]
    Malformed {
        /// The frame's length in bytes.
        length: usize,
        /// What the decoder says.
        source: prost::DecodeError,
    },
    /// The other side closed the connection inside a message.
    #[error("the connection ended inside a message, {missing} bytes short")]
    Truncated {
        /// Bytes that were still to come.
        missing: usize,
    },
    /// The socket failed.
    #[error("the sensor link failed")]
    Io(#[from] std::io::Error),
}

/// Encodes a message with its length prefix.
///
/// # Errors
/// [`FrameError::TooLong`] if the message is over [`MAX_MESSAGE`].
pub fn encode<M: Message>(message: &M) -> Result<Vec<u8>, FrameError> {
    let length = message.encoded_len();
    if length > MAX_MESSAGE {
        return Err(FrameError::TooLong { length });
    }
    let mut bytes = Vec::with_capacity(PREFIX + length);
    bytes.extend_from_slice(&(length as u32).to_be_bytes());
    message.encode_raw(&mut bytes);
    Ok(bytes)
}

/// Turns a stream of bytes into messages, however it was cut. Buffered bytes are overwritten as soon as they are read,
/// since embeddings pass through here.
pub struct Decoder<M> {
    buffer: Zeroizing<Vec<u8>>,
    read: usize,
    message: PhantomData<fn() -> M>,
}

impl<M: Message + Default> Decoder<M> {
    /// An empty decoder.
    pub fn new() -> Self {
        Self { buffer: Zeroizing::new(Vec::new()), read: 0, message: PhantomData }
    }

    /// Adds bytes that arrived. Call [`Self::next_message`] until it gives `None` before feeding again, so that never
    /// more than one message and one read's worth of bytes is held.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.read > 0 {
            let rest = self.buffer.len() - self.read;
            self.buffer.copy_within(self.read.., 0);
            self.buffer[rest..].zeroize();
            self.buffer.truncate(rest);
            self.read = 0;
        }
        let needed = self.buffer.len() + bytes.len();
        if needed > self.buffer.capacity() {
            // A vector that grows by itself leaves what it held behind.
            let mut larger = Zeroizing::new(Vec::with_capacity(2 * needed));
            larger.extend_from_slice(&self.buffer);
            self.buffer = larger;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole message, or `None` if more bytes are needed.
    ///
    /// # Errors
    /// [`FrameError::TooLong`] as soon as a prefix says so, before anything is buffered for it;
    /// [`FrameError::Malformed`] if the frame is no message of this kind.
    pub fn next_message(&mut self) -> Result<Option<M>, FrameError> {
        let pending = &self.buffer[self.read..];
        let Some((prefix, body)) = pending.split_first_chunk::<PREFIX>() else { return Ok(None) };
        let length = u32::from_be_bytes(*prefix) as usize;
        if length > MAX_MESSAGE {
            return Err(FrameError::TooLong { length });
        }
        let Some(frame) = body.get(..length) else { return Ok(None) };
        let message = M::decode(frame).map_err(|source| FrameError::Malformed { length, source })?;
        let end = self.read + PREFIX + length;
        self.buffer[self.read..end].zeroize();
        self.read = end;
        Ok(Some(message))
    }

    /// How many bytes of an unfinished message are held.
    pub fn pending(&self) -> usize {
        self.buffer.len() - self.read
    }
}

impl<M: Message + Default> Default for Decoder<M> {
    fn default() -> Self {
        Self::new()
    }
}

/// Writes one message to a blocking stream and flushes it.
///
/// # Errors
/// [`FrameError::TooLong`] or [`FrameError::Io`].
pub fn write_message<M: Message>(stream: &mut impl Write, message: &M) -> Result<(), FrameError> {
    let bytes = Zeroizing::new(encode(message)?);
    stream.write_all(&bytes)?;
    stream.flush()?;
    Ok(())
}

/// Reads one message from a blocking stream; `None` when the other side closed it between two messages.
///
/// # Errors
/// [`FrameError::Truncated`] if it was closed inside a message; else as [`Decoder::next_message`].
pub fn read_message<M: Message + Default>(stream: &mut impl Read) -> Result<Option<M>, FrameError> {
    let mut prefix = [0; PREFIX];
    match read_full(stream, &mut prefix)? {
        0 => return Ok(None),
        PREFIX => {}
        read => return Err(FrameError::Truncated { missing: PREFIX - read }),
    }
    let length = u32::from_be_bytes(prefix) as usize;
    if length > MAX_MESSAGE {
        return Err(FrameError::TooLong { length });
    }
    let mut frame = Zeroizing::new(vec![0; length]);
    let read = read_full(stream, &mut frame)?;
    if read < length {
        return Err(FrameError::Truncated { missing: length - read });
    }
    M::decode(frame.as_slice()).map(Some).map_err(|source| FrameError::Malformed { length, source })
}

fn read_full(stream: &mut impl Read, buffer: &mut [u8]) -> Result<usize, std::io::Error> {
    let mut read = 0;
    while read < buffer.len() {
        match stream.read(&mut buffer[read..]) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}
