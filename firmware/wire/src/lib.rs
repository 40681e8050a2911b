//! What goes over the serial line between the kiosk's host and its secure element?
//!
//! One request, one answer, in frames ([`frame`]): `COBS(version ‖ sequence ‖ message ‖ CRC-32C) ‖ 0x00`.
//! A message is a [`Request`] or a [`Response`] in deterministic CBOR ([`message`]), every size bounded by the
//! table in [`limits`]. The same bytes go to the software stand-in (Unix socket), to an emulated board and to a
//! real one (serial line). [`eat`] names the claims, the profile and the algorithm of the attestation token, and
//! [`binding`] the byte strings that bind a token to its session.
//!
//! `no_std`, no allocation: slices are borrowed from the frame they came in.
//!
//! ```
//! use wetsign_wire::{Request, encode_frame, limits, FrameReader};
//!
//! let mut out = [0; limits::FRAME];
//! let frame = encode_frame(7, &Request::Counter, &mut out).unwrap();
//!
//! let mut reader = FrameReader::new();
//! let end = frame.iter().position(|byte| reader.push(*byte)).unwrap();
//! assert_eq!(end, frame.len() - 1);
//! let received = reader.frame().unwrap();
//! assert_eq!((received.sequence, received.request().unwrap()), (7, Request::Counter));
//! ```

#![no_std]

pub mod binding;
pub mod eat;
pub mod error;
pub mod frame;
pub mod limits;
pub mod message;

mod codec;

pub use error::{DecodeError, EncodeError, FrameError};
pub use frame::{Frame, FrameReader, WIRE_VERSION, encode_frame};
pub use message::{Answer, Identity, RefusalCode, Request, Response};
