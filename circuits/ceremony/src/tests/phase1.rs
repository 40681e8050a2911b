//! Phase 1: powers of tau, and everything that may be wrong with their points.

use super::secret;
use crate::{Phase1Error, PowersOfTau, Problem};

/// By a contributor whose entry ends with its hash and eight zeros.
fn unnamed(power: u32) -> PowersOfTau {
    PowersOfTau::made(power, vec![secret("", 1)]).unwrap()
}

#[test]
fn powers_of_tau_survive_their_bytes_and_every_alteration_is_refused() {
    let bytes = unnamed(3).unprepared().to_bytes();
    let read = PowersOfTau::from_bytes(&bytes).unwrap();
    assert_eq!((read.power(), read.contributions().len()), (3, 1));

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
    assert!(
        matches!(PowersOfTau::from_bytes(&nobody), Err(Phase1Error::Transcript(error)) if error.problem == Problem::Nobody)
    );
    let mut forged = bytes.clone();
    let proof = transcript + 4 + 64 * 3 + 128 * 2;
    let donor = forged[proof + 128..proof + 192].to_vec();
    forged[proof..proof + 64].copy_from_slice(&donor);
    assert!(
        matches!(PowersOfTau::from_bytes(&forged), Err(Phase1Error::Transcript(error)) if matches!(error.problem, Problem::Contribution { number: 1, .. }))
    );
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
    let mut bytes = unnamed(2).unprepared().to_bytes();
    let handed_on = bytes.len() - 8 - 64;
    bytes[handed_on] ^= 1;
    let refused = PowersOfTau::from_bytes(&bytes).map(|_| ()).unwrap_err().to_string();
    assert!(refused.contains("not the hash of these points"), "{refused}");
}
