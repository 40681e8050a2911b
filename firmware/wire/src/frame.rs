//! Frames: `COBS(version ‖ kind ‖ sequence (big-endian) ‖ payload ‖ CRC-32C (big-endian)) ‖ 0x00`.
//!
//! COBS (Cheshire and Baker, 1999) leaves zero for the end of a frame alone, so a reader that lost its place is in
//! step again after one zero. CRC-32C (Castagnoli) finds every error of up to five bits in a short message; it
//! guards against noise, not against people: that is the channel's work. The sequence number ties an answer to its
//! request: one that comes after its deadline is not taken for the answer to the next.

use cobs::CobsEncoder;
use crc::{CRC_32_ISCSI, Crc, Digest, Table};
use minicbor::encode::{Write, write::Cursor};

use crate::{
    channel::{Channel, NotOpened},
    codec::{self, Message},
    error::{EncodeError, FrameError},
    limits::{self, WIRE_VERSION},
};

const CRC: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISCSI);

/// What a frame carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A message that anybody may read: `Identity`, its answer, refusals.
    Clear = 0,
    /// A handshake message of the channel.
    Handshake = 1,
    /// A message inside the channel.
    Channel = 2,
}

/// The start of a frame, without the version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// What the frame carries.
    pub kind: Kind,
    /// Chosen by the asker, repeated in the answer.
    pub sequence: u16,
}

impl Header {
    /// As it stands in the frame; the associated data of a message inside the channel.
    pub fn to_bytes(self) -> [u8; limits::HEADER] {
        let [high, low] = self.sequence.to_be_bytes();
        [WIRE_VERSION, self.kind as u8, high, low]
    }

    fn from_bytes([version, kind, high, low]: [u8; limits::HEADER]) -> Result<Self, FrameError> {
        let sequence = u16::from_be_bytes([high, low]);
        if version != WIRE_VERSION {
            return Err(FrameError::Version { found: version, sequence });
        }
        let kind = match kind {
            0 => Kind::Clear,
            1 => Kind::Handshake,
            2 => Kind::Channel,
            found => return Err(FrameError::Kind { found, sequence }),
        };
        Ok(Self { kind, sequence })
    }
}

/// A sound frame; its payload is neither opened nor decoded yet.
pub struct Frame<'b> {
    /// Kind and sequence number.
    pub header: Header,
    /// A message, a handshake message or a sealed message.
    pub payload: &'b mut [u8],
}

impl<'b> Frame<'b> {
    /// Opens what stood between two zero bytes, in place.
    pub fn open(stuffed: &'b mut [u8]) -> Result<Self, FrameError> {
        let length = cobs::decode_in_place(stuffed).map_err(|_| FrameError::Stuffing)?;
        let body = stuffed.get_mut(..length).ok_or(FrameError::Stuffing)?;
        if body.len() > limits::BODY {
            return Err(FrameError::TooLong);
        }
        let too_short = FrameError::TooShort { found: body.len() };
        let (covered, checksum) = body.split_last_chunk_mut::<{ limits::CHECKSUM }>().ok_or(too_short)?;
        let sum = CRC.checksum(covered);
        let (header, payload) = covered.split_first_chunk_mut::<{ limits::HEADER }>().ok_or(too_short)?;
        if sum != u32::from_be_bytes(*checksum) {
            return Err(FrameError::Checksum);
        }
        Ok(Self { header: Header::from_bytes(*header)?, payload })
    }

    /// Decrypts a frame of kind [`Kind::Channel`] in place.
    pub fn decrypt(self, channel: &mut Channel) -> Result<&'b [u8], NotOpened> {
        if self.header.kind != Kind::Channel {
            return Err(NotOpened);
        }
        channel.open(&self.header.to_bytes(), self.payload).map(|plain| &*plain)
    }
}

/// Collects bytes from the line into frames.
pub struct FrameReader {
    buffer: [u8; limits::FRAME],
    length: usize,
    overflow: bool,
    whole: bool,
}

impl Default for FrameReader {
    fn default() -> Self {
        Self::new()
    }
}

impl FrameReader {
    /// An empty reader.
    pub const fn new() -> Self {
        Self { buffer: [0; limits::FRAME], length: 0, overflow: false, whole: false }
    }

    /// Takes one byte; true when it closed a frame (sound or not). Bare zeros are skipped.
    pub fn push(&mut self, byte: u8) -> bool {
        if self.whole {
            self.clear();
        }
        if byte == 0 {
            self.whole = self.length > 0;
            return self.whole;
        }
        match self.buffer.get_mut(self.length) {
            Some(place) => {
                *place = byte;
                self.length += 1;
            }
            None => self.overflow = true,
        }
        false
    }

    /// The frame that was closed last; once.
    pub fn frame(&mut self) -> Result<Frame<'_>, FrameError> {
        if !self.whole {
            return Err(FrameError::TooShort { found: 0 });
        }
        if self.overflow {
            return Err(FrameError::TooLong);
        }
        let length = core::mem::take(&mut self.length);
        Frame::open(&mut self.buffer[..length])
    }

    /// Forgets everything collected, and overwrites it: a frame may carry a secret.
    pub fn clear(&mut self) {
        self.buffer.fill(0);
        core::hint::black_box(&mut self.buffer);
        self.length = 0;
        self.overflow = false;
        self.whole = false;
    }

    /// The empty buffer, lent to build an answer in: a small chip has no memory for another one.
    pub fn scratch(&mut self) -> &mut [u8; limits::FRAME] {
        self.clear();
        &mut self.buffer
    }
}

impl Drop for FrameReader {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Writes a message in the clear as a frame, closing zero included, and returns the part of `out` used.
/// [`limits::FRAME`] bytes are always enough.
pub fn encode_clear<'o, M: Message>(
    sequence: u16,
    message: &M,
    out: &'o mut [u8],
) -> Result<&'o [u8], EncodeError> {
    codec::check_limits(message)?;
    encode(Header { kind: Kind::Clear, sequence }, out, |sink| {
        minicbor::encode(message, sink).map_err(|_| EncodeError::NoRoom)
    })
}

/// Writes a handshake message as a frame.
pub fn encode_handshake<'o>(
    sequence: u16,
    message: &[u8],
    out: &'o mut [u8],
) -> Result<&'o [u8], EncodeError> {
    encode(Header { kind: Kind::Handshake, sequence }, out, |sink| {
        sink.write_all(message).map_err(|_| EncodeError::NoRoom)
    })
}

/// Encrypts a message and writes it as a frame. `scratch` holds the message in between, in the clear at first: at least
/// [`limits::PAYLOAD`] bytes.
pub fn encode_sealed<'o, M: Message>(
    channel: &mut Channel,
    sequence: u16,
    message: &M,
    scratch: &mut [u8],
    out: &'o mut [u8],
) -> Result<&'o [u8], EncodeError> {
    codec::check_limits(message)?;
    let header = Header { kind: Kind::Channel, sequence };
    let mut cursor = Cursor::new(&mut *scratch);
    minicbor::encode(message, &mut cursor).map_err(|_| EncodeError::NoRoom)?;
    let length = cursor.position();
    let sealed = channel
        .seal(&header.to_bytes(), scratch, length)
        .ok()
        .and_then(|length| scratch.get(..length))
        .ok_or(EncodeError::NotSealed)?;
    encode(header, out, |sink| sink.write_all(sealed).map_err(|_| EncodeError::NoRoom))
}

fn encode(
    header: Header,
    out: &mut [u8],
    write: impl FnOnce(&mut Sink<'_>) -> Result<(), EncodeError>,
) -> Result<&[u8], EncodeError> {
    let room = out.len().checked_sub(1).ok_or(EncodeError::NoRoom)?;
    let mut sink = Sink { cobs: CobsEncoder::new(&mut out[..room]), crc: CRC.digest() };
    sink.write_all(&header.to_bytes()).map_err(|_| EncodeError::NoRoom)?;
    write(&mut sink)?;
    let Sink { mut cobs, crc } = sink;
    cobs.push(&crc.finalize().to_be_bytes()).map_err(|_| EncodeError::NoRoom)?;
    let length = cobs.finalize();
    out[length] = 0;
    Ok(&out[..=length])
}

/// Stuffs and sums while the payload is written, so that a message in the clear needs no second buffer.
struct Sink<'o> {
    cobs: CobsEncoder<'o>,
    crc: Digest<'static, u32, Table<1>>,
}

impl Write for Sink<'_> {
    type Error = cobs::DestBufTooSmallError;

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), Self::Error> {
        self.crc.update(bytes);
        self.cobs.push(bytes)
    }
}
