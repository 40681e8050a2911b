//! A ceremony from powers of tau to a key, and everything that may be wrong with one.

use super::{Case, small_key};
use crate::ceremony::{
    CeremonyError, Phase1Error, PowersOfTau, VerifyFromError, beacon, begin, contribute, contribution_hash,
    verify, verify_from,
};
use crate::iden3::{Zkey, ZkeyError};
use crate::{Cancel, Prover, ProverOptions, Shape, statement, verify as verify_proof};
use ark_bn254::{Fr, G1Affine};
use ark_ec::{AffineRepr, CurveGroup};
use std::sync::OnceLock;

/// As small as a match circuit gets.
const TINY: Shape = Shape { face: 1, voice: 1, levels: 1 };

fn powers() -> &'static PowersOfTau {
    static MADE: OnceLock<PowersOfTau> = OnceLock::new();
    MADE.get_or_init(|| PowersOfTau::local(11).unwrap())
}

fn start() -> &'static Zkey {
    static MADE: OnceLock<Zkey> = OnceLock::new();
    MADE.get_or_init(|| begin(powers(), &TINY).unwrap())
}

fn finished() -> &'static Zkey {
    static MADE: OnceLock<Zkey> = OnceLock::new();
    MADE.get_or_init(|| {
        let first = contribute(start(), "first", b"dice").unwrap();
        let second = contribute(&first, "second", b"").unwrap();
        beacon(&second, "beacon", &[7; 32], 4).unwrap()
    })
}

/// What of a ceremony is refused, in words.
fn refused(change: impl FnOnce(&mut Zkey)) -> String {
    let mut zkey = finished().clone();
    change(&mut zkey);
    verify(start(), &zkey).unwrap_err().to_string()
}

#[test]
fn a_key_with_three_contributions_verifies_and_proves() {
    verify(start(), finished()).unwrap();
    let key = finished().to_key(&TINY).unwrap();
    assert!(!key.is_development());
    // A vector of one coordinate is often too faint.
    let holds = |case: &Case| statement::check(&TINY, &case.public, &case.private).is_ok();
    let case = (80..200).map(|seed| Case::new(TINY, seed)).find(holds).unwrap();
    let prover = Prover::new(key, ProverOptions::default(), None).unwrap();
    let proof = prover.prove(&case.public, &case.private, &Cancel::default()).unwrap();
    verify_proof(prover.key().verifying_key(), &case.public, &proof).unwrap();
}

#[test]
fn a_key_that_nobody_contributed_to_is_refused() {
    assert!(matches!(verify(start(), start()), Err(CeremonyError::Nobody)));
    assert!(
        matches!(start().to_key(&TINY), Err(ZkeyError::Key(error)) if error.to_string().contains("delta equals gamma"))
    );
}

#[test]
fn every_alteration_of_the_transcript_is_refused() {
    let one = G1Affine::generator();
    assert!(refused(|key| key.contributions[0].transcript[5] ^= 1).contains("contribution 1 (first)"));
    assert!(refused(|key| key.contributions[1].proof_g1[1] = one).contains("contribution 2 (second)"));
    assert!(
        refused(|key| key.contributions[1].proof_g2 = key.contributions[0].proof_g2)
            .contains("knew the factor")
    );
    assert!(
        refused(|key| key.contributions[0].delta_g1 = one).contains("delta did not change by the factor")
    );
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
fn a_beacon_that_was_chosen_is_refused() {
    let second = contribute(start(), "second", b"").unwrap();
    let mut forged = contribute(&second, "beacon", b"").unwrap();
    forged.contributions[1].kind = finished().contributions[2].kind.clone();
    assert!(verify(start(), &forged).unwrap_err().to_string().contains("not what the beacon gives"));
}

#[test]
fn every_altered_point_of_the_key_is_refused() {
    let one = G1Affine::generator();
    let moved = |point: &mut G1Affine| *point = (*point + one).into_affine();
    assert!(refused(|key| moved(&mut key.l[3])).contains("L is not divided"));
    assert!(refused(|key| moved(&mut key.h[9])).contains("H is not divided"));
    assert!(refused(|key| key.l[3] = start().l[3]).contains("L is not divided"));
    assert!(refused(|key| moved(&mut key.a[3])).contains("outside L and H"));
    assert!(refused(|key| moved(&mut key.inputs[1])).contains("outside L and H"));
    assert!(refused(|key| moved(&mut key.alpha_g1)).contains("outside L and H"));
    assert!(refused(|key| key.coefficients[40] ^= 1).contains("outside L and H"));
    assert!(refused(|key| moved(&mut key.delta_g1)).contains("not that of the last contribution"));
    assert!(refused(|key| key.delta_g2 = start().delta_g2).contains("delta in G2"));
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
    assert!(matches!(Zkey::from_bytes(&off_curve), Err(ZkeyError::Malformed { what: "header", .. })));
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
fn powers_of_tau_survive_their_bytes_and_every_alteration_is_refused() {
    let bytes = PowersOfTau::local(3).unwrap().unprepared().to_bytes();
    let read = PowersOfTau::from_bytes(&bytes).unwrap();
    assert_eq!((read.power(), read.contributors()), (3, 1));

    // Swapping two points leaves each of them on the curve.
    let section = 12 + 12 + 44 + 12;
    for (first, second) in [(2, 3), (0, 1), (8, 14)] {
        let mut swapped = bytes.clone();
        let (first, second) = (section + first * 64, section + second * 64);
        let kept = swapped[first..first + 64].to_vec();
        swapped.copy_within(second..second + 64, first);
        swapped[second..second + 64].copy_from_slice(&kept);
        assert!(matches!(PowersOfTau::from_bytes(&swapped), Err(Phase1Error::Powers { .. })));
    }
    // The last section is the transcript: its count, then one contribution.
    let transcript = bytes.len() - (64 * 9 + 128 * 5 + 216 + 64 + 8) - 4;
    let mut nobody = bytes[..transcript].to_vec();
    let length = transcript - 8;
    nobody[length..length + 8].copy_from_slice(&4u64.to_le_bytes());
    nobody.extend([0; 4]);
    assert!(matches!(PowersOfTau::from_bytes(&nobody), Err(Phase1Error::Nobody)));
    let mut forged = bytes.clone();
    let proof = transcript + 4 + 64 * 3 + 128 * 2;
    let donor = forged[proof + 128..proof + 192].to_vec();
    forged[proof..proof + 64].copy_from_slice(&donor);
    assert!(matches!(PowersOfTau::from_bytes(&forged), Err(Phase1Error::Contribution { number: 1, .. })));
}

#[test]
fn lagrange_points_survive_their_bytes_and_false_ones_are_refused() {
    let bytes = PowersOfTau::local(3).unwrap().to_bytes();
    assert_eq!(PowersOfTau::from_bytes(&bytes).unwrap().to_bytes(), bytes);
    // The last points of the last section, in the other order.
    let mut swapped = bytes.clone();
    swapped[bytes.len() - 128..].rotate_left(64);
    let refused = PowersOfTau::from_bytes(&swapped).map(|_| ()).unwrap_err();
    assert!(matches!(refused, Phase1Error::Powers { what: "Lagrange points of beta" }), "{refused}");
    // None of a section may be missing.
    assert!(PowersOfTau::from_bytes(&bytes[..bytes.len() - 64]).is_err());
}

#[test]
fn a_hash_that_is_not_that_of_the_points_is_refused() {
    let mut bytes = PowersOfTau::local(2).unwrap().unprepared().to_bytes();
    let handed_on = bytes.len() - 8 - 64;
    bytes[handed_on] ^= 1;
    let refused = PowersOfTau::from_bytes(&bytes).map(|_| ()).unwrap_err().to_string();
    assert!(refused.contains("not the hash of these points"), "{refused}");
}

#[test]
fn what_needs_no_work_to_refuse_is_refused_without_it() {
    let refused = |powers, zkey| verify_from(powers, &TINY, zkey).unwrap_err();
    assert!(matches!(refused(powers(), start()), VerifyFromError::Ceremony(CeremonyError::Nobody)));
    // Too few for the circuit: no key could be begun from them.
    let other = PowersOfTau::local(2).unwrap();
    assert!(refused(&other, finished()).to_string().contains("powers of tau"));
    verify_from(powers(), &TINY, finished()).unwrap();
}

#[test]
fn too_few_powers_and_impossible_sizes_are_refused() {
    let few = PowersOfTau::local(3).unwrap();
    assert!(matches!(begin(&few, &TINY), Err(ZkeyError::Circuit { .. })));
    assert!(matches!(PowersOfTau::local(0), Err(Phase1Error::Size { found: 0 })));
    assert!(matches!(PowersOfTau::local(21), Err(Phase1Error::Size { found: 21 })));
    assert!(matches!(contribute(start(), &"n".repeat(65), b""), Err(CeremonyError::Name { found: 65 })));
    assert!(matches!(beacon(start(), "", b"", 4), Err(CeremonyError::Beacon)));
}

#[test]
fn contributions_are_told_apart_by_their_hashes() {
    let hashes: std::collections::BTreeSet<_> =
        finished().contributions().iter().map(contribution_hash).collect();
    assert_eq!(hashes.len(), 3);
    assert_ne!(finished().delta_g1, (G1Affine::generator() * Fr::from(1u64)).into_affine());
}
