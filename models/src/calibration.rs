//! From scores to evidence: logistic calibration, and the rule that fuses face and voice.
//!
//! A calibrated score is a log-likelihood ratio in natural units: how much likelier the score is if both captures are
//! one person's than if they are two people's (Brümmer and du Preez, "Application-independent evaluation of speaker
//! detection", 2006). Face and voice are different physical evidence, so their ratios are added. The sum is compared
//! with a bound of its own, *after* each modality has passed its own: see `match_gates` of `wetsign-liveness`.

use serde::{Deserialize, Serialize};

/// Newton steps at most; the objective is convex and smooth, and about ten suffice.
const STEPS: usize = 100;
/// Precision of the prior on the slope of the standardised score. Scores that separate two kinds entirely would
/// otherwise give an infinite slope: certainty that no finite set of people can teach.
const PRIOR: f64 = 0.02;

/// A line from score to log-likelihood ratio.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Nats for each unit of the score; never negative, so a higher score is never less evidence.
    pub slope: f64,
    /// Nats at a score of zero.
    pub offset: f64,
}

impl Calibration {
    /// The log-likelihood ratio of a score, nats.
    pub fn ratio(&self, score: f64) -> f64 {
        self.slope * score + self.offset
    }

    /// Logistic regression with equal weight on both kinds (Platt 1999), by Newton's method. `None` unless there are
    /// scores of both kinds, all of them numbers.
    pub fn fit(mated: &[f64], nonmated: &[f64]) -> Option<Self> {
        let all = || mated.iter().chain(nonmated);
        if mated.is_empty() || nonmated.is_empty() || all().any(|score| !score.is_finite()) {
            return None;
        }
        let count = (mated.len() + nonmated.len()) as f64;
        let mean = all().sum::<f64>() / count;
        let deviation = (all().map(|s| (s - mean).powi(2)).sum::<f64>() / count).sqrt();
        if deviation <= 0.0 {
            return None;
        }
        let points = |scores: &[f64], target: f64| -> Vec<(f64, f64, f64)> {
            let weight = 0.5 / scores.len() as f64;
            scores.iter().map(|s| ((s - mean) / deviation, target, weight)).collect()
        };
        let points = [points(mated, 1.0), points(nonmated, 0.0)].concat();
        let (mut slope, mut offset) = (0.0_f64, 0.0_f64);
        for _ in 0..STEPS {
            let (mut g, mut h) = ([PRIOR * slope, 0.0], [PRIOR, 0.0, 1e-9]);
            for (x, target, weight) in &points {
                let p = 1.0 / (1.0 + (-(slope * x + offset)).exp());
                let (error, curvature) = (weight * (p - target), weight * p * (1.0 - p));
                g[0] += error * x;
                g[1] += error;
                h[0] += curvature * x * x;
                h[1] += curvature * x;
                h[2] += curvature;
            }
            let determinant = h[0] * h[2] - h[1] * h[1];
            let step = [(h[2] * g[0] - h[1] * g[1]) / determinant, (h[0] * g[1] - h[1] * g[0]) / determinant];
            slope -= step[0];
            offset -= step[1];
            if step.iter().all(|s| s.abs() < 1e-12) {
                break;
            }
        }
        let slope = slope.max(0.0);
        let found = Self { slope: slope / deviation, offset: offset - slope * mean / deviation };
        (found.slope.is_finite() && found.offset.is_finite()).then_some(found)
    }
}

/// Face and voice together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fusion {
    /// Cosine of faces.
    pub face: Calibration,
    /// Cosine of voices.
    pub voice: Calibration,
}

impl Fusion {
    /// The sum of both log-likelihood ratios, nats.
    pub fn ratio(&self, face: f64, voice: f64) -> f64 {
        self.face.ratio(face) + self.voice.ratio(voice)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_calibrated_score_is_even_between_the_kinds_and_says_what_was_counted() {
        // 90 of 100 mated and 10 of 100 non-mated scores are 1, the rest 0: ratios of 9 and 1/9.
        let kind = |ones: usize| (0..100).map(|i| f64::from(u8::from(i < ones))).collect::<Vec<_>>();
        let found = Calibration::fit(&kind(90), &kind(10)).unwrap();
        assert!((found.ratio(0.5)).abs() < 1e-6, "{found:?}");
        // The prior holds the slope back, so the evidence is somewhat understated and never overstated.
        let counted = 9.0_f64.ln();
        assert!(found.ratio(1.0) < counted && found.ratio(1.0) > 0.8 * counted, "{found:?}");
    }

    #[test]
    fn kinds_that_separate_entirely_give_a_finite_slope() {
        let found = Calibration::fit(&[0.7, 0.8, 0.9], &[0.1, 0.2]).unwrap();
        assert!(found.slope > 0.0 && found.slope < 100.0, "{found:?}");
    }

    #[test]
    fn without_both_kinds_or_with_no_number_there_is_no_calibration() {
        assert!(Calibration::fit(&[], &[0.1]).is_none());
        assert!(Calibration::fit(&[0.5], &[0.5]).is_none());
        assert!(Calibration::fit(&[0.5, f64::NAN], &[0.1]).is_none());
    }

    proptest! {
        #[test]
        fn more_alike_is_never_less_evidence(
            mated in prop::collection::vec(-1.0..1.0f64, 1..30),
            nonmated in prop::collection::vec(-1.0..1.0f64, 1..30),
            low in -1.0..1.0f64,
            step in 0.0..1.0f64,
        ) {
            if let Some(found) = Calibration::fit(&mated, &nonmated) {
                prop_assert!(found.ratio(low + step) >= found.ratio(low));
            }
        }
    }
}
