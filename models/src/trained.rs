//! A model that was trained here, as a file: what it is, what it was fitted on, and who says so.
//!
//! One line of JSON with the model, one with an Ed25519 signature (RFC 8032) over it. The same data, seed and key give
//! the same bytes. A file counts only under a key that the reader trusts, so a model cannot be slipped in with the
//! data.

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::calibration::Fusion;
use crate::digest::Digest;

/// What is signed begins with this, so that no other signature of the key can be taken for one of these.
const CONTEXT: &[u8] = b"wetsign/trained-model/1\n";

/// A fitted rule for face and voice together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainedFusion {
    /// `fusion`.
    pub task: String,
    /// The rule.
    pub fusion: Fusion,
    /// Evidence that a match needs, nats.
    pub bound: f64,
    /// The false match rate that the bound was set for.
    pub target_fmr: f64,
    /// The lowest false match rate that this many people allow to claim: three over their number, at most 1.
    pub claimable_fmr: f64,
    /// People whose faces, and whose voices, it was fitted on.
    pub people: (usize, usize),
    /// Whether face and voice of a person were two people's.
    pub chimeric: bool,
    /// Digest of the captures that it was fitted on.
    pub data: Digest,
    /// Digests of the face embedding's and the voice embedding's files.
    pub networks: (Digest, Digest),
    /// What the draws came from.
    pub seed: u64,
}

/// Why a model file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainedError {
    /// It is not two lines of JSON of the expected shape.
    #[error("this is no trained model: {0}")]
    Syntax(String),
    /// No trusted key signed it.
    #[error("none of the {trusted} trusted keys signed this model; it is not used")]
    Signature {
        /// How many keys were tried.
        trusted: usize,
    },
    /// It was fitted on other networks than those at hand.
    #[error("the model was fitted on the {what} network {found}, and this is {expected}: train it again")]
    Network {
        /// `face`, `voice`, or the name of a detector.
        what: &'static str,
        /// The model's.
        found: Digest,
        /// The one at hand.
        expected: Digest,
    },
}

impl TrainedFusion {
    /// The file's bytes.
    pub fn sign(&self, key: &SigningKey) -> Result<Vec<u8>, TrainedError> {
        seal(self, key)
    }

    /// Reads a file that one of `trusted` signed and that was fitted on the networks with these digests, face and
    /// voice.
    pub fn open(
        bytes: &[u8],
        trusted: &[VerifyingKey],
        networks: (Digest, Digest),
    ) -> Result<Self, TrainedError> {
        let found: Self = unseal(bytes, trusted)?;
        fitted_on("face", found.networks.0, networks.0)?;
        fitted_on("voice", found.networks.1, networks.1)?;
        Ok(found)
    }
}

/// Refuses a model that was fitted on another file of the network `what`.
pub(crate) fn fitted_on(what: &'static str, found: Digest, expected: Digest) -> Result<(), TrainedError> {
    if found == expected { Ok(()) } else { Err(TrainedError::Network { what, found, expected }) }
}

/// A model's line and the line of its signature.
pub(crate) fn seal(model: &impl Serialize, key: &SigningKey) -> Result<Vec<u8>, TrainedError> {
    let model = serde_json::to_string(model).map_err(|e| TrainedError::Syntax(e.to_string()))?;
    let signature = key.sign(&signed(&model));
    Ok(format!("{model}\n{}\n", hex::encode(signature.to_bytes())).into_bytes())
}

/// The model of a file that one of `trusted` signed. Its type knows every field of it and no other, so no task's model
/// is taken for another's.
pub(crate) fn unseal<T: DeserializeOwned>(bytes: &[u8], trusted: &[VerifyingKey]) -> Result<T, TrainedError> {
    let syntax = |what: &str| TrainedError::Syntax(what.to_owned());
    let text = std::str::from_utf8(bytes).map_err(|_| syntax("it is not text"))?;
    let mut lines = text.lines();
    let (Some(model), Some(signature), None) = (lines.next(), lines.next(), lines.next()) else {
        return Err(syntax("it does not have two lines"));
    };
    let mut raw = [0; Signature::BYTE_SIZE];
    hex::decode_to_slice(signature, &mut raw).map_err(|_| syntax("its second line is no signature"))?;
    let signature = Signature::from_bytes(&raw);
    if !trusted.iter().any(|key| key.verify_strict(&signed(model), &signature).is_ok()) {
        return Err(TrainedError::Signature { trusted: trusted.len() });
    }
    serde_json::from_str(model).map_err(|e| syntax(&e.to_string()))
}

fn signed(model: &str) -> Vec<u8> {
    [CONTEXT, model.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::calibration::Calibration;

    fn model() -> TrainedFusion {
        let line = Calibration { slope: 20.0, offset: -9.0 };
        TrainedFusion {
            task: "fusion".to_owned(),
            fusion: Fusion { face: line, voice: line },
            bound: 3.5,
            target_fmr: 0.001,
            claimable_fmr: 0.3,
            people: (10, 10),
            chimeric: true,
            data: Digest::of(b"data"),
            networks: (Digest::of(b"face"), Digest::of(b"voice")),
            seed: 1,
        }
    }

    fn networks() -> (Digest, Digest) {
        (Digest::of(b"face"), Digest::of(b"voice"))
    }

    #[test]
    fn a_signed_model_is_read_back_and_has_the_same_bytes_each_time() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let file = model().sign(&key).unwrap();
        assert_eq!(file, model().sign(&key).unwrap());
        assert_eq!(TrainedFusion::open(&file, &[key.verifying_key()], networks()).unwrap(), model());
    }

    #[test]
    fn another_key_no_key_and_another_network_are_refused() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let file = model().sign(&key).unwrap();
        let stranger = SigningKey::from_bytes(&[8; 32]).verifying_key();
        for trusted in [&[stranger][..], &[]] {
            let refused = TrainedFusion::open(&file, trusted, networks());
            assert!(matches!(refused, Err(TrainedError::Signature { .. })), "{refused:?}");
        }
        let other = (networks().0, Digest::of(b"another voice"));
        let refused = TrainedFusion::open(&file, &[key.verifying_key()], other);
        assert!(matches!(refused, Err(TrainedError::Network { what: "voice", .. })), "{refused:?}");
    }

    proptest! {
        #[test]
        fn no_changed_byte_is_accepted(place in 0usize..10_000, bit in 0u8..8) {
            let key = SigningKey::from_bytes(&[7; 32]);
            let mut file = model().sign(&key).unwrap();
            let place = place % (file.len() - 1);
            file[place] ^= 1 << bit;
            // The case of a hexadecimal digit says nothing.
            let unchanged = file.to_ascii_lowercase() == model().sign(&key).unwrap();
            prop_assert!(unchanged || TrainedFusion::open(&file, &[key.verifying_key()], networks()).is_err());
        }
    }
}
