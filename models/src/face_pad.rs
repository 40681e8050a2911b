//! The fused evidence that a face is no print and no screen: what was fitted, on what, and how it is used.
//!
//! A [`LinearRule`] weighs both passive networks and the cues of `wetsign-infer` in one frame; [`FacePad::evidence`] is
//! the mean over frames. The rule is part of the manifest (`[face_pad]`), its bound is the gate `pad_fused`. It stands
//! beside the networks' own gates and may only refuse. `wetsign-lab train --task face-pad` fits it again and writes it
//! as a signed file of the same fields.

use ed25519_dalek::{SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::linear::LinearRule;
use crate::trained::{TrainedError, fitted_on, seal, unseal};

/// A fitted rule and what it was fitted on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FacePad {
    /// `face-pad`.
    pub task: String,
    /// What the draws came from.
    pub seed: u64,
    /// Living people in the fit.
    pub people: u32,
    /// Frames in the fit, of both kinds; all attacks are simulated.
    pub frames: u32,
    /// The share of left-out living people's presentations that the bound was set to refuse at most, thousandths.
    pub target_bpcer: u32,
    /// Evidence that a capture needs, thousandths of a nat: the gate's bound.
    pub bound: i32,
    /// Digest of the features that it was fitted on.
    pub data: Digest,
    /// Digests of the files of `pad-fas` and `pad-fr`.
    pub networks: (Digest, Digest),
    /// The weights.
    pub rule: LinearRule,
}

impl FacePad {
    /// Mean log-likelihood ratio over frames, nats: living person against print or screen. `None`: fewer than `least`,
    /// or a frame whose features are not the rule's.
    pub fn evidence(&self, frames: &[Vec<f64>], least: usize) -> Option<f64> {
        if frames.is_empty() || frames.len() < least {
            return None;
        }
        let ratios = frames.iter().map(|features| self.rule.ratio(features)).collect::<Option<Vec<f64>>>()?;
        Some(ratios.iter().sum::<f64>() / ratios.len() as f64)
    }

    /// Whether `other` is this rule but for the last digits, in which machines differ: the same features from as many
    /// frames of as many people, every number within two hundredths of a standard deviation or of a nat.
    pub fn agrees(&self, other: &Self) -> bool {
        let near = |a: i64, b: i64, most: i64| (a - b).abs() <= most;
        let terms = self.rule.terms.iter().zip(&other.rule.terms).all(|(own, fitted)| {
            let spread = own.deviation / 50 + 1;
            own.name == fitted.name
                && near(own.mean, fitted.mean, spread)
                && near(own.deviation, fitted.deviation, spread)
                && near(own.weight, fitted.weight, 20_000)
        });
        let counts = |pad: &Self| (pad.seed, pad.people, pad.frames, pad.networks, pad.rule.terms.len());
        terms
            && counts(self) == counts(other)
            && near(self.rule.offset, other.rule.offset, 20_000)
            && near(self.bound.into(), other.bound.into(), 20)
    }

    /// The file's bytes.
    pub fn sign(&self, key: &SigningKey) -> Result<Vec<u8>, TrainedError> {
        seal(self, key)
    }

    /// Reads a file that one of `trusted` signed and that was fitted on these files of `pad-fas` and `pad-fr`.
    pub fn open(
        bytes: &[u8],
        trusted: &[VerifyingKey],
        networks: (Digest, Digest),
    ) -> Result<Self, TrainedError> {
        let found: Self = unseal(bytes, trusted)?;
        fitted_on("pad-fas", found.networks.0, networks.0)?;
        fitted_on("pad-fr", found.networks.1, networks.1)?;
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Manifest;

    const LEAST: usize = 5;

    fn embedded() -> FacePad {
        Manifest::embedded().face_pad.clone()
    }

    fn at_mean(pad: &FacePad) -> Vec<f64> {
        pad.rule.terms.iter().map(|term| term.mean as f64 / 1e6).collect()
    }

    #[test]
    fn evidence_is_the_mean_over_frames_and_missing_with_any_of_them() {
        let pad = embedded();
        let frames = vec![at_mean(&pad); LEAST];
        let offset = pad.rule.offset as f64 / 1e6;
        assert!((pad.evidence(&frames, LEAST).unwrap() - offset).abs() < 1e-9);
        assert_eq!(pad.evidence(&frames[1..], LEAST), None);
        assert_eq!(pad.evidence(&[], 0), None);
        let mut changed = frames.clone();
        changed[0][0] += pad.rule.terms[0].deviation as f64 / 1e6;
        let moved = pad.rule.terms[0].weight as f64 / 1e6 / LEAST as f64;
        assert!((pad.evidence(&changed, LEAST).unwrap() - offset - moved).abs() < 1e-9);
        for wrong in [f64::NAN, f64::INFINITY] {
            changed[0][0] = wrong;
            assert_eq!(pad.evidence(&changed, LEAST), None);
        }
        changed[0].pop();
        assert_eq!(pad.evidence(&changed, LEAST), None);
    }

    #[test]
    fn a_signed_rule_is_read_back_under_a_trusted_key_and_for_its_networks_alone() {
        let (key, pad) = (SigningKey::from_bytes(&[7; 32]), embedded());
        let file = pad.sign(&key).unwrap();
        assert_eq!(FacePad::open(&file, &[key.verifying_key()], pad.networks).unwrap(), pad);
        assert_eq!(file, pad.sign(&key).unwrap());
        let stranger = SigningKey::from_bytes(&[8; 32]).verifying_key();
        let refused = FacePad::open(&file, &[stranger], pad.networks);
        assert!(matches!(refused, Err(TrainedError::Signature { .. })), "{refused:?}");
        let other = (pad.networks.0, Digest::of(b"another pad-fr"));
        let refused = FacePad::open(&file, &[key.verifying_key()], other);
        assert!(matches!(refused, Err(TrainedError::Network { what: "pad-fr", .. })), "{refused:?}");
    }

    #[test]
    fn rules_agree_but_for_their_last_digits() {
        let pad = embedded();
        let mut other = pad.clone();
        other.rule.terms[0].weight += 9_000;
        assert!(pad.agrees(&other));
        other.rule.terms[0].weight += 90_000;
        assert!(!pad.agrees(&other));
        let mut other = pad.clone();
        other.frames += 1;
        assert!(!pad.agrees(&other));
    }
}
