//! How scalars are cut into digits.
//!
//! A scalar s below r is written as ±Σ dⱼ·2^(cj) with signed digits |dⱼ| ≤ 2^(c-1).

use ark_bn254::Fr;
use ark_ff::{BigInt, BigInteger, PrimeField};
use zeroize::Zeroize;

/// Bits that the windows must hold: a scalar or its negative is below 2^253, and signed digits need one more.
const SCALAR_BITS: usize = 254;
/// Windows that are tried, in bits.
const WINDOWS: std::ops::RangeInclusive<usize> = 4..=16;

/// How digits are cut and multiples are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// Bits of a digit.
    pub window: usize,
    /// Passes over the buckets.
    pub passes: usize,
}

impl Plan {
    /// The plan with the fewest curve additions for `points` bases and at most `passes` passes.
    pub fn best(points: usize, passes: usize) -> Self {
        let plans = WINDOWS.map(|window| Self { window, passes: passes.min(digits(window)) });
        plans.min_by_key(|plan| plan.additions(points)).unwrap_or(Self { window: 4, passes: 1 })
    }

    pub fn digits(self) -> usize {
        digits(self.window)
    }

    /// Multiples held of each base.
    pub fn levels(self) -> usize {
        self.digits().div_ceil(self.passes)
    }

    /// Buckets of one pass.
    pub fn buckets(self) -> usize {
        1 << (self.window - 1)
    }

    /// Curve additions for scalars without a zero digit: one a digit, two a bucket and pass.
    pub fn additions(self, points: usize) -> usize {
        points * self.digits() + 2 * self.passes * self.buckets()
    }
}

fn digits(window: usize) -> usize {
    SCALAR_BITS.div_ceil(window)
}

/// Signed digits of `scalar`, or of its negative with all signs turned.
pub(super) fn recode(scalar: &Fr, window: usize, digits: &mut [i32]) {
    let mut number = scalar.into_bigint();
    let negative = number > Fr::MODULUS_MINUS_ONE_DIV_TWO;
    if negative {
        let mut rest = Fr::MODULUS;
        rest.sub_with_borrow(&number);
        number.zeroize();
        number = rest;
    }
    let (half, mut carry) = (1i32 << (window - 1), 0);
    for (position, digit) in digits.iter_mut().enumerate() {
        let mut value = bits_at(&number, position * window, window) + carry;
        carry = i32::from(value > half);
        value -= carry << window;
        *digit = if negative { -value } else { value };
    }
    number.zeroize();
}

/// `count` bits of `number` from bit `start` on.
fn bits_at(number: &BigInt<4>, start: usize, count: usize) -> i32 {
    let (limb, shift) = (start / 64, start % 64);
    let Some(low) = number.0.get(limb) else { return 0 };
    let mut bits = low >> shift;
    if shift + count > 64 {
        bits |= number.0.get(limb + 1).copied().unwrap_or(0) << (64 - shift);
    }
    (bits & ((1 << count) - 1)) as i32
}
