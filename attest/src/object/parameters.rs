//! What a protocol's governance agreed on, as registrars read it into an epoch.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::ascending;
use crate::error::Error;
use crate::id::{Atto, Digest, Scalar};
use crate::limits;

/// Parameters in force in one final block of a chain. Part of a [`super::StakeSnapshot`], so under registrars'
/// signatures with it. They say what was agreed on; a verifier keeps to its own policy.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Parameters {
    /// Chain id (EIP-155).
    #[n(1)]
    pub chain_id: u64,
    /// Number of the block.
    #[n(2)]
    pub block: u64,
    /// Hash of the block.
    #[n(3)]
    pub hash: Digest,
    /// The chain's epoch from which they hold.
    #[n(4)]
    pub from_epoch: u64,
    /// How many kiosks vouch together, 1 to 16.
    #[n(5)]
    pub kiosks: u32,
    /// Of how many operators they are, 1 to `kiosks`.
    #[n(6)]
    pub operators: u32,
    /// Least similarity of faces, cosine times 65536.
    #[n(7)]
    pub least_face: u32,
    /// Least similarity of voices, cosine times 65536.
    #[n(8)]
    pub least_voice: u32,
    /// Least stake of an operator.
    #[n(9)]
    pub least_operator: Atto,
    /// Least stake of a kiosk.
    #[n(10)]
    pub least_kiosk: Atto,
    /// Least stake of a validator.
    #[n(11)]
    pub least_validator: Atto,
    /// Digests of accepted verifying keys, strictly ascending.
    #[n(12)]
    pub keys: Vec<Digest>,
    /// Accepted values of a match proof's `model_id`, strictly ascending.
    #[n(13)]
    pub models: Vec<Scalar>,
}

impl Parameters {
    pub(super) fn check(&self, what: &'static str) -> Result<(), Error> {
        let no = |why: String| Err(Error::value(what, "parameters", why));
        let (kiosks, operators) = (self.kiosks, self.operators);
        if !(1..=16).contains(&kiosks) || !(1..=kiosks).contains(&operators) {
            return no(format!(
                "ask for {kiosks} kiosks of {operators} operators: 1 to 16, of no more operators"
            ));
        }
        let most = 1 << 16;
        if self.least_face > most || self.least_voice > most {
            let (face, voice) = (self.least_face, self.least_voice);
            return no(format!("ask for similarities {face} and {voice}, the largest is {most}"));
        }
        ascending(what, "keys", &self.keys, limits::LIST, |key| key)?;
        ascending(what, "models", &self.models, limits::LIST, |model| model)
    }
}
