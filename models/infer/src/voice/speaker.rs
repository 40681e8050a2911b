//! GE2E speaker embedding (Wan et al. 2018, Resemblyzer's weights): whose voice it is, as a direction.

use super::mel::{BANDS, HOP, MelSpectrogram};
use crate::audio::RATE;
use crate::error::{InferError, Result};
use crate::quality::normalise;
use crate::runtime::Net;

/// Frames in one slice of sound (1.6 s).
const SLICE: usize = 160;
/// Slices a second.
const SLICE_RATE: f64 = 1.3;
/// The last slice counts if at least this share of it is sound.
const COVERAGE: f64 = 0.75;
/// Quiet sound is raised to this level, dBFS; loud sound stays.
const LEVEL_DB: f64 = -30.0;
/// Least sound for an embedding: 0.4 s.
const SHORTEST: usize = RATE as usize * 2 / 5;

/// The embedder.
pub(crate) struct SpeakerEmbedder {
    net: Net,
    mel: MelSpectrogram,
}

impl SpeakerEmbedder {
    /// Length of the embedding.
    pub(crate) const DIMENSIONS: usize = 256;

    pub(crate) fn new(net: Net) -> Self {
        Self { net, mel: MelSpectrogram::new() }
    }

    /// Unit embedding of 16 kHz speech: the mean over overlapping slices.
    pub(crate) fn embed(&mut self, samples: &[f32]) -> Result<Vec<f32>> {
        Ok(mean(&self.slices(samples)?))
    }

    /// Unit embeddings of both halves of 16 kHz speech, by its slices; none: there is one slice alone.
    pub(crate) fn halves(&mut self, samples: &[f32]) -> Result<Option<[Vec<f32>; 2]>> {
        let all = self.slices(samples)?;
        let (first, second) = all.split_at(all.len() / Self::DIMENSIONS / 2 * Self::DIMENSIONS);
        Ok((!first.is_empty()).then(|| [mean(first), mean(second)]))
    }

    /// The embedding of each slice, one after the other.
    fn slices(&mut self, samples: &[f32]) -> Result<Vec<f32>> {
        if samples.len() < SHORTEST {
            let needed_for = "a speaker embedding";
            return Err(InferError::TooShort { found: samples.len(), needed: SHORTEST, needed_for });
        }
        let starts = slices(samples.len());
        let end = (starts[starts.len() - 1] + SLICE) * HOP;
        let mut sound = levelled(samples);
        if end >= sound.len() {
            sound.resize(end, 0.0);
        }
        let frames = self.mel.frames(&sound);
        let mut batch = Vec::with_capacity(starts.len() * SLICE * BANDS);
        for start in &starts {
            let slice = frames.get(start * BANDS..(start + SLICE) * BANDS).ok_or(InferError::TooShort {
                found: samples.len(),
                needed: end,
                needed_for: "a slice of 1.6 s",
            })?;
            batch.extend_from_slice(slice);
        }
        let outputs = self.net.run_one(&[starts.len(), SLICE, BANDS], &batch)?;
        let all = Net::values("ge2e", &outputs[0], "embeddings", starts.len() * Self::DIMENSIONS)?;
        Ok(all.to_vec())
    }
}

/// Of embeddings one after the other.
fn mean(all: &[f32]) -> Vec<f32> {
    let mut sum = vec![0.0_f32; SpeakerEmbedder::DIMENSIONS];
    for one in all.chunks_exact(SpeakerEmbedder::DIMENSIONS) {
        sum.iter_mut().zip(one).for_each(|(s, v)| *s += v);
    }
    normalise(&sum)
}

/// First frame of each slice.
fn slices(samples: usize) -> Vec<usize> {
    let step = (f64::from(RATE) / SLICE_RATE / HOP as f64).round() as usize;
    let frames = (samples + 1).div_ceil(HOP);
    let limit = (frames + step + 1).saturating_sub(SLICE).max(1);
    let mut starts: Vec<usize> = (0..limit).step_by(step).collect();
    if let [.., last] = starts[..] {
        let covered = (samples as f64 - (last * HOP) as f64) / (SLICE * HOP) as f64;
        if covered < COVERAGE && starts.len() > 1 {
            starts.pop();
        }
    }
    starts
}

/// The sound raised to [`LEVEL_DB`] if it is quieter.
fn levelled(samples: &[f32]) -> Vec<f64> {
    let power = samples.iter().map(|s| f64::from(*s) * f64::from(*s)).sum::<f64>() / samples.len() as f64;
    let gain_db = LEVEL_DB - 10.0 * (power + 1e-12).log10();
    let gain = if gain_db > 0.0 { 10.0_f64.powf(gain_db / 20.0) } else { 1.0 };
    samples.iter().map(|s| f64::from(*s) * gain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_overlap_and_a_short_tail_is_dropped() {
        assert_eq!(slices(6_400), [0]);
        assert_eq!(slices(16_000 * 3), [0, 77, 154]);
        assert_eq!(slices(16_000 * 3 - 4_400), [0, 77]);
    }

    #[test]
    fn quiet_sound_is_raised_and_loud_sound_left() {
        let quiet = levelled(&[0.001; 100]);
        assert!((20.0 * quiet[0].log10() - LEVEL_DB).abs() < 1e-3);
        assert_eq!(levelled(&[0.5; 4]), vec![0.5; 4]);
    }
}
