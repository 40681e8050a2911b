//! Sums of few fixed points, each times a public number: what a verifier makes of the public inputs.
//!
//! Straus's method: numbers are cut into signed digits of five bits, the multiples 1 to 16 of each point are known, and
//! all points share their doublings. Not constant-time: everything here is public.

use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ec::{AdditiveGroup, CurveGroup};
use ark_ff::{PrimeField, Zero};

/// Bits of a digit.
const WINDOW: usize = 5;
/// Multiples held of each point.
const MULTIPLES: usize = 1 << (WINDOW - 1);
/// Digits of a number below r < 2^254; the last takes no carry further, since 51·5 = 255.
const DIGITS: usize = 51;

/// A point that is added as it is, and points that are multiplied.
#[derive(Clone)]
pub(crate) struct FixedPoints {
    constant: G1Affine,
    /// The multiples 1 to 16 of each.
    multiples: Vec<[G1Affine; MULTIPLES]>,
}

impl FixedPoints {
    /// About 1 KB a point. The first point is the constant.
    pub fn new(points: &[G1Affine]) -> Self {
        let constant = points.first().copied().unwrap_or_else(G1Affine::identity);
        let others = points.get(1..).unwrap_or_default();
        let multiples: Vec<G1Projective> = others
            .iter()
            .flat_map(|point| {
                let mut sum = G1Projective::zero();
                std::array::from_fn::<_, MULTIPLES, _>(|_| {
                    sum += point;
                    sum
                })
            })
            .collect();
        let affine = G1Projective::normalize_batch(&multiples);
        Self { constant, multiples: affine.as_chunks().0.to_vec() }
    }

    /// The constant and Σ number·point; numbers beyond the points are left out.
    pub fn combine(&self, numbers: &[Fr]) -> G1Projective {
        let digits: Vec<_> = numbers.iter().map(digits).collect();
        let mut sum = G1Projective::zero();
        for place in (0..DIGITS).rev() {
            for _ in 0..WINDOW {
                sum.double_in_place();
            }
            for (digits, multiples) in digits.iter().zip(&self.multiples) {
                let digit = digits[place];
                match digit {
                    0 => {}
                    1.. => sum += multiples[digit as usize - 1],
                    _ => sum -= multiples[digit.unsigned_abs() as usize - 1],
                }
            }
        }
        sum + self.constant
    }
}

/// Digits from -15 to 16, lowest first.
fn digits(number: &Fr) -> [i8; DIGITS] {
    let words = number.into_bigint().0;
    let mut carry = 0;
    std::array::from_fn(|place| {
        let (word, shift) = (place * WINDOW / 64, place * WINDOW % 64);
        let behind = words.get(word + 1).copied().unwrap_or(0);
        let bits = (u128::from(behind) << 64 | u128::from(words[word])) >> shift;
        let digit = (bits as u8 & ((1 << WINDOW) - 1)) as i8 + carry;
        carry = i8::from(digit > MULTIPLES as i8);
        digit - (carry << WINDOW)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ec::AffineRepr;
    use ark_ff::Field;
    use proptest::prelude::*;

    fn number() -> impl Strategy<Value = Fr> {
        prop_oneof![
            any::<[u8; 32]>().prop_map(|bytes| Fr::from_le_bytes_mod_order(&bytes)),
            (0u64..200).prop_map(Fr::from),
            (0u64..200).prop_map(|small| -Fr::from(small)),
            (0u64..254).prop_map(|power| Fr::from(2u64).pow([power]) - Fr::from(1u64)),
        ]
    }

    proptest! {
        #[test]
        fn combinations_are_those_of_arkworks(
            numbers in prop::collection::vec(number(), 9),
            factors in prop::collection::vec(number(), 10),
            same: bool,
        ) {
            let generator = G1Affine::generator();
            let mut points: Vec<G1Affine> =
                factors.iter().map(|factor| (generator * factor).into_affine()).collect();
            if same {
                // Equal and opposite points, and the identity.
                (points[2], points[3], points[4]) = (points[1], -points[1], G1Affine::identity());
            }
            let expected = points[1..]
                .iter()
                .zip(&numbers)
                .fold(points[0].into_group(), |sum, (point, number)| sum + *point * number);
            prop_assert_eq!(FixedPoints::new(&points).combine(&numbers), expected);
        }
    }
}
