//! Sums of runs of points, in affine form with one field inversion for a whole layer.
//!
//! An affine addition needs λ = (y₂ - y₁) / (x₂ - x₁): one division, two products, one square. Montgomery's trick replaces all
//! divisions of a layer by one and three products each, so an addition costs five products and a square, against eleven for
//! a mixed projective one.

use super::lanes::{self, Form};
use super::point::{Coordinate, Point};
use zeroize::Zeroize;

/// Points that one worker sums at a time: with their scratch they stay in the second-level cache, and one inversion for each of
/// their layers is little.
pub(super) const BATCH: usize = 8192;
/// Room that is used again from layer to layer. Wiped on drop: partial sums depend on the witness.
pub(super) struct Scratch<F: Coordinate> {
    form: Form,
    room: lanes::Room,
    pub points: Vec<Point<F>>,
    next: Vec<Point<F>>,
    /// Where the left point of a pair is, and where the sum goes.
    pairs: Vec<(u32, u32)>,
    denominators: Vec<F>,
    products: Vec<F>,
}

impl<F: Coordinate> Scratch<F> {
    /// For up to `most` points at a time: none moves, so no copy of one is left behind.
    pub fn new(form: Form, most: usize) -> Self {
        let inverted = if form == Form::Plain { most / 2 } else { 0 };
        Self {
            form,
            room: lanes::Room::default(),
            points: Vec::with_capacity(most),
            next: Vec::with_capacity(most),
            pairs: Vec::with_capacity(most / 2),
            denominators: Vec::with_capacity(inverted),
            products: Vec::with_capacity(inverted),
        }
    }

    /// Replaces each run of `points` by its sum. `lengths` gives the number of points of each run, one behind the other;
    /// afterwards each is 0 or 1.
    pub fn sum(&mut self, lengths: &mut [u32]) {
        while lengths.iter().any(|length| *length > 1) {
            self.pair_up(lengths);
            match self.form {
                Form::Plain => self.add_pairs(),
                Form::Lanes => self.add_pairs_in_lanes(),
            }
            std::mem::swap(&mut self.points, &mut self.next);
        }
    }

    /// Lists the pairs of the next layer and carries over what has no partner.
    fn pair_up(&mut self, lengths: &mut [u32]) {
        self.pairs.clear();
        self.next.clear();
        let (mut from, mut to) = (0u32, 0u32);
        for length in lengths {
            for pair in 0..*length / 2 {
                self.pairs.push((from + 2 * pair, to + pair));
            }
            let halved = length.div_ceil(2);
            self.next.resize((to + halved) as usize, Point::identity());
            if *length % 2 == 1 {
                self.next[(to + halved - 1) as usize] = self.points[(from + *length - 1) as usize];
            }
            from += *length;
            to += halved;
            *length = halved;
        }
    }

    fn add_pairs(&mut self) {
        self.denominators.clear();
        self.products.clear();
        let mut product = F::one();
        for (from, _) in &self.pairs {
            let at = *from as usize;
            let denominator = denominator(&self.points[at], &self.points[at + 1]);
            self.products.push(product);
            self.denominators.push(denominator);
            product *= denominator;
        }
        // No denominator is zero, so neither is their product.
        let mut inverse = product.inverse().unwrap_or(F::one());
        for (number, (from, to)) in self.pairs.iter().enumerate().rev() {
            let at = *from as usize;
            let own = inverse * self.products[number];
            inverse *= self.denominators[number];
            self.next[*to as usize] = add(&self.points[at], &self.points[at + 1], own);
        }
    }
}

impl<F: Coordinate> Scratch<F> {
    fn add_pairs_in_lanes(&mut self) {
        lanes::add_pairs(&self.points, &mut self.next, &self.pairs, &mut self.room);
        for number in &self.room.odd {
            let (from, to) = self.pairs[*number as usize];
            let [left, right] = [0, 1].map(|side| self.form.leave(self.points[from as usize + side]));
            // No denominator is zero.
            let inverse = denominator(&left, &right).inverse().unwrap_or(F::one());
            self.next[to as usize] = self.form.enter(add(&left, &right, inverse));
        }
    }
}

impl<F: Coordinate> Drop for Scratch<F> {
    fn drop(&mut self) {
        self.points.zeroize();
        self.next.zeroize();
        self.denominators.zeroize();
        self.products.zeroize();
    }
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
