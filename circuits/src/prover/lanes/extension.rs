//! Eight elements of degree D over the base field: D = 1 for G1, D = 2 with u² = -1 for G2.
//!
//! Bounds of components: a product gives at most 5.5p and takes at most 5.5p on both sides (D = 1: 1.1p from 2p and
//! 1.1p, 2p and 2p).

use super::field::{self, Base, Lanes, Stored, WIDTH, Words};
use ark_bn254::Fq;
use ark_ff::MontFp;
use std::arch::x86_64::__mmask8;

pub(super) type Element<const D: usize> = [Lanes; D];

/// What the lanes read as 1.
const ONE: Fq = MontFp!("16");

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn one<const D: usize>() -> Element<D> {
    let mut one = [field::zero(); D];
    one[0] = field::every(&ONE.0.0);
    one
}

/// Lanes in which both are the same value.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn equal<const D: usize>(left: &[Words; D], right: &[Words; D]) -> __mmask8 {
    let mut mask = !0;
    for (left, right) in left.iter().zip(right) {
        mask &= field::equal(left, right);
    }
    mask
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn split<const D: usize>(words: &[Words; D]) -> Element<D> {
    let mut out = [field::zero(); D];
    for (out, words) in out.iter_mut().zip(words) {
        *out = field::split(words);
    }
    out
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn select<const D: usize>(mask: __mmask8, left: &Element<D>, right: &Element<D>) -> Element<D> {
    let mut out = *left;
    for (out, right) in out.iter_mut().zip(right) {
        *out = field::select(mask, out, right);
    }
    out
}

/// `left - right + K·p` in each component; `right` is below K·p.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn subtract<const K: usize, const D: usize>(left: &Element<D>, right: &Element<D>) -> Element<D> {
    let mut out = *left;
    for (out, right) in out.iter_mut().zip(right) {
        *out = field::subtract::<Base, K>(out, right);
    }
    out
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn multiply<const D: usize>(left: &Element<D>, right: &Element<D>) -> Element<D> {
    let mut out = [field::zero(); D];
    if D == 1 {
        out[0] = field::multiply::<Base>(&left[0], &right[0]);
        return out;
    }
    // Karatsuba. With components below 5.5p: both products below 1.4p, that of the sums below 2.5p.
    let (low, high) =
        (field::multiply::<Base>(&left[0], &right[0]), field::multiply::<Base>(&left[1], &right[1]));
    let sums = field::multiply::<Base>(&field::add(&left[0], &left[1]), &field::add(&right[0], &right[1]));
    out[0] = field::subtract::<Base, 2>(&low, &high);
    out[1] = field::subtract::<Base, 3>(&sums, &field::add(&low, &high));
    out
}

/// Canonical, from below 8p.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn reduce<const D: usize>(value: &Element<D>) -> Element<D> {
    let mut out = *value;
    for out in &mut out {
        *out = field::reduce::<Base>(out);
    }
    out
}

/// Canonical values: for each component the rows of all lanes.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn rows<const D: usize>(value: &Element<D>) -> [[[u64; 4]; WIDTH]; D] {
    let mut out = [[[0; 4]; WIDTH]; D];
    for (out, value) in out.iter_mut().zip(value) {
        *out = field::rows(value);
    }
    out
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn store<const D: usize>(value: &Element<D>, stored: &mut Vec<Stored>) {
    for value in value {
        stored.push(field::store(value));
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn load<const D: usize>(stored: &[Stored]) -> Element<D> {
    let mut out = [field::zero(); D];
    for (out, stored) in out.iter_mut().zip(stored) {
        *out = field::load(stored);
    }
    out
}
