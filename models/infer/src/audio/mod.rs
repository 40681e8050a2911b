//! Sound: reading, one rate for all networks, and whether it is good enough to be judged.
//!
//! Networks hear 16 kHz mono in −1..1. *Activity* is what
//! [`voice_activity`](crate::Voice::voice_activity) gives: a probability of speech for each window of
//! 512 samples (32 ms).

mod bounds;
mod denoise;
mod measure;
mod mono;
mod read;
mod resample;
mod room;
mod wav;

use std::fmt;

use zeroize::Zeroize;

pub use denoise::denoise;
pub use measure::{clipping_ratio, floor_db, snr_db, speech_seconds, trim_speech, without_offset};
pub use mono::to_mono;
pub use read::read_file;
pub use resample::resample_16k;
pub use room::{convolve, heard_in, made, normal, room};

/// Samples a second that every network here expects.
pub const RATE: u32 = 16_000;

/// Samples in one window of voice activity.
pub const WINDOW: usize = 512;

/// Mono sound. It may be a person's voice: the samples are wiped when dropped, and `Debug` does not show them.
#[derive(Clone, PartialEq)]
pub struct Sound {
    /// Samples, −1..1.
    pub samples: Vec<f32>,
    /// Samples a second.
    pub rate: u32,
}

impl fmt::Debug for Sound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sound").field("samples", &self.samples.len()).field("rate", &self.rate).finish()
    }
}

impl Drop for Sound {
    fn drop(&mut self) {
        self.samples.zeroize();
    }
}

impl Sound {
    /// Length in seconds.
    pub fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.rate.max(1))
    }
}

/// Joins pieces of 16 kHz sound, each brought to a peak of one half and followed by a silent gap.
pub fn join<P: AsRef<Vec<f32>>>(pieces: &[P], gap_seconds: f64) -> Vec<f32> {
    let gap = (gap_seconds.max(0.0) * f64::from(RATE)) as usize;
    let mut out = Vec::new();
    for piece in pieces.iter().map(AsRef::as_ref) {
        let peak = piece.iter().fold(0.0_f32, |p, s| p.max(s.abs()));
        let scale = 0.5 / (peak + 1e-9);
        out.extend(piece.iter().map(|s| s * scale));
        out.resize(out.len() + gap, 0.0);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_of_a_sound_is_its_length() {
        let sound = Sound { samples: vec![0.125; 3], rate: RATE };
        assert_eq!(format!("{sound:?}"), "Sound { samples: 3, rate: 16000 }");
    }

    #[test]
    fn joined_pieces_peak_at_one_half_and_end_in_a_gap() {
        let out = join(&[vec![0.1_f32, -0.2], vec![0.9_f32]], 0.001);
        assert_eq!(out.len(), 2 + 16 + 1 + 16);
        assert!((out[1] + 0.5).abs() < 1e-6 && (out[18] - 0.5).abs() < 1e-6);
        assert!(out[2..18].iter().all(|s| *s == 0.0));
    }
}
