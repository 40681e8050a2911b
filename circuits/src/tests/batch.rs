//! Many proofs at once say what each of them says alone.

use super::{Case, small_key};
use crate::batch::{BATCH, BatchVerifier, Claim, refused};
use crate::{Fr, Proof, prove, verify};
use ark_bn254::G1Affine;
use ark_ec::{AffineRepr, CurveGroup};
use std::sync::OnceLock;

/// A few true claims; the same ones may be repeated.
fn claims(count: usize) -> Vec<Claim> {
    static MADE: OnceLock<Vec<Claim>> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let claim = |seed| {
            let case = Case::small(seed);
            let proof = prove(small_key(), &case.public, &case.private).unwrap();
            (case.public, proof)
        };
        (70..74).map(claim).collect()
    });
    made.iter().cloned().cycle().take(count).collect()
}

fn one_by_one(claims: &[Claim]) -> Vec<usize> {
    let key = small_key().verifying_key();
    (0..claims.len()).filter(|at| verify(key, &claims[*at].0, &claims[*at].1).is_err()).collect()
}

/// The same proof with another C.
fn shifted(proof: &Proof, by: G1Affine) -> Proof {
    let mut inner = proof.inner.clone();
    inner.c = (inner.c + by).into_affine();
    Proof::from_groth16(inner).unwrap()
}

#[test]
fn true_claims_pass_in_every_number() {
    for count in [0, 1, 2, 3, 7, 40] {
        assert_eq!(refused(small_key().verifying_key(), &claims(count)).unwrap(), Vec::<usize>::new());
    }
}

#[test]
fn culprits_are_found_wherever_they_are() {
    let mut claims = claims(23);
    for at in [0, 11, 12, 22] {
        claims[at].0.signal += Fr::from(1u64);
    }
    assert_eq!(refused(small_key().verifying_key(), &claims).unwrap(), [0, 11, 12, 22]);
    assert_eq!(one_by_one(&claims), [0, 11, 12, 22]);
}

/// With coefficients that are all alike, these would cancel out.
#[test]
fn false_claims_whose_errors_cancel_are_found() {
    let mut claims = claims(8);
    let error = G1Affine::generator();
    claims[2].1 = shifted(&claims[2].1, error);
    claims[5].1 = shifted(&claims[5].1, -error);
    assert_eq!(refused(small_key().verifying_key(), &claims).unwrap(), [2, 5]);
    assert_eq!(one_by_one(&claims), [2, 5]);
}

#[test]
fn exchanged_proofs_are_found() {
    let mut claims = claims(4);
    let first = claims[0].1.clone();
    claims[0].1 = claims[1].1.clone();
    claims[1].1 = first;
    assert_eq!(refused(small_key().verifying_key(), &claims).unwrap(), [0, 1]);
}

#[test]
fn proofs_of_nothing_are_found() {
    let mut claims = claims(4);
    claims[3].1 = Proof::from_groth16(ark_groth16::Proof {
        a: G1Affine::identity(),
        b: ark_bn254::G2Affine::identity(),
        c: G1Affine::identity(),
    })
    .unwrap();
    assert_eq!(refused(small_key().verifying_key(), &claims).unwrap(), [3]);
}

#[test]
fn a_stream_longer_than_a_batch_is_reported_by_position() {
    let mut verifier = BatchVerifier::new(small_key().verifying_key());
    for (at, (mut public, proof)) in claims(BATCH + 5).into_iter().enumerate() {
        if at == 3 || at == BATCH + 4 {
            public.nullifier += Fr::from(1u64);
        }
        verifier.push(public, proof).unwrap();
    }
    let report = verifier.finish().unwrap();
    assert_eq!((report.checked, report.refused), (BATCH + 5, vec![3, BATCH + 4]));
}
