//! Measures of a recording and of the speech in it.

use super::{RATE, WINDOW};

/// A window is speech above this probability.
const SPEECH: f32 = 0.5;
/// A window is noise below this, if none of its neighbours is speech.
const NOISE: f32 = 0.15;
/// Kept as speech when trimming: lower than [`SPEECH`], so that soft beginnings and endings stay.
const KEEP: f32 = 0.4;
/// Trimming to less than half a second is no help to a speaker embedding.
const SHORTEST_TRIM: usize = RATE as usize / 2;
/// Full scale, less one step of 8 bits.
const CLIPPED: f32 = 0.992;
/// Digital silence would be an infinite ratio; no microphone exceeds this.
const MAX_SNR_DB: f32 = 80.0;
/// Windows (a quarter of a second) that tell what the noise is like.
const FEWEST_OF_NOISE: usize = 8;

/// Mean power of the speech windows over that of the noise between them, in decibels, −20..80. `None` if there is no
/// speech or nothing else.
///
/// The noise is the median of the windows without speech, so that a hiss which voice activity takes for noise does not
/// count for it; where voices all around leave too few of those, it is the tenth part of all windows that is quietest.
pub fn snr_db(samples: &[f32], activity: &[f32]) -> Option<f32> {
    let powers: Vec<f64> = samples.chunks_exact(WINDOW).take(activity.len()).map(power).collect();
    let (mut speech, mut noise) = (Vec::new(), Vec::new());
    for (index, power) in powers.iter().enumerate() {
        let beside_speech =
            activity[index.saturating_sub(1)..activity.len().min(index + 2)].iter().any(|p| *p > SPEECH);
        if activity[index] > SPEECH {
            speech.push(*power);
        } else if activity[index] < NOISE && !beside_speech {
            noise.push(*power);
        }
    }
    let mean = (!speech.is_empty()).then(|| speech.iter().sum::<f64>() / speech.len() as f64)?;
    let few = noise.len() < FEWEST_OF_NOISE.min(powers.len() / 10);
    let floor = if few { lowest(&powers, 0.1) } else { lowest(&noise, 0.5) }?;
    Some((10.0 * (mean / floor.max(1e-12)).log10()).clamp(-20.0, f64::from(MAX_SNR_DB)) as f32)
}

/// Mean power about the window's own mean: an offset of the microphone's circuit is no noise, also one that wanders.
fn power(window: &[f32]) -> f64 {
    let count = window.len().max(1) as f64;
    let mean = window.iter().map(|s| f64::from(*s)).sum::<f64>() / count;
    window.iter().map(|s| (f64::from(*s) - mean).powi(2)).sum::<f64>() / count
}

/// The samples about their own mean: no network and no measure hears a constant offset.
pub fn without_offset(samples: &mut [f32]) {
    let mean = samples.iter().map(|s| f64::from(*s)).sum::<f64>() / samples.len().max(1) as f64;
    for sample in samples {
        *sample = (f64::from(*sample) - mean) as f32;
    }
}

/// How loud a room is while nobody is asked to speak: the median power, decibels of full scale, −120..0. `None`: less
/// than a quarter of a second of it was heard.
pub fn floor_db(samples: &[f32]) -> Option<f32> {
    let powers: Vec<f64> = samples.chunks_exact(WINDOW).map(power).collect();
    let enough = powers.len() >= FEWEST_OF_NOISE;
    enough.then(|| lowest(&powers, 0.5)).flatten().map(|floor| (10.0 * floor.max(1e-12).log10()) as f32)
}

/// The value below which this share of them lies. What is not a number counts as the loudest.
fn lowest(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.get((sorted.len() as f64 * share) as usize).copied()
}

/// Share of samples at full scale, 0..1. A sample that is not a number counts as clipped.
pub fn clipping_ratio(samples: &[f32]) -> f32 {
    let clipped = samples.iter().filter(|s| s.is_nan() || s.abs() >= CLIPPED).count();
    clipped as f32 / samples.len().max(1) as f32
}

/// Seconds of speech.
pub fn speech_seconds(activity: &[f32]) -> f32 {
    let windows = activity.iter().filter(|p| **p > SPEECH).count();
    windows as f32 * WINDOW as f32 / RATE as f32
}

/// The speech alone, with two windows (64 ms) about it; the whole sound if under half a second would remain.
pub fn trim_speech(samples: &[f32], activity: &[f32]) -> Vec<f32> {
    let near_speech = |index: usize| {
        activity[index.saturating_sub(2)..activity.len().min(index + 3)].iter().any(|p| *p > KEEP)
    };
    let kept: Vec<f32> = samples
        .chunks_exact(WINDOW)
        .take(activity.len())
        .enumerate()
        .filter(|(index, _)| near_speech(*index))
        .flat_map(|(_, window)| window.iter().copied())
        .collect();
    if kept.len() > SHORTEST_TRIM { kept } else { samples.to_vec() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A square wave, half of the samples above and half below.
    fn windows(levels: &[f32]) -> Vec<f32> {
        levels.iter().flat_map(|level| [[*level, -level]; WINDOW / 2].into_iter().flatten()).collect()
    }

    #[test]
    fn speech_ten_times_as_loud_as_noise_is_twenty_decibels() {
        let samples = windows(&[0.01, 0.01, 0.05, 0.1, 0.1]);
        let snr = snr_db(&samples, &[0.0, 0.0, 0.3, 0.9, 0.9]).unwrap();
        assert!((snr - 20.0).abs() < 0.01, "{snr}");
    }

    #[test]
    fn an_offset_is_no_noise() {
        let activity = [0.0, 0.0, 0.3, 0.9, 0.9];
        let mut samples = windows(&[0.01, 0.01, 0.05, 0.1, 0.1]);
        for sample in &mut samples {
            *sample += 0.2;
        }
        assert!((snr_db(&samples, &activity).unwrap() - 20.0).abs() < 0.01);
        without_offset(&mut samples);
        assert!(samples.iter().all(|s| s.abs() < 0.11));
        without_offset(&mut []);
    }

    #[test]
    fn a_hiss_taken_for_noise_does_not_count_for_the_rooms() {
        let mut levels = [0.001; 30];
        levels[5..15].fill(0.1);
        levels[20..23].fill(0.05);
        let samples = windows(&levels);
        let mut activity = [0.0; 30];
        activity[5..15].fill(0.9);
        assert_eq!(snr_db(&samples, &activity), Some(40.0));
    }

    #[test]
    fn where_others_speak_all_the_time_the_quietest_moments_are_the_noise() {
        let mut levels = [0.1; 40];
        levels[10..20].fill(0.01);
        let samples = windows(&levels);
        let snr = snr_db(&samples, &[0.9; 40]).unwrap();
        assert!((snr - 18.8).abs() < 0.1, "{snr}");
    }

    #[test]
    fn a_room_has_a_floor_that_a_slammed_door_does_not_raise() {
        let mut levels = [0.01; 10];
        levels[..3].fill(0.9);
        let samples = windows(&levels);
        assert!((floor_db(&samples).unwrap() + 40.0).abs() < 0.01);
        assert_eq!(floor_db(&windows(&[0.01; 7])), None);
        assert_eq!(floor_db(&windows(&[0.0; 8])), Some(-120.0));
    }

    #[test]
    fn without_speech_or_noise_there_is_no_ratio() {
        assert_eq!(snr_db(&windows(&[0.1; 3]), &[0.9; 3]), None);
        assert_eq!(snr_db(&windows(&[0.1; 3]), &[0.0; 3]), None);
        assert_eq!(snr_db(&[], &[]), None);
    }

    #[test]
    fn digital_silence_reaches_the_bound() {
        assert_eq!(snr_db(&windows(&[0.0, 0.0, 0.5]), &[0.0, 0.0, 1.0]), Some(MAX_SNR_DB));
    }

    #[test]
    fn clipped_samples_are_counted_and_nan_is_one() {
        assert_eq!(clipping_ratio(&[0.0, 1.0, -1.0, f32::NAN]), 0.75);
        assert_eq!(clipping_ratio(&[]), 0.0);
    }

    #[test]
    fn trimming_keeps_two_windows_about_speech() {
        let samples = windows(&[0.1; 40]);
        let mut activity = vec![0.0; 40];
        activity[10..30].fill(1.0);
        assert_eq!(trim_speech(&samples, &activity).len(), 24 * WINDOW);
        assert!((speech_seconds(&activity) - 0.64).abs() < 1e-6);
        assert_eq!(trim_speech(&samples, &[0.0; 40]).len(), samples.len());
    }
}
