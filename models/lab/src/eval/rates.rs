//! Error rates of comparisons (ISO/IEC 19795-1): false match, false non-match, the curve of both, and what may be
//! claimed.

use std::collections::BTreeMap;

use serde::Serialize;

use super::rate::{AtThreshold, Rate};
use super::trials::Trials;
use crate::stats::Summary;

/// Points of a curve that are kept.
const CURVE: usize = 160;

/// One point of the detection error trade-off curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Point {
    /// Threshold.
    pub threshold: f64,
    /// False match rate.
    pub fmr: f64,
    /// False non-match rate.
    pub fnmr: f64,
}

/// What the scores of one modality come to.
#[derive(Clone, Debug, Serialize)]
pub struct Recognition {
    /// `face`, `voice`, `fusion` …
    pub name: String,
    /// People.
    pub subjects: usize,
    /// Captures compared.
    pub captures: usize,
    /// Comparisons of one person with itself.
    pub mated: Summary,
    /// Those of them whose two captures come from two recordings.
    pub mated_across_recordings: usize,
    /// Comparisons of two people.
    pub nonmated: Summary,
    /// Equal error rate, 0..1, and its threshold; absent unless there are comparisons of both kinds.
    pub equal_error: Option<(f64, f64)>,
    /// Errors at thresholds.
    pub at: Vec<AtThreshold>,
    /// False match rate inside each group of people, at the first threshold; empty where the data carries no groups.
    pub fmr_by_group: BTreeMap<String, Rate>,
    /// The people most often not recognised at the first threshold: name, errors, comparisons.
    pub hardest: Vec<(String, u64, u64)>,
    /// Detection error trade-off.
    pub curve: Vec<Point>,
}

impl Recognition {
    /// Errors at the product's `bound`, at equal error, and at the false match rates that the number of comparisons can
    /// show.
    pub fn of(name: &str, trials: &Trials, bound: f64) -> Self {
        let (mated, nonmated) = (trials.scores(true), trials.scores(false));
        let sorted = Sorted::new(&mated, &nonmated);
        let equal_error = sorted.equal_error();
        let mut at = vec![trials.at(bound, "the manifest's bound")];
        at.extend(equal_error.map(|(_, threshold)| trials.at(threshold, "equal error")));
        for (target, why) in [(0.01, "FMR 1 %"), (0.001, "FMR 0.1 %"), (0.0001, "FMR 0.01 %")] {
            if nonmated.len() as f64 * target >= 1.0 {
                at.push(trials.at(sorted.threshold_at(target), why));
            }
        }
        Self {
            name: name.to_owned(),
            subjects: trials.subjects().len(),
            captures: trials.captures(),
            mated: Summary::of(&mated),
            mated_across_recordings: trials.mated_across_recordings(),
            nonmated: Summary::of(&nonmated),
            equal_error,
            fmr_by_group: trials.fmr_by_group(bound),
            hardest: trials.hardest(bound),
            at,
            curve: sorted.curve(),
        }
    }
}

/// Scores of both kinds in rising order.
pub struct Sorted {
    mated: Vec<f64>,
    nonmated: Vec<f64>,
}

impl Sorted {
    /// Sorts.
    pub fn new(mated: &[f64], nonmated: &[f64]) -> Self {
        let sorted = |scores: &[f64]| {
            let mut scores = scores.to_vec();
            scores.sort_by(f64::total_cmp);
            scores
        };
        Self { mated: sorted(mated), nonmated: sorted(nonmated) }
    }

    /// False match and false non-match rate at a threshold.
    pub fn rates(&self, threshold: f64) -> (f64, f64) {
        let below = |scores: &[f64]| scores.partition_point(|score| *score < threshold) as f64;
        let share = |count: f64, of: &[f64]| if of.is_empty() { 0.0 } else { count / of.len() as f64 };
        let matched = self.nonmated.len() as f64 - below(&self.nonmated);
        (share(matched, &self.nonmated), share(below(&self.mated), &self.mated))
    }

    /// The lowest threshold whose false match rate is at most `target`.
    pub fn threshold_at(&self, target: f64) -> f64 {
        let allowed = (self.nonmated.len() as f64 * target).floor() as usize;
        match self.nonmated.len().checked_sub(allowed + 1) {
            Some(highest_refused) => self.nonmated[highest_refused].next_up(),
            None => f64::NEG_INFINITY,
        }
    }

    /// Mean of both rates where they are nearest, and the threshold, between two scores.
    pub fn equal_error(&self) -> Option<(f64, f64)> {
        if self.mated.is_empty() || self.nonmated.is_empty() {
            return None;
        }
        let mut all: Vec<f64> = self.mated.iter().chain(&self.nonmated).copied().collect();
        all.sort_by(f64::total_cmp);
        let gap = |t: f64| {
            let (fmr, fnmr) = self.rates(t);
            (fmr - fnmr).abs()
        };
        let threshold = all
            .windows(2)
            .map(|pair| f64::midpoint(pair[0], pair[1]))
            .min_by(|a, b| gap(*a).total_cmp(&gap(*b)))?;
        let (fmr, fnmr) = self.rates(threshold);
        Some((f64::midpoint(fmr, fnmr), threshold))
    }

    /// The curve, thinned.
    fn curve(&self) -> Vec<Point> {
        let mut all: Vec<f64> = self.mated.iter().chain(&self.nonmated).copied().collect();
        all.sort_by(f64::total_cmp);
        all.dedup();
        let step = all.len().div_ceil(CURVE).max(1);
        // The ends of the curve are where few errors are left: all of the points there are kept.
        let rank = |threshold: &f64| self.nonmated.len() - self.nonmated.partition_point(|s| s < threshold);
        let keep = |(index, threshold): &(usize, f64)| index % step == 0 || rank(threshold) < 20;
        let chosen = all.into_iter().enumerate().filter(keep);
        chosen
            .map(|(_, threshold)| {
                let (fmr, fnmr) = self.rates(threshold);
                Point { threshold, fmr, fnmr }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_and_their_thresholds_agree() {
        let nonmated: Vec<f64> = (0..100).map(|i| f64::from(i) / 100.0).collect();
        let sorted = Sorted::new(&[0.5, 0.9, 0.95], &nonmated);
        for target in [0.0, 0.01, 0.1, 1.0] {
            let threshold = sorted.threshold_at(target);
            assert!((sorted.rates(threshold).0 - target).abs() < 1e-9, "{target}: {threshold}");
        }
        assert_eq!(sorted.rates(0.6), (0.4, 1.0 / 3.0));
        assert!(sorted.equal_error().unwrap().0 < 0.34);
        assert!(Sorted::new(&[], &nonmated).equal_error().is_none());
    }

    #[test]
    fn intervals_are_over_people_and_a_claim_is_never_below_the_rule_of_three() {
        let trials = (0..1000).map(|i| (vec![if i % 2 == 0 { "a" } else { "b" }], i == 0));
        let rate = Rate::count(trials);
        assert_eq!((rate.errors, rate.trials, rate.units, rate.units_with_error), (1, 1000, 2, 1));
        assert!(rate.low < 0.02 && rate.high > 0.98, "{rate:?}");
        assert_eq!(rate.claimable(), 1.0);
        let names: Vec<String> = (0..300).map(|i| i.to_string()).collect();
        let clean = Rate::count(names.iter().map(|name| (vec![name.as_str()], false)));
        assert_eq!((clean.rate, clean.claimable()), (0.0, 0.01));
    }

    #[test]
    fn nothing_counted_is_no_rate_below_one() {
        let none = Rate::count(std::iter::empty());
        assert_eq!((none.rate, none.high, none.claimable()), (0.0, 1.0, 1.0));
    }
}
