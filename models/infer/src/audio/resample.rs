//! Any rate to 16 kHz.

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler, WindowFunction};

use super::bounds::RATES;
use super::{RATE, Sound};
use crate::error::{InferError, Result};

/// The length of the filter, samples of 48 kHz and below. As long as this it is flat to 7.5 kHz; cut into the four
/// pieces that [`Fft::new`] makes of it, it loses 7 dB at 6.8 kHz, where fricatives are. Higher rates need it longer.
const CHUNK: usize = 1024;

/// The sound at 16 kHz, delay removed.
pub fn resample_16k(sound: &Sound) -> Result<Vec<f32>> {
    if sound.rate == RATE || sound.samples.is_empty() {
        return Ok(sound.samples.clone());
    }
    let failed = |why: String| InferError::Resample { from: sound.rate, why };
    if !RATES.contains(&sound.rate) {
        return Err(failed(format!("{} to {} samples a second are read", RATES.start(), RATES.end())));
    }
    let frames = sound.samples.len();
    let input = InterleavedSlice::new(&sound.samples, 1, frames).map_err(|e| failed(e.to_string()))?;
    let mut resampler = Fft::<f32>::new_custom(
        sound.rate as usize,
        RATE as usize,
        CHUNK.max(sound.rate as usize * CHUNK / 48_000),
        1,
        1,
        WindowFunction::BlackmanHarris2,
        FixedSync::Input,
    )
    .map_err(|e| failed(e.to_string()))?;
    let output = resampler.process_all(&input, frames, None).map_err(|e| failed(e.to_string()))?;
    Ok(output.take_data())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hertz: f64, rate: u32, seconds: f64) -> Sound {
        let count = (f64::from(rate) * seconds) as usize;
        let sample = |i: usize| (std::f64::consts::TAU * hertz * i as f64 / f64::from(rate)).sin() as f32;
        Sound { samples: (0..count).map(|i| 0.5 * sample(i)).collect(), rate }
    }

    #[test]
    fn a_tone_keeps_its_pitch_level_and_place() {
        for rate in [8_000, 44_100, 48_000] {
            let out = resample_16k(&tone(440.0, rate, 0.5)).unwrap();
            let want = tone(440.0, RATE, 0.5).samples.clone();
            assert!(out.len().abs_diff(want.len()) <= 1, "{rate}: {}", out.len());
            let middle = 2000..6000;
            let worst = out[middle.clone()].iter().zip(&want[middle]).map(|(a, b)| (a - b).abs());
            // Half a sample of delay is 0.043 here: between rates without a whole ratio it cannot be removed.
            assert!(worst.fold(0.0, f32::max) < 0.05, "{rate}");
        }
    }

    #[test]
    fn fricatives_keep_their_level_up_to_seven_and_a_half_kilohertz() {
        for rate in [44_100, 48_000, 96_000] {
            for hertz in [300.0, 3_000.0, 6_000.0, 6_800.0, 7_000.0, 7_400.0] {
                let out = resample_16k(&tone(hertz, rate, 0.5)).unwrap();
                let power = out[2000..6000].iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / 4000.0;
                let decibels = 10.0 * (power / 0.125).log10();
                assert!(decibels.abs() < 0.5, "{hertz} Hz from {rate}: {decibels:.2} dB");
            }
        }
    }

    #[test]
    fn a_rate_that_no_microphone_has_is_refused_at_once() {
        for rate in [0, 1, 100_000_000] {
            let error = resample_16k(&Sound { samples: vec![0.0; 4], rate }).unwrap_err().to_string();
            assert!(error.contains("4000 to 384000"), "{error}");
        }
    }

    #[test]
    fn what_sixteen_kilohertz_cannot_carry_is_gone() {
        let out = resample_16k(&tone(11_000.0, 48_000, 0.5)).unwrap();
        assert!(out[2000..6000].iter().all(|s| s.abs() < 0.01));
    }
}
