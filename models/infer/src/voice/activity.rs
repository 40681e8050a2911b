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
/// Level of the louder windows that sounds are brought to, root mean square. How much speech the network hears in
/// spelled letters depends on it, by a factor of eight in one speaker's; see `models/LIMITS.md`.
const LEVEL: f32 = 0.05;
/// Share of the windows that are louder.
const LOUDER: f32 = 0.05;
/// Quieter sounds are not raised further.
const MOST_GAIN: f32 = 30.0;

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
        let gain = gain(samples);
        let mut out = Vec::with_capacity(samples.len() / WINDOW);
        for window in samples.chunks_exact(WINDOW) {
            input.copy_within(WINDOW.., 0);
            input[CONTEXT..]
                .iter_mut()
                .zip(window)
                .for_each(|(to, sample)| *to = (gain * sample).clamp(-1.0, 1.0));
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

/// What brings a sound to [`LEVEL`].
fn gain(samples: &[f32]) -> f32 {
    let power = |window: &[f32]| (window.iter().map(|s| s * s).sum::<f32>() / WINDOW as f32).sqrt();
    let mut levels: Vec<f32> = samples.chunks_exact(WINDOW).map(power).collect();
    levels.sort_unstable_by(f32::total_cmp);
    let loud =
        levels.len().checked_sub(1).map_or(0.0, |last| levels[((1.0 - LOUDER) * last as f32) as usize]);
    if loud > LEVEL / MOST_GAIN { LEVEL / loud } else { MOST_GAIN }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loud_and_quiet_sounds_come_to_one_level_and_near_silence_is_not_raised_without_end() {
        let tone = |level: f32| [level, -level].repeat(8_000);
        for level in [0.9, 0.3, 0.02, 0.002] {
            assert!((gain(&tone(level)) * level - LEVEL).abs() < 1e-4, "{level}");
        }
        for quiet in [tone(1e-5), tone(0.0), Vec::new()] {
            assert_eq!(gain(&quiet), MOST_GAIN);
        }
    }
}
