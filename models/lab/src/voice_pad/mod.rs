//! Voice presentation attack detection, trained and measured here: real speakers against synthesisers and simulated loudspeakers.
//!
//! Speakers and synthesisers of a fit are never those of its test, and every recording passes the same [`channel`] before it is looked
//! at. [`material`] finds the recordings, [`channel`] is the physical model, [`logistic`] fits, [`assess`] measures on what the fit does not
//! know, [`onnx`] writes the classifier for ONNX Runtime. Two detectors look at one recording: one for synthesis, one for
//! replay.

pub mod assess;
pub mod channel;
pub mod logistic;
pub mod material;
pub mod onnx;
