//! What the published seed of the development key allows: a proof of anything, by who knows nothing.
//!
//! A proof is e(A, B) = e(α, β) · e(X, γ) · e(C, δ). Who knows α, β, γ and δ as numbers draws A = a·G and B = b·H, and
//! solves for C (Groth 2016, § 3.2, the simulator). Nobody can tell such a proof from one that was proved. Tests and
//! benches make many approvals by it; nothing else has a use for it.

use super::development::secrets;
use super::{DEVELOPMENT_SEED, KeyError, VerifyingKey, short_digest};
use crate::field::{self, EntropyError};
use crate::{Proof, PublicInputs};
use ark_bn254::{Fr, G1Projective, G2Projective};
use ark_ec::{CurveGroup, PrimeGroup, VariableBaseMSM};
use ark_ff::{Field, PrimeField};

/// Makes proofs under the development key without a witness.
pub struct Forger {
    key: VerifyingKey,
    alpha_beta: Fr,
    gamma: Fr,
    /// 1/δ
    delta: Fr,
}

impl Forger {
    /// Under this key.
    ///
    /// # Errors
    /// [`KeyError::Development`] for any other key than the development key: nobody knows how.
    pub fn new(key: &VerifyingKey) -> Result<Self, KeyError> {
        let [alpha, beta, gamma, delta] = secrets(DEVELOPMENT_SEED).0;
        let other = || KeyError::Development {
            found: short_digest(&key.digest()),
            expected: short_digest(&super::DEVELOPMENT_KEY_DIGEST),
        };
        if !key.is_development() {
            return Err(other());
        }
        let delta = delta.inverse().ok_or_else(other)?;
        Ok(Self { key: key.clone(), alpha_beta: alpha * beta, gamma, delta })
    }

    /// A proof of this statement, true or not.
    ///
    /// # Errors
    /// The operating system gives no randomness.
    pub fn prove(&self, public: &PublicInputs) -> Result<Proof, EntropyError> {
        let (a, b) = (field::random()?, field::random()?);
        let factors: Vec<_> =
            [Fr::ONE].iter().chain(&public.to_fields()).map(|one| one.into_bigint()).collect();
        let inputs = G1Projective::msm_bigint(&self.key.groth16().gamma_abc_g1, &factors);
        let c = G1Projective::generator() * ((a * b - self.alpha_beta) * self.delta)
            - inputs * (self.gamma * self.delta);
        let points = ark_groth16::Proof {
            a: (G1Projective::generator() * a).into_affine(),
            b: (G2Projective::generator() * b).into_affine(),
            c: c.into_affine(),
        };
        Proof::from_groth16(points).map_err(|error| EntropyError { reason: error.to_string() })
    }
}
