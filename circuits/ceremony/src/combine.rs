//! Many short sums of multiples, as the columns of a circuit's matrices need them.

use ark_bn254::Fr;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{BigInteger, One, PrimeField};
use rayon::prelude::*;

/// Width of the non-adjacent form: a digit is odd and below 2^(WIDTH - 1), and one in WIDTH + 1 is not zero.
const WIDTH: usize = 5;

/// Σ factor·base for each column; a term is a factor and the place of its base.
pub(super) fn combine<G: CurveGroup<ScalarField = Fr>>(
    columns: &[Vec<(Fr, usize)>],
    bases: &[G::Affine],
) -> Vec<G::Affine> {
    // A sum that shared its work with other threads would take up further sums while it waits for them, each on top of
    // the last, until the stack ends.
    let sums: Vec<G> = columns.par_iter().map(|column| sum(column, bases)).collect();
    G::normalize_batch(&sums)
}

/// Straus: all terms share their doublings.
fn sum<G: CurveGroup<ScalarField = Fr>>(column: &[(Fr, usize)], bases: &[G::Affine]) -> G {
    let mut plain = G::zero();
    let mut terms: Vec<(Vec<i64>, Vec<G>)> = Vec::new();
    for (factor, at) in column {
        let base = bases[*at].into_group();
        let negative = -*factor;
        if factor.is_one() {
            plain += base;
        } else if negative.is_one() {
            plain -= base;
        } else if *factor < negative {
            terms.push((digits(factor), odd_multiples(base)));
        } else {
            terms.push((digits(&negative), odd_multiples(-base)));
        }
    }
    let longest = terms.iter().map(|(digits, _)| digits.len()).max().unwrap_or(0);
    let mut sum = G::zero();
    for place in (0..longest).rev() {
        sum.double_in_place();
        for (digits, multiples) in &terms {
            let digit = digits.get(place).copied().unwrap_or(0);
            let multiple = digit.unsigned_abs() as usize / 2;
            match digit.signum() {
                1 => sum += multiples[multiple],
                -1 => sum -= multiples[multiple],
                _ => {}
            }
        }
    }
    sum + plain
}

/// Signed digits, lowest first; empty for zero.
fn digits(factor: &Fr) -> Vec<i64> {
    factor.into_bigint().find_wnaf(WIDTH).unwrap_or_default()
}

/// 1, 3, 5, … times `base`.
fn odd_multiples<G: CurveGroup>(base: G) -> Vec<G> {
    let double = base.double();
    std::iter::successors(Some(base), |multiple| Some(*multiple + double)).take(1 << (WIDTH - 2)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_bn254::{G1Affine, G1Projective};
    use ark_ff::UniformRand;
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    #[test]
    fn sums_of_every_length_are_those_of_plain_multiplication() {
        let mut random = ChaCha20Rng::seed_from_u64(3);
        let bases: Vec<G1Affine> = (0..40).map(|_| G1Affine::rand(&mut random)).collect();
        let small = [0u64, 1, 2, 15, 16, 17, 31, 32].map(Fr::from);
        let mut factors: Vec<_> = small.iter().flat_map(|factor| [*factor, -*factor]).collect();
        factors.extend((0..24).map(|_| Fr::rand(&mut random)));
        let terms: Vec<_> = factors.iter().copied().zip(0..).collect();
        let columns: Vec<Vec<_>> = (0..=terms.len()).map(|count| terms[..count].to_vec()).collect();
        let expected: Vec<G1Affine> = columns
            .iter()
            .map(|column| {
                column.iter().map(|(factor, at)| bases[*at] * *factor).sum::<G1Projective>().into_affine()
            })
            .collect();
        assert_eq!(combine::<G1Projective>(&columns, &bases), expected);
    }
}
