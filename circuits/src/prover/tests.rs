//! Sums of points, in whichever way they are added, against arkworks.

use super::ProveError;
use super::buckets::weighted;
use super::form::Form;
use super::point::{Coordinate, Point};
use super::quotient::Quotients;
use super::runs::Scratch;
use super::sums::Sums;
use crate::builder::Assignment;
use ark_bn254::{Bn254, Fr, g1, g2};
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ec::{AffineRepr, CurveGroup, PrimeGroup};
use ark_ff::{UniformRand, Zero};
use ark_groth16::VerifyingKey;
use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use zeroize::Zeroizing;

/// Plain arithmetic and the processor's lanes. Without lanes a test says what it leaves out, and fails where they are
/// asked for.
fn forms() -> Vec<Form> {
    let best = Form::best();
    if best == Form::Plain {
        assert!(
            std::env::var_os("WETSIGN_REQUIRE_LANES").is_none(),
            "WETSIGN_REQUIRE_LANES is set, but this processor has no AVX-512 IFMA: the lanes cannot be tested here"
        );
        eprintln!("skipped: this processor has no AVX-512 IFMA, only plain arithmetic is tested");
        return vec![Form::Plain];
    }
    vec![Form::Plain, best]
}

/// Random points among which are the identity, equal and opposite neighbours.
fn points<P: SWCurveConfig<ScalarField = Fr>>(kinds: &[u8], seed: u64) -> Vec<Affine<P>> {
    let mut random = ChaCha20Rng::seed_from_u64(seed);
    let mut points: Vec<Affine<P>> = Vec::new();
    for kind in kinds {
        let last = points.last().copied().unwrap_or_else(Affine::identity);
        points.push(match kind {
            0 => Affine::identity(),
            1 => last,
            2 => -last,
            _ => (Affine::generator() * Fr::rand(&mut random)).into_affine(),
        });
    }
    points
}

fn sums_agree<P>(lengths: &[u32], kinds: &[u8], seed: u64)
where
    P: SWCurveConfig<ScalarField = Fr>,
    P::BaseField: Coordinate,
{
    let points = points::<P>(kinds, seed);
    let mut rest = &points[..];
    let expected: Vec<Affine<P>> = lengths
        .iter()
        .filter(|length| **length > 0)
        .map(|length| {
            let (run, behind) = rest.split_at(*length as usize);
            rest = behind;
            run.iter().fold(Projective::zero(), |sum, point| sum + point).into_affine()
        })
        .collect();
    for form in forms() {
        let mut scratch = Scratch::new(form, points.len());
        scratch.points.extend(points.iter().map(|point| form.enter(Point::of(point))));
        scratch.sum(&mut lengths.to_vec());
        let found: Vec<Affine<P>> = scratch.points.iter().map(|point| form.leave(*point).affine()).collect();
        assert_eq!(found, expected, "{form:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn sums_of_runs_are_those_of_arkworks(
        lengths in prop::collection::vec(0u32..20, 1..12),
        kinds in prop::collection::vec(0u8..12, 240),
        seed: u64,
    ) {
        let count = lengths.iter().sum::<u32>() as usize;
        sums_agree::<g1::Config>(&lengths, &kinds[..count], seed);
        sums_agree::<g2::Config>(&lengths, &kinds[..count], seed);
    }
}

#[test]
fn quotients_are_those_of_arkworks_transforms() {
    for constraints in [3usize, 60, 500, 1000] {
        let mut random = ChaCha20Rng::seed_from_u64(constraints as u64);
        let mut values = |count: usize| Zeroizing::new((0..count).map(|_| Fr::rand(&mut random)).collect());
        let assignment = Assignment {
            wires: values(20),
            lefts: values(constraints),
            rights: values(constraints),
            products: values(constraints),
        };
        let of = |form: Form| Quotients::new(constraints, form).unwrap().of(&assignment);
        let expected = of(Form::Plain);
        for form in forms() {
            assert!(*of(form) == *expected, "{constraints} constraints, {form:?}");
        }
    }
}

#[test]
fn the_weighted_sum_counts_each_bucket_as_often_as_its_number() {
    for count in [1usize, 2, 7, 64, 100] {
        let kinds: Vec<u8> = (0..count).map(|at| if at % 5 == 3 { 0 } else { 9 }).collect();
        let buckets = points::<g1::Config>(&kinds, 7);
        let expected: Projective<g1::Config> =
            buckets.iter().zip(1u64..).map(|(point, number)| *point * Fr::from(number)).sum();
        for form in forms() {
            let entered: Vec<_> = buckets.iter().map(|point| form.enter(Point::of(point))).collect();
            assert_eq!(weighted::<g1::Config>(form, &entered), expected, "{count} buckets, {form:?}");
        }
    }
}

#[test]
fn what_cannot_be_blinded_is_no_proof() {
    let alpha_g1 = g1::G1Affine::generator();
    let key = VerifyingKey::<Bn254> { alpha_g1, ..VerifyingKey::default() };
    let sums = |a| Sums { a, b: Projective::generator(), c: Projective::generator() };
    assert!(matches!(sums(-alpha_g1.into_group()).blinded(&key), Err(ProveError::System { .. })));
    assert!(sums(alpha_g1.into_group()).blinded(&key).is_ok());
}
