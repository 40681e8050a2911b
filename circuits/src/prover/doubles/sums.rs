//! A layer of affine additions, eight at a time.

use super::extension::{
    Element, difference, doubles, equal, minus, multiply, one, products, reduce, select, split,
};
use super::field::{self, Lanes, WIDTH, Whole};
use super::rows::{self, Words, bits, either, join, no_words, rows, words};
use crate::prover::point::{Coordinate, Point};
use ark_bn254::Fq;
use ark_ff::Field;
use std::sync::LazyLock;

static QUARTER: LazyLock<Fq> = LazyLock::new(|| Fq::from(4u64).inverse().unwrap_or_default());

/// Writes the sum of each pair of neighbours: `from` in `points` and the one behind it, to `to` in `next`. The
/// positions of pairs that are not two different points with two different abscissas go to `odd`; their sums are left
/// to the caller.
///
/// Coordinates are arkworks' x·2^256 while a product divides by 2^255, so a slope is held as λ·2^255, and its square
/// counts twice.
///
/// `before` is room for the work.
#[target_feature(enable = "avx2,fma")]
pub(super) fn add_pairs<F: Coordinate, const D: usize>(
    points: &[Point<F>],
    next: &mut [Point<F>],
    pairs: &[(u32, u32)],
    before: &mut Vec<Lanes>,
    odd: &mut Vec<u32>,
) {
    before.clear();
    let mut product = one::<D>();
    for chunk in pairs.chunks(WIDTH) {
        before.extend_from_slice(&product);
        let [left, right] = [0, 1].map(|side| gather::<F, D>(chunk, side, |at| &points[at].x));
        let denominator = denominator(&left, &right, &split(&left), &split(&right)).1;
        product = multiply(&product, &denominator);
    }
    let mut inverse = invert::<F, D>(&product);
    for (number, chunk) in pairs.chunks(WIDTH).enumerate().rev() {
        let [left, right] = [0, 1].map(|side| gather::<F, D>(chunk, side, |at| &points[at].x));
        let (left_x, right_x) = (split(&left), split(&right));
        let (mask, denominator) = denominator(&left, &right, &left_x, &right_x);
        let mut own = [field::zero(); D];
        own.copy_from_slice(&before[number * D..][..D]);
        let own = multiply(&inverse, &own);
        inverse = multiply(&inverse, &denominator);

        let [left_y, right_y] = [0, 1].map(|side| split(&gather::<F, D>(chunk, side, |at| &points[at].y)));
        let slope = multiply(&difference(&doubles(&right_y), &doubles(&left_y)), &own);
        let square = products(&slope, &slope);
        let x = reduce(&minus(&minus(&twice(&square), &left_x), &right_x));
        let y = products(&slope, &difference(&doubles(&left_x), &doubles(&x)));
        let y = reduce(&minus(&y, &left_y));

        let (x, y) = (back(&x), back(&y));
        for (lane, (_, to)) in chunk.iter().enumerate() {
            if mask >> lane & 1 == 1 {
                odd.push((number * WIDTH + lane) as u32);
                continue;
            }
            let [x, y] = [&x, &y].map(|rows| F::of_limbs(|component| rows[component][lane]));
            next[*to as usize] = Point { x, y };
        }
    }
}

/// One coordinate of one side of up to eight pairs; the last pair fills what is left.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn gather<'a, F: Coordinate, const D: usize>(
    chunk: &[(u32, u32)],
    side: usize,
    coordinate: impl Fn(usize) -> &'a F,
) -> [Words; D] {
    let last = chunk.len() - 1;
    let values: [&F; WIDTH] = std::array::from_fn(|lane| coordinate(chunk[lane.min(last)].0 as usize + side));
    let mut out = [no_words(); D];
    for (component, out) in out.iter_mut().enumerate() {
        *out = words(values.map(|value| value.limbs(component)));
    }
    out
}

/// For each component the rows of all lanes.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn back<const D: usize>(value: &[Whole; D]) -> [[[u64; 4]; WIDTH]; D] {
    let mut out = [[[0; 4]; WIDTH]; D];
    for (out, value) in out.iter_mut().zip(value) {
        *out = rows(&join(value));
    }
    out
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn twice<const D: usize>(value: &[Whole; D]) -> [Whole; D] {
    let mut out = *value;
    for out in &mut out {
        *out = field::plus(out, out);
    }
    out
}

/// What is to be inverted; 1 in the lanes of the mask, which have another way to their sum.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn denominator<const D: usize>(
    left: &[Words; D],
    right: &[Words; D],
    left_x: &[Whole; D],
    right_x: &[Whole; D],
) -> (u32, Element<D>) {
    let zero = [no_words(); D];
    let mask = either(&equal(left, right), &either(&equal(left, &zero), &equal(right, &zero)));
    let denominator = difference(&doubles(right_x), &doubles(left_x));
    (bits(&mask), select(&mask, &denominator, &one()))
}

/// What makes an inverse of each pair's denominator out of the products before and behind it. No lane is zero.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn invert<F: Coordinate, const D: usize>(value: &Element<D>) -> Element<D> {
    let mut canonical = [field::nothing(); D];
    for (canonical, value) in canonical.iter_mut().zip(value) {
        *canonical = field::whole(value);
    }
    let canonical = back(&reduce(&canonical));
    let mut lanes: [F; WIDTH] =
        std::array::from_fn(|lane| F::of_limbs(|component| canonical[component][lane]));
    // arkworks finds 2^512/v. Of v·2^510/v the products that follow leave 2^254/d, the inverse that a slope needs.
    ark_ff::fields::serial_batch_inversion_and_mul(&mut lanes, &F::from_base_prime_field(*QUARTER));
    let mut out = [field::zero(); D];
    for (component, out) in out.iter_mut().enumerate() {
        *out = field::doubles(&rows::split(&words(lanes.each_ref().map(|lane| lane.limbs(component)))));
    }
    out
}
