//! A secret number, divided among n so that k of them have it (Shamir 1979), with commitments by which each can check
//! its share (Feldman 1987).

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::VartimeMultiscalarMul as _;
use zeroize::{Zeroize as _, Zeroizing};

use crate::group::Point;

/// A secret polynomial: its value at 0 is the secret, at i the share of member i.
pub(crate) struct Polynomial(Zeroizing<Vec<Scalar>>);

impl Polynomial {
    /// With these coefficients, the constant one first.
    pub(crate) fn of(coefficients: impl IntoIterator<Item = Zeroizing<Scalar>>) -> Self {
        Self(Zeroizing::new(coefficients.into_iter().map(|coefficient| *coefficient).collect()))
    }

    /// Its value at `index`.
    pub(crate) fn at(&self, index: u32) -> Zeroizing<Scalar> {
        let x = Scalar::from(index);
        let mut value = Scalar::ZERO;
        for coefficient in self.0.iter().rev() {
            value = value * x + coefficient;
        }
        let kept = Zeroizing::new(value);
        value.zeroize();
        kept
    }

    /// Its constant term.
    pub(crate) fn secret(&self) -> &Scalar {
        &self.0[0]
    }

    /// Each coefficient times the generator.
    pub(crate) fn commitments(&self) -> Vec<Point> {
        self.0.iter().map(|coefficient| RistrettoPoint::mul_base(coefficient).into()).collect()
    }
}

/// Value at `index` of the polynomial in the exponent.
pub(crate) fn committed_at(commitments: &[Point], index: u32) -> RistrettoPoint {
    let x = Scalar::from(index);
    let powers = std::iter::successors(Some(Scalar::ONE), |power| Some(power * x));
    let powers: Vec<Scalar> = powers.take(commitments.len()).collect();
    RistrettoPoint::vartime_multiscalar_mul(powers, commitments.iter().map(|commitment| commitment.point))
}

/// By how much each of these indices (from 1, distinct) counts for the value at `x` (Lagrange).
pub(crate) fn weights(indices: &[u32], x: u32) -> Vec<Scalar> {
    let x = Scalar::from(x);
    let weight = |&own: &u32| {
        let mut above = Scalar::ONE;
        let mut below = Scalar::ONE;
        for other in indices.iter().copied().filter(|other| *other != own) {
            above *= x - Scalar::from(other);
            below *= Scalar::from(own) - Scalar::from(other);
        }
        above * below.invert()
    };
    indices.iter().map(weight).collect()
}

/// Value at `x` in the exponent, from values at other places.
pub(crate) fn interpolated(values: &[(u32, RistrettoPoint)], x: u32) -> RistrettoPoint {
    let indices: Vec<u32> = values.iter().map(|(index, _)| *index).collect();
    RistrettoPoint::vartime_multiscalar_mul(weights(&indices, x), values.iter().map(|(_, value)| value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn polynomial() -> Polynomial {
        Polynomial::of([11_u8, 5, 3].map(|number| Zeroizing::new(Scalar::from(number))))
    }

    #[test]
    fn any_three_shares_of_a_parabola_give_the_secret_and_its_other_shares() {
        let parabola = polynomial();
        for indices in [[1, 2, 3], [5, 1, 9], [2, 4, 8]] {
            for (x, expected) in [(0, Scalar::from(11_u8)), (7, *parabola.at(7))] {
                let found: Scalar = indices
                    .iter()
                    .zip(weights(&indices, x))
                    .map(|(index, weight)| weight * *parabola.at(*index))
                    .sum();
                assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn commitments_tell_each_share() {
        let parabola = polynomial();
        let commitments = parabola.commitments();
        for index in 0..6 {
            assert_eq!(committed_at(&commitments, index), RistrettoPoint::mul_base(&parabola.at(index)));
        }
    }
}
