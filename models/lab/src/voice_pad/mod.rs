//! Voice presentation attack detection, trained and measured here: real speakers against synthesisers and simulated
//! loudspeakers.
//!
//! Speakers and synthesisers of a fit are never those of its test, and every recording passes the same [`channel`]
//! before it is looked at. [`analysis`] reads features and asks the classifier, [`material`] finds the recordings and
//! joins their [`pieces`] to phrases, [`channel`] is the physical model, [`fit`] fits, [`folds`] leaves out, [`area`]
//! compares, [`assess`] measures on what the fit does not know, [`onnx`] writes the classifier for ONNX Runtime. Two
//! detectors look at one recording: one for synthesis, one for replay.

pub mod analysis;
pub mod area;
pub mod assess;
pub mod channel;
pub mod fit;
pub mod folds;
mod lfcc;
pub mod material;
pub mod onnx;
pub mod pieces;
mod traces;
