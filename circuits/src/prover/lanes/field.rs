//! Eight elements of one of BN254's fields at a time, five limbs of 52 bits each (AVX-512 IFMA).
//!
//! An element x is held as x·2^260 mod p, and not always below p: every function says which multiples of p it takes and
//! gives. With 2^260 > 84p for both primes, a Montgomery product of values below ap and bp is below p·(1 + ab/84).

use ark_bn254::{Fq, Fr};
use ark_ff::PrimeField;
use std::arch::x86_64::{
    __m512i, __mmask8, _mm256_set_epi64x, _mm512_add_epi64, _mm512_and_si512, _mm512_castsi256_si512,
    _mm512_cmpeq_epi64_mask, _mm512_cmplt_epi64_mask, _mm512_inserti64x4, _mm512_madd52hi_epu64,
    _mm512_madd52lo_epu64, _mm512_mask_blend_epi64, _mm512_or_si512, _mm512_set1_epi64, _mm512_setzero_si512,
    _mm512_shuffle_i64x2, _mm512_slli_epi64, _mm512_srai_epi64, _mm512_srli_epi64, _mm512_sub_epi64,
    _mm512_unpackhi_epi64, _mm512_unpacklo_epi64,
};

/// Elements at a time.
pub(super) const WIDTH: usize = 8;
const LIMBS: usize = 5;
const BITS: u32 = 52;
const LOW: u64 = (1 << BITS) - 1;

/// Limb after limb, lane after lane.
pub(super) type Lanes = [__m512i; LIMBS];
/// The same in memory.
pub(super) type Stored = [[u64; WIDTH]; LIMBS];
/// Words of 64 bits of eight canonical values.
pub(super) type Words = [__m512i; 4];

/// A prime.
pub(super) trait Modulus {
    /// k·p for the k that subtractions need.
    const MULTIPLES: [[u64; LIMBS]; 8];
    /// -1/p mod 2^52.
    const INVERSE: u64;
}

/// The order of the field of coordinates.
pub(super) struct Base;
/// The order of the field of scalars.
pub(super) struct Scalar;

impl Modulus for Base {
    const MULTIPLES: [[u64; LIMBS]; 8] = multiples(&Fq::MODULUS.0);
    const INVERSE: u64 = negative_inverse(Fq::MODULUS.0[0]);
}

impl Modulus for Scalar {
    const MULTIPLES: [[u64; LIMBS]; 8] = multiples(&Fr::MODULUS.0);
    const INVERSE: u64 = negative_inverse(Fr::MODULUS.0[0]);
}

const fn multiples(p: &[u64; 4]) -> [[u64; LIMBS]; 8] {
    let mut multiples = [[0; LIMBS]; 8];
    let mut k = 0;
    while k < 8 {
        multiples[k] = limbs(&times(p, k as u64));
        k += 1;
    }
    multiples
}

const fn negative_inverse(p: u64) -> u64 {
    // Newton's iteration doubles the number of right bits; an odd number is its own inverse in three of them.
    let (mut inverse, mut step) = (p, 0);
    while step < 5 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(p.wrapping_mul(inverse)));
        step += 1;
    }
    inverse.wrapping_neg() & LOW
}

/// `k`·`words`.
const fn times(words: &[u64; 4], k: u64) -> [u64; 5] {
    let (mut product, mut carry, mut at) = ([0; 5], 0u128, 0);
    while at < 4 {
        carry += words[at] as u128 * k as u128;
        product[at] = carry as u64;
        carry >>= 64;
        at += 1;
    }
    product[4] = carry as u64;
    product
}

const fn limbs(words: &[u64; 5]) -> [u64; LIMBS] {
    [
        words[0] & LOW,
        (words[0] >> 52 | words[1] << 12) & LOW,
        (words[1] >> 40 | words[2] << 24) & LOW,
        (words[2] >> 28 | words[3] << 36) & LOW,
        words[3] >> 16 | words[4] << 48,
    ]
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn all(value: u64) -> __m512i {
    _mm512_set1_epi64(value.cast_signed())
}

/// One value in every lane, given as Montgomery limbs of x·2^260.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn every(&[a, b, c, d]: &[u64; 4]) -> Lanes {
    let mut out = zero();
    for (out, limb) in out.iter_mut().zip(limbs(&[a, b, c, d, 0])) {
        *out = all(limb);
    }
    out
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn zero() -> Lanes {
    [_mm512_setzero_si512(); LIMBS]
}

/// Canonical values, transposed.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn words(rows: [&[u64; 4]; WIDTH]) -> Words {
    let pair = |low: &[u64; 4], high: &[u64; 4]| {
        let [low, high] = [low, high].map(|row| {
            let [a, b, c, d] = row.map(u64::cast_signed);
            _mm256_set_epi64x(d, c, b, a)
        });
        _mm512_inserti64x4::<1>(_mm512_castsi256_si512(low), high)
    };
    // The shuffles below change the order of rows; this is the order that they lead back from.
    let [a, b, c, d, e, f, g, h] = rows;
    let (first, second, third, fourth) = (pair(a, c), pair(b, d), pair(e, g), pair(f, h));
    let (low, high) = (_mm512_unpacklo_epi64(first, second), _mm512_unpackhi_epi64(first, second));
    let (low_2, high_2) = (_mm512_unpacklo_epi64(third, fourth), _mm512_unpackhi_epi64(third, fourth));
    [
        _mm512_shuffle_i64x2::<0x88>(low, low_2),
        _mm512_shuffle_i64x2::<0x88>(high, high_2),
        _mm512_shuffle_i64x2::<0xdd>(low, low_2),
        _mm512_shuffle_i64x2::<0xdd>(high, high_2),
    ]
}

/// Lanes in which both are the same value.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn equal(left: &Words, right: &Words) -> __mmask8 {
    let mut mask = !0;
    for (left, right) in left.iter().zip(right) {
        mask &= _mm512_cmpeq_epi64_mask(*left, *right);
    }
    mask
}

/// Below p.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn split([a, b, c, d]: &Words) -> Lanes {
    let low = all(LOW);
    let join = |left, right| _mm512_and_si512(_mm512_or_si512(left, right), low);
    [
        _mm512_and_si512(*a, low),
        join(_mm512_srli_epi64::<52>(*a), _mm512_slli_epi64::<12>(*b)),
        join(_mm512_srli_epi64::<40>(*b), _mm512_slli_epi64::<24>(*c)),
        join(_mm512_srli_epi64::<28>(*c), _mm512_slli_epi64::<36>(*d)),
        _mm512_srli_epi64::<16>(*d),
    ]
}

/// Canonical values, row after row.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn rows(value: &Lanes) -> [[u64; 4]; WIDTH] {
    let [a, b, c, d, e] = *value;
    let columns = [
        _mm512_or_si512(a, _mm512_slli_epi64::<52>(b)),
        _mm512_or_si512(_mm512_srli_epi64::<12>(b), _mm512_slli_epi64::<40>(c)),
        _mm512_or_si512(_mm512_srli_epi64::<24>(c), _mm512_slli_epi64::<28>(d)),
        _mm512_or_si512(_mm512_srli_epi64::<36>(d), _mm512_slli_epi64::<16>(e)),
    ]
    .map(array);
    std::array::from_fn(|lane| std::array::from_fn(|word| columns[word][lane]))
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn store(value: &Lanes) -> Stored {
    value.map(array)
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn load(stored: &Stored) -> Lanes {
    stored.map(register)
}

/// `left` where the mask's bit is 0, `right` where it is 1.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn select(mask: __mmask8, left: &Lanes, right: &Lanes) -> Lanes {
    let mut out = *left;
    for (out, right) in out.iter_mut().zip(right) {
        *out = _mm512_mask_blend_epi64(mask, *out, *right);
    }
    out
}

/// Brings every limb to 52 bits; limbs may be negative, the number may not.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn carry(mut value: Lanes) -> Lanes {
    let low = all(LOW);
    for at in 0..LIMBS - 1 {
        let over = _mm512_srai_epi64::<BITS>(value[at]);
        value[at] = _mm512_and_si512(value[at], low);
        value[at + 1] = _mm512_add_epi64(value[at + 1], over);
    }
    value
}

/// The sum, below 64p.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn add(left: &Lanes, right: &Lanes) -> Lanes {
    let mut sum = *left;
    for (sum, right) in sum.iter_mut().zip(right) {
        *sum = _mm512_add_epi64(*sum, *right);
    }
    carry(sum)
}

/// `left - right + K·p`; `right` is below K·p.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn subtract<M: Modulus, const K: usize>(left: &Lanes, right: &Lanes) -> Lanes {
    let mut difference = *left;
    for ((difference, right), room) in difference.iter_mut().zip(right).zip(M::MULTIPLES[K]) {
        *difference = _mm512_add_epi64(_mm512_sub_epi64(*difference, *right), all(room));
    }
    carry(difference)
}

/// The product divided by 2^260.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn multiply<M: Modulus>(left: &Lanes, right: &Lanes) -> Lanes {
    let mut p = zero();
    for (p, limb) in p.iter_mut().zip(M::MULTIPLES[1]) {
        *p = all(limb);
    }
    let inverse = all(M::INVERSE);
    let mut sum = zero();
    for factor in right {
        for (sum, limb) in sum.iter_mut().zip(left) {
            *sum = _mm512_madd52lo_epu64(*sum, *limb, *factor);
        }
        let quotient = _mm512_madd52lo_epu64(_mm512_setzero_si512(), sum[0], inverse);
        for (sum, limb) in sum.iter_mut().zip(&p) {
            *sum = _mm512_madd52lo_epu64(*sum, quotient, *limb);
        }
        let over = _mm512_srli_epi64::<BITS>(sum[0]);
        sum = [_mm512_add_epi64(sum[1], over), sum[2], sum[3], sum[4], _mm512_setzero_si512()];
        for ((sum, limb), modulus) in sum.iter_mut().zip(left).zip(&p) {
            *sum = _mm512_madd52hi_epu64(*sum, *limb, *factor);
            *sum = _mm512_madd52hi_epu64(*sum, quotient, *modulus);
        }
    }
    carry(sum)
}

/// Canonical, from below 8p.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn reduce<M: Modulus>(value: &Lanes) -> Lanes {
    less::<M, 1>(&less::<M, 2>(&less::<M, 4>(value)))
}

/// Less K·p where it is that much.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn less<M: Modulus, const K: usize>(value: &Lanes) -> Lanes {
    let mut difference = *value;
    for (difference, multiple) in difference.iter_mut().zip(M::MULTIPLES[K]) {
        *difference = _mm512_sub_epi64(*difference, all(multiple));
    }
    let difference = carry(difference);
    let negative = _mm512_cmplt_epi64_mask(difference[LIMBS - 1], _mm512_setzero_si512());
    select(negative, &difference, value)
}

#[inline]
#[allow(unsafe_code)]
fn array(register: __m512i) -> [u64; WIDTH] {
    // SAFETY: both are 64 bytes of which every content is a value.
    unsafe { std::mem::transmute(register) }
}

#[inline]
#[allow(unsafe_code)]
fn register(array: [u64; WIDTH]) -> __m512i {
    // SAFETY: both are 64 bytes of which every content is a value.
    unsafe { std::mem::transmute(array) }
}
