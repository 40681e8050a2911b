//! Frames: `COBS(version ‖ sequence (big-endian) ‖ message ‖ CRC-32C (big-endian)) ‖ 0x00`.
//!
//! COBS (Cheshire and Baker, 1999) leaves zero for the end of a frame alone, so a reader that lost its place is in
//! step again after one zero. CRC-32C (Castagnoli) finds every error of up to five bits in a short message; it
//! guards against noise, not against people. The sequence number ties an answer to its request: one that comes
//! after its deadline is not taken for the answer to the next.

use cobs::CobsEncoder;
use crc::{CRC_32_ISCSI, Crc, Digest, Table};
use minicbor::encode::Write;

use crate::{
    codec::{self, Message},
    error::{DecodeError, EncodeError, FrameError},
    limits,
    message::{Request, Response},
};

/// The version this code speaks.
pub const WIRE_VERSION: u8 = 1;

const CRC: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISCSI);

/// A sound frame; its message is not decoded yet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Frame<'b> {
    /// Chosen by the asker, repeated in the answer.
    pub sequence: u16,
    message: &'b [u8],
}

impl<'b> Frame<'b> {
    /// The message as a request.
    pub fn request(&self) -> Result<Request<'b>, DecodeError> {
        codec::decode(self.message)
    }

    /// The message as a response.
    pub fn response(&self) -> Result<Response<'b>, DecodeError> {
        codec::decode(self.message)
    }

    /// Opens what stood between two zero bytes, in place.
    pub fn open(stuffed: &'b mut [u8]) -> Result<Self, FrameError> {
        let length = cobs::decode_in_place(stuffed).map_err(|_| FrameError::Stuffing)?;
        let stuffed: &'b [u8] = stuffed;
        let body = stuffed.get(..length).ok_or(FrameError::Stuffing)?;
        if body.len() > limits::BODY {
            return Err(FrameError::TooLong);
        }
        let too_short = FrameError::TooShort { found: body.len() };
        let (covered, checksum) = body.split_last_chunk::<{ limits::CHECKSUM }>().ok_or(too_short)?;
        let ([version, high, low], message) =
            covered.split_first_chunk::<{ limits::HEADER }>().ok_or(too_short)?;
        if CRC.checksum(covered) != u32::from_be_bytes(*checksum) {
            return Err(FrameError::Checksum);
        }
        let sequence = u16::from_be_bytes([*high, *low]);
        if *version != WIRE_VERSION {
            return Err(FrameError::Version { found: *version, sequence });
        }
        Ok(Self { sequence, message })
    }
}

/// Collects bytes from the line until a frame is whole.
///
/// Call [`push`](Self::push) for each byte; when it says true, take [`frame`](Self::frame), then go on pushing.
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

    /// The frame that was closed last.
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
}

impl Drop for FrameReader {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Writes a message as a frame, closing zero included, and returns the part of `out` used.
/// [`limits::FRAME`] bytes are always enough.
pub fn encode_frame<'o, M: Message>(
    sequence: u16,
    message: &M,
    out: &'o mut [u8],
) -> Result<&'o [u8], EncodeError> {
    codec::check_limits(message)?;
    let room = out.len().checked_sub(1).ok_or(EncodeError::NoRoom)?;
    let mut sink = Sink { cobs: CobsEncoder::new(&mut out[..room]), crc: CRC.digest() };
    let [high, low] = sequence.to_be_bytes();
    sink.write_all(&[WIRE_VERSION, high, low]).map_err(|_| EncodeError::NoRoom)?;
    minicbor::encode(message, &mut sink).map_err(|_| EncodeError::NoRoom)?;
    let Sink { mut cobs, crc } = sink;
    cobs.push(&crc.finalize().to_be_bytes()).map_err(|_| EncodeError::NoRoom)?;
    let length = cobs.finalize();
    out[length] = 0;
    Ok(&out[..=length])
}

/// Stuffs and sums while the message is written, so that no second buffer is needed.
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
