//! The two bases in which keys hold H: arkworks' by coefficients, Kᵢ = [τⁱ(τⁿ - 1)/δ] for i < n - 1, iden3's by values
//! at the odd points, [L₂ᵢ₊₁(τ)/δ] over the domain of twice the size. Each is a Fourier transform of the other.

use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, Field, Zero};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use rayon::prelude::*;

/// [L₂ᵢ₊₁(τ)/δ] from [τⁱ(τⁿ - 1)/δ]. The coefficient of degree n - 1 may be missing: a quotient has none.
pub(crate) fn values_from_coefficients(points: &[G1Affine], size: usize) -> Vec<G1Affine> {
    let Some((domain, root)) = domain(size) else { return Vec::new() };
    let mut values: Vec<_> = points.iter().map(|point| point.into_group()).collect();
    values.resize(size, G1Projective::zero());
    // xⁿ - 1 is -2 at the odd points.
    scale(&mut values, -Fr::from(2u64).inverse().unwrap_or(Fr::ZERO), root.inverse().unwrap_or(Fr::ZERO));
    domain.ifft_in_place(&mut values);
    G1Projective::normalize_batch(&values)
}

/// The way back, without the coefficient of degree n - 1.
pub(crate) fn coefficients_from_values(points: &[G1Affine]) -> Vec<G1Affine> {
    let Some((domain, root)) = domain(points.len()) else { return Vec::new() };
    let mut coefficients: Vec<_> = points.iter().map(|point| point.into_group()).collect();
    domain.fft_in_place(&mut coefficients);
    scale(&mut coefficients, -Fr::from(2u64), root);
    coefficients.pop();
    G1Projective::normalize_batch(&coefficients)
}

/// The domain, and the root of unity of twice its size that leads to the odd points.
fn domain(size: usize) -> Option<(Radix2EvaluationDomain<Fr>, Fr)> {
    let double = Radix2EvaluationDomain::<Fr>::new(2 * size)?;
    Some((Radix2EvaluationDomain::new(size)?, double.group_gen))
}

/// Multiplies point i by `first · factorⁱ`.
fn scale(points: &mut [G1Projective], first: Fr, factor: Fr) {
    let mut powers = vec![first; points.len()];
    for at in 1..powers.len() {
        powers[at] = powers[at - 1] * factor;
    }
    points.par_iter_mut().zip(powers).for_each(|(point, power)| *point *= power);
}
