//! The seam between the prover and what a processor can do.
//!
//! The rest of the prover knows a [`Form`] and its functions and nothing of what is behind them: `portable/`, which is
//! right everywhere, and `lanes/`, where the processor has them. Both give the same points and the same coefficients.

#[cfg(target_arch = "x86_64")]
use super::lanes;
use super::point::{Coordinate, Point};
use super::portable;
use super::transform::Transform;
use ark_bn254::Fr;
use ark_poly::Radix2EvaluationDomain;

/// Who adds and transforms, and so how points stand in memory and in tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// arkworks' own arithmetic.
    Plain,
    /// The lanes of AVX-512 (IFMA).
    #[cfg(target_arch = "x86_64")]
    Lanes,
}

impl Form {
    /// The quickest that this processor has.
    pub fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        if lanes::available() {
            return Self::Lanes;
        }
        Self::Plain
    }

    /// From a point as arkworks holds it.
    pub fn enter<F: Coordinate>(self, point: Point<F>) -> Point<F> {
        match self {
            Self::Plain => point,
            #[cfg(target_arch = "x86_64")]
            Self::Lanes => lanes::enter(point),
        }
    }

    /// To a point as arkworks holds it.
    pub fn leave<F: Coordinate>(self, point: Point<F>) -> Point<F> {
        match self {
            Self::Plain => point,
            #[cfg(target_arch = "x86_64")]
            Self::Lanes => lanes::leave(point),
        }
    }

    /// Room for additions of up to `most` pairs at a time.
    pub fn room<F: Coordinate>(self, most: usize) -> Room<F> {
        match self {
            Self::Plain => Room::Plain(portable::Room::new(most)),
            #[cfg(target_arch = "x86_64")]
            Self::Lanes => Room::Lanes(lanes::Room::default()),
        }
    }

    /// Quotients over a domain with this coset, which is by the field's generator.
    pub fn transform(
        self,
        domain: Radix2EvaluationDomain<Fr>,
        coset: Radix2EvaluationDomain<Fr>,
    ) -> Box<dyn Transform> {
        #[cfg(target_arch = "x86_64")]
        if let Some(lanes) = (self == Self::Lanes).then(|| lanes::Transform::new(&domain)).flatten() {
            return Box::new(lanes);
        }
        Box::new(portable::Transform { domain, coset })
    }
}

/// Room that is used again from layer to layer.
pub(super) enum Room<F: Coordinate> {
    Plain(portable::Room<F>),
    #[cfg(target_arch = "x86_64")]
    Lanes(lanes::Room),
}

impl<F: Coordinate> Room<F> {
    /// Writes the sum of each pair, of points in the room's form: `from` in `points` and the one behind it, to `to` in
    /// `next`.
    pub fn add_pairs(&mut self, points: &[Point<F>], next: &mut [Point<F>], pairs: &[(u32, u32)]) {
        match self {
            Self::Plain(room) => portable::add_pairs(points, next, pairs, room),
            #[cfg(target_arch = "x86_64")]
            Self::Lanes(room) => lanes::add_pairs(points, next, pairs, room),
        }
    }
}
