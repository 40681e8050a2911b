//! Sums of runs of points, in affine form with one field inversion for a whole layer.
//!
//! An affine addition needs λ = (y₂ - y₁) / (x₂ - x₁): one division, two products, one square. Montgomery's trick
//! replaces all divisions of a layer by one and three products each, so an addition costs five products and a square,
//! against eleven for a mixed projective one.

use super::form::{Form, Room};
use super::point::{Coordinate, Point};
use zeroize::Zeroize;

/// Points that one worker sums at a time: with their scratch they stay in the second-level cache, and one inversion for
/// each of their layers is little.
pub(super) const BATCH: usize = 8192;

/// Room that is used again from layer to layer. Wiped on drop: partial sums depend on the witness.
pub(super) struct Scratch<F: Coordinate> {
    room: Room<F>,
    pub points: Vec<Point<F>>,
    next: Vec<Point<F>>,
    /// Where the left point of a pair is, and where the sum goes.
    pairs: Vec<(u32, u32)>,
}

impl<F: Coordinate> Scratch<F> {
    /// For up to `most` points at a time: none moves, so no copy of one is left behind.
    pub fn new(form: Form, most: usize) -> Self {
        Self {
            room: form.room(most / 2),
            points: Vec::with_capacity(most),
            next: Vec::with_capacity(most),
            pairs: Vec::with_capacity(most / 2),
        }
    }

    /// Replaces each run of `points` by its sum. `lengths` gives the number of points of each run, one behind the
    /// other; afterwards each is 0 or 1.
    pub fn sum(&mut self, lengths: &mut [u32]) {
        while lengths.iter().any(|length| *length > 1) {
            self.pair_up(lengths);
            self.room.add_pairs(&self.points, &mut self.next, &self.pairs);
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
}

impl<F: Coordinate> Drop for Scratch<F> {
    fn drop(&mut self) {
        self.points.zeroize();
        self.next.zeroize();
    }
}
