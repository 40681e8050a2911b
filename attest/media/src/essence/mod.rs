//! The medium itself, without what lies around it: samples, frames, pixels as they are coded, and no tag, no manifest.
//!
//! A manifest says that a file is not the one that was marked; its essence says what became of it: is it whole and only
//! the mark is gone, was it cut, coded anew, changed in one place, or is it another recording altogether?

mod bmff;
mod change;
mod flac;
mod jpeg;
mod layout;
mod medium;
mod mpeg;
mod riff;

pub use change::Change;
pub use medium::{Essence, Medium, PARTS};
