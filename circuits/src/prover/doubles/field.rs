//! Eight elements of BN254's base field at a time, five limbs of 51 bits each, in doubles (AVX2 and FMA).
//!
//! A fused multiply-add rounds the exact product of two limbs to a multiple of 2^51, and a second one gives what is
//! left: two additions make a whole product of 102 bits (Emmart, Zheng, Weems: *Faster modular exponentiation using
//! double precision floating point arithmetic on the GPU*, ARITH 2018; here for rounding to nearest). Their bits are
//! added as whole numbers. All of it is exact, so nothing depends on a rounding but how a product is split.
//!
//! Limbs are signed, and so are elements: the difference of two needs no carry before it is multiplied. A product
//! divides by 2^255 > 2.64p, so one of elements within ±ap and ±bp is within ±p·(ab/2.64 + 3/4).

use super::prime::{
    BEHIND, BITS, HALF, HIGH, INVERSE, LENT, LIMBS, LOW, MULTIPLES, NATURAL, WHOLE, beginning, limbs,
};
use std::arch::x86_64::{
    __m256d, __m256i, _mm256_add_epi64, _mm256_add_pd, _mm256_and_si256, _mm256_blendv_pd,
    _mm256_castpd_si256, _mm256_castsi256_pd, _mm256_cmpgt_epi64, _mm256_fmadd_pd, _mm256_or_si256,
    _mm256_set1_epi64x, _mm256_set1_pd, _mm256_setzero_pd, _mm256_setzero_si256, _mm256_srli_epi64,
    _mm256_sub_epi64, _mm256_sub_pd,
};

/// Elements in a register.
pub(super) const LANES: usize = 4;
/// Registers that work side by side, since each waits long for its own results.
pub(super) const SIDES: usize = 2;
/// Elements at a time.
pub(super) const WIDTH: usize = LANES * SIDES;

/// Limb after limb, each side by side: what is multiplied. Limbs are within ±2^51.
pub(super) type Lanes = [[__m256d; SIDES]; LIMBS];
/// The same as whole numbers: all limbs but the highest from 0 to 2^51, the highest signed.
pub(super) type Whole = [[__m256i; SIDES]; LIMBS];
/// All bits of a lane, or none.
pub(super) type Mask = [__m256i; SIDES];

#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn all(value: u64) -> __m256i {
    _mm256_set1_epi64x(value.cast_signed())
}

#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn zero() -> Lanes {
    [[_mm256_setzero_pd(); SIDES]; LIMBS]
}

#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn nothing() -> Whole {
    [[_mm256_setzero_si256(); SIDES]; LIMBS]
}

/// One canonical value in every lane.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn every(words: &[u64; 4]) -> Lanes {
    repeated(&limbs(words).map(|limb| limb as f64))
}

/// Σ left·right over all pairs, divided by 2^255, within ±p·(Σ ab/2.64 + 3/4). At most two pairs.
///
/// Montgomery's reduction. A lowest sum q is cleared by adding q·n·p, that is -q + 2^51·q·(n·p + 1)/2^51: nothing has
/// to be multiplied before. Only the last clears by the least multiple of p, so that what is left is small.
#[inline(never)]
#[target_feature(enable = "avx2,fma")]
pub(super) fn products<const PAIRS: usize>(pairs: [(&Lanes, &Lanes); PAIRS]) -> Whole {
    // Six neighbouring sums at a time; one that is done leaves at the low end, one that is new comes at the high end.
    let beginning = const { beginning(PAIRS as u64) };
    let mut sums = [[_mm256_setzero_si256(); SIDES]; LIMBS + 1];
    for (sum, beginning) in sums.iter_mut().zip(beginning) {
        *sum = [all(beginning); SIDES];
    }
    let behind = repeated(&BEHIND);
    for at in 0..LIMBS - 1 {
        for (left, right) in pairs {
            accumulate(&mut sums, &left[at], right);
        }
        let quotient = sums[0].map(|sum| natural(sum, HALF));
        sums = next(&sums, beginning.get(at + LIMBS + 1).map_or(0, |new| *new));
        accumulate(&mut sums, &quotient, &behind);
    }
    for (left, right) in pairs {
        accumulate(&mut sums, &left[LIMBS - 1], right);
    }
    let (high, inverse) = (_mm256_set1_pd(HIGH), _mm256_set1_pd(INVERSE as f64));
    let quotient = sums[0].map(|sum| {
        let low = natural(sum, 0);
        let rounded = _mm256_fmadd_pd(low, inverse, high);
        _mm256_fmadd_pd(low, inverse, _mm256_sub_pd(high, rounded))
    });
    accumulate(&mut sums, &quotient, &repeated(&MULTIPLES[1].map(|limb| limb as f64)));
    let [a, b, c, d, e, _] = next(&sums, 0);
    carried([a, b, c, d, e])
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn repeated(limbs: &[f64; LIMBS]) -> Lanes {
    let mut out = zero();
    for (out, limb) in out.iter_mut().zip(limbs) {
        *out = [_mm256_set1_pd(*limb); SIDES];
    }
    out
}

/// Without the lowest sum, whose carry stays.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn next([low, a, b, c, d, e]: &[[__m256i; SIDES]; LIMBS + 1], new: u64) -> [[__m256i; SIDES]; LIMBS + 1] {
    let mut a = *a;
    for (a, low) in a.iter_mut().zip(low) {
        *a = _mm256_add_epi64(*a, _mm256_srli_epi64::<{ BITS as i32 }>(*low));
    }
    [a, *b, *c, *d, *e, [all(new); SIDES]]
}

/// Adds a limb times a number.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn accumulate(sums: &mut [[__m256i; SIDES]; LIMBS + 1], factor: &[__m256d; SIDES], number: &Lanes) {
    let (high, both) = (_mm256_set1_pd(HIGH), _mm256_set1_pd(HIGH + WHOLE));
    for (place, limb) in number.iter().enumerate() {
        for side in 0..SIDES {
            let rounded = _mm256_fmadd_pd(factor[side], limb[side], high);
            let rest = _mm256_fmadd_pd(factor[side], limb[side], _mm256_sub_pd(both, rounded));
            sums[place][side] = _mm256_add_epi64(sums[place][side], _mm256_castpd_si256(rest));
            sums[place + 1][side] = _mm256_add_epi64(sums[place + 1][side], _mm256_castpd_si256(rounded));
        }
    }
}

/// Carries from limb to limb. No limb but the highest may be negative.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn carried(mut value: Whole) -> Whole {
    for at in 0..LIMBS - 1 {
        for side in 0..SIDES {
            let over = _mm256_srli_epi64::<{ BITS as i32 }>(value[at][side]);
            value[at][side] = _mm256_and_si256(value[at][side], all(LOW));
            value[at + 1][side] = _mm256_add_epi64(value[at + 1][side], over);
        }
    }
    value
}

/// The low 51 bits, less a number, as a double.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn natural(value: __m256i, less: u64) -> __m256d {
    let bits = _mm256_or_si256(_mm256_and_si256(value, all(LOW)), all(NATURAL.to_bits()));
    _mm256_sub_pd(_mm256_castsi256_pd(bits), _mm256_set1_pd(NATURAL + less as f64))
}

/// To what is multiplied. The highest limb is within ±2^51.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn doubles(value: &Whole) -> Lanes {
    let mut out = zero();
    for side in 0..SIDES {
        for at in 0..LIMBS - 1 {
            let bits = _mm256_or_si256(value[at][side], all(NATURAL.to_bits()));
            out[at][side] = _mm256_sub_pd(_mm256_castsi256_pd(bits), _mm256_set1_pd(NATURAL));
        }
        let bits = _mm256_add_epi64(value[LIMBS - 1][side], all(WHOLE.to_bits()));
        out[LIMBS - 1][side] = _mm256_sub_pd(_mm256_castsi256_pd(bits), _mm256_set1_pd(WHOLE));
    }
    out
}

/// Back from [`doubles`].
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn whole(value: &Lanes) -> Whole {
    let mut out = [[_mm256_setzero_si256(); SIDES]; LIMBS];
    for (out, value) in out.iter_mut().zip(value) {
        for side in 0..SIDES {
            let sum = _mm256_add_pd(value[side], _mm256_set1_pd(WHOLE));
            out[side] = _mm256_sub_epi64(_mm256_castpd_si256(sum), all(WHOLE.to_bits()));
        }
    }
    out
}

/// The difference of two that carried; it did not, so it is multiplied and nothing else.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn difference(left: &Lanes, right: &Lanes) -> Lanes {
    let mut out = *left;
    for (out, right) in out.iter_mut().zip(right) {
        for side in 0..SIDES {
            out[side] = _mm256_sub_pd(out[side], right[side]);
        }
    }
    out
}

#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn negative(value: &Lanes) -> Lanes {
    difference(&zero(), value)
}

/// `left + right`, not carried.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn plus(left: &Whole, right: &Whole) -> Whole {
    let mut out = *left;
    for (out, right) in out.iter_mut().zip(right) {
        for side in 0..SIDES {
            out[side] = _mm256_add_epi64(out[side], right[side]);
        }
    }
    out
}

/// `left - right`, not carried.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn minus(left: &Whole, right: &Whole) -> Whole {
    let mut out = *left;
    for (out, right) in out.iter_mut().zip(right) {
        for side in 0..SIDES {
            out[side] = _mm256_sub_epi64(out[side], right[side]);
        }
    }
    out
}

/// `value + K·p - LESS·p`, carried. Limbs of `value` may be within ±2^58.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn shifted<const K: usize, const LESS: usize>(value: &Whole) -> Whole {
    let mut out = *value;
    for (at, out) in out.iter_mut().enumerate() {
        let lent = if at < LIMBS - 1 { LENT } else { 0 };
        let back = if at > 0 { LENT >> BITS } else { 0 };
        let room = MULTIPLES[K][at].wrapping_sub(MULTIPLES[LESS][at]).wrapping_add(lent).wrapping_sub(back);
        for out in out {
            *out = _mm256_add_epi64(*out, all(room));
        }
    }
    carried(out)
}

/// Less K·p where it is that much. The value has carried and is not negative.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn less<const K: usize>(value: &Whole) -> Whole {
    let mut out = shifted::<0, K>(value);
    for side in 0..SIDES {
        // A lane's sign is that of its highest limb.
        let negative = _mm256_castsi256_pd(out[LIMBS - 1][side]);
        for (out, value) in out.iter_mut().zip(value) {
            let [new, old] = [out[side], value[side]].map(|limb| _mm256_castsi256_pd(limb));
            out[side] = _mm256_castpd_si256(_mm256_blendv_pd(new, old, negative));
        }
    }
    out
}

/// Canonical, from above -5p and below 3p.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn reduce(value: &Whole) -> Whole {
    less::<1>(&less::<2>(&less::<4>(&shifted::<5, 0>(value))))
}

/// Towards zero by p where it is beyond p/2, not carried: from within ±1.51p to within ±0.51p.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn folded(value: &Whole) -> Whole {
    let half = (MULTIPLES[1][LIMBS - 1] / 2).cast_signed();
    let mut out = *value;
    for side in 0..SIDES {
        let top = value[LIMBS - 1][side];
        let above = _mm256_cmpgt_epi64(top, _mm256_set1_epi64x(half));
        let below = _mm256_cmpgt_epi64(_mm256_set1_epi64x(-half), top);
        for (out, limb) in out.iter_mut().zip(MULTIPLES[1]) {
            let down = _mm256_sub_epi64(out[side], _mm256_and_si256(above, all(limb)));
            out[side] = _mm256_add_epi64(down, _mm256_and_si256(below, all(limb)));
        }
    }
    shifted::<0, 0>(&out)
}

/// `value` where the mask is empty, `other` where it is set.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn select(mask: &Mask, value: &Lanes, other: &Lanes) -> Lanes {
    let mut out = *value;
    for (out, other) in out.iter_mut().zip(other) {
        for side in 0..SIDES {
            out[side] = _mm256_blendv_pd(out[side], other[side], _mm256_castsi256_pd(mask[side]));
        }
    }
    out
}
