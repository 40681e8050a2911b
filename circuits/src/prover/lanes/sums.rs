//! A layer of affine additions, eight at a time.

use super::extension::{equal, load, multiply, one, reduce, rows, select, split, store, subtract};
use super::field::{self, Stored, WIDTH, Words};
use crate::prover::point::{Coordinate, Point};
use std::arch::x86_64::__mmask8;

/// Writes the sum of each pair of neighbours: `from` in `points` and the one behind it, to `to` in `next`. The
/// positions of pairs that are not two different points with two different abscissas go to `odd`; their sums are left
/// to the caller.
///
/// `products` is room for the work.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn add_pairs<F: Coordinate, const D: usize>(
    points: &[Point<F>],
    next: &mut [Point<F>],
    pairs: &[(u32, u32)],
    products: &mut Vec<Stored>,
    odd: &mut Vec<u32>,
) {
    products.clear();
    let mut product = one::<D>();
    for chunk in pairs.chunks(WIDTH) {
        let (left, right) = (Abscissas::<D>::of(points, chunk, 0), Abscissas::of(points, chunk, 1));
        store(&product, products);
        let (_, denominator) = denominator(&left, &right);
        product = multiply(&product, &denominator);
    }
    let mut inverse = invert::<F, D>(&product);
    for (number, chunk) in pairs.chunks(WIDTH).enumerate().rev() {
        let (left, right) = (Abscissas::<D>::of(points, chunk, 0), Abscissas::of(points, chunk, 1));
        let (mask, denominator) = denominator(&left, &right);
        let own = multiply(&inverse, &load(&products[number * D..]));
        inverse = multiply(&inverse, &denominator);

        let [left_y, right_y] = [0, 1].map(|side| split(&gather::<F, D>(chunk, side, |at| &points[at].y)));
        let (left_x, right_x) = (split(&left.0), split(&right.0));
        let slope = multiply(&subtract::<1, D>(&right_y, &left_y), &own);
        let x = subtract::<1, D>(&subtract::<1, D>(&multiply(&slope, &slope), &left_x), &right_x);
        let x = reduce(&x);
        let y = multiply(&slope, &subtract::<1, D>(&left_x, &x));
        let y = reduce(&subtract::<1, D>(&y, &left_y));

        let (x, y) = (rows(&x), rows(&y));
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

struct Abscissas<const D: usize>([Words; D]);

impl<const D: usize> Abscissas<D> {
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn of<F: Coordinate>(points: &[Point<F>], chunk: &[(u32, u32)], side: usize) -> Self {
        Self(gather(chunk, side, |at| &points[at].x))
    }
}

/// One coordinate of one side of up to eight pairs; the last pair fills what is left.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn gather<'a, F: Coordinate, const D: usize>(
    chunk: &[(u32, u32)],
    side: usize,
    coordinate: impl Fn(usize) -> &'a F,
) -> [Words; D] {
    let last = chunk.len() - 1;
    let values: [&F; WIDTH] = std::array::from_fn(|lane| coordinate(chunk[lane.min(last)].0 as usize + side));
    let mut words = [[std::arch::x86_64::_mm512_setzero_si512(); 4]; D];
    for (component, words) in words.iter_mut().enumerate() {
        *words = field::words(values.map(|value| value.limbs(component)));
    }
    words
}

/// What is to be inverted, below 2p; 1 in the lanes of the mask, which have another way to their sum.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn denominator<const D: usize>(
    Abscissas(left): &Abscissas<D>,
    Abscissas(right): &Abscissas<D>,
) -> (__mmask8, [field::Lanes; D]) {
    let zero = [[std::arch::x86_64::_mm512_setzero_si512(); 4]; D];
    let mask = equal(left, right) | equal(left, &zero) | equal(right, &zero);
    let difference = subtract::<1, D>(&split(right), &split(left));
    (mask, select(mask, &difference, &one()))
}

/// The inverse of each lane, none of which is zero.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn invert<F: Coordinate, const D: usize>(value: &[field::Lanes; D]) -> [field::Lanes; D] {
    let canonical = rows(&reduce(value));
    let mut lanes: [F; WIDTH] =
        std::array::from_fn(|lane| F::of_limbs(|component| canonical[component][lane]));
    // What arkworks reads as 16x is x here, so its 1/(16x) has to become 16/x.
    ark_ff::fields::serial_batch_inversion_and_mul(&mut lanes, &F::from(256u64));
    let mut out = [field::zero(); D];
    for (component, out) in out.iter_mut().enumerate() {
        *out = field::split(&field::words(lanes.each_ref().map(|lane| lane.limbs(component))));
    }
    out
}
