//! Does a voice come from a person before the microphone, or from a synthesiser or a loudspeaker? Signal features, and
//! a small classifier over them. It is advice: no gate asks it.

use wetsign_models::store::ModelStore;

pub use super::lfcc::{BAND, COEFFICIENTS as CEPSTRAL_COEFFICIENTS};
use super::lfcc::{BINS, COEFFICIENTS, coefficients, deltas, spectra};
pub use super::traces::Traces;
use super::traces::decibels;
use wetsign_infer::runtime::{Net, environment};
use wetsign_infer::{InferError, Result};

const NAME: &str = "voice-pad";
/// Frames this far below the loudest are no speech, decibels.
const SPEECH_DB: f64 = 25.0;
/// Nor are frames that stand less than this over the quietest tenth: they are the noise that everything was taken with.
const OVER_NOISE_DB: f64 = 6.0;
/// Frames of speech that statistics need: half a second.
const FEWEST: usize = 50;

/// Values of [`Analysis::speech`].
pub const SPEECH_FEATURES: usize = 3 * COEFFICIENTS;
/// Values of [`Analysis::features`], the classifier's input.
pub const FEATURES: usize = SPEECH_FEATURES + 4;

/// A recording's features.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// Standard deviations over the speech of the 20 cepstral coefficients, of their first, and of their second
    /// differences. Their means are left out: they are as much the microphone's as the voice's.
    pub speech: Vec<f64>,
    /// Means and standard deviations of the coefficients over the quietest tenth of the frames: for a check that
    /// silence gives nothing away, and for nothing else.
    pub silence: Vec<f64>,
    /// What the sound's way has left.
    pub traces: Traces,
}

impl Analysis {
    /// Of 16 kHz mono sound in −1..1; `None` if it holds less than half a second of speech.
    pub fn of(samples: &[f32]) -> Option<Self> {
        let spectra = spectra(samples);
        let level = |power: &[f64; BINS]| decibels(power.iter().sum());
        let levels: Vec<f64> = spectra.iter().map(level).collect();
        let mut order: Vec<usize> = (0..levels.len()).collect();
        order.sort_by(|a, b| levels[*a].total_cmp(&levels[*b]));
        let loudest = levels[*order.last()?];
        let tenth = (order.len() / 10).max(1);
        let (quiet, loud) = (&order[..tenth], &order[order.len() - tenth..]);
        let noise = quiet.iter().map(|index| levels[*index]).sum::<f64>() / tenth as f64;
        let least = (loudest - SPEECH_DB).max(noise + OVER_NOISE_DB);
        let speech: Vec<usize> = (0..levels.len()).filter(|index| levels[*index] > least).collect();
        if speech.len() < FEWEST || !loudest.is_finite() {
            return None;
        }
        let rows: Vec<_> = spectra.iter().map(coefficients).collect();
        let first = deltas(&rows);
        let second = deltas(&first);
        let of_speech =
            [&rows, &first, &second].into_iter().flat_map(|rows| moments(rows, &speech).1).collect();
        let (means, deviations) = moments(&rows, quiet);
        let traces = Traces::of(&spectra, loud, quiet);
        Some(Self { speech: of_speech, silence: [means, deviations].concat(), traces })
    }

    /// [`Analysis::speech`], then [`Analysis::traces`].
    pub fn features(&self) -> Vec<f64> {
        self.speech.iter().copied().chain(self.traces.values()).collect()
    }
}

/// Mean and standard deviation of each coefficient over some rows.
fn moments(rows: &[[f64; COEFFICIENTS]], chosen: &[usize]) -> (Vec<f64>, Vec<f64>) {
    let count = chosen.len() as f64;
    let over = |value: &dyn Fn(usize) -> f64| chosen.iter().map(|row| value(*row)).sum::<f64>() / count;
    let means: Vec<f64> = (0..COEFFICIENTS).map(|k| over(&|row| rows[row][k])).collect();
    let spread = |k: usize| over(&|row| (rows[row][k] - means[k]).powi(2)).sqrt();
    let deviations = (0..COEFFICIENTS).map(spread).collect();
    (means, deviations)
}

/// What the classifier says of a recording, each 0..1, higher is a living voice before the microphone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VoicePadScore {
    /// Against synthesised speech.
    pub synthesis: f32,
    /// Against a loudspeaker.
    pub replay: f32,
}

/// The trained classifier, run by ONNX Runtime like every other network.
pub struct VoicePad(Net);

impl VoicePad {
    /// From the bytes of an ONNX file that was checked against the digest in its signed model file.
    ///
    /// # Errors
    /// ONNX Runtime missing or too old, or bytes that are no such classifier.
    pub fn load(store: &ModelStore, onnx: &[u8]) -> Result<Self> {
        let library = store.runtime_library().map_err(|e| InferError::Store(e.to_string()))?;
        let net = Net::from_bytes(&environment(&library)?, NAME, onnx)?;
        let shape = net.input_shape(0);
        if shape.last() != Some(&(FEATURES as i64)) {
            let why =
                format!("it takes features of shape {shape:?}, and here are {FEATURES}: train it again");
            return Err(InferError::Network { name: NAME, why });
        }
        Ok(Self(net))
    }

    /// Scores of a recording's [`Analysis::features`].
    ///
    /// # Errors
    /// Another number of features; an answer that is no number.
    pub fn score(&mut self, features: &[f64]) -> Result<VoicePadScore> {
        if features.len() != FEATURES {
            let found = features.len();
            return Err(InferError::Shape { name: NAME, what: "input", found, expected: FEATURES });
        }
        let features: Vec<f32> = features.iter().map(|value| *value as f32).collect();
        let outputs = self.0.run_one(&[1, FEATURES], &features)?;
        match Net::values(NAME, &outputs[0], "scores", 2)? {
            [synthesis, replay] if synthesis.is_finite() && replay.is_finite() => {
                Ok(VoicePadScore { synthesis: *synthesis, replay: *replay })
            }
            other => Err(InferError::Network { name: NAME, why: format!("it answered {other:?}") }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A second of a buzz, half a second of nearly nothing.
    fn buzz(level: f32) -> Vec<f32> {
        let wave = |i: usize| if i % 128 < 64 { level } else { -level };
        (0..24_000).map(|i| if i < 16_000 { wave(i) } else { wave(i * 3) * 1e-4 }).collect()
    }

    #[test]
    fn loudness_alone_changes_no_feature() {
        let (soft, loud) = (Analysis::of(&buzz(0.1)).unwrap(), Analysis::of(&buzz(0.4)).unwrap());
        assert_eq!(soft.features().len(), FEATURES);
        for (a, b) in soft.features().iter().zip(loud.features()) {
            assert!((a - b).abs() < 1e-2 * b.abs().max(1.0), "{a} {b}");
        }
    }

    #[test]
    fn a_sound_without_enough_speech_or_without_numbers_has_no_features() {
        assert!(Analysis::of(&buzz(0.1)[..6_000]).is_none());
        assert!(Analysis::of(&[]).is_none());
        assert!(Analysis::of(&vec![f32::NAN; 24_000]).is_none());
    }
}
