//! What do the camera's pictures and the microphone's sound show?
//!
//! [`Networks`] holds every network of a session, loaded once from the verified store of `wetsign-models`: faces, mesh,
//! embeddings, passive presentation-attack scores, voice activity, speaker, transcript. [`Frame`] is a picture,
//! [`audio::Sound`] a recording; [`geometry`], [`depth`], [`flatness`], [`lips`] and [`quality`] read measures from
//! them. Nothing here decides: every function answers with a number or with an error, and the gates are in
//! `wetsign-models`.
//!
//! ```no_run
//! use std::path::Path;
//! use wetsign_infer::{Networks, VideoReader, geometry};
//! use wetsign_models::store::ModelStore;
//!
//! let mut networks = Networks::load(&ModelStore::open_default()?, 1)?;
//! for frame in VideoReader::open(Path::new("woman.mp4"))? {
//!     let (seconds, frame) = frame?;
//!     for face in networks.sight.faces(&frame)? {
//!         let mesh = networks.sight.mesh(&frame, &face)?;
//!         println!("{seconds:.2} s: yaw {:+.2}, live {:.2}", geometry::pose(&mesh).yaw, networks.passive.pad_fas(&frame, &face)?);
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(test)]
mod agreement;
pub mod audio;
pub mod depth;
pub mod draw;
mod error;
pub mod eyes;
mod face;
mod film;
pub mod flatness;
mod frame;
pub mod geometry;
pub mod light;
pub mod lips;
mod memory;
mod networks;
mod picture;
mod pixels;
pub mod quality;
pub mod runtime;
pub mod sheet;
pub mod timing;
mod video;
mod voice;

pub use error::{InferError, Result};
pub use face::{Chip, Crop, Face, Mesh, cues, points};
pub use frame::Frame;
pub use networks::{
    AlternativeFaceEmbedder, Networks, OptionalPad, PAD_FEATURES, Passive, Sight, Voice, Words, log_odds,
    open as open_network,
};
pub use video::VideoReader;
pub use wetsign_onnx::start_quiet;
