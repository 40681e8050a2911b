//! Phase 2: a key, and everything that may be wrong with it.

use super::claim::Claim;
use super::{TINY, finished, powers, small_key, start};
use crate::iden3::{Format, FormatError, Zkey, ZkeyError};
use crate::{
    BeginError, CeremonyError, Phase1Error, PowersOfTau, Problem, VerifyFromError, begin, contribution_hash,
    verify, verify_from,
};
use ark_bn254::G1Affine;
use ark_ec::{AffineRepr, CurveGroup};
use wetsign_circuits::{Cancel, Prover, ProverOptions, Shape, verify as verify_proof};

/// What of a ceremony is refused, in words.
fn refused(change: impl FnOnce(&mut Zkey)) -> String {
    let mut zkey = finished().clone();
    change(&mut zkey);
    verify(start(), &zkey).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn a_key_with_three_contributions_verifies_and_proves() {
    let key = verify(start(), finished()).unwrap().to_key().unwrap();
    let claim = Claim::new(TINY).unwrap();
    let prover = Prover::new(key, ProverOptions::default(), None).unwrap();
    let proof = prover.prove(&claim.public, &claim.private, &Cancel::default()).unwrap();
    verify_proof(prover.key().verifying_key(), &claim.public, &proof).unwrap();
}

#[test]
fn a_key_that_nobody_contributed_to_is_refused() {
    let begun = start().zkey();
    assert!(
        matches!(verify(start(), begun), Err(CeremonyError::Transcript(error)) if error.problem == Problem::Nobody)
    );
    assert!(
        matches!(begun.to_key(&TINY), Err(ZkeyError::Key(error)) if error.to_string().contains("delta equals gamma"))
    );
}

#[test]
fn every_alteration_of_the_transcript_is_refused() {
    let one = G1Affine::generator();
    assert!(refused(|key| key.contributions[0].transcript[5] ^= 1).contains("contribution 1 (\"first\")"));
    assert!(refused(|key| key.contributions[1].proof_g1[1] = one).contains("contribution 2 (\"second\")"));
    assert!(
        refused(|key| key.contributions[1].proof_g2 = key.contributions[0].proof_g2)
            .contains("knew the factor")
    );
    let moved = |key: &mut Zkey| key.contributions[0].delta_g1 = (one + one).into_affine();
    assert!(refused(moved).contains("delta did not change by the factor"));
    assert!(refused(|key| key.contributions[0].delta_g1 = one).contains("had been before"));
    assert!(
        refused(|key| {
            key.contributions.remove(0);
        })
        .contains("transcript")
    );
    assert!(
        refused(|key| {
            key.contributions.pop();
        })
        .contains("not that of the last contribution")
    );
    assert!(refused(|key| key.contributions.swap(0, 1)).contains("transcript"));
    assert!(refused(|key| key.circuit_hash[0] ^= 1).contains("transcript"));
}

#[test]
fn every_altered_point_of_the_key_is_refused() {
    let one = G1Affine::generator();
    let moved = |point: &mut G1Affine| *point = (*point + one).into_affine();
    assert!(refused(|key| moved(&mut key.l[3])).contains("L is not divided"));
    assert!(refused(|key| moved(&mut key.h[9])).contains("H is not divided"));
    assert!(refused(|key| key.l[3] = start().zkey().l[3]).contains("L is not divided"));
    assert!(refused(|key| moved(&mut key.a[3])).contains("outside L and H"));
    assert!(refused(|key| moved(&mut key.inputs[1])).contains("outside L and H"));
    assert!(refused(|key| moved(&mut key.alpha_g1)).contains("outside L and H"));
    assert!(refused(|key| key.coefficients[40] ^= 1).contains("outside L and H"));
    assert!(refused(|key| moved(&mut key.delta_g1)).contains("not that of the last contribution"));
    assert!(refused(|key| key.delta_g2 = start().zkey().delta_g2).contains("delta in G2"));
}

#[test]
fn files_survive_their_bytes_and_damage_is_refused() {
    let bytes = finished().to_bytes();
    assert!(Zkey::from_bytes(&bytes).unwrap() == *finished());
    assert!(Zkey::from_bytes(&bytes[..bytes.len() - 1]).is_err());
    assert!(Zkey::from_bytes(b"zkey").is_err());
    let mut off_curve = bytes.clone();
    let alpha = 12 + 12 + 4 + 12 + 4 + 32 + 4 + 32 + 12;
    off_curve[alpha] ^= 1;
    assert!(matches!(
        Zkey::from_bytes(&off_curve),
        Err(FormatError { format: Format::Zkey, what: "header", .. })
    ));
}

#[test]
fn a_zkey_of_another_circuit_is_refused() {
    let other = Shape { levels: 2, ..TINY };
    assert!(matches!(finished().to_key(&other), Err(ZkeyError::Circuit { .. })));
}

#[test]
fn a_key_survives_the_way_into_a_zkey_and_back() {
    let key = small_key();
    let back = Zkey::from_bytes(&Zkey::from_key(key).to_bytes()).unwrap().to_key(&key.shape()).unwrap();
    assert_eq!(back.verifying_key(), key.verifying_key());
    assert!(back.groth16() == key.groth16());
}

#[test]
fn what_needs_no_work_to_refuse_is_refused_without_it() {
    let refused = |powers, zkey| verify_from(powers, &TINY, zkey).map(|_| ()).unwrap_err();
    let nobody = refused(powers(), start().zkey());
    assert!(
        matches!(nobody, VerifyFromError::Ceremony(CeremonyError::Transcript(error)) if error.problem == Problem::Nobody)
    );
    // Too few for the circuit: no key could be begun from them.
    let other = PowersOfTau::local(2).unwrap();
    assert!(refused(&other, finished()).to_string().contains("powers of tau"));
    verify_from(powers(), &TINY, finished()).unwrap();
}

#[test]
fn too_few_powers_and_impossible_sizes_are_refused() {
    let few = PowersOfTau::local(3).unwrap();
    let refused = begin(&few, &TINY).map(|_| ()).unwrap_err();
    assert!(matches!(refused, BeginError::TooFew { found: 3, needed: 11 }), "{refused}");
    assert!(matches!(PowersOfTau::local(0), Err(Phase1Error::Size { found: 0 })));
    assert!(matches!(PowersOfTau::local(21), Err(Phase1Error::Size { found: 21 })));
}

#[test]
fn contributions_are_told_apart_by_their_hashes() {
    let hashes: std::collections::BTreeSet<_> =
        finished().contributions().iter().map(contribution_hash).collect();
    assert_eq!(hashes.len(), 3);
}

#[test]
fn a_file_of_another_format_is_called_by_its_name() {
    let words = |bytes: &[u8]| Zkey::from_bytes(bytes).map(|_| ()).unwrap_err().to_string();
    let powers = PowersOfTau::local(1).unwrap().to_bytes();
    assert_eq!(words(&powers), "not a .zkey file over BN254: the container: it is a .ptau file");
    let refused = PowersOfTau::from_bytes(&finished().to_bytes()).map(|_| ()).unwrap_err().to_string();
    assert_eq!(refused, "not a .ptau file over BN254: the container: it is a .zkey file");
    let cut = PowersOfTau::from_bytes(&powers[..powers.len() - 1]).map(|_| ()).unwrap_err().to_string();
    assert!(cut.contains(".ptau") && !cut.contains("zkey"), "{cut}");
}
