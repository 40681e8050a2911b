//! What do daemon and sensor say to each other?
//!
//! The messages are those of `proto/sensor.proto` (package `wetsign.sensor.v1`): [`ToSensor`] one way, [`FromSensor`]
//! the other. They go over one Unix stream socket, each behind a four-byte length in network order. This crate does no
//! input or output of its own: [`encode`] gives bytes, and a [`Decoder`] is fed with whatever arrived and gives
//! messages, so that the same code serves blocking sockets and tokio.
//!
//! ```
//! use wetsign_sensor_ipc::{Decoder, ListDevices, ToSensor, encode, to_sensor::Kind};
//!
//! let sent = ToSensor::from(Kind::ListDevices(ListDevices::default()));
//! let bytes = encode(&sent)?;
//! let mut decoder = Decoder::<ToSensor>::new();
//! decoder.feed(&bytes[..3]);
//! assert_eq!(decoder.next_message()?, None);
//! decoder.feed(&bytes[3..]);
//! assert_eq!(decoder.next_message()?, Some(sent));
//! # Ok::<(), wetsign_sensor_ipc::FrameError>(())
//! ```

mod framing;
mod message;

/// Code generated from `proto/sensor.proto`, where it is documented (the generator leaves out what is said of a
/// `oneof`); everything in it is exported at the crate's root.
#[allow(clippy::pedantic, missing_docs, unused_qualifications)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/wetsign.sensor.v1.rs"));
}

pub use framing::{Decoder, FrameError, MAX_MESSAGE, encode, read_message, write_message};
pub use generated::*;
pub use message::MAX_PREVIEW;
