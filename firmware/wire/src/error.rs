//! What can be wrong with bytes on the line.

use core::fmt;

use crate::limits::{self, WIRE_VERSION};

/// Why a frame was not accepted. After any of them the reader waits for the next zero byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FrameError {
    /// More than [`limits::FRAME`] bytes came without a closing zero.
    TooLong,
    /// The byte stuffing is broken.
    Stuffing,
    /// The body is shorter than header and checksum.
    TooShort {
        /// Bytes found after unstuffing.
        found: usize,
    },
    /// The checksum differs: bytes were lost or changed on the line.
    Checksum,
    /// The other side speaks another version.
    Version {
        /// The version it speaks.
        found: u8,
        /// The sequence number of its frame, to answer with.
        sequence: u16,
    },
    /// The frame carries something that this version does not know.
    Kind {
        /// The kind it says.
        found: u8,
        /// The sequence number of the frame, to answer with.
        sequence: u16,
    },
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "frame longer than {} bytes", limits::FRAME),
            Self::Stuffing => f.write_str("frame with broken COBS stuffing"),
            Self::TooShort { found } => {
                let least = limits::HEADER + limits::CHECKSUM;
                write!(f, "frame body of {found} bytes, need at least {least}")
            }
            Self::Checksum => {
                f.write_str("frame with a wrong CRC-32C: bytes were lost or changed on the line")
            }
            Self::Kind { found, .. } => write!(f, "frame of kind {found}, only 0 to 2 are known"),
            Self::Version { found, .. } => {
                write!(
                    f,
                    "frame of wire version {found}, this side speaks {WIRE_VERSION}: update the older side"
                )
            }
        }
    }
}

impl core::error::Error for FrameError {}

/// Why a message inside a sound frame was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// No such message, a wrong type, or bytes missing.
    Malformed,
    /// Not the one deterministic encoding (RFC 8949 § 4.2.1), unknown extra fields, or trailing bytes.
    NotCanonical,
    /// A field is over its bound.
    OverLimit {
        /// Which field.
        field: &'static str,
        /// Its length in bytes.
        found: usize,
        /// The bound.
        limit: usize,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("message is not one of this protocol"),
            Self::NotCanonical => f.write_str("message is not in deterministic CBOR, or has trailing bytes"),
            Self::OverLimit { field, found, limit } => {
                write!(f, "{field} has {found} bytes, at most {limit} are allowed")
            }
        }
    }
}

impl core::error::Error for DecodeError {}

/// Why a message could not be put in a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// The output slice is too small; [`limits::FRAME`] bytes are always enough.
    NoRoom,
    /// No room to encrypt ([`limits::PAYLOAD`] bytes are enough), or the channel has used up its nonces.
    NotSealed,
    /// A field is over its bound.
    OverLimit {
        /// Which field.
        field: &'static str,
        /// Its length in bytes.
        found: usize,
        /// The bound.
        limit: usize,
    },
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRoom => write!(f, "output too small for the frame; give {} bytes", limits::FRAME),
            Self::NotSealed => write!(f, "cannot be encrypted; give {} bytes of scratch", limits::PAYLOAD),
            Self::OverLimit { field, found, limit } => {
                write!(f, "{field} has {found} bytes, at most {limit} can be sent")
            }
        }
    }
}

impl core::error::Error for EncodeError {}
