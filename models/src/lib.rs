//! What do we know of each network, and where does its file lie?
//!
//! This crate holds everything about Wetsign's networks that is not arithmetic on pixels or sound: the manifest that
//! pins each file by its digest, the cache that the files are read from, and the rules that scores are weighed by. It
//! has no C++ in it and no network access, so the daemon and the auditor's program can use it too.
//!
//! - [`manifest`]: `models/manifest.toml`, the one list of packages, files, digests, licences, shapes and trust tiers.
//! - [`store`]: the cache on disk. A file whose digest differs from the manifest's is never handed out.
//! - [`calibration`]: scores as evidence, and face and voice together.
//! - [`linear`] and [`face_pad`]: many measurements as one piece of evidence; whether a face is a print or a screen.
//! - [`lip_reading`]: what the sound says of the lips.
//! - [`trained`]: a model that was trained here, as a signed file.
//! - [`card`]: one page a network, written from the manifest.
//! - [`template`]: keyed rotation, quantisation, cosine.
//! - [`text`]: scores of a request's text that the owner's rules may ask for.
//!
//! ```
//! use wetsign_models::manifest::{Manifest, Trust};
//!
//! let entry = Manifest::embedded().entry("mobilefacenet").unwrap();
//! assert_eq!(entry.trust, Trust::Accept);
//! assert_eq!(entry.outputs[0].shape, [2, 192]);
//! ```

pub mod calibration;
pub mod card;
mod digest;
pub mod face_pad;
pub mod linear;
pub mod lip_reading;
pub mod manifest;
pub mod store;
pub mod template;
pub mod text;
pub mod trained;
pub mod trained_voice;
pub mod voice_rooms;
