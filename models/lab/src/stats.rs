//! Statistics of similarity scores.

use serde::Serialize;

/// Count, mean and extremes of a set of scores.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Number of scores.
    pub count: usize,
    /// Smallest.
    pub min: f64,
    /// Arithmetic mean.
    pub mean: f64,
    /// Largest.
    pub max: f64,
}

impl Summary {
    /// Summary of the scores; zeros if there are none.
    pub fn of(scores: &[f64]) -> Self {
        if scores.is_empty() {
            return Self { count: 0, min: 0.0, mean: 0.0, max: 0.0 };
        }
        Self {
            count: scores.len(),
            min: scores.iter().copied().fold(f64::INFINITY, f64::min),
            mean: scores.iter().sum::<f64>() / scores.len() as f64,
            max: scores.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        }
    }
}

/// The exact 95 % interval of a rate (Clopper and Pearson 1934): `errors` of `trials` independent ones. Without trials
/// 0..1. Without errors its upper end is about 3.7/n; a claimed rate is never below 3/n.
pub fn clopper_pearson(errors: u64, trials: u64) -> (f64, f64) {
    use statrs::distribution::{Beta, ContinuousCDF};

    let (k, n) = (errors.min(trials) as f64, trials as f64);
    let end = |a: f64, b: f64, at: f64, degenerate: f64| {
        Beta::new(a, b).map_or(degenerate, |beta| beta.inverse_cdf(at))
    };
    let low = if errors == 0 { 0.0 } else { end(k, n - k + 1.0, 0.025, 0.0) };
    let high = if errors >= trials { 1.0 } else { end(k + 1.0, n - k, 0.975, 1.0) };
    (low, high)
}

/// Where false rejection and false acceptance are most nearly equal.
#[derive(Clone, Debug, Serialize)]
pub struct EqualError {
    /// Mean of both rates there, 0..1.
    pub rate: f64,
    /// Scores at or above it accept.
    pub threshold: f64,
    /// Share of same-person scores at or below the highest different-person score, 0..1.
    pub rejected_at_no_false_accept: f64,
    /// Distance of the means in pooled standard deviations.
    pub separation: f64,
}

impl EqualError {
    /// `None` unless there are scores of both kinds.
    pub fn of(same: &[f64], different: &[f64]) -> Option<Self> {
        if same.is_empty() || different.is_empty() {
            return None;
        }
        let share = |scores: &[f64], test: &dyn Fn(f64) -> bool| {
            scores.iter().filter(|s| test(**s)).count() as f64 / scores.len() as f64
        };
        let mut thresholds: Vec<f64> = same.iter().chain(different).copied().collect();
        thresholds.sort_by(f64::total_cmp);
        let rates = |t: f64| (share(same, &|s| s < t), share(different, &|s| s >= t));
        // Between the two nearest scores: a threshold on a score itself would look narrower than it is.
        let middles = thresholds.windows(2).map(|w| f64::midpoint(w[0], w[1]));
        let gap = |t: f64| (rates(t).0 - rates(t).1).abs();
        let threshold = middles.min_by(|a, b| gap(*a).total_cmp(&gap(*b)))?;
        let (rejected, accepted) = rates(threshold);
        let highest = Summary::of(different).max;
        let pooled = f64::midpoint(variance(same), variance(different)).sqrt();
        Some(Self {
            rate: f64::midpoint(rejected, accepted),
            threshold,
            rejected_at_no_false_accept: share(same, &|s| s <= highest),
            separation: (Summary::of(same).mean - Summary::of(different).mean) / pooled.max(f64::EPSILON),
        })
    }
}

fn variance(scores: &[f64]) -> f64 {
    let mean = Summary::of(scores).mean;
    scores.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / scores.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separated_scores_have_no_error_and_a_threshold_between() {
        let found = EqualError::of(&[0.6, 0.7, 0.8], &[0.1, 0.2, 0.3]).unwrap();
        assert_eq!((found.rate, found.rejected_at_no_false_accept), (0.0, 0.0));
        assert!(found.threshold > 0.3 && found.threshold < 0.6);
        assert!(found.separation > 4.0);
    }

    #[test]
    fn one_of_four_on_the_wrong_side_each_way_is_a_quarter() {
        let found = EqualError::of(&[0.2, 0.6, 0.7, 0.8], &[0.1, 0.15, 0.3, 0.65]).unwrap();
        assert!((found.rate - 0.25).abs() < 1e-9, "{found:?}");
        assert!((found.rejected_at_no_false_accept - 0.5).abs() < 1e-9);
    }

    #[test]
    fn exact_intervals_are_those_of_the_tables() {
        for (errors, trials, low, high) in
            [(0, 10, 0.0, 0.3085), (1, 10, 0.0025, 0.4450), (5, 10, 0.1871, 0.8129), (10, 10, 0.6915, 1.0)]
        {
            let found = clopper_pearson(errors, trials);
            assert!(
                (found.0 - low).abs() < 1e-3 && (found.1 - high).abs() < 1e-3,
                "{errors}/{trials}: {found:?}"
            );
        }
        assert_eq!(clopper_pearson(0, 0), (0.0, 1.0));
        assert!(clopper_pearson(0, 300).1 >= 3.0 / 300.0);
    }

    #[test]
    fn without_pairs_there_is_no_rate() {
        assert!(EqualError::of(&[], &[0.1]).is_none());
        assert_eq!(Summary::of(&[]).count, 0);
    }
}
