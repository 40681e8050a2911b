//! Silero VAD: is somebody speaking in these 32 ms?

use ort::value::TensorRef;

use crate::audio::{RATE, WINDOW};
use crate::error::Result;
use crate::runtime::Net;

/// Samples of the previous window that the network sees again.
const CONTEXT: usize = 64;
const STATE: [usize; 3] = [2, 1, 128];
const STATE_VALUES: usize = 256;
const NAME: &str = "silero-vad";

/// The detector. It keeps no state between recordings.
pub(crate) struct ActivityDetector {
    net: Net,
}

impl ActivityDetector {
    pub(crate) fn new(net: Net) -> Self {
        Self { net }
    }

    /// Probability of speech for each whole window of 512 samples at 16 kHz.
    pub(crate) fn detect(&mut self, samples: &[f32]) -> Result<Vec<f32>> {
        let mut state = vec![0.0_f32; STATE_VALUES];
        let mut input = vec![0.0_f32; CONTEXT + WINDOW];
        let rate = [i64::from(RATE)];
        let mut out = Vec::with_capacity(samples.len() / WINDOW);
        for window in samples.chunks_exact(WINDOW) {
            input.copy_within(WINDOW.., 0);
            input[CONTEXT..].copy_from_slice(window);
            let failure = |e: ort::Error| crate::InferError::Network { name: NAME, why: e.to_string() };
            let sound = TensorRef::from_array_view(([1, CONTEXT + WINDOW], &*input)).map_err(failure)?;
            let before = TensorRef::from_array_view((STATE, &*state)).map_err(failure)?;
            let sr = TensorRef::from_array_view((Vec::<i64>::new(), &rate[..])).map_err(failure)?;
            let outputs = self.net.run(ort::inputs!["input" => sound, "state" => before, "sr" => sr])?;
            out.push(Net::values(NAME, &outputs[0], "probability", 1)?[0]);
            let after = Net::values(NAME, &outputs[1], "state", STATE_VALUES)?.to_vec();
            drop(outputs);
            state = after;
        }
        Ok(out)
    }
}
