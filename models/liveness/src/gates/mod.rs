//! What is measured, and does it pass? The table of gates, measurements, and what came of them.
//!
//! Every value is an `i32` in thousandths of its unit, so that nothing signed depends on floating point. The bounds are
//! those of [`crate::Thresholds`].

mod table;

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use wetsign_models::manifest::{Manifest, Role};

pub use table::{Asked, Measure, Remedy, Row, Sense, Sight, Stage, Weight};

impl Measure {
    /// [`Row::name`].
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// Whether it stands in the report: it decides, or is advice until it is shown to know.
    pub fn reported(self) -> bool {
        self.row().weight == Weight::Decides
    }

    /// Whether it refuses, by the role that the attested manifest gives it. One that the manifest leaves out does.
    pub fn decides(self) -> bool {
        let role = Manifest::embedded().gates.get(self.name()).map_or(Role::Decides, |bound| bound.role);
        self.reported() && role == Role::Decides
    }

    /// The measure of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|measure| measure.name() == name)
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Thousandths of a value in its unit; not-a-number is no measurement.
pub fn thousandths(value: f64) -> Option<i32> {
    let scaled = (value * 1000.0).round();
    (scaled.is_finite()).then(|| scaled.clamp(f64::from(i32::MIN), f64::from(i32::MAX)) as i32)
}

/// What the sensor measured. What is absent could not be measured, and refuses wherever it is needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measurements(BTreeMap<Measure, i32>);

impl Measurements {
    /// No measurement.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a measurement in its unit; a value that is not finite stays missing.
    pub fn set(&mut self, measure: Measure, value: f64) {
        match thousandths(value) {
            Some(value) => self.0.insert(measure, value),
            None => self.0.remove(&measure),
        };
    }

    /// A measurement in thousandths.
    pub fn get(&self, measure: Measure) -> Option<i32> {
        self.0.get(&measure).copied()
    }

    /// Forgets a measurement.
    pub fn remove(&mut self, measure: Measure) -> Option<i32> {
        self.0.remove(&measure)
    }

    /// Names and thousandths, as they travel from the sensor.
    pub fn to_names(&self) -> BTreeMap<String, i32> {
        self.0.iter().map(|(measure, value)| (measure.name().to_owned(), *value)).collect()
    }

    /// Reads what travelled; unknown names are left out.
    pub fn from_names<'a>(names: impl IntoIterator<Item = (&'a str, i32)>) -> Self {
        names.into_iter().filter_map(|(name, value)| Some((Measure::from_name(name)?, value))).collect()
    }
}

impl FromIterator<(Measure, i32)> for Measurements {
    fn from_iter<I: IntoIterator<Item = (Measure, i32)>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

/// How a value came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// On the side of its bound that passes.
    Passed,
    /// On the other.
    Failed,
    /// It could not be measured, which is never a pass.
    Missing,
}

/// A measurement held against its bound.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Gate {
    /// Which gate.
    #[serde(rename = "name")]
    pub measure: Measure,
    /// In thousandths; `None`: could not be measured.
    pub value: Option<i32>,
    /// In thousandths.
    pub bound: i32,
    /// Whether the value lies on the side that passes. A missing value never does.
    pub passed: bool,
}

impl Gate {
    /// Holds a value against a bound; without a bound nothing passes.
    pub fn new(measure: Measure, value: Option<i32>, bound: Option<i32>) -> Self {
        let sense = measure.row().sense;
        let passed = value.zip(bound).is_some_and(|(value, bound)| sense.admits(value, bound));
        Self { measure, value, bound: bound.unwrap_or(i32::MAX), passed }
    }

    /// [`Row::name`].
    pub const fn name(&self) -> &'static str {
        self.measure.name()
    }

    /// Which side of the bound passes.
    pub const fn sense(&self) -> Sense {
        self.measure.row().sense
    }

    /// How it came out.
    pub const fn outcome(&self) -> Outcome {
        match (self.value, self.passed) {
            (None, _) => Outcome::Missing,
            (_, false) => Outcome::Failed,
            (_, true) => Outcome::Passed,
        }
    }

    /// The value if it may travel.
    pub fn public_value(&self) -> Option<i32> {
        self.value.filter(|_| self.measure.row().sight == Sight::Public)
    }
}

impl fmt::Debug for Gate {
    /// Leaves a secret value out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.passed { "passed" } else { "failed" };
        let value = match (self.value, self.public_value()) {
            (None, _) => "missing".to_owned(),
            (_, None) => "sealed".to_owned(),
            (_, Some(value)) => value.to_string(),
        };
        write!(f, "{} {value} {} {}: {verdict}", self.name(), self.sense().sign(), self.bound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Thresholds;

    #[test]
    fn values_that_are_no_numbers_stay_missing() {
        let mut measurements = Measurements::new();
        measurements.set(Measure::Snr, 12.3456);
        measurements.set(Measure::Motion, f64::NAN);
        assert_eq!(measurements.get(Measure::Snr), Some(12346));
        assert_eq!(measurements.get(Measure::Motion), None);
        measurements.set(Measure::Snr, f64::INFINITY);
        assert_eq!(measurements.get(Measure::Snr), None);
    }

    #[test]
    fn measurements_travel_by_name() {
        let sent: Measurements = [(Measure::Snr, 12), (Measure::PadFr, 990)].into_iter().collect();
        let names = sent.to_names();
        let got = Measurements::from_names(
            names.iter().map(|(name, value)| (name.as_str(), *value)).chain([("x", 1)]),
        );
        assert_eq!(got, sent);
    }

    #[test]
    fn secret_values_are_kept_out_of_debug_output() {
        let thresholds = Thresholds::from_manifest();
        let gate = Gate::new(Measure::PadFas, Some(987), thresholds.of(Measure::PadFas));
        assert!(gate.passed && gate.public_value().is_none());
        assert!(!format!("{gate:?}").contains("987"));
    }
}
