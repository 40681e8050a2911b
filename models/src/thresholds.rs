//! The bounds of all gates, as `models/manifest.toml` lists them beside the networks that they judge.
//!
//! They are part of the manifest, so the manifest digest that a secure element attests covers them too.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::gates::Measure;
use crate::manifest::Manifest;

/// The bound of one gate.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    /// In thousandths of the unit.
    pub bound: i32,
    /// What is measured, in words.
    pub unit: String,
    /// Where the figure comes from.
    pub source: String,
}

/// The bounds of all gates. A measure without a bound here refuses.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Thresholds {
    /// One for each measure; [`Manifest::parse`] refuses a list that leaves one out.
    pub gates: BTreeMap<Measure, Bound>,
}

impl Thresholds {
    /// The thresholds that ship with this version.
    pub fn from_manifest() -> Self {
        Manifest::embedded().thresholds.clone()
    }

    /// The bound of a gate.
    pub fn bound(&self, measure: Measure) -> Option<&Bound> {
        self.gates.get(&measure)
    }

    /// The first measure that has no bound.
    pub fn missing(&self) -> Option<Measure> {
        Measure::ALL.into_iter().find(|measure| !self.gates.contains_key(measure))
    }

    /// The face threshold for the match circuit, t·2^16. A missing bound asks for identity.
    pub fn tau_face(&self) -> u32 {
        self.tau_of(Measure::FaceMatch)
    }

    /// The voice threshold for the match circuit, t·2^16. A missing bound asks for identity.
    pub fn tau_voice(&self) -> u32 {
        self.tau_of(Measure::VoiceMatch)
    }

    /// The bound alone, thousandths.
    pub fn of(&self, measure: Measure) -> Option<i32> {
        self.bound(measure).map(|bound| bound.bound)
    }

    fn tau_of(&self, measure: Measure) -> u32 {
        let bound = self.of(measure).unwrap_or(1000);
        crate::template::tau(f64::from(bound) / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_gate_has_a_bound_that_says_where_it_comes_from() {
        let thresholds = Thresholds::from_manifest();
        for measure in Measure::ALL {
            let bound = thresholds.bound(measure).unwrap();
            assert!(!bound.unit.is_empty() && !bound.source.is_empty(), "{measure}");
            assert_eq!(Measure::from_name(measure.name()), Some(measure));
        }
    }
}
