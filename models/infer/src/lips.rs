//! Do lips and sound belong together? The gap between the lips over time, against what the sound says of it.
//!
//! What the sound says is read from the speech recogniser's states ([`crate::Words::lips`]): they know the sounds, so
//! they know a shut mouth at b, p and m from an open one at an a. Both are put on one grid of [`STEP`] seconds, freed
//! of their slow drift, and correlated at every lag up to [`REACH`] seconds. Lips that make the sound follow it
//! closely: the correlation has its peak near lag 0. A sound that was put to them, or put there too late, has no peak
//! there (Chung and Zisserman 2016 measure the same offset with a network).

use wetsign_models::lip_reading::Spoken;

/// The grid, seconds.
pub const STEP: f64 = 0.02;
/// The largest lag looked at, seconds either way.
pub const REACH: f64 = 0.6;
/// From one state of the recogniser to the next, seconds: its strides, 64, 3 and 2 samples of 16,000 a second.
pub const STATE_STEP: f64 = 0.024;
/// The middle of what the first state hears, seconds: windows of 127, 7 and 3.
const STATE_FIRST: f64 = 0.028;
/// Half of the window whose mean is the drift, seconds.
const DRIFT: f64 = 1.0;
/// Fewest seconds in common that make a measurement.
const SHORTEST: f64 = 2.0;
/// Longest time between two frames over which the gap is interpolated, seconds.
const LONGEST_HOLE: f64 = 0.35;

/// How lips and sound go together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LipSync {
    /// Correlation at the best lag within ±`tolerance`, −1..1.
    pub near: f64,
    /// The best correlation at any lag.
    pub best: f64,
    /// Where it is, seconds; positive: the sound is late.
    pub lag: f64,
    /// How far the gap goes up and down: from its 10th to its 90th percentile.
    pub moved: f64,
}

/// Compares gaps between the lips (`(seconds, gap)`, ascending, seconds from the sound's first sample) with what the
/// sound says of them, one number a state. `None`: less than two seconds in common, frames too far apart, or nothing
/// moves or sounds.
pub fn sync(gaps: &[(f64, f32)], said: &[f32], tolerance: f64) -> Option<LipSync> {
    let (from, opening) = opening(gaps, said.len())?;
    // The whole sound is taken, so that a lag moves real sound in at the ends.
    let said = without_drift(&on_grid(&timed(said, 1, 0)));
    let start = (from / STEP).round() as isize;
    let reach = (REACH / STEP) as isize;
    let at_lag = |lag: isize| {
        let pairs: Vec<(f64, f64)> = opening
            .iter()
            .enumerate()
            .filter_map(|(i, gap)| {
                let index = usize::try_from(start + i as isize + lag).ok()?;
                Some((*gap, *said.get(index)?))
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

/// A film of a speaker as a fit needs it: its sound's states, `width` numbers each, beside the gaps at the same times,
/// both freed of their drift. `None`: as for [`sync`].
pub fn spoken(gaps: &[(f64, f32)], states: &[f32], width: usize) -> Option<Spoken> {
    let (from, opening) = opening(gaps, states.len().checked_div(width)?)?;
    let start = (from / STEP).round() as usize;
    let columns: Vec<Vec<f64>> =
        (0..width).map(|column| without_drift(&on_grid(&timed(states, width, column)))).collect();
    let row =
        |i: usize| columns.iter().map(|column| column.get(start + i).copied()).collect::<Option<Vec<f64>>>();
    let rows: Vec<Vec<f64>> = (0..opening.len()).map_while(row).collect();
    let gaps = opening[..rows.len()].to_vec();
    Some(Spoken { states: rows, gaps })
}

/// The gap on the grid without its drift, and when it begins, seconds.
fn opening(gaps: &[(f64, f32)], states: usize) -> Option<(f64, Vec<f64>)> {
    let from = gaps.first()?.0.max(0.0);
    let to = gaps.last()?.0.min(states as f64 * STATE_STEP);
    let whole = gaps.windows(2).all(|pair| (0.0..=LONGEST_HOLE).contains(&(pair[1].0 - pair[0].0)));
    if to - from < SHORTEST || !whole {
        return None;
    }
    let count = ((to - from) / STEP) as usize;
    let opening: Vec<f64> = (0..count).map(|i| interpolated(gaps, from + i as f64 * STEP)).collect();
    Some((from, without_drift(&opening)))
}

/// One column of rows of `width` numbers, each with its time.
fn timed(rows: &[f32], width: usize, column: usize) -> Vec<(f64, f32)> {
    let at = |(i, row): (usize, &[f32])| (STATE_FIRST + i as f64 * STATE_STEP, row[column]);
    rows.chunks_exact(width).enumerate().map(at).collect()
}

/// From the sound's first sample to its last state.
fn on_grid(values: &[(f64, f32)]) -> Vec<f64> {
    let Some((end, _)) = values.last() else { return Vec::new() };
    (0..=(end / STEP) as usize).map(|i| interpolated(values, i as f64 * STEP)).collect()
}

fn interpolated(gaps: &[(f64, f32)], at: f64) -> f64 {
    let after = gaps.partition_point(|(time, _)| *time < at).min(gaps.len() - 1);
    let (t1, v1) = gaps[after];
    let (t0, v0) = gaps[after.saturating_sub(1)];
    let share = if t1 > t0 { ((at - t0) / (t1 - t0)).clamp(0.0, 1.0) } else { 1.0 };
    f64::from(v0) + share * f64::from(v1 - v0)
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

    fn said(seconds: f64, late: f64) -> Vec<f32> {
        let states = (seconds / STATE_STEP) as usize;
        (0..states).map(|i| mouth(STATE_FIRST + i as f64 * STATE_STEP - late) as f32 * 7.0 - 2.0).collect()
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
            let found = sync(&filmed(6.0, 12.0), &said(6.0, late), 0.1).unwrap();
            assert!((found.lag - late).abs() <= 0.03 && found.best > 0.8, "{late}: {found:?}");
            assert_eq!(found.lag.abs() <= 0.1, found.near >= found.best - 1e-9, "{late}: {found:?}");
        }
    }

    #[test]
    fn a_still_mouth_a_sound_that_says_nothing_and_too_little_are_no_measurement() {
        let still: Vec<_> = filmed(6.0, 12.0).iter().map(|(at, _)| (*at, 0.1)).collect();
        assert_eq!(sync(&still, &said(6.0, 0.0), 0.1), None);
        assert_eq!(sync(&filmed(6.0, 12.0), &[0.5; 250], 0.1), None);
        assert_eq!(sync(&filmed(1.5, 12.0), &said(6.0, 0.0), 0.1), None);
        assert_eq!(sync(&filmed(6.0, 2.0), &said(6.0, 0.0), 0.1), None);
        assert_eq!(sync(&[], &[], 0.1), None);
    }

    /// Of three numbers a state the second follows the mouth: a fit finds it.
    #[test]
    fn a_fit_finds_what_follows_the_mouth() {
        let states: Vec<f32> = said(6.0, 0.0)
            .iter()
            .enumerate()
            .flat_map(|(i, value)| [(i % 5) as f32, *value, (i % 7) as f32])
            .collect();
        let film = spoken(&filmed(6.0, 25.0), &states, 3).unwrap();
        assert_eq!(film.states.len(), film.gaps.len());
        let weights = wetsign_models::lip_reading::fit(&[film], 0.01).unwrap();
        assert!(weights[1] > 5 * weights[0].abs().max(weights[2].abs()), "{weights:?}");
        assert!(spoken(&filmed(6.0, 25.0), &states, 0).is_none());
    }
}
