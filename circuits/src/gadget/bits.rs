//! Bits and ranges.
//!
//! **Soundness.** `b·(b - 1) = 0` has the solutions 0 and 1 in a field, so a bit wire is a bit. [`require_bits`] forces
//! `value = Σ bᵢ·2^i` with bit wires and fewer than 253 bits, so the sum is below 2^253 < r and does not wrap: `value`,
//! read as the least non-negative residue, is below 2^n. A "negative" value -x is the residue r - x and is refused for
//! every n used here.

use crate::builder::Builder;
use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, BigInteger, One, PrimeField, Zero};

/// Most bits of a range check: sums of that many bits stay below the field order.
const MOST_BITS: usize = 252;

/// A private wire forced to 0 or 1. One constraint.
pub(crate) fn bit<B: Builder>(builder: &mut B, set: bool) -> B::Expression {
    let wire = builder.private(if set { Fr::one() } else { Fr::zero() });
    let less_one = B::sum(&[(Fr::one(), &wire)], -Fr::one());
    builder.require_product(&wire, &less_one, &B::constant(Fr::zero()));
    wire
}

/// Forces `value` into [0, 2^bits). `bits` + 1 constraints.
pub(crate) fn require_bits<B: Builder>(builder: &mut B, value: &B::Expression, bits: usize) {
    assert!(bits <= MOST_BITS, "a range check of {bits} bits could wrap around the field");
    let number = B::value(value).into_bigint();
    let wires: Vec<_> = (0..bits).map(|position| bit(builder, number.get_bit(position))).collect();
    let recomposed = weighted::<B>(&wires, Fr::from(2u64));
    builder.require_equal(&recomposed, value);
}

/// Σ digitᵢ · baseⁱ, no constraint.
pub(crate) fn weighted<B: Builder>(digits: &[B::Expression], base: Fr) -> B::Expression {
    let mut weight = Fr::one();
    let mut terms = Vec::with_capacity(digits.len());
    for digit in digits {
        terms.push((weight, digit));
        if base == Fr::from(2u64) {
            weight.double_in_place();
        } else {
            weight *= base;
        }
    }
    B::sum(&terms, Fr::zero())
}
