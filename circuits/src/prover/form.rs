//! The seam between the prover and what a processor can do.
//!
//! The rest of the prover knows a [`Form`] and its functions and nothing of what is behind them: `portable/`, which is
//! right everywhere, and `lanes/` and `doubles/`, where the processor has them. All give the same points and the same
//! coefficients.

use super::point::{Coordinate, Point};
use super::portable;
use super::transform::Transform;
#[cfg(target_arch = "x86_64")]
use super::{doubles, lanes};
use ark_bn254::Fr;
use ark_poly::Radix2EvaluationDomain;

/// How much of a processor's instructions a prover uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Arithmetic {
    /// Those that every processor has.
    Portable,
    /// AVX2 and FMA at most.
    Avx2,
    /// AVX-512 with IFMA at most: everything that there is a use for.
    Avx512,
}

/// Who adds and transforms, and so how points stand in memory and in tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// arkworks' own arithmetic.
    Plain,
    /// Doubles in the lanes of AVX2 (FMA).
    #[cfg(target_arch = "x86_64")]
    Doubles,
    /// The lanes of AVX-512 (IFMA).
    #[cfg(target_arch = "x86_64")]
    Lanes,
}

impl Form {
    /// All that this processor has, the quickest first.
    pub fn all() -> Vec<Self> {
        let mut forms = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            forms.extend(lanes::available().then_some(Self::Lanes));
            forms.extend(doubles::available().then_some(Self::Doubles));
        }
        forms.push(Self::Plain);
        forms
    }

    /// The quickest that this processor has and that is allowed.
    pub fn of(most: Arithmetic) -> Self {
        Self::all().into_iter().find(|form| form.arithmetic() <= most).unwrap_or(Self::Plain)
    }

    pub fn arithmetic(self) -> Arithmetic {
        match self {
            Self::Plain => Arithmetic::Portable,
            #[cfg(target_arch = "x86_64")]
            Self::Doubles => Arithmetic::Avx2,
            #[cfg(target_arch = "x86_64")]
            Self::Lanes => Arithmetic::Avx512,
        }
    }

    /// Where points stand in tables as arkworks holds them, one file does for all such forms.
    pub fn stored(self) -> u8 {
        u8::from(self.arithmetic() == Arithmetic::Avx512)
    }

    /// From a point as arkworks holds it.
    pub fn enter<F: Coordinate>(self, point: Point<F>) -> Point<F> {
        #[cfg(target_arch = "x86_64")]
        if self == Self::Lanes {
            return lanes::enter(point);
        }
        point
    }

    /// To a point as arkworks holds it.
    pub fn leave<F: Coordinate>(self, point: Point<F>) -> Point<F> {
        #[cfg(target_arch = "x86_64")]
        if self == Self::Lanes {
            return lanes::leave(point);
        }
        point
    }

    /// Room for additions of up to `most` pairs at a time.
    pub fn room<F: Coordinate>(self, most: usize) -> Room<F> {
        match self {
            Self::Plain => Room::Plain(portable::Room::new(most)),
            #[cfg(target_arch = "x86_64")]
            Self::Doubles => Room::Doubles(doubles::Room::default()),
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
    Doubles(doubles::Room),
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
            Self::Doubles(room) => doubles::add_pairs(points, next, pairs, room),
            #[cfg(target_arch = "x86_64")]
            Self::Lanes(room) => lanes::add_pairs(points, next, pairs, room),
        }
    }
}
