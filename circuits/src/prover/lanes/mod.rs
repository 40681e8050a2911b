//! Affine additions and Fourier transforms in the lanes of AVX-512, where the processor multiplies numbers of 52 bits
//! (IFMA).
//!
//! Coordinates come and go as canonical values of 256 bits, but of x·2^260 where arkworks holds x·2^256: read by
//! arkworks they are 16x. Tables hold them so.

mod extension;
mod field;
mod fourier;
mod sums;
mod transform;

use super::point::{Coordinate, Point};
use super::portable;
use ark_bn254::Fq;
use ark_ff::{Field, MontFp};
use std::sync::LazyLock;
pub(super) use transform::Transform;
use zeroize::Zeroize;

const SIXTEEN: Fq = MontFp!("16");
static SIXTEENTH: LazyLock<Fq> = LazyLock::new(|| SIXTEEN.inverse().unwrap_or_default());

/// Whether this processor has them.
pub(super) fn available() -> bool {
    is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512ifma")
}

/// From a point as arkworks holds it.
pub(super) fn enter<F: Coordinate>(point: Point<F>) -> Point<F> {
    scaled(point, &SIXTEEN)
}

/// To a point as arkworks holds it.
pub(super) fn leave<F: Coordinate>(point: Point<F>) -> Point<F> {
    scaled(point, &SIXTEENTH)
}

fn scaled<F: Coordinate>(Point { x, y }: Point<F>, factor: &Fq) -> Point<F> {
    Point { x: x.mul_by_base_prime_field(factor), y: y.mul_by_base_prime_field(factor) }
}

/// Room for a layer. Wiped on drop.
#[derive(Default)]
pub(super) struct Room {
    products: Vec<field::Stored>,
    /// Positions of the pairs that the lanes did not add: doublings, opposite points, the identity.
    odd: Vec<u32>,
}

impl Drop for Room {
    fn drop(&mut self) {
        self.products.zeroize();
        self.odd.zeroize();
    }
}

/// Writes the sum of each pair, of points that entered: `from` in `points` and the one behind it, to `to` in `next`.
#[allow(unsafe_code)]
pub(super) fn add_pairs<F: Coordinate>(
    points: &[Point<F>],
    next: &mut [Point<F>],
    pairs: &[(u32, u32)],
    room: &mut Room,
) {
    assert!(available(), "lanes are only used where the processor has them");
    let Room { products, odd } = room;
    odd.clear();
    // SAFETY: the processor has what the functions are compiled for, as was asserted.
    unsafe {
        match F::DEGREE {
            1 => sums::add_pairs::<F, 1>(points, next, pairs, products, odd),
            _ => sums::add_pairs::<F, 2>(points, next, pairs, products, odd),
        }
    }
    for number in odd {
        let (from, to) = pairs[*number as usize];
        let [left, right] = [0, 1].map(|side| leave(points[from as usize + side]));
        next[to as usize] = enter(portable::sum(&left, &right));
    }
}
