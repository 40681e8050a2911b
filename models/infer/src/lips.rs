//! Do lips and sound belong together? The gap between the lips over time against the energy of the speech.
//!
//! Both are put on one grid of [`STEP`] seconds, freed of their slow drift, and correlated at every lag up to [`REACH`]
//! seconds. Lips that make the sound follow it closely: the correlation has its peak near lag 0. A sound that was put
//! to them, or put there too late, has no peak there (Chung and Zisserman 2016 measure the same offset with a network).

use crate::audio::RATE;

/// The grid, seconds.
pub const STEP: f64 = 0.02;
/// The largest lag looked at, seconds either way.
pub const REACH: f64 = 0.6;
/// Half of the window whose mean is the drift, seconds.
const DRIFT: f64 = 1.0;
/// Half of the window that energy is summed over, seconds: about a syllable's rise.
const SMOOTH: f64 = 0.06;
/// Fewest seconds in common that make a measurement.
const SHORTEST: f64 = 2.0;
/// Longest time between two frames over which the gap is interpolated, seconds.
const LONGEST_HOLE: f64 = 0.35;

/// How lips and sound go together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LipSync {
    /// Correlation at the best lag within ±`tolerance` of `sync`, −1..1.
    pub near: f64,
    /// The best correlation at any lag.
    pub best: f64,
    /// Where it is, seconds; positive: the sound is late.
    pub lag: f64,
    /// How far the gap goes up and down: from its 10th to its 90th percentile.
    pub moved: f64,
}

/// Compares gaps between the lips (`(seconds, gap)`, ascending, seconds from the sound's first sample) with a 16 kHz
/// sound. `None`: less than two seconds in common, frames too far apart, or nothing moves or sounds.
pub fn sync(gaps: &[(f64, f32)], samples: &[f32], tolerance: f64) -> Option<LipSync> {
    let seconds = samples.len() as f64 / f64::from(RATE);
    let from = gaps.first()?.0.max(0.0);
    let to = gaps.last()?.0.min(seconds);
    let count = ((to - from) / STEP) as usize;
    if to - from < SHORTEST
        || gaps.windows(2).any(|pair| !(0.0..=LONGEST_HOLE).contains(&(pair[1].0 - pair[0].0)))
    {
        return None;
    }
    let opening: Vec<f64> = (0..count).map(|i| interpolated(gaps, from + i as f64 * STEP)).collect();
    let opening = without_drift(&opening);
    // The whole sound is taken, so that a lag moves real energy in at the ends.
    let energy = without_drift(&log_energy(samples));
    let start = (from / STEP).round() as isize;
    let reach = (REACH / STEP) as isize;
    let at_lag = |lag: isize| {
        let pairs: Vec<(f64, f64)> = opening
            .iter()
            .enumerate()
            .filter_map(|(i, gap)| {
                let index = usize::try_from(start + i as isize + lag).ok()?;
                Some((*gap, *energy.get(index)?))
            })
            .collect();
        (pairs.len() as f64 * STEP >= SHORTEST * 0.7).then(|| correlation(&pairs)).flatten()
    };
    let curve: Vec<(f64, f64)> =
        (-reach..=reach).filter_map(|lag| Some((lag as f64 * STEP, at_lag(lag)?))).collect();
    let highest = |within: f64| {
        curve.iter().filter(|(lag, _)| lag.abs() <= within + 1e-9).max_by(|a, b| a.1.total_cmp(&b.1)).copied()
    };
    let ((lag, best), (_, near)) = (highest(REACH)?, highest(tolerance)?);
    let mut gap: Vec<f32> = gaps.iter().map(|(_, gap)| *gap).collect();
    gap.sort_unstable_by(f32::total_cmp);
    let moved = f64::from(gap[gap.len() * 9 / 10] - gap[gap.len() / 10]);
    Some(LipSync { near, best, lag, moved })
}

fn interpolated(gaps: &[(f64, f32)], at: f64) -> f64 {
    let after = gaps.partition_point(|(time, _)| *time < at).min(gaps.len() - 1);
    let (t1, v1) = gaps[after];
    let (t0, v0) = gaps[after.saturating_sub(1)];
    let share = if t1 > t0 { ((at - t0) / (t1 - t0)).clamp(0.0, 1.0) } else { 1.0 };
    f64::from(v0) + share * f64::from(v1 - v0)
}

/// Logarithm of the smoothed power on the grid, with a floor 40 dB under the loudest.
fn log_energy(samples: &[f32]) -> Vec<f64> {
    let hop = (STEP * f64::from(RATE)) as usize;
    let power: Vec<f64> = samples
        .chunks(hop)
        .map(|chunk| chunk.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / chunk.len() as f64)
        .collect();
    let smooth = moving_mean(&power, (SMOOTH / STEP) as usize);
    let floor = smooth.iter().copied().fold(0.0, f64::max) * 1e-4 + 1e-12;
    smooth.iter().map(|p| (p + floor).ln()).collect()
}

fn without_drift(values: &[f64]) -> Vec<f64> {
    let drift = moving_mean(values, (DRIFT / STEP) as usize);
    values.iter().zip(drift).map(|(v, d)| v - d).collect()
}

fn moving_mean(values: &[f64], half: usize) -> Vec<f64> {
    let mut sums = vec![0.0];
    for value in values {
        sums.push(sums[sums.len() - 1] + value);
    }
    (0..values.len())
        .map(|i| {
            let (from, to) = (i.saturating_sub(half), (i + half + 1).min(values.len()));
            (sums[to] - sums[from]) / (to - from) as f64
        })
        .collect()
}

/// Pearson's; `None` if either side stands still.
fn correlation(pairs: &[(f64, f64)]) -> Option<f64> {
    let n = pairs.len() as f64;
    let (a, b) = pairs.iter().fold((0.0, 0.0), |(a, b), (x, y)| (a + x / n, b + y / n));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs {
        xx += (x - a) * (x - a);
        yy += (y - b) * (y - b);
        xy += (x - a) * (y - b);
    }
    (xx > 1e-12 && yy > 1e-12).then(|| xy / (xx * yy).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Syllables of uneven length: openings in 0..1 at a time in seconds.
    fn mouth(at: f64) -> f64 {
        (0.5 + 0.5 * (at * 11.0 + 3.0 * (at * 1.7).sin()).sin()) * (0.6 + 0.4 * (at * 2.3).cos())
    }

    fn spoken(seconds: f64, late: f64) -> Vec<f32> {
        (0..(seconds * f64::from(RATE)) as usize)
            .map(|i| {
                let at = i as f64 / f64::from(RATE);
                (mouth(at - late) * (at * 900.0).sin() * 0.5) as f32
            })
            .collect()
    }

    fn filmed(seconds: f64, rate: f64) -> Vec<(f64, f32)> {
        (0..(seconds * rate) as usize)
            .map(|i| i as f64 / rate)
            .map(|at| (at, mouth(at) as f32 * 0.2))
            .collect()
    }

    #[test]
    fn own_sound_peaks_at_no_lag_and_late_sound_at_its_delay() {
        for late in [0.0, 0.2, 0.4, -0.3] {
            let found = sync(&filmed(6.0, 12.0), &spoken(6.0, late), 0.1).unwrap();
            assert!((found.lag - late).abs() <= 0.06 && found.best > 0.6, "{late}: {found:?}");
            assert_eq!(found.lag.abs() <= 0.1, found.near >= found.best - 1e-9, "{late}: {found:?}");
        }
    }

    #[test]
    fn a_still_mouth_silence_and_too_little_are_no_measurement() {
        let still: Vec<_> = filmed(6.0, 12.0).iter().map(|(at, _)| (*at, 0.1)).collect();
        assert_eq!(sync(&still, &spoken(6.0, 0.0), 0.1), None);
        assert_eq!(sync(&filmed(6.0, 12.0), &vec![0.0; 96_000], 0.1), None);
        assert_eq!(sync(&filmed(1.5, 12.0), &spoken(6.0, 0.0), 0.1), None);
        assert_eq!(sync(&filmed(6.0, 2.0), &spoken(6.0, 0.0), 0.1), None);
        assert_eq!(sync(&[], &[], 0.1), None);
    }
}
