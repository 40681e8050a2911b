//! Proofs, and checking them.

use crate::{PublicInputs, VerifyingKey};
use ark_bn254::Bn254;
use ark_ec::CurveGroup;
use ark_ec::pairing::Pairing;
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};

/// Length of an encoded proof.
pub const PROOF_BYTES: usize = 128;

/// A Groth16 proof. Anyone can re-randomise one, so two different proofs may speak for one act: key on the nullifier.
#[derive(Clone)]
pub struct Proof {
    pub(crate) inner: ark_groth16::Proof<Bn254>,
    bytes: [u8; PROOF_BYTES],
}

impl PartialEq for Proof {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Proof {}

impl std::fmt::Debug for Proof {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Proof({:02x?}…)", &self.bytes[..8])
    }
}

/// Bytes that are no proof.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// Wrong length.
    #[error("a proof takes {PROOF_BYTES} bytes, {found} were given")]
    Length {
        /// Bytes given.
        found: usize,
    },
    /// No curve points, points outside the prime-order subgroup, or another spelling of them.
    #[error("the bytes are not three points of BN254 in canonical compressed form: {reason}")]
    Points {
        /// What the decoder found.
        reason: String,
    },
}

/// A proof does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The pairing equation fails.
    #[error(
        "the proof does not hold for these public inputs under verifying key {key}…: an input, the proof or the key differs \
         from what was proved"
    )]
    Refused {
        /// First eight bytes of the verifying key's digest, hexadecimal.
        key: String,
    },
    /// The proof system itself failed.
    #[error("the proof could not be checked: {reason}")]
    Unchecked {
        /// What it answered.
        reason: String,
    },
}

impl Proof {
    /// A proof of these points.
    ///
    /// # Errors
    /// [`ProofError::Points`].
    pub fn from_groth16(inner: ark_groth16::Proof<Bn254>) -> Result<Self, ProofError> {
        let mut bytes = [0; PROOF_BYTES];
        inner
            .serialize_compressed(&mut bytes[..])
            .map_err(|error| ProofError::Points { reason: error.to_string() })?;
        Ok(Self { inner, bytes })
    }

    /// The points.
    pub fn groth16(&self) -> &ark_groth16::Proof<Bn254> {
        &self.inner
    }

    /// A (G1), B (G2), C (G1), each compressed as arkworks does: little-endian x with two flag bits.
    pub fn to_bytes(&self) -> [u8; PROOF_BYTES] {
        self.bytes
    }

    /// Reads [`Proof::to_bytes`]; every point is checked for curve and subgroup.
    ///
    /// # Errors
    /// [`ProofError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ProofError> {
        if bytes.len() != PROOF_BYTES {
            return Err(ProofError::Length { found: bytes.len() });
        }
        let inner = ark_groth16::Proof::deserialize_compressed(bytes)
            .map_err(|error| ProofError::Points { reason: error.to_string() })?;
        let proof = Self::from_groth16(inner)?;
        if proof.bytes == *bytes {
            Ok(proof)
        } else {
            Err(ProofError::Points { reason: "another spelling of the same points".into() })
        }
    }
}

/// Checks a proof. Takes about 1 ms.
///
/// It says that somebody knew private inputs that satisfy the statement for `public`. Whether `public` is what it
/// should be (root in force, nullifier unused, thresholds as the rules ask, allowed model, attested probe, recomputed
/// signal) and whether `key` may be trusted is for the caller to check.
///
/// # Errors
/// [`VerifyError::Refused`] when the proof does not hold.
pub fn verify(key: &VerifyingKey, public: &PublicInputs, proof: &Proof) -> Result<(), VerifyError> {
    let ark_groth16::Proof { a, b, c } = proof.inner;
    let prepared = key.prepared();
    let inputs = key.inputs().combine(&public.to_fields()).into_affine();
    // e(A, B) · e(inputs, -γ) · e(C, -δ) = e(α, β): what is fixed is prepared, and one exponentiation does for all.
    let right: [<Bn254 as Pairing>::G2Prepared; 3] =
        [b.into(), prepared.gamma_g2_neg_pc.clone(), prepared.delta_g2_neg_pc.clone()];
    let product = Bn254::final_exponentiation(Bn254::multi_miller_loop([a, inputs, c], right));
    match product {
        Some(product) if product.0 == prepared.alpha_g1_beta_g2 => Ok(()),
        Some(_) => Err(VerifyError::Refused { key: crate::keys::short_digest(&key.digest()) }),
        None => Err(VerifyError::Unchecked { reason: "the pairings' product is zero".into() }),
    }
}
