//! Eight elements of degree D over the base field: D = 1 for G1, D = 2 with u² = -1 for G2.
//!
//! For D = 1 a product of elements within ±p and ±1.3p, or ±1.3p and ±1.3p, is within ±1.4p. For D = 2 one of
//! components within ±p and ±p is within ±1.51p, and is folded to within ±0.51p.

use super::field::{self, Lanes, Mask, Whole};
use super::rows::{self, Words};
use ark_bn254::Fq;
use ark_ff::One;

pub(super) type Element<const D: usize> = [Lanes; D];

#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn one<const D: usize>() -> Element<D> {
    let mut one = [field::zero(); D];
    one[0] = field::every(&Fq::one().0.0);
    one
}

/// Lanes in which both are the same value.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn equal<const D: usize>(left: &[Words; D], right: &[Words; D]) -> Mask {
    let mut mask = rows::equal(&left[0], &right[0]);
    for (left, right) in left.iter().zip(right).skip(1) {
        mask = rows::both(&mask, &rows::equal(left, right));
    }
    mask
}

#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn split<const D: usize>(words: &[Words; D]) -> [Whole; D] {
    let mut out = [field::nothing(); D];
    for (out, words) in out.iter_mut().zip(words) {
        *out = rows::split(words);
    }
    out
}

#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn doubles<const D: usize>(value: &[Whole; D]) -> Element<D> {
    let mut out = [field::zero(); D];
    for (out, value) in out.iter_mut().zip(value) {
        *out = field::doubles(value);
    }
    out
}

#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn difference<const D: usize>(left: &Element<D>, right: &Element<D>) -> Element<D> {
    let mut out = *left;
    for (out, right) in out.iter_mut().zip(right) {
        *out = field::difference(out, right);
    }
    out
}

#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn minus<const D: usize>(left: &[Whole; D], right: &[Whole; D]) -> [Whole; D] {
    let mut out = *left;
    for (out, right) in out.iter_mut().zip(right) {
        *out = field::minus(out, right);
    }
    out
}

#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn select<const D: usize>(mask: &Mask, value: &Element<D>, other: &Element<D>) -> Element<D> {
    let mut out = *value;
    for (out, other) in out.iter_mut().zip(other) {
        *out = field::select(mask, out, other);
    }
    out
}

/// The product divided by 2^255.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn products<const D: usize>(left: &Element<D>, right: &Element<D>) -> [Whole; D] {
    let mut out = [field::nothing(); D];
    if D == 1 {
        out[0] = field::products::<1>([(&left[0], &right[0])]);
        return out;
    }
    let negative = field::negative(&left[1]);
    let low = field::products::<2>([(&left[0], &right[0]), (&negative, &right[1])]);
    let high = field::products::<2>([(&left[0], &right[1]), (&left[1], &right[0])]);
    out[0] = field::folded(&low);
    out[1] = field::folded(&high);
    out
}

/// [`products`], to be multiplied again.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn multiply<const D: usize>(left: &Element<D>, right: &Element<D>) -> Element<D> {
    doubles(&products(left, right))
}

/// Canonical, from above -5p and below 3p.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn reduce<const D: usize>(value: &[Whole; D]) -> [Whole; D] {
    let mut out = *value;
    for out in &mut out {
        *out = field::reduce(out);
    }
    out
}
