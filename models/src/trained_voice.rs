//! A classifier against synthesised and replayed voices that was trained here, as a file. It is advice: no decision
//! opens one.

use ed25519_dalek::{SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::trained::{TrainedError, fitted_on, seal, unseal};

/// What stands beside the classifier's ONNX file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainedVoicePad {
    /// `voice-pad`.
    pub task: String,
    /// Digest of the ONNX file: features in, one score 0..1 a detector out, higher is living.
    pub onnx: Digest,
    /// The features, in words with a version.
    pub features: String,
    /// The detectors, in the order of the scores.
    pub detectors: Vec<Detector>,
    /// Living speakers, and voices of synthesisers, that it was fitted on.
    pub voices: (usize, usize),
    /// The synthesisers.
    pub synthesisers: Vec<String>,
    /// Whether it held on every synthesiser and loudspeaker that was left out of a fit.
    pub holds: bool,
    /// Digest of the recordings that it was fitted on.
    pub data: Digest,
    /// What the draws came from.
    pub seed: u64,
}

/// One score of the classifier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detector {
    /// What it looks for: `synthesis` or `replay`.
    pub against: String,
    /// A score below it speaks for an attack.
    pub bound: f64,
    /// Share of the living whom the bound refuses where it was set.
    pub target_bpcer: f64,
    /// Highest share accepted of a species that was left out of the fit.
    pub worst_apcer: f64,
}

impl TrainedVoicePad {
    /// The file's bytes.
    pub fn sign(&self, key: &SigningKey) -> Result<Vec<u8>, TrainedError> {
        seal(self, key)
    }

    /// Reads a file that one of `trusted` signed and that belongs to the classifier with the bytes `onnx`.
    pub fn open(bytes: &[u8], trusted: &[VerifyingKey], onnx: &[u8]) -> Result<Self, TrainedError> {
        let found: Self = unseal(bytes, trusted)?;
        fitted_on("voice-pad", found.onnx, Digest::of(onnx))?;
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trained::TrainedFusion;

    fn model() -> TrainedVoicePad {
        TrainedVoicePad {
            task: "voice-pad".to_owned(),
            onnx: Digest::of(b"onnx"),
            features: "lfcc/1".to_owned(),
            detectors: vec![Detector {
                against: "synthesis".to_owned(),
                bound: 0.5,
                target_bpcer: 0.05,
                worst_apcer: 0.6,
            }],
            voices: (30, 20),
            synthesisers: vec!["one".to_owned()],
            holds: false,
            data: Digest::of(b"data"),
            seed: 1,
        }
    }

    #[test]
    fn a_signed_model_counts_for_its_own_classifier_under_a_trusted_key_and_for_its_own_task() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let (trusted, stranger) = (key.verifying_key(), SigningKey::from_bytes(&[8; 32]).verifying_key());
        let file = model().sign(&key).unwrap();
        assert_eq!(TrainedVoicePad::open(&file, &[trusted], b"onnx").unwrap(), model());
        let other = TrainedVoicePad::open(&file, &[trusted], b"other");
        assert!(matches!(other, Err(TrainedError::Network { what: "voice-pad", .. })), "{other:?}");
        let unsigned = TrainedVoicePad::open(&file, &[stranger], b"onnx");
        assert!(matches!(unsigned, Err(TrainedError::Signature { trusted: 1 })), "{unsigned:?}");
        let networks = (Digest::of(b"face"), Digest::of(b"voice"));
        assert!(matches!(TrainedFusion::open(&file, &[trusted], networks), Err(TrainedError::Syntax(_))));
    }
}
