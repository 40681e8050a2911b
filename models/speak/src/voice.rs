//! The network that speaks.

use std::path::Path;

use ort::environment::Environment;
use ort::session::Session;
use ort::value::TensorRef;

use crate::error::SpeakError;
use crate::symbols::numbers;

/// Names of the network's inputs: phonemes, how many, and the three scales.
const INPUTS: [&str; 3] = ["input", "input_lengths", "scales"];

/// A network with its session.
pub struct Voice(Session);

impl Voice {
    /// Opens a file; it runs on `threads` threads of its own.
    ///
    /// # Errors
    /// ONNX Runtime refuses it, or it has other inputs than a voice of Piper's.
    pub fn open(environment: &Environment, path: &Path, threads: usize) -> Result<Self, SpeakError> {
        Self::of(wetsign_onnx::builder(environment, threads, true)?.commit_from_file(path)?)
    }

    /// The same from the file's bytes.
    ///
    /// # Errors
    /// As [`Voice::open`].
    pub fn from_bytes(environment: &Environment, onnx: &[u8], threads: usize) -> Result<Self, SpeakError> {
        Self::of(wetsign_onnx::builder(environment, threads, true)?.commit_from_memory(onnx)?)
    }

    fn of(session: Session) -> Result<Self, SpeakError> {
        let found: Vec<_> = session.inputs().iter().map(|input| input.name().to_owned()).collect();
        if found != INPUTS {
            return Err(SpeakError::Network(format!("it takes {found:?}; a voice takes {INPUTS:?}")));
        }
        Ok(Self(session))
    }

    /// Samples (−1..1, at the rate that it was trained on) of phonemes as eSpeak writes American English. `scales`:
    /// noise in the sound, its length, noise in the lengths; without noise the same phonemes give the same samples.
    ///
    /// # Errors
    /// A phoneme without a number; what ONNX Runtime says; samples that are no numbers.
    pub fn say(&mut self, phonemes: &str, scales: [f32; 3]) -> Result<Vec<f32>, SpeakError> {
        let spoken = numbers(phonemes)?;
        let length = [spoken.len() as i64];
        let phonemes = TensorRef::from_array_view(([1, spoken.len()], &*spoken))?;
        let length = TensorRef::from_array_view(([1], &length[..]))?;
        let scales = TensorRef::from_array_view(([3], &scales[..]))?;
        let inputs = ort::inputs!["input" => phonemes, "input_lengths" => length, "scales" => scales];
        let outputs = self.0.run(inputs)?;
        let (_, samples) = outputs[0].try_extract_tensor::<f32>()?;
        if samples.iter().any(|sample| !sample.is_finite()) {
            return Err(SpeakError::Network("it gave samples that are no numbers".into()));
        }
        Ok(samples.to_vec())
    }
}
