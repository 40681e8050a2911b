//! Sums of points, in whichever way they are added, against arkworks.

use super::ProveError;
use super::buckets::weighted;
use super::form::{Arithmetic, Form};
use super::point::{Coordinate, Point};
use super::quotient::Quotients;
use super::runs::Scratch;
use super::sums::Sums;
use crate::builder::Assignment;
use crate::inputs::PUBLIC_COUNT;
use ark_bn254::{Bn254, Fr, g1, g2};
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ec::{AffineRepr, CurveGroup, PrimeGroup};
use ark_ff::{FftField, UniformRand, Zero};
use ark_groth16::VerifyingKey;
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use zeroize::Zeroizing;

/// Everything that this processor has. What it has not is named, and fails the test where it is asked for.
fn forms() -> Vec<Form> {
    let forms = Form::all();
    for (arithmetic, asked, name) in [
        (Arithmetic::Avx2, "WETSIGN_REQUIRE_AVX2", "AVX2 and FMA"),
        (Arithmetic::Avx512, "WETSIGN_REQUIRE_LANES", "AVX-512 IFMA"),
    ] {
        if !forms.iter().any(|form| form.arithmetic() == arithmetic) {
            assert!(
                std::env::var_os(asked).is_none(),
                "{asked} is set, but this processor has no {name}: these lanes cannot be tested here"
            );
            eprintln!("skipped: this processor has no {name}");
        }
    }
    forms
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

/// (a·b - c)/(xⁿ - 1) by its definition: all three on the coset.
fn quotient(assignment: &Assignment, size: usize) -> Vec<Fr> {
    let domain = Radix2EvaluationDomain::<Fr>::new(size).unwrap();
    let coset = domain.get_coset(Fr::GENERATOR).unwrap();
    let on_coset = |values: &[Fr]| coset.fft(&domain.ifft(values));
    let public = &assignment.wires[..=PUBLIC_COUNT];
    let a = on_coset(&[&assignment.lefts[..], public].concat());
    let (b, c) = (on_coset(&assignment.rights), on_coset(&assignment.products));
    let vanishing = domain.evaluate_vanishing_polynomial(Fr::GENERATOR);
    let on: Vec<Fr> = (0..a.len()).map(|at| (a[at] * b[at] - c[at]) / vanishing).collect();
    coset.ifft(&on)
}

#[test]
fn quotients_are_those_of_arkworks_transforms() {
    for constraints in [3usize, 60, 500, 1000] {
        let mut random = ChaCha20Rng::seed_from_u64(constraints as u64);
        let mut values =
            |count: usize| Zeroizing::new((0..count).map(|_| Fr::rand(&mut random)).collect::<Vec<_>>());
        let (wires, lefts, rights) = (values(20), values(constraints), values(constraints));
        let products =
            Zeroizing::new(lefts.iter().zip(rights.iter()).map(|(left, right)| *left * right).collect());
        let assignment = Assignment { wires, lefts, rights, products };
        let expected = quotient(&assignment, constraints + PUBLIC_COUNT + 1);
        for form in forms() {
            let found = Quotients::new(constraints, form).unwrap().of(&assignment);
            assert!(*found == expected, "{constraints} constraints, {form:?}");
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
