//! One error rate: how often, on how many people, and what may be claimed of it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::stats::clopper_pearson;

/// How often something went wrong, and on how many people that stands.
///
/// Comparisons of one person are not independent, so the interval is over people: the share of people with at least one
/// error.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rate {
    /// Comparisons or presentations with an error.
    pub errors: u64,
    /// All of them.
    pub trials: u64,
    /// `errors / trials`; 0 without trials.
    pub rate: f64,
    /// People (or instruments) in the trials.
    pub units: u64,
    /// Those with at least one error.
    pub units_with_error: u64,
    /// Lower end of the exact 95 % interval of the share of units with an error.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Rate {
    /// Counts `(unit, wrong)`; an error of one trial may concern several units, so units are given apart from trials.
    pub fn count<'a>(trials: impl IntoIterator<Item = (Vec<&'a str>, bool)>) -> Self {
        let (mut errors, mut count) = (0, 0);
        let mut seen: BTreeMap<&str, bool> = BTreeMap::new();
        for (units, wrong) in trials {
            count += 1;
            errors += u64::from(wrong);
            for unit in units {
                *seen.entry(unit).or_default() |= wrong;
            }
        }
        let units = seen.len() as u64;
        let units_with_error = seen.values().filter(|wrong| **wrong).count() as u64;
        let (low, high) = clopper_pearson(units_with_error, units);
        let rate = if count == 0 { 0.0 } else { errors as f64 / count as f64 };
        Self { errors, trials: count, rate, units, units_with_error, low, high }
    }

    /// The smallest rate that may be claimed: never below the rule of three over people, 3/n (ISO/IEC 19795-1 on the
    /// rule of 3).
    pub fn claimable(&self) -> f64 {
        self.rate.max(3.0 / self.units.max(1) as f64).min(1.0)
    }
}

/// `12.50 % 1/8 [1/4: 1 to 81 %]`: errors of trials; in brackets units with an error, of all, and their interval.
impl std::fmt::Display for Rate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { errors, trials, units_with_error, units, .. } = self;
        let [rate, low, high] = [self.rate, self.low, self.high].map(|share| 100.0 * share);
        let text =
            format!("{rate:.2} % {errors}/{trials} [{units_with_error}/{units}: {low:.0} to {high:.0} %]");
        formatter.pad(&text)
    }
}

/// Both errors at one threshold.
#[derive(Clone, Debug, Serialize)]
pub struct AtThreshold {
    /// Where the threshold comes from.
    pub why: String,
    /// Scores at or above it match.
    pub threshold: f64,
    /// False match rate, FMR.
    pub fmr: Rate,
    /// What may be claimed of it.
    pub fmr_claimable: f64,
    /// False non-match rate, FNMR.
    pub fnmr: Rate,
}
