//! From sums over a witness to a proof that hides it.

use super::error::ProveError;
use crate::field;
use ark_bn254::{Bn254, Fr, G1Projective, G2Projective};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{Field, Zero};
use ark_groth16::{Proof, VerifyingKey};
use zeroize::Zeroizing;

/// Σ wᵢ·Aᵢ, Σ wᵢ·Bᵢ, and Σ hᵢ·Hᵢ + Σ wᵢ·Lᵢ.
pub(super) struct Sums {
    pub a: G1Projective,
    pub b: G2Projective,
    pub c: G1Projective,
}

impl Sums {
    /// The proof, blinded by two scalars from the operating system.
    ///
    /// With A₀ = α + Σ wᵢ·Aᵢ, B₀ = β + Σ wᵢ·Bᵢ and C₀ as summed, (A₀, B₀, C₀) is the proof of a prover who blinds by
    /// zeros. Out of any proof, (A₀/ρ, ρ·B₀ + ρη·δ, C₀ + η·A₀) is another for the same statement, since both sides of
    /// the verification equation grow by e(η·A₀, δ). For A₀ ≠ 0 and uniform ρ ≠ 0 and η, A is uniform but for zero, B
    /// is uniform whatever A is, and C is the only point that the equation leaves. A proof of Groth16's own prover is
    /// distributed so too, but for a chance of 1/r that A is zero; hence nothing is revealed that it would not reveal.
    /// It blinds C by Σ wᵢ·Bᵢ in G1, which this way is not needed. (Re-randomisation: Baghery, Kohlweiss, Siim,
    /// Volkhov: *Another Look at Extraction and Randomization of Groth's zk-SNARK*, 2020.)
    ///
    /// # Errors
    /// No randomness, or A₀ = 0, which nothing can blind.
    pub fn blinded(self, key: &VerifyingKey<Bn254>) -> Result<Proof<Bn254>, ProveError> {
        let (a, b) = (self.a + key.alpha_g1, self.b + key.beta_g2);
        if a.is_zero() {
            return Err(ProveError::System { reason: "A is zero before it is blinded".into() });
        }
        let (inverse, rho) = invertible()?;
        let eta = Zeroizing::new(field::random()?);
        let ((a, c), b) = rayon::join(
            || (a * *inverse, self.c + a * *eta),
            || (b + key.delta_g2.into_group() * *eta) * *rho,
        );
        Ok(Proof { a: a.into_affine(), b: b.into_affine(), c: c.into_affine() })
    }
}

/// A uniform scalar that is not zero, behind its inverse.
fn invertible() -> Result<(Zeroizing<Fr>, Zeroizing<Fr>), ProveError> {
    loop {
        let scalar = Zeroizing::new(field::random()?);
        if let Some(inverse) = scalar.inverse() {
            return Ok((Zeroizing::new(inverse), scalar));
        }
    }
}
