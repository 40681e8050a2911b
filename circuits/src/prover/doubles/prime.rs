//! The prime of coordinates in limbs of 51 bits, and what products begin with.

use ark_bn254::Fq;
use ark_ff::PrimeField;

pub(super) const LIMBS: usize = 5;
pub(super) const BITS: u32 = 51;
pub(super) const LOW: u64 = (1 << BITS) - 1;

/// 1.5·2^103: a sum with a product below 2^102 is a multiple of 2^51.
pub(super) const HIGH: f64 = (3u128 << 102) as f64;
/// 1.5·2^52: a sum with a whole number up to ±2^51 has that number in its bits, above those of this.
pub(super) const WHOLE: f64 = (3u64 << 51) as f64;
/// 2^52, for whole numbers that are not negative.
pub(super) const NATURAL: f64 = (1u64 << 52) as f64;

/// k·p, for the prime p of coordinates.
pub(super) const MULTIPLES: [[u64; LIMBS]; 6] = multiples(&Fq::MODULUS.0);
/// n = -1/p mod 2^51, within ±2^50.
pub(super) const INVERSE: i64 = negative_inverse(Fq::MODULUS.0[0]);
/// (n·p + 1) / 2^51, limbs of its sign: what is added behind a limb of 1 that goes away.
pub(super) const BEHIND: [f64; LIMBS] = behind(&MULTIPLES[1], INVERSE);

const fn multiples(p: &[u64; 4]) -> [[u64; LIMBS]; 6] {
    let one = limbs(p);
    let (mut multiples, mut k) = ([[0; LIMBS]; 6], 0);
    while k < 6 {
        let (mut carry, mut at) = (0, 0);
        while at < LIMBS {
            let limb = one[at] * k as u64 + carry;
            // The highest limb keeps what is above it.
            (multiples[k][at], carry) = if at < LIMBS - 1 { (limb & LOW, limb >> BITS) } else { (limb, 0) };
            at += 1;
        }
        k += 1;
    }
    multiples
}

const fn negative_inverse(p: u64) -> i64 {
    // Newton's iteration doubles the number of right bits; an odd number is its own inverse in three of them.
    let (mut inverse, mut step) = (p, 0);
    while step < 5 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(p.wrapping_mul(inverse)));
        step += 1;
    }
    let inverse = (inverse.wrapping_neg() & LOW).cast_signed();
    if inverse >> (BITS - 1) == 1 { inverse - (1 << BITS) } else { inverse }
}

const fn behind(p: &[u64; LIMBS], inverse: i64) -> [f64; LIMBS] {
    // The lowest limb of |n|·p is 2^51 - 1 for a positive n, whose 1 makes it carry, and 1 for a negative one.
    let sign = if inverse < 0 { -1.0 } else { 1.0 };
    let (mut out, mut at) = ([0.0; LIMBS], 0);
    let mut carry = (inverse.unsigned_abs() as u128 * p[0] as u128 + (inverse > 0) as u128) >> BITS;
    while at < LIMBS {
        carry += if at + 1 < LIMBS { inverse.unsigned_abs() as u128 * p[at + 1] as u128 } else { 0 };
        out[at] = sign * (carry as u64 & LOW) as f64;
        carry >>= BITS;
        at += 1;
    }
    out
}

pub(super) const fn limbs(words: &[u64; 4]) -> [u64; LIMBS] {
    [
        words[0] & LOW,
        (words[0] >> 51 | words[1] << 13) & LOW,
        (words[1] >> 38 | words[2] << 26) & LOW,
        (words[2] >> 25 | words[3] << 39) & LOW,
        words[3] >> 12,
    ]
}

/// What the sums of `products` products and a reduction begin with. It takes away the bits of [`HIGH`] and [`WHOLE`],
/// lends each sum 2^60, so that none is negative when its carry is taken, and makes those signed that are cleared.
pub(super) const fn beginning(products: u64) -> [u64; 2 * LIMBS] {
    let (mut sums, mut row) = ([0u64; 2 * LIMBS], 0);
    while row < LIMBS {
        // A reduction's row goes behind the sum that it clears, but for the last.
        let (last, mut place) = (row == LIMBS - 1, 0);
        while place < LIMBS {
            let (at, behind) = (row + place, row + place + !last as usize);
            sums[at] = sums[at].wrapping_sub(WHOLE.to_bits().wrapping_mul(products));
            sums[at + 1] = sums[at + 1].wrapping_sub(HIGH.to_bits().wrapping_mul(products));
            sums[behind] = sums[behind].wrapping_sub(WHOLE.to_bits());
            sums[behind + 1] = sums[behind + 1].wrapping_sub(HIGH.to_bits());
            place += 1;
        }
        if !last {
            sums[row] = sums[row].wrapping_add(HALF);
        }
        row += 1;
    }
    let mut at = 0;
    while at < 2 * LIMBS - 1 {
        sums[at] = sums[at].wrapping_add(LENT);
        sums[at + 1] = sums[at + 1].wrapping_sub(LENT >> BITS);
        at += 1;
    }
    sums
}

/// Half a limb: the low 51 bits of a sum that began with it, less it, are the sum's own within ±2^50.
pub(super) const HALF: u64 = 1 << (BITS - 1);
pub(super) const LENT: u64 = 1 << 60;
