//! The bounds of all gates, as `models/manifest.toml` lists them beside the networks that they judge.
//!
//! They are part of the manifest, so the manifest digest that a secure element attests covers them too.

use std::collections::BTreeMap;

use wetsign_models::manifest::{Bound, Manifest, ManifestError};

use crate::gates::Measure;

/// The bounds of all gates. A measure without a bound here refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// One for each measure; [`Thresholds::of_manifest`] refuses a list that leaves one out.
    pub gates: BTreeMap<Measure, Bound>,
}

impl Thresholds {
    /// The thresholds that ship with this version.
    ///
    /// # Panics
    /// Never in a program that was tested: the list is fixed when the crate is compiled, and a test reads it.
    pub fn from_manifest() -> Self {
        Self::of_manifest(Manifest::embedded()).expect("the embedded list is read by a test of this crate")
    }

    /// The thresholds of a list.
    ///
    /// # Errors
    /// [`ManifestError::Contradiction`]: it leaves a gate out, or names one that there is not.
    pub fn of_manifest(manifest: &Manifest) -> Result<Self, ManifestError> {
        let wrong = |what: String| Err(ManifestError::Contradiction(what));
        let mut gates = BTreeMap::new();
        for (name, bound) in &manifest.gates {
            let Some(measure) = Measure::from_name(name) else {
                return wrong(format!("[gate.{name}] is no gate of this program"));
            };
            gates.insert(measure, bound.clone());
        }
        if let Some(measure) = Measure::ALL.into_iter().find(|measure| !gates.contains_key(measure)) {
            return wrong(format!("{measure} has no bound: add [gate.{measure}]"));
        }
        Ok(Self { gates })
    }

    /// The bound of a gate.
    pub fn bound(&self, measure: Measure) -> Option<&Bound> {
        self.gates.get(&measure)
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
        wetsign_models::template::tau(f64::from(bound) / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use wetsign_models::manifest::EMBEDDED;

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

    #[test]
    fn a_list_without_a_gate_or_with_an_unknown_one_is_refused_by_name() {
        let of =
            |text: &str| Thresholds::of_manifest(&Manifest::parse(text).unwrap()).unwrap_err().to_string();
        let renamed = of(&EMBEDDED.replace("[gate.snr]", "[gate.unheard_of]"));
        assert!(renamed.contains("unheard_of"), "{renamed}");
        let start = EMBEDDED.find("[gate.snr]").unwrap();
        let end = start + EMBEDDED[start..].find("[gate.clipping]").unwrap();
        let without = of(&format!("{}{}", &EMBEDDED[..start], &EMBEDDED[end..]));
        assert!(without.contains("snr has no bound: add [gate.snr]"), "{without}");
    }
}
