//! Speech with less of the noise around it, for the network that tells whose voice it is.
//!
//! Wiener's gain on a short-time spectrum: what a frequency has in the quietest fifth of a recording is taken for the
//! noise in all of it (a person takes a moment to begin, and pauses), and each bin keeps the share that exceeds it,
//! never less than a floor, for holes in a spectrum sound like another voice. Measured in `models/LIMITS.md`: it helps
//! the speaker embedding and not the recogniser, which hears the sound as it is.

use std::f64::consts::TAU;

use realfft::RealFftPlanner;

/// Samples in a window, and between windows.
const WINDOW: usize = 512;
const HOP: usize = 128;
/// Share of the windows that tell what the noise is, and the fewest.
const QUIETEST: f64 = 0.2;
const FEWEST: usize = 4;
/// The noise is taken for this much more powerful than it is in the mean, for it varies.
const OVER: f64 = 1.5;
/// Least gain.
const FLOOR: f64 = 0.15;

/// 16 kHz sound with its steady noise held down, as long as it came; as it is if it is shorter than a window.
pub fn denoise(samples: &[f32]) -> Vec<f32> {
    if samples.len() < WINDOW {
        return samples.to_vec();
    }
    let mut planner = RealFftPlanner::<f64>::new();
    let (forward, inverse) = (planner.plan_fft_forward(WINDOW), planner.plan_fft_inverse(WINDOW));
    let hann: Vec<f64> = (0..WINDOW).map(|n| 0.5 - 0.5 * (TAU * n as f64 / WINDOW as f64).cos()).collect();
    // Half a window of silence stands before and after, so that each sample is in as many windows as any other.
    let count = (samples.len() + WINDOW).div_ceil(HOP);
    let mut padded = vec![0.0; count * HOP + WINDOW];
    for (target, sample) in padded[WINDOW / 2..].iter_mut().zip(samples) {
        *target = if sample.is_finite() { f64::from(*sample) } else { 0.0 };
    }
    let mut spectra = Vec::with_capacity(count);
    for start in (0..count).map(|i| i * HOP) {
        let mut window: Vec<f64> =
            padded[start..start + WINDOW].iter().zip(&hann).map(|(s, w)| s * w).collect();
        let mut spectrum = forward.make_output_vec();
        // Fails only for buffers of another length than the transform itself made.
        if forward.process(&mut window, &mut spectrum).is_err() {
            return samples.to_vec();
        }
        spectra.push(spectrum);
    }
    let powers: Vec<Vec<f64>> = spectra
        .iter()
        .map(|spectrum| spectrum.iter().map(realfft::num_complex::Complex::norm_sqr).collect())
        .collect();
    let noise = noise(&powers);
    let (mut sound, mut weight) = (vec![0.0; padded.len()], vec![0.0; padded.len()]);
    for ((index, spectrum), power) in spectra.iter_mut().enumerate().zip(&powers) {
        for (bin, gain) in spectrum.iter_mut().zip(gains(power, &noise)) {
            *bin *= gain;
        }
        let mut window = inverse.make_output_vec();
        if inverse.process(spectrum, &mut window).is_err() {
            return samples.to_vec();
        }
        for (n, (value, taper)) in window.iter().zip(&hann).enumerate() {
            sound[index * HOP + n] += value / WINDOW as f64 * taper;
            weight[index * HOP + n] += taper * taper;
        }
    }
    let kept = WINDOW / 2..WINDOW / 2 + samples.len();
    sound[kept.clone()].iter().zip(&weight[kept]).map(|(s, w)| (s / w.max(1e-9)) as f32).collect()
}

/// Mean power of each frequency in the windows with the least power.
fn noise(powers: &[Vec<f64>]) -> Vec<f64> {
    let mut order: Vec<(f64, &Vec<f64>)> =
        powers.iter().map(|power| (power.iter().sum::<f64>(), power)).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    order.truncate(((powers.len() as f64 * QUIETEST) as usize).max(FEWEST));
    let mut mean = vec![0.0; WINDOW / 2 + 1];
    for (_, power) in &order {
        mean.iter_mut().zip(*power).for_each(|(m, p)| *m += p / order.len() as f64);
    }
    mean
}

/// What each frequency of a window keeps, smoothed over its two neighbours.
fn gains(power: &[f64], noise: &[f64]) -> Vec<f64> {
    let alone: Vec<f64> = power
        .iter()
        .zip(noise)
        .map(|(p, n)| (1.0 - OVER * n / (p + 1e-12)).max(FLOOR * FLOOR).sqrt())
        .collect();
    (0..alone.len())
        .map(|i| {
            let near = &alone[i.saturating_sub(1)..alone.len().min(i + 2)];
            near.iter().sum::<f64>() / near.len() as f64
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tone from .5 s on, in noise of this amplitude all the time.
    fn sound(amplitude: f64) -> Vec<f32> {
        let mut state = 1_u32;
        (0..24_000)
            .map(|i| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let noise = (f64::from(state) / f64::from(u32::MAX) - 0.5) * 2.0 * amplitude;
                let tone = if i >= 8_000 { 0.3 * (f64::from(i) * TAU * 440.0 / 16_000.0).sin() } else { 0.0 };
                (tone + noise) as f32
            })
            .collect()
    }

    fn power(samples: &[f32]) -> f64 {
        samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / samples.len() as f64
    }

    #[test]
    fn noise_is_held_down_and_what_sounds_stays() {
        let (noisy, clean) = (sound(0.05), sound(0.0));
        let out = denoise(&noisy);
        assert_eq!(out.len(), noisy.len());
        assert!(power(&out[1_000..7_000]) < 0.2 * power(&noisy[1_000..7_000]));
        let error: Vec<f32> = out[10_000..22_000].iter().zip(&clean[10_000..]).map(|(a, b)| a - b).collect();
        assert!(power(&error) < 0.5 * 0.05_f64.powi(2) / 3.0, "{}", power(&error));
    }

    #[test]
    fn without_noise_nothing_changes() {
        let clean = sound(0.0);
        let out = denoise(&clean);
        assert!(out.iter().zip(&clean).all(|(a, b)| (a - b).abs() < 0.02));
    }

    #[test]
    fn too_little_silence_and_what_is_no_number_are_no_trouble() {
        assert_eq!(denoise(&[0.5; 100]), [0.5; 100]);
        assert!(denoise(&[0.0; 2_000]).iter().all(|s| *s == 0.0));
        assert!(denoise(&[f32::NAN; 2_000]).iter().all(|s| s.is_finite()));
    }
}
