//! The verifying key.

use super::{DEVELOPMENT_KEY_DIGEST, KeyError, short_digest};
use crate::combination::FixedPoints;
use crate::inputs::PUBLIC_COUNT;
use ark_bn254::Bn254;
use ark_ec::AffineRepr;
use ark_groth16::{PreparedVerifyingKey, prepare_verifying_key};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use sha2::{Digest, Sha256};

/// Points in G1 for the public inputs: one each and one constant.
const INPUT_POINTS: usize = PUBLIC_COUNT + 1;
/// Where the number of input points is written: behind alpha (32) and beta, gamma, delta (64 each).
const COUNT_OFFSET: usize = 32 + 3 * 64;
/// Length of [`VerifyingKey::to_bytes`].
pub const VERIFYING_KEY_BYTES: usize = COUNT_OFFSET + 8 + INPUT_POINTS * 32;

/// What a verifier needs. Public; its digest is what trust policies list.
#[derive(Clone)]
pub struct VerifyingKey {
    prepared: PreparedVerifyingKey<Bn254>,
    inputs: FixedPoints,
    bytes: Vec<u8>,
    digest: [u8; 32],
}

impl VerifyingKey {
    /// A key of these points.
    ///
    /// # Errors
    /// [`KeyError::Verifying`] for another number of inputs, delta = gamma, or an identity among the first four points.
    pub fn from_groth16(inner: ark_groth16::VerifyingKey<Bn254>) -> Result<Self, KeyError> {
        let refuse = |reason: &str| KeyError::Verifying { reason: reason.into() };
        if inner.gamma_abc_g1.len() != INPUT_POINTS {
            return Err(refuse("it is made for another number of public inputs"));
        }
        // delta = gamma lets anyone forge (a set-up that was never contributed to); identities void the equation.
        if inner.delta_g2 == inner.gamma_g2 {
            return Err(refuse("delta equals gamma, so nobody contributed to its set-up"));
        }
        if inner.alpha_g1.is_zero()
            || [inner.beta_g2, inner.gamma_g2, inner.delta_g2].iter().any(AffineRepr::is_zero)
        {
            return Err(refuse("one of alpha, beta, gamma, delta is the identity"));
        }
        let mut bytes = Vec::with_capacity(VERIFYING_KEY_BYTES);
        inner.serialize_compressed(&mut bytes).map_err(|error| refuse(&error.to_string()))?;
        let digest = Sha256::digest(&bytes).into();
        let inputs = FixedPoints::new(&inner.gamma_abc_g1);
        Ok(Self { prepared: prepare_verifying_key(&inner), inputs, bytes, digest })
    }

    /// alpha (G1), beta, gamma, delta (G2), the number ten as u64 little-endian, ten input points (G1), all compressed:
    /// [`VERIFYING_KEY_BYTES`] bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    /// Reads [`VerifyingKey::to_bytes`]. Every point is checked for curve and subgroup.
    ///
    /// # Errors
    /// [`KeyError::Verifying`] for another length, bad points, another spelling, delta = gamma, or an identity among
    /// the first four points.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        let refuse = |reason: String| KeyError::Verifying { reason };
        if bytes.len() != VERIFYING_KEY_BYTES {
            return Err(refuse(format!("it takes {VERIFYING_KEY_BYTES} bytes, {} were given", bytes.len())));
        }
        // Before the decoder sees it: the count drives an allocation.
        if bytes[COUNT_OFFSET..COUNT_OFFSET + 8] != (INPUT_POINTS as u64).to_le_bytes() {
            return Err(refuse("it is made for another number of public inputs".into()));
        }
        let inner = ark_groth16::VerifyingKey::deserialize_compressed(bytes)
            .map_err(|error| refuse(format!("bad points ({error})")))?;
        let key = Self::from_groth16(inner)?;
        if key.bytes == bytes { Ok(key) } else { Err(refuse("another spelling of the same points".into())) }
    }

    /// SHA-256 of [`VerifyingKey::to_bytes`].
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }

    /// Whether this is the key from the published [`DEVELOPMENT_SEED`](super::DEVELOPMENT_SEED), under which anyone can
    /// forge.
    pub fn is_development(&self) -> bool {
        self.digest == DEVELOPMENT_KEY_DIGEST
    }

    /// The points.
    pub fn groth16(&self) -> &ark_groth16::VerifyingKey<Bn254> {
        &self.prepared.vk
    }

    /// The points of the public inputs.
    pub(crate) fn inputs(&self) -> &FixedPoints {
        &self.inputs
    }

    pub(crate) fn prepared(&self) -> &PreparedVerifyingKey<Bn254> {
        &self.prepared
    }
}

impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for VerifyingKey {}

impl std::fmt::Debug for VerifyingKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "VerifyingKey({}…)", short_digest(&self.digest))
    }
}
