//! Between values in memory and registers: eight rows of four words, their transpose, and its limbs.

use super::field::{LANES, Mask, SIDES, WIDTH, Whole, all, nothing};
use super::prime::LOW;
use std::arch::x86_64::{
    __m256i, _mm256_and_si256, _mm256_castsi256_pd, _mm256_cmpeq_epi64, _mm256_movemask_pd, _mm256_or_si256,
    _mm256_permute2x128_si256, _mm256_set_epi64x, _mm256_setzero_si256, _mm256_slli_epi64, _mm256_srli_epi64,
    _mm256_unpackhi_epi64, _mm256_unpacklo_epi64,
};

/// Words of 64 bits of eight canonical values.
pub(super) type Words = [[__m256i; SIDES]; 4];

#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn no_words() -> Words {
    [[_mm256_setzero_si256(); SIDES]; 4]
}

/// Canonical values, transposed.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn words(rows: [&[u64; 4]; WIDTH]) -> Words {
    let mut out = no_words();
    for (side, rows) in rows.as_chunks::<LANES>().0.iter().enumerate() {
        let mut registers = [_mm256_setzero_si256(); LANES];
        for (register, row) in registers.iter_mut().zip(rows) {
            let [a, b, c, d] = row.map(u64::cast_signed);
            *register = _mm256_set_epi64x(d, c, b, a);
        }
        for (out, column) in out.iter_mut().zip(transposed(registers)) {
            out[side] = column;
        }
    }
    out
}

/// Back from [`words`].
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn rows(words: &Words) -> [[u64; 4]; WIDTH] {
    let mut out = [[0; 4]; WIDTH];
    for (side, out) in out.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
        let columns = [words[0][side], words[1][side], words[2][side], words[3][side]];
        for (out, row) in out.iter_mut().zip(transposed(columns)) {
            *out = array(row);
        }
    }
    out
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn transposed([a, b, c, d]: [__m256i; LANES]) -> [__m256i; LANES] {
    let (low, high) = (_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b));
    let (low_2, high_2) = (_mm256_unpacklo_epi64(c, d), _mm256_unpackhi_epi64(c, d));
    [
        _mm256_permute2x128_si256::<0x20>(low, low_2),
        _mm256_permute2x128_si256::<0x20>(high, high_2),
        _mm256_permute2x128_si256::<0x31>(low, low_2),
        _mm256_permute2x128_si256::<0x31>(high, high_2),
    ]
}

#[inline]
#[allow(unsafe_code)]
fn array(register: __m256i) -> [u64; LANES] {
    // SAFETY: both are 32 bytes of which every content is a value.
    unsafe { std::mem::transmute(register) }
}

/// Lanes in which both are the same value.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn equal(left: &Words, right: &Words) -> Mask {
    let mut mask = [all(!0); SIDES];
    for (left, right) in left.iter().zip(right) {
        for side in 0..SIDES {
            mask[side] = _mm256_and_si256(mask[side], _mm256_cmpeq_epi64(left[side], right[side]));
        }
    }
    mask
}

#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn both(left: &Mask, right: &Mask) -> Mask {
    [_mm256_and_si256(left[0], right[0]), _mm256_and_si256(left[1], right[1])]
}

#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn either(left: &Mask, right: &Mask) -> Mask {
    [_mm256_or_si256(left[0], right[0]), _mm256_or_si256(left[1], right[1])]
}

/// One bit a lane.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn bits(mask: &Mask) -> u32 {
    let [low, high] = mask.map(|side| _mm256_movemask_pd(_mm256_castsi256_pd(side)).cast_unsigned());
    low | high << LANES
}

/// Canonical values as limbs.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn split(words: &Words) -> Whole {
    let mut out = nothing();
    for side in 0..SIDES {
        let [a, b, c, d] = [words[0][side], words[1][side], words[2][side], words[3][side]];
        let join = |left, right| _mm256_and_si256(_mm256_or_si256(left, right), all(LOW));
        out[0][side] = _mm256_and_si256(a, all(LOW));
        out[1][side] = join(_mm256_srli_epi64::<51>(a), _mm256_slli_epi64::<13>(b));
        out[2][side] = join(_mm256_srli_epi64::<38>(b), _mm256_slli_epi64::<26>(c));
        out[3][side] = join(_mm256_srli_epi64::<25>(c), _mm256_slli_epi64::<39>(d));
        out[4][side] = _mm256_srli_epi64::<12>(d);
    }
    out
}

/// Back from [`split`].
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn join(value: &Whole) -> Words {
    let mut out = no_words();
    for side in 0..SIDES {
        let [a, b, c, d, e] =
            [value[0][side], value[1][side], value[2][side], value[3][side], value[4][side]];
        out[0][side] = _mm256_or_si256(a, _mm256_slli_epi64::<51>(b));
        out[1][side] = _mm256_or_si256(_mm256_srli_epi64::<13>(b), _mm256_slli_epi64::<38>(c));
        out[2][side] = _mm256_or_si256(_mm256_srli_epi64::<26>(c), _mm256_slli_epi64::<25>(d));
        out[3][side] = _mm256_or_si256(_mm256_srli_epi64::<39>(d), _mm256_slli_epi64::<12>(e));
    }
    out
}
