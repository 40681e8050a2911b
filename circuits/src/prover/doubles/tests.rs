//! Every piece of the arithmetic against arkworks, at its edges too.

use super::field::{self, LANES, WIDTH, Whole};
use super::rows::{join, rows, split, words};
use ark_bn254::Fq;
use ark_ff::{BigInt, Field, PrimeField, Zero};
use proptest::prelude::*;

/// Lanes without the instructions are no reason to pass where they are asked for.
fn lanes() -> bool {
    let there = super::available();
    assert!(
        there || std::env::var_os("WETSIGN_REQUIRE_AVX2").is_none(),
        "WETSIGN_REQUIRE_AVX2 is set, but this processor has no AVX2 and FMA: the doubles cannot be tested here"
    );
    if !there {
        eprintln!("skipped: this processor has no AVX2 and FMA");
    }
    there
}

/// A value below the modulus: random, or one where carries and roundings turn.
fn value() -> impl Strategy<Value = Fq> {
    let limb = prop_oneof![
        Just(0u64),
        Just(1),
        Just((1 << 51) - 1),
        Just(1 << 50),
        Just((1 << 50) + 1),
        any::<u64>()
    ];
    let limbs = prop::array::uniform5(limb).prop_map(|limbs| {
        let low = |limb: u64| Fq::from(limb & ((1 << 51) - 1));
        limbs.iter().rev().fold(Fq::zero(), |sum, limb| sum * Fq::from(1u64 << 51) + low(*limb))
    });
    prop_oneof![
        limbs,
        any::<[u8; 32]>().prop_map(|bytes| Fq::from_le_bytes_mod_order(&bytes)),
        (0u64..3).prop_map(Fq::from),
        (1u64..3).prop_map(|small| -Fq::from(small)),
    ]
}

/// Raw limbs in and out, whatever they mean.
#[target_feature(enable = "avx2,fma")]
fn in_lanes(values: &[BigInt<4>; WIDTH]) -> Whole {
    split(&words(values.each_ref().map(|value| &value.0)))
}

#[target_feature(enable = "avx2,fma")]
fn out_of(value: &Whole) -> [BigInt<4>; WIDTH] {
    rows(&join(value)).map(BigInt)
}

#[target_feature(enable = "avx2,fma")]
fn everything(a: &[Fq; WIDTH], b: &[Fq; WIDTH]) {
    let [left, right] = [a, b].map(|values| in_lanes(&values.map(|value| value.into_bigint())));
    let (x, y) = (field::doubles(&left), field::doubles(&right));
    let shrunk = Fq::from(2u64).pow([255]).inverse().unwrap();
    let same = |found: &Whole, expected: &dyn Fn(Fq, Fq) -> Fq| {
        let found = out_of(found);
        for lane in 0..WIDTH {
            assert_eq!(
                found[lane],
                expected(a[lane], b[lane]).into_bigint(),
                "lane {lane} of {LANES} and {LANES}"
            );
        }
    };
    same(&left, &|a, _| a);
    same(&field::whole(&x), &|a, _| a);
    same(&field::reduce(&field::products::<1>([(&x, &y)])), &|a, b| a * b * shrunk);
    let (d, n) = (field::difference(&x, &y), field::negative(&y));
    same(&field::reduce(&field::products::<1>([(&d, &y)])), &|a, b| (a - b) * b * shrunk);
    same(&field::reduce(&field::products::<1>([(&d, &d)])), &|a, b| (a - b) * (a - b) * shrunk);
    let two = field::products::<2>([(&x, &y), (&n, &y)]);
    same(&field::reduce(&two), &|a, b| (a - b) * b * shrunk);
    same(&field::reduce(&field::folded(&two)), &|a, b| (a - b) * b * shrunk);
    same(&field::reduce(&field::minus(&left, &right)), &|a, b| a - b);
    same(&field::reduce(&field::plus(&left, &field::plus(&right, &right))), &|a, b| a + b + b);
    let less = field::minus(&field::minus(&left, &field::plus(&right, &right)), &right);
    same(&field::reduce(&less), &|a, b| a - b - b - b);
}

proptest! {
    #[test]
    #[allow(unsafe_code)]
    fn every_piece_is_that_of_arkworks(
        left in prop::array::uniform8(value()),
        right in prop::array::uniform8(value()),
    ) {
        if lanes() {
            // SAFETY: the processor has what they are compiled for.
            unsafe { everything(&left, &right) };
        }
    }
}
