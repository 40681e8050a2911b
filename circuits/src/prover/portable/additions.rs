//! A layer of affine additions with one inversion.

use crate::prover::point::{Coordinate, Point};
use zeroize::Zeroize;

/// Room for a layer. Wiped on drop.
pub(in crate::prover) struct Room<F: Coordinate> {
    denominators: Vec<F>,
    products: Vec<F>,
}

impl<F: Coordinate> Room<F> {
    /// For up to `most` pairs.
    pub fn new(most: usize) -> Self {
        Self { denominators: Vec::with_capacity(most), products: Vec::with_capacity(most) }
    }
}

impl<F: Coordinate> Drop for Room<F> {
    fn drop(&mut self) {
        self.denominators.zeroize();
        self.products.zeroize();
    }
}

/// Writes the sum of each pair: `from` in `points` and the one behind it, to `to` in `next`.
pub(in crate::prover) fn add_pairs<F: Coordinate>(
    points: &[Point<F>],
    next: &mut [Point<F>],
    pairs: &[(u32, u32)],
    room: &mut Room<F>,
) {
    room.denominators.clear();
    room.products.clear();
    let mut product = F::one();
    for (from, _) in pairs {
        let at = *from as usize;
        let denominator = denominator(&points[at], &points[at + 1]);
        room.products.push(product);
        room.denominators.push(denominator);
        product *= denominator;
    }
    // No denominator is zero, so neither is their product.
    let mut inverse = product.inverse().unwrap_or(F::one());
    for (number, (from, to)) in pairs.iter().enumerate().rev() {
        let at = *from as usize;
        let own = inverse * room.products[number];
        inverse *= room.denominators[number];
        next[*to as usize] = add(&points[at], &points[at + 1], own);
    }
}

/// Of any two points, by an inversion of its own.
#[cfg(target_arch = "x86_64")]
pub(in crate::prover) fn sum<F: Coordinate>(left: &Point<F>, right: &Point<F>) -> Point<F> {
    // No denominator is zero.
    add(left, right, denominator(left, right).inverse().unwrap_or(F::one()))
}

/// What has to be inverted for `left + right`; 1 where nothing has to be.
fn denominator<F: Coordinate>(left: &Point<F>, right: &Point<F>) -> F {
    let difference = right.x - left.x;
    if !(difference.is_zero() || left.x.is_zero() || right.x.is_zero()) {
        return difference;
    }
    if left.is_identity() || right.is_identity() {
        F::one()
    } else if !difference.is_zero() {
        difference
    } else if left.y == right.y && !left.y.is_zero() {
        left.y.double()
    } else {
        F::one()
    }
}

/// The sum, given the inverse of [`denominator`].
fn add<F: Coordinate>(left: &Point<F>, right: &Point<F>, inverse: F) -> Point<F> {
    let slope = if left.x == right.x || left.x.is_zero() || right.x.is_zero() {
        if left.is_identity() {
            return *right;
        }
        if right.is_identity() {
            return *left;
        }
        if left.x != right.x {
            (right.y - left.y) * inverse
        } else if left.y == right.y && !left.y.is_zero() {
            let square = left.x.square();
            (square.double() + square) * inverse
        } else {
            return Point::identity();
        }
    } else {
        (right.y - left.y) * inverse
    };
    let x = slope.square() - left.x - right.x;
    Point { x, y: slope * (left.x - x) - left.y }
}
