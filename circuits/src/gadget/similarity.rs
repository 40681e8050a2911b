//! cosine(template, probe) ≥ tau / 2^16, exactly.
//!
//! With D coordinates and nb = 14 + ⌈log₂ D⌉ every norm and dot product of vectors in [-128, 127]^D is at most 2^nb in
//! size, so over the integers:
//!
//! 1. tau < 2^17;
//! 2. 0 ≤ dot - 1024 < 2^(nb+1): dot is at least 1024, so of the right sign, and no vector is zero;
//! 3. 0 ≤ 2^32·dot² - tau²·|a|²·|b|² < 2^(2nb+35).
//!
//! **Soundness.** The coordinates are forced into [-128, 127] elsewhere ([`super::vector`]), so dot and norms in the
//! field *are* the integers. In 3 both terms are at most 2^(34+2nb) in size, and nb ≤ 26, so their difference is below
//! 2^88 in size: a negative one is a residue above r - 2^88 and has no 2nb+35 bits. Both sides of the squared
//! inequality are non-negative by 2, so it is the cosine inequality itself; there is no rounding. Completeness: the
//! bounds on the left are wide enough for every honest value.

use super::bits;
use crate::builder::Builder;
use crate::similarity::{LEAST_DOT, THRESHOLD_BITS};
use ark_bn254::Fr;
use ark_ff::{One, Zero};

/// Bits of a threshold.
const TAU_BITS: usize = 17;

/// Forces the similarity of `first` and `second` to at least `tau`.
pub(crate) fn require<B: Builder>(
    builder: &mut B,
    first: &[B::Expression],
    second: &[B::Expression],
    tau: &B::Expression,
) {
    let norm_bits = norm_bits(first.len());
    bits::require_bits(builder, tau, TAU_BITS);

    let dot = inner_product(builder, first, second);
    let beyond_least = B::sum(&[(Fr::one(), &dot)], -Fr::from(LEAST_DOT));
    bits::require_bits(builder, &beyond_least, norm_bits + 1);

    let first_norm = inner_product(builder, first, first);
    let second_norm = inner_product(builder, second, second);
    let dot_square = builder.multiply(&dot, &dot);
    let norms = builder.multiply(&first_norm, &second_norm);
    let tau_square = builder.multiply(tau, tau);
    let bound = builder.multiply(&tau_square, &norms);
    let scale = Fr::from(1u64 << (2 * THRESHOLD_BITS));
    let surplus = B::sum(&[(scale, &dot_square), (-Fr::one(), &bound)], Fr::zero());
    bits::require_bits(builder, &surplus, 2 * norm_bits + 35);
}

/// 14 + ⌈log₂ coordinates⌉.
fn norm_bits(coordinates: usize) -> usize {
    14 + coordinates.next_power_of_two().trailing_zeros() as usize
}

/// One constraint a coordinate.
fn inner_product<B: Builder>(
    builder: &mut B,
    first: &[B::Expression],
    second: &[B::Expression],
) -> B::Expression {
    let products: Vec<_> = first.iter().zip(second).map(|(a, b)| builder.multiply(a, b)).collect();
    B::sum(&products.iter().map(|product| (Fr::one(), product)).collect::<Vec<_>>(), Fr::zero())
}
