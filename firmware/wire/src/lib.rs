//! What goes over the serial line between the kiosk's host and its secure element?
//!
//! One request, one answer, in frames ([`frame`]): `COBS(version ‖ kind ‖ sequence ‖ payload ‖ CRC-32C) ‖ 0x00`. A
//! message is a [`Request`] or a [`Response`] in deterministic CBOR ([`message`]), every size bounded by the table in
//! [`limits`]; all but `Identity` and refusals travel inside an authenticated, encrypted [`channel`]. The same bytes go
//! to the software stand-in (Unix socket), to an emulated board and to a real one (serial line). [`eat`] names the
//! claims, the profile and the algorithm of the attestation token, [`certificate`] what the element reads of its own,
//! and [`binding`] the byte strings that bind a signature to what it is for.
//!
//! `no_std`, no allocation: slices are borrowed from the frame they came in.
//!
//! ```
//! use wetsign_wire::{Request, encode_clear, limits, FrameReader};
//!
//! let mut out = [0; limits::FRAME];
//! let frame = encode_clear(7, &Request::Identity, &mut out).unwrap();
//!
//! let mut reader = FrameReader::new();
//! let end = frame.iter().position(|byte| reader.push(*byte)).unwrap();
//! assert_eq!(end, frame.len() - 1);
//! let received = reader.frame().unwrap();
//! assert_eq!(received.header.sequence, 7);
//! assert_eq!(Request::from_bytes(received.payload).unwrap(), Request::Identity);
//! ```

#![no_std]

pub mod binding;
pub mod certificate;
pub mod channel;
pub mod eat;
pub mod error;
pub mod frame;
pub mod limits;
pub mod message;
pub mod refusal;

mod codec;

pub use error::{DecodeError, EncodeError, FrameError};
pub use frame::{Frame, FrameReader, Header, Kind, encode_clear, encode_handshake, encode_sealed};
pub use limits::WIRE_VERSION;
pub use message::{Answer, Identity, Pattern, Request, Response};
pub use refusal::RefusalCode;
