//! Linear-frequency cepstral coefficients: the spectrum's shape, as finely resolved at the top as at the bottom, where
//! synthesisers and loudspeakers leave most of their traces (Sahidullah, Kinnunen and Hanilçi, "A comparison of
//! features for synthetic speech detection", Interspeech 2015; the front end of the ASVspoof baselines).

use std::f64::consts::PI;

use realfft::RealFftPlanner;
use realfft::num_complex::Complex;

use wetsign_infer::audio::RATE;

/// Samples in a frame: 20 ms.
const FRAME: usize = 320;
/// Samples between frames: 10 ms.
pub(crate) const HOP: usize = 160;
/// Points of the transform.
const POINTS: usize = 512;
/// Values of a power spectrum, 0 to 8 kHz in steps of 31.25 Hz.
pub(crate) const BINS: usize = POINTS / 2 + 1;
/// Filters, and coefficients kept: all of them.
pub const COEFFICIENTS: usize = 20;
/// What every recording and every channel here carries, hertz: the filters lie between these.
pub const BAND: [f64; 2] = [100.0, 6_800.0];
/// Added to a filter's power before its logarithm, so that digital silence has one.
const LEAST: f64 = 1e-9;

/// Frequency of a value of a power spectrum, hertz.
pub(crate) fn frequency(bin: usize) -> f64 {
    f64::from(RATE) * bin as f64 / POINTS as f64
}

/// Power spectra of all whole frames, Hamming windows.
pub(crate) fn spectra(samples: &[f32]) -> Vec<[f64; BINS]> {
    let transform = RealFftPlanner::<f64>::new().plan_fft_forward(POINTS);
    let window: Vec<f64> =
        (0..FRAME).map(|n| 0.54 - 0.46 * (2.0 * PI * n as f64 / (FRAME - 1) as f64).cos()).collect();
    let mut input = transform.make_input_vec();
    let mut output = transform.make_output_vec();
    let mut spectra = Vec::new();
    for start in (0..(samples.len() + HOP).saturating_sub(FRAME)).step_by(HOP) {
        let Some(frame) = samples.get(start..start + FRAME) else { break };
        input.fill(0.0);
        for ((target, sample), weight) in input.iter_mut().zip(frame).zip(&window) {
            *target = f64::from(*sample) * weight;
        }
        // Fails only for buffers of another length than the transform itself made.
        if transform.process(&mut input, &mut output).is_err() {
            return Vec::new();
        }
        let mut power = [0.0; BINS];
        for (target, value) in power.iter_mut().zip(output.iter().map(Complex::norm_sqr)) {
            *target = value;
        }
        spectra.push(power);
    }
    spectra
}

/// Coefficients of one power spectrum: the orthonormal cosine transform (type 2) of the logarithms of [`COEFFICIENTS`]
/// triangular filters that stand at equal distances in [`BAND`].
pub(crate) fn coefficients(power: &[f64; BINS]) -> [f64; COEFFICIENTS] {
    let step = (BAND[1] - BAND[0]) / (COEFFICIENTS + 1) as f64;
    let mut logarithms = [0.0; COEFFICIENTS];
    for (index, target) in logarithms.iter_mut().enumerate() {
        let centre = BAND[0] + step * (index + 1) as f64;
        let weighted =
            |(bin, value): (usize, &f64)| value * (1.0 - (frequency(bin) - centre).abs() / step).max(0.0);
        *target = (power.iter().enumerate().map(weighted).sum::<f64>() + LEAST).ln();
    }
    let count = COEFFICIENTS as f64;
    std::array::from_fn(|k| {
        let scale = if k == 0 { (1.0 / count).sqrt() } else { (2.0 / count).sqrt() };
        let turned = |(n, value): (usize, &f64)| value * (PI * (n as f64 + 0.5) * k as f64 / count).cos();
        scale * logarithms.iter().enumerate().map(turned).sum::<f64>()
    })
}

/// Half the difference of both neighbours; zero at both ends.
pub(crate) fn deltas(rows: &[[f64; COEFFICIENTS]]) -> Vec<[f64; COEFFICIENTS]> {
    let mut out = vec![[0.0; COEFFICIENTS]; rows.len()];
    for (target, three) in out.iter_mut().skip(1).zip(rows.windows(3)) {
        *target = std::array::from_fn(|k| f64::midpoint(three[2][k], -three[0][k]));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two tones and a little of everything.
    fn sound() -> Vec<f32> {
        let tone = |i: usize, hertz: f64| (2.0 * PI * hertz * i as f64 / f64::from(RATE)).sin();
        let noise = |i: usize| ((i * 7_919 + 13) % 1_009) as f64 / 1_009.0 - 0.5;
        (0..FRAME).map(|i| (0.4 * tone(i, 700.0) + 0.2 * tone(i, 3_100.0) + 0.01 * noise(i)) as f32).collect()
    }

    /// By the definitions alone: a Fourier sum, triangles written out, a cosine sum.
    fn plain(samples: &[f32]) -> Vec<f64> {
        let power: Vec<f64> = (0..=256)
            .map(|bin| {
                let (mut re, mut im) = (0.0, 0.0);
                for (n, sample) in samples.iter().enumerate() {
                    let hamming = 0.54 - 0.46 * (2.0 * PI * n as f64 / 319.0).cos();
                    let angle = -2.0 * PI * bin as f64 * n as f64 / 512.0;
                    re += hamming * f64::from(*sample) * angle.cos();
                    im += hamming * f64::from(*sample) * angle.sin();
                }
                re * re + im * im
            })
            .collect();
        let edges: Vec<f64> = (0..22).map(|i| 100.0 + 6_700.0 * f64::from(i) / 21.0).collect();
        let logs: Vec<f64> = edges
            .windows(3)
            .map(|e| {
                let mut sum = 0.0;
                for (bin, value) in power.iter().enumerate() {
                    let f = 31.25 * bin as f64;
                    if f > e[0] && f <= e[1] {
                        sum += value * (f - e[0]) / (e[1] - e[0]);
                    } else if f > e[1] && f < e[2] {
                        sum += value * (e[2] - f) / (e[2] - e[1]);
                    }
                }
                (sum + 1e-9).ln()
            })
            .collect();
        (0..20)
            .map(|k| {
                let sum: f64 = logs
                    .iter()
                    .enumerate()
                    .map(|(n, l)| l * (PI / 20.0 * (n as f64 + 0.5) * f64::from(k)).cos())
                    .sum();
                sum * if k == 0 { (1.0 / 20.0_f64).sqrt() } else { (2.0 / 20.0_f64).sqrt() }
            })
            .collect()
    }

    #[test]
    fn coefficients_are_those_of_the_definition() {
        let sound = sound();
        let spectra = spectra(&sound);
        assert_eq!(spectra.len(), 1);
        for (found, expected) in coefficients(&spectra[0]).iter().zip(plain(&sound)) {
            assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        }
    }

    #[test]
    fn a_steady_rise_has_one_delta_and_silence_is_a_number() {
        let rows: Vec<_> = (0..5).map(|i| [f64::from(i); COEFFICIENTS]).collect();
        assert_eq!(deltas(&rows)[1..4], [[1.0; COEFFICIENTS]; 3]);
        let silent = spectra(&vec![0.0; FRAME + 3 * HOP]);
        assert_eq!(silent.len(), 4);
        assert!(coefficients(&silent[0]).iter().all(|c| c.is_finite()));
        assert!(spectra(&[0.1; FRAME - 1]).is_empty());
    }
}
