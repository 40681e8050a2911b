//! Proofs from end to end.

use super::{Case, SMALL, full_key, small_key, vector};
use crate::statement::StatementError;
use crate::{
    Fr, Proof, ProofError, ProveError, ProvingKey, PublicInputs, Shape, ShapeError, VerifyError, prove,
    verify,
};

/// Every public input, one at a time, made another.
fn altered(public: &PublicInputs) -> Vec<(&'static str, PublicInputs)> {
    let one = Fr::from(1u64);
    let change = |name, change: fn(&mut PublicInputs, Fr)| {
        let mut other = public.clone();
        change(&mut other, one);
        (name, other)
    };
    vec![
        change("root", |p, one| p.root += one),
        change("nullifier", |p, one| p.nullifier += one),
        change("probe", |p, one| p.probe += one),
        change("request_id", |p, one| p.request_id += one),
        change("signal", |p, one| p.signal += one),
        change("model_id", |p, one| p.model_id += one),
        change("validator_key", |p, one| p.validator_key += one),
        change("tau_face", |p, _| p.tau_face -= 1),
        change("tau_voice", |p, _| p.tau_voice -= 1),
    ]
}

#[test]
fn a_matching_person_is_proved_at_the_frozen_size_and_no_altered_input_verifies() {
    let case = Case::new(Shape::DEFAULT, 30);
    let proof = prove(full_key(), &case.public, &case.private).unwrap();
    let key = full_key().verifying_key();
    assert_eq!(verify(key, &case.public, &proof), Ok(()));
    let others = altered(&case.public);
    assert_eq!(others.len(), crate::inputs::PUBLIC_COUNT);
    for (name, public) in others {
        assert!(
            matches!(verify(key, &public, &proof), Err(VerifyError::Refused { .. })),
            "{name} may be altered"
        );
    }
}

#[test]
fn exchanged_inputs_do_not_verify() {
    let case = Case::small(31);
    let proof = prove(small_key(), &case.public, &case.private).unwrap();
    let mut public = case.public.clone();
    std::mem::swap(&mut public.signal, &mut public.request_id);
    assert!(verify(small_key().verifying_key(), &public, &proof).is_err());
}

#[test]
fn two_proofs_of_one_statement_differ_and_both_verify() {
    let case = Case::small(32);
    let [first, second] = [(); 2].map(|()| prove(small_key(), &case.public, &case.private).unwrap());
    assert_ne!(first, second);
    for proof in [first, second] {
        verify(small_key().verifying_key(), &case.public, &proof).unwrap();
    }
}

#[test]
fn another_key_does_not_verify() {
    let case = Case::small(33);
    let proof = prove(small_key(), &case.public, &case.private).unwrap();
    let other = ProvingKey::from_seed(SMALL, "other").unwrap();
    assert_ne!(other.verifying_key().digest(), small_key().verifying_key().digest());
    assert!(verify(other.verifying_key(), &case.public, &proof).is_err());
}

#[test]
fn proofs_survive_their_bytes_and_no_flipped_bit_verifies() {
    let case = Case::small(34);
    let proof = prove(small_key(), &case.public, &case.private).unwrap();
    let bytes = proof.to_bytes();
    assert_eq!(Proof::from_bytes(&bytes).unwrap(), proof);
    for position in (0..bytes.len()).step_by(5) {
        let mut other = bytes;
        other[position] ^= 1 << (position % 8);
        let accepted = Proof::from_bytes(&other)
            .is_ok_and(|proof| verify(small_key().verifying_key(), &case.public, &proof).is_ok());
        assert!(!accepted, "byte {position} may be altered");
    }
}

#[test]
fn malformed_proofs_are_refused() {
    let case = Case::small(34);
    let bytes = prove(small_key(), &case.public, &case.private).unwrap().to_bytes();
    assert_eq!(Proof::from_bytes(&bytes[..127]), Err(ProofError::Length { found: 127 }));
    assert_eq!(Proof::from_bytes(&[&bytes[..], &[0]].concat()), Err(ProofError::Length { found: 129 }));
    assert!(matches!(Proof::from_bytes(&[0xff; 128]), Err(ProofError::Points { .. })));
    // The point at infinity with stray coordinate bits is another spelling of the identity.
    let mut stray = bytes;
    stray[..32].fill(0);
    stray[0] = 1;
    stray[31] = 0x40;
    assert!(matches!(Proof::from_bytes(&stray), Err(ProofError::Points { .. })));
}

#[test]
fn the_error_says_which_part_does_not_hold_but_not_by_how_much() {
    let mut case = Case::small(35);
    case.private.probe.face = vector(SMALL.face, 4242);
    case.commit_again();
    let error = prove(small_key(), &case.public, &case.private).unwrap_err();
    let ProveError::Statement(StatementError::Similarity { what: "face", tau }) = &error else {
        panic!("{error}");
    };
    assert_eq!(*tau, case.public.tau_face);
    assert_eq!(
        error.to_string(),
        format!("face similarity is below tau {tau} (thresholds are cosine times 65536)")
    );
}

#[test]
fn inputs_of_another_size_are_refused_before_anything_else() {
    let refused = |change: fn(&mut Case)| {
        let mut case = Case::small(36);
        change(&mut case);
        match prove(small_key(), &case.public, &case.private).unwrap_err() {
            ProveError::Statement(error) => error,
            error => panic!("{error}"),
        }
    };
    let mismatch =
        |what, found, expected| StatementError::Shape(ShapeError::Mismatch { what, found, expected });
    assert_eq!(refused(|case| case.private.template.face.truncate(32)), mismatch("template face", 32, 33));
    assert_eq!(refused(|case| case.private.probe.voice.push(0)), mismatch("probe voice", 9, 8));
    assert_eq!(refused(|case| case.private.path.siblings.truncate(1)), mismatch("registry path", 1, 2));
    assert_eq!(refused(|case| case.private.path.index = 16), StatementError::Index { index: 16, levels: 2 });
}
