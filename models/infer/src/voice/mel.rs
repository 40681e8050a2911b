//! Mel power spectrogram as GE2E was trained on: 16 kHz, 25 ms Hann windows every 10 ms, 40 Slaney bands, linear power.

use std::f64::consts::TAU;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

use crate::audio::RATE;

/// Samples in an analysis window.
pub(crate) const WINDOW: usize = 400;
/// Samples between windows.
pub(crate) const HOP: usize = 160;
/// Bands.
pub(crate) const BANDS: usize = 40;

/// The transform with its window and filters.
pub(crate) struct MelSpectrogram {
    transform: Arc<dyn RealToComplex<f64>>,
    window: Vec<f64>,
    /// For each band: its first bin and its weights.
    filters: Vec<(usize, Vec<f64>)>,
}

impl MelSpectrogram {
    pub(crate) fn new() -> Self {
        let hann = |n: usize| 0.5 - 0.5 * (TAU * n as f64 / WINDOW as f64).cos();
        Self {
            transform: RealFftPlanner::new().plan_fft_forward(WINDOW),
            window: (0..WINDOW).map(hann).collect(),
            filters: filters(),
        }
    }

    /// Frames × bands, row by row. Windows are centred: half a window of silence stands before and after.
    pub(crate) fn frames(&self, samples: &[f64]) -> Vec<f32> {
        let mut padded = vec![0.0; samples.len() + WINDOW];
        padded[WINDOW / 2..WINDOW / 2 + samples.len()].copy_from_slice(samples);
        let count = 1 + samples.len() / HOP;
        let mut input = self.transform.make_input_vec();
        let mut spectrum = self.transform.make_output_vec();
        let mut scratch = self.transform.make_scratch_vec();
        let mut out = Vec::with_capacity(count * BANDS);
        for start in (0..count).map(|i| i * HOP) {
            for ((target, sample), weight) in input.iter_mut().zip(&padded[start..]).zip(&self.window) {
                *target = sample * weight;
            }
            // Fails only for buffers of another length than the transform itself made.
            if self.transform.process_with_scratch(&mut input, &mut spectrum, &mut scratch).is_err() {
                return Vec::new();
            }
            out.extend(self.filters.iter().map(|(first, weights)| {
                let power = spectrum[*first..].iter().map(Complex::norm_sqr);
                power.zip(weights).map(|(p, w)| p * w).sum::<f64>() as f32
            }));
        }
        out
    }
}

/// Triangular filters of equal area on Slaney's mel scale (Auditory Toolbox, 1998).
fn filters() -> Vec<(usize, Vec<f64>)> {
    let nyquist = f64::from(RATE) / 2.0;
    let bins = WINDOW / 2 + 1;
    let top = mel(nyquist);
    let edges: Vec<f64> = (0..BANDS + 2).map(|i| hertz(top * i as f64 / (BANDS + 1) as f64)).collect();
    let frequency = |bin: usize| nyquist * bin as f64 / (bins - 1) as f64;
    edges
        .windows(3)
        .map(|edge| {
            let [low, middle, high] = [edge[0], edge[1], edge[2]];
            let area = 2.0 / (high - low);
            let weight = |bin: usize| {
                let f = frequency(bin);
                f64::max(0.0, f64::min((f - low) / (middle - low), (high - f) / (high - middle))) * area
            };
            let first = (0..bins).find(|b| weight(*b) > 0.0).unwrap_or(0);
            let last = (first..bins).rev().find(|b| weight(*b) > 0.0).unwrap_or(first);
            (first, (first..=last).map(weight).collect())
        })
        .collect()
}

/// Slaney's scale: linear to 1000 Hz (15 mel), logarithmic above.
fn mel(hertz: f64) -> f64 {
    if hertz < 1000.0 { hertz * 3.0 / 200.0 } else { 15.0 + (hertz / 1000.0).ln() / log_step() }
}

fn hertz(mel: f64) -> f64 {
    if mel < 15.0 { mel * 200.0 / 3.0 } else { 1000.0 * (log_step() * (mel - 15.0)).exp() }
}

fn log_step() -> f64 {
    6.4_f64.ln() / 27.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_and_its_inverse_agree() {
        for frequency in [0.0, 440.0, 1000.0, 3999.0, 8000.0] {
            assert!((hertz(mel(frequency)) - frequency).abs() < 1e-9);
        }
        assert_eq!(mel(1000.0), 15.0);
    }

    #[test]
    fn a_tone_is_strongest_in_its_band() {
        let tone: Vec<f64> = (0..4000).map(|i| (TAU * 1000.0 * f64::from(i) / 16_000.0).sin()).collect();
        let frames = MelSpectrogram::new().frames(&tone);
        assert_eq!(frames.len(), 26 * BANDS);
        let middle = &frames[10 * BANDS..11 * BANDS];
        let strongest = (0..BANDS).max_by(|a, b| middle[*a].total_cmp(&middle[*b])).unwrap();
        let top = mel(8000.0);
        let centre = hertz(top * (strongest + 1) as f64 / (BANDS + 1) as f64);
        assert!((centre - 1000.0).abs() < 100.0, "{centre}");
    }
}
