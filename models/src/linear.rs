//! Many measurements as one piece of evidence: logistic regression on standardised features.
//!
//! The result is a log-likelihood ratio in nats as in [`crate::calibration`], for both kinds weigh the same in the fit.
//! The prior holds every weight back, so that a feature which separates the pictures at hand entirely is not taken for
//! certain.
//!
//! A rule is written in millionths, so that what the manifest signs for does not depend on how a machine writes
//! floating point, and a fit on another machine can be compared with it.

use serde::{Deserialize, Serialize};

/// Newton steps at most.
const STEPS: usize = 60;

/// One feature of a rule: its name, and in millionths the mean and the standard deviation that it had in the fit and
/// its weight in nats for each standard deviation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// What is weighed.
    pub name: String,
    /// Millionths of the feature's unit.
    pub mean: i64,
    /// Millionths of the feature's unit, more than 0.
    pub deviation: i64,
    /// Millionths of a nat for each standard deviation.
    pub weight: i64,
}

/// A line through as many dimensions as it has terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearRule {
    /// Nats where every feature has its mean, millionths.
    pub offset: i64,
    /// The features, in the order in which they are given.
    pub terms: Vec<Term>,
}

/// A feature further than this from its mean, in standard deviations, counts as far as this: nothing was seen out
/// there, and one feature must not outvote all others.
pub const FARTHEST: f64 = 4.0;

impl LinearRule {
    /// The log-likelihood ratio of one row of features, nats. `None`: another number of them, or one that is no number.
    pub fn ratio(&self, features: &[f64]) -> Option<f64> {
        if features.len() != self.terms.len() || features.iter().any(|value| !value.is_finite()) {
            return None;
        }
        let sum: f64 = self.terms.iter().zip(features).map(|(term, value)| term.nats(*value)).sum();
        Some(whole(self.offset) + sum)
    }

    /// Whether it was made for these features, and can be computed.
    pub fn fits<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> bool {
        self.terms.iter().all(|term| term.deviation > 0)
            && self.terms.iter().map(|term| term.name.as_str()).eq(names)
    }

    /// Fits a rule: `kinds[i]` says whether `rows[i]` belongs to the kind that high values speak for; `importance[i]`
    /// is how much it counts within its kind; `prior` the precision of the prior on each weight (of a standardised
    /// feature). The same rows give the same rule. `None` unless both kinds are there, every row has a number for each
    /// name, and no feature is constant.
    pub fn fit(
        names: &[&str],
        rows: &[Vec<f64>],
        kinds: &[bool],
        importance: &[f64],
        prior: f64,
    ) -> Option<Self> {
        let width = names.len();
        let whole_rows = rows.iter().all(|row| row.len() == width && row.iter().all(|v| v.is_finite()));
        let total =
            |kind| kinds.iter().zip(importance).filter(|(k, _)| **k == kind).map(|(_, w)| *w).sum::<f64>();
        let (own, other) = (total(true), total(false));
        let sizes_agree = rows.len() == kinds.len() && rows.len() == importance.len();
        if !(whole_rows && sizes_agree && prior > 0.0 && own > 0.0 && other > 0.0) {
            return None;
        }
        let weights: Vec<f64> = kinds
            .iter()
            .zip(importance)
            .map(|(kind, weight)| 0.5 * weight / if *kind { own } else { other })
            .collect();
        let (means, deviations) = moments(rows, &weights, width)?;
        let standard = |row: &Vec<f64>| {
            let mut out: Vec<f64> =
                (0..width).map(|i| bounded((row[i] - means[i]) / deviations[i])).collect();
            out.push(1.0);
            out
        };
        let points: Vec<Vec<f64>> = rows.iter().map(standard).collect();
        let found = newton(&points, kinds, &weights, prior, width)?;
        let terms = (0..width).map(|i| Term {
            name: names[i].to_owned(),
            mean: millionths(means[i]),
            deviation: millionths(deviations[i]).max(1),
            weight: millionths(found[i]),
        });
        Some(Self { offset: millionths(found[width]), terms: terms.collect() })
    }
}

impl Term {
    fn nats(&self, value: f64) -> f64 {
        let away = (value - whole(self.mean)) / whole(self.deviation);
        bounded(away) * whole(self.weight)
    }
}

fn bounded(away: f64) -> f64 {
    away.clamp(-FARTHEST, FARTHEST)
}

fn whole(millionths: i64) -> f64 {
    millionths as f64 / 1e6
}

fn millionths(value: f64) -> i64 {
    (value * 1e6).round() as i64
}

fn moments(rows: &[Vec<f64>], weights: &[f64], width: usize) -> Option<(Vec<f64>, Vec<f64>)> {
    let weighted =
        |of: &dyn Fn(&Vec<f64>) -> f64| rows.iter().zip(weights).map(|(r, w)| w * of(r)).sum::<f64>();
    let means: Vec<f64> = (0..width).map(|i| weighted(&|row| row[i])).collect();
    let deviations: Vec<f64> =
        (0..width).map(|i| weighted(&|row| (row[i] - means[i]).powi(2)).sqrt()).collect();
    deviations.iter().all(|d| *d > 1e-6).then_some((means, deviations))
}

/// Newton's method on the penalised log-likelihood, which is convex; the last coefficient is the offset and has no
/// prior.
fn newton(
    points: &[Vec<f64>],
    kinds: &[bool],
    weights: &[f64],
    prior: f64,
    width: usize,
) -> Option<Vec<f64>> {
    let mut found = vec![0.0; width + 1];
    for _ in 0..STEPS {
        let mut gradient = vec![0.0; width + 1];
        let mut hessian = vec![vec![0.0; width + 1]; width + 1];
        for i in 0..width {
            gradient[i] = prior * found[i];
            hessian[i][i] = prior;
        }
        hessian[width][width] = 1e-9;
        for ((point, kind), weight) in points.iter().zip(kinds).zip(weights) {
            let score: f64 = point.iter().zip(&found).map(|(x, c)| x * c).sum();
            let p = 1.0 / (1.0 + (-score).exp());
            let (error, curvature) = (weight * (p - f64::from(u8::from(*kind))), weight * p * (1.0 - p));
            for i in 0..=width {
                gradient[i] += error * point[i];
                for j in 0..=i {
                    hessian[i][j] += curvature * point[i] * point[j];
                }
            }
        }
        let step = solve(hessian, gradient)?;
        found.iter_mut().zip(&step).for_each(|(c, s)| *c -= s);
        if step.iter().all(|s| s.abs() < 1e-11) {
            break;
        }
    }
    found.iter().all(|c| c.is_finite()).then_some(found)
}

/// Solves for a symmetric positive definite matrix of which the lower triangle is given, by Cholesky's decomposition.
pub(crate) fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let size = right.len();
    for i in 0..size {
        for j in 0..=i {
            let sum: f64 = matrix[i][j] - (0..j).map(|k| matrix[i][k] * matrix[j][k]).sum::<f64>();
            if i == j {
                if sum <= 0.0 {
                    return None;
                }
                matrix[i][i] = sum.sqrt();
            } else {
                matrix[i][j] = sum / matrix[j][j];
            }
        }
    }
    for i in 0..size {
        let sum: f64 = (0..i).map(|k| matrix[i][k] * right[k]).sum();
        right[i] = (right[i] - sum) / matrix[i][i];
    }
    for i in (0..size).rev() {
        let sum: f64 = (i + 1..size).map(|k| matrix[k][i] * right[k]).sum();
        right[i] = (right[i] - sum) / matrix[i][i];
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows() -> (Vec<Vec<f64>>, Vec<bool>) {
        // The first feature tells the kinds apart, the second does not.
        let row = |i: u32| {
            vec![f64::from(i % 7) + if i.is_multiple_of(2) { 3.0 } else { 0.0 }, f64::from(i * 5 % 11)]
        };
        ((0..80).map(row).collect(), (0..80).map(|i: u32| i.is_multiple_of(2)).collect())
    }

    fn fitted(importance: f64) -> LinearRule {
        let (rows, kinds) = rows();
        LinearRule::fit(&["a", "b"], &rows, &kinds, &vec![importance; 80], 0.01).unwrap()
    }

    #[test]
    fn what_tells_the_kinds_apart_carries_the_weight() {
        let rule = fitted(1.0);
        assert!(rule.fits(["a", "b"]) && !rule.fits(["b", "a"]) && !rule.fits(["a"]));
        assert!(rule.terms[0].weight > 5 * rule.terms[1].weight.abs(), "{rule:?}");
        assert!(rule.ratio(&[9.0, 5.0]).unwrap() > 0.5 && rule.ratio(&[0.0, 5.0]).unwrap() < -0.5);
        assert_eq!(rule, fitted(3.0), "only proportions count");
    }

    #[test]
    fn missing_features_and_kinds_are_no_evidence() {
        let (rows, kinds) = rows();
        let rule = fitted(1.0);
        assert_eq!(rule.ratio(&[1.0]), None);
        assert_eq!(rule.ratio(&[1.0, f64::NAN]), None);
        let fit = |rows: &[Vec<f64>], kinds: &[bool]| {
            LinearRule::fit(&["a", "b"], rows, kinds, &vec![1.0; rows.len()], 0.01)
        };
        assert!(fit(&rows, &[true; 80]).is_none() && fit(&rows, &kinds[1..]).is_none());
        assert!(fit(&vec![vec![1.0, 2.0]; 80], &kinds).is_none());
    }

    proptest! {
        #[test]
        fn no_single_feature_outvotes_beyond_its_bound(value in -1e9..1e9f64) {
            let rule = fitted(1.0);
            let most = 4.0 * rule.terms[0].weight.abs() as f64 / 1e6;
            let mean = rule.terms[0].mean as f64 / 1e6;
            let (at_mean, away) = (rule.ratio(&[mean, 5.0]).unwrap(), rule.ratio(&[value, 5.0]).unwrap());
            prop_assert!((away - at_mean).abs() <= most + 1e-9);
        }
    }
}
