//! Affine additions eight at a time in doubles (AVX2 and FMA), which nearly every x86 of the last ten years has.
//! Transforms are those of plain arithmetic.
//!
//! Coordinates come and go as arkworks holds them, so tables are those of plain arithmetic.

mod extension;
#[allow(clippy::needless_range_loop, reason = "a side is a place in many arrays at once")]
mod field;
mod prime;
#[allow(clippy::needless_range_loop, reason = "as above")]
mod rows;
mod sums;
#[cfg(test)]
mod tests;

use super::point::{Coordinate, Point};
use super::portable;
use zeroize::Zeroize;

/// Whether this processor has what they need.
pub(super) fn available() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
}

/// Room for a layer. Wiped on drop.
#[derive(Default)]
pub(super) struct Room {
    products: Vec<field::Lanes>,
    /// Positions of the pairs that the lanes did not add: doublings, opposite points, the identity.
    odd: Vec<u32>,
}

impl Drop for Room {
    fn drop(&mut self) {
        self.products.zeroize();
        self.odd.zeroize();
    }
}

/// Writes the sum of each pair: `from` in `points` and the one behind it, to `to` in `next`.
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
        next[to as usize] = portable::sum(&points[from as usize], &points[from as usize + 1]);
    }
}
