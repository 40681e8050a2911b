//! What must be refused is refused three times: by the plain check, by the constraints, and by the verifier when the
//! prover skips both checks.

use super::{Case, SMALL, small_key, vector};
use crate::inputs::PUBLIC_COUNT;
use crate::{Fr, prover, statement, verify};
use ark_bn254::Bn254;
use ark_groth16::Groth16;

/// Lets a prover without scruples try, and returns the part of the circuit that stops it.
fn refused_by(fields: &[Fr; PUBLIC_COUNT], private: &crate::PrivateInputs) -> &'static str {
    let key = small_key();
    let witness = prover::witness(&SMALL, fields, private);
    let (_, part) = key.rows().first_unsatisfied(&witness).expect("the constraints accept a false statement");
    let proof = prover::prove_witness(key.groth16(), key.rows(), &witness).unwrap();
    let accepted =
        Groth16::<Bn254>::verify_proof(key.verifying_key().prepared(), &proof.inner, fields).unwrap();
    assert!(!accepted, "a proof of a false statement verifies");
    part
}

fn assert_refused(part: &str, change: impl FnOnce(&mut Case)) {
    let mut case = Case::small(20);
    change(&mut case);
    assert!(statement::check(&SMALL, &case.public, &case.private).is_err(), "the plain check accepts");
    assert_eq!(refused_by(&case.fields(), &case.private), part);
}

#[test]
fn the_unchanged_case_is_accepted() {
    let case = Case::small(20);
    let proof = crate::prove(small_key(), &case.public, &case.private).unwrap();
    verify(small_key().verifying_key(), &case.public, &proof).unwrap();
}

#[test]
fn another_template_face() {
    assert_refused("registry path", |case| case.private.template.face[0] += 1);
}

#[test]
fn another_template_voice() {
    assert_refused("registry path", |case| case.private.template.voice[7] -= 1);
}

#[test]
fn another_probe_face_than_attested() {
    assert_refused("probe commitment", |case| case.private.probe.face[32] += 1);
}

#[test]
fn another_probe_voice_than_attested() {
    assert_refused("probe commitment", |case| case.private.probe.voice[0] -= 1);
}

#[test]
fn another_secret() {
    assert_refused("registry path", |case| case.private.secret += Fr::from(1u64));
}

#[test]
fn another_template_blinding() {
    assert_refused("registry path", |case| case.private.template_blinding += Fr::from(1u64));
}

#[test]
fn another_probe_blinding() {
    assert_refused("probe commitment", |case| case.private.probe_blinding += Fr::from(1u64));
}

#[test]
fn another_root() {
    assert_refused("registry path", |case| case.public.root += Fr::from(1u64));
}

#[test]
fn another_sibling() {
    assert_refused("registry path", |case| case.private.path.siblings[1][2] += Fr::from(1u64));
}

#[test]
fn every_other_index() {
    let index = Case::small(20).private.path.index;
    for other in (0..16).filter(|other| *other != index) {
        assert_refused("registry path", |case| case.private.path.index = other);
    }
}

#[test]
fn a_leaf_that_is_not_in_the_registry() {
    assert_refused("registry path", |case| {
        let root = case.public.root;
        case.private.template.face[3] ^= 1;
        case.enrol_again();
        case.public.root = root;
    });
}

#[test]
fn another_request() {
    assert_refused("nullifier", |case| case.public.request_id += Fr::from(1u64));
}

#[test]
fn another_nullifier() {
    assert_refused("nullifier", |case| case.public.nullifier += Fr::from(1u64));
}

#[test]
fn another_probe_commitment() {
    assert_refused("probe commitment", |case| case.public.probe += Fr::from(1u64));
}

#[test]
fn another_model() {
    assert_refused("probe commitment", |case| case.public.model_id += Fr::from(1u64));
}

#[test]
fn a_template_of_another_model() {
    assert_refused("registry path", |case| {
        case.public.model_id += Fr::from(1u64);
        case.commit_again();
    });
}

#[test]
fn another_validator_key() {
    assert_refused("registry path", |case| case.public.validator_key += Fr::from(1u64));
}

#[test]
fn face_threshold_above_the_similarity() {
    assert_refused("face similarity", |case| case.public.tau_face = 65_300);
}

#[test]
fn voice_threshold_above_the_similarity() {
    assert_refused("voice similarity", |case| case.public.tau_voice = 65_500);
}

#[test]
fn thresholds_beyond_seventeen_bits() {
    assert_refused("face similarity", |case| case.public.tau_face = 1 << 17);
    assert_refused("voice similarity", |case| case.public.tau_voice = u32::MAX);
}

#[test]
fn an_impostor() {
    assert_refused("face similarity", |case| {
        case.private.probe.face = vector(SMALL.face, 777);
        case.private.probe.voice = vector(SMALL.voice, 778);
        case.commit_again();
    });
}

#[test]
fn the_right_face_with_another_voice() {
    assert_refused("voice similarity", |case| {
        case.private.probe.voice = vector(SMALL.voice, 999);
        case.commit_again();
    });
}

#[test]
fn a_zero_probe_even_without_a_threshold() {
    assert_refused("face similarity", |case| {
        case.private.probe.face.fill(0);
        case.public.tau_face = 0;
        case.commit_again();
    });
}

#[test]
fn a_zero_template_even_when_enrolled() {
    assert_refused("voice similarity", |case| {
        case.private.template.voice.fill(0);
        case.public.tau_voice = 0;
        case.enrol_again();
    });
}

#[test]
fn a_negated_probe_even_without_a_threshold() {
    assert_refused("face similarity", |case| {
        for coordinate in &mut case.private.probe.face {
            *coordinate = -*coordinate;
        }
        case.public.tau_face = 0;
        case.commit_again();
    });
}

#[test]
fn a_negated_threshold_whose_square_is_the_same() {
    let case = Case::small(20);
    for (position, part) in [(7, "face similarity"), (8, "voice similarity")] {
        let mut fields = case.fields();
        fields[position] = -fields[position];
        assert_eq!(refused_by(&fields, &case.private), part);
    }
}

/// A wire outside {0, 1} for a bit could make any coordinate of any byte; here two bits share one byte's value
/// otherwise.
#[test]
fn a_byte_made_of_something_else_than_bits() {
    let case = Case::small(20);
    let key = small_key();
    let mut wires = prover::witness(&SMALL, &case.fields(), &case.private).to_vec();
    let first_bit = 1 + PUBLIC_COUNT + 3;
    wires[first_bit] += Fr::from(2u64);
    wires[first_bit + 1] -= Fr::from(1u64);
    let (_, part) = key.rows().first_unsatisfied(&wires).unwrap();
    assert_eq!(part, "template ranges");
    let proof = prover::prove_witness(key.groth16(), key.rows(), &wires).unwrap();
    assert!(verify(key.verifying_key(), &case.public, &proof).is_err());
}
