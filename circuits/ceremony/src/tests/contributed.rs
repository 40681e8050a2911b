//! Who counts as a contributor, in both phases: the same stories are told of powers of tau and of a key.

use super::super::contribute::apply;
use super::{Maker, PowersOfTau, public, secret, start};
use crate::iden3::{ContributionKind, Zkey};
use crate::{CeremonyError, ContributeError, Phase1Error, Problem, beacon, contribute, verify};
use ark_bn254::{Fr, G1Affine};
use ark_ec::CurveGroup;
use proptest::prelude::*;

/// What is wrong with powers of tau by these authors.
fn phase_1(makers: Vec<Maker>) -> Option<Problem> {
    match PowersOfTau::from_bytes(&PowersOfTau::made(3, makers).unwrap().to_bytes()) {
        Ok(_) => None,
        Err(Phase1Error::Transcript(error)) => Some(error.problem),
        Err(error) => panic!("{error}"),
    }
}

/// A key by these authors, whatever the rule says of them.
fn key(makers: Vec<Maker>) -> Zkey {
    makers
        .into_iter()
        .fold(start().zkey().clone(), |zkey, (author, mut random)| apply(&zkey, author, &mut random))
}

/// What is wrong with a key by these authors.
fn phase_2(makers: Vec<Maker>) -> Option<Problem> {
    match verify(start(), &key(makers)) {
        Ok(_) => None,
        Err(CeremonyError::Transcript(error)) => Some(error.problem),
        Err(error) => panic!("{error}"),
    }
}

/// Both phases say the same.
fn both(makers: impl Fn() -> Vec<Maker>) -> Option<Problem> {
    let said = phase_1(makers());
    assert_eq!(said, phase_2(makers()));
    said
}

fn does_not_hold(problem: Option<Problem>, place: usize, words: &str) {
    match problem {
        Some(Problem::Contribution { number, what, .. }) => {
            assert_eq!(number, place);
            assert!(what.contains(words), "{what}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_secret_contribution_is_enough_with_or_without_a_beacon() {
    assert_eq!(both(|| vec![secret("ada", 1)]), None);
    assert_eq!(both(|| vec![secret("ada", 1), public("block", b"value", 4)]), None);
    assert_eq!(both(|| vec![secret("ada", 1), secret("bob", 2), public("", b"value", 0)]), None);
}

#[test]
fn beacons_alone_are_refused() {
    assert_eq!(both(|| vec![public("block", b"value", 4)]), Some(Problem::OnlyBeacons { count: 1 }));
    let two = || vec![public("block", b"value", 4), public("other", b"another", 3)];
    assert_eq!(both(two), Some(Problem::OnlyBeacons { count: 2 }));
}

#[test]
fn no_contribution_at_all_is_refused() {
    assert_eq!(both(Vec::new), Some(Problem::Nobody));
}

#[test]
fn whatever_follows_a_beacon_is_refused() {
    let late = || vec![secret("ada", 1), public("block", b"value", 4), secret("late", 2)];
    assert_eq!(both(late), Some(Problem::AfterBeacon { number: 3, name: "late".into() }));
    let first = || vec![public("block", b"value", 4), secret("ada", 1)];
    assert_eq!(both(first), Some(Problem::AfterBeacon { number: 2, name: "ada".into() }));
    let twice = || vec![secret("ada", 1), public("block", b"value", 4), public("again", b"value", 5)];
    assert_eq!(both(twice), Some(Problem::AfterBeacon { number: 3, name: "again".into() }));
}

#[test]
fn a_beacon_that_is_not_what_its_value_and_iterations_give_is_refused() {
    let told = |value: &'static [u8], exponent| {
        move || {
            let mut beacon = public("block", b"value", 4);
            beacon.0.kind = ContributionKind::Beacon { value: value.to_vec(), exponent };
            vec![secret("ada", 1), beacon]
        }
    };
    does_not_hold(both(told(b"Value", 4)), 2, "not what the beacon's value and iterations give");
    does_not_hold(both(told(b"value", 5)), 2, "not what the beacon's value and iterations give");
    assert_eq!(both(told(b"value", 4)), None);
    // A secret of one's own, told as a beacon.
    let chosen = || {
        let mut beacon = secret("block", 9);
        beacon.0.kind = ContributionKind::Beacon { value: b"value".to_vec(), exponent: 4 };
        vec![secret("ada", 1), beacon]
    };
    does_not_hold(both(chosen), 2, "not what the beacon's value and iterations give");
}

#[test]
fn a_beacon_out_of_bounds_is_refused_before_it_is_computed() {
    for (value, exponent) in [(vec![], 4), (b"value".to_vec(), 31), (b"value".to_vec(), 255)] {
        let length = value.len();
        let makers = || {
            let mut beacon = public("block", b"value", 4);
            beacon.0.kind = ContributionKind::Beacon { value: value.clone(), exponent };
            vec![secret("ada", 1), beacon]
        };
        assert_eq!(both(makers), Some(Problem::Beacon { length, exponent }));
    }
}

#[test]
fn a_beacons_randomness_that_calls_itself_secret_is_refused() {
    let disguised = || {
        let mut first = public("ada", b"value", 4);
        first.0.kind = ContributionKind::Secret;
        vec![first, public("block", b"value", 4)]
    };
    does_not_hold(both(disguised), 1, "everyone can compute");
}

#[test]
fn the_same_randomness_twice_is_refused() {
    let twice = || vec![secret("ada", 1), secret("bob", 2), secret("carol", 1)];
    does_not_hold(both(twice), 3, "repeats the numbers");
}

/// Redoes the last contribution of a key with a factor of choice, by somebody who knows it.
fn with_factor(makers: Vec<Maker>, factor: Fr) -> Problem {
    let mut zkey = key(makers);
    let before = zkey.contributions.iter().rev().nth(1).map_or(start().zkey().delta_g1, |one| one.delta_g1);
    let last = zkey.contributions.last_mut().unwrap();
    let base: G1Affine = last.proof_g1[0];
    last.proof_g1[1] = (base * factor).into_affine();
    last.delta_g1 = (before * factor).into_affine();
    match verify(start(), &zkey) {
        Err(CeremonyError::Transcript(error)) => error.problem,
        other => panic!("{:?}", other.map(|_| ())),
    }
}

#[test]
fn factors_that_add_nothing_are_refused() {
    for factor in [Fr::from(1u64), -Fr::from(1u64)] {
        does_not_hold(Some(with_factor(vec![secret("ada", 1)], factor)), 1, "1 or -1");
    }
    // The second takes back the first.
    use ark_ff::Field;
    let mut drawn = secret("ada", 1).1;
    let inverse = super::super::hash::Draw::<1>::from(&mut drawn).factors[0].inverse().unwrap();
    let problem = with_factor(vec![secret("ada", 1), secret("bob", 2)], inverse);
    does_not_hold(Some(problem), 2, "had been before");
}

#[test]
fn our_own_tools_refuse_to_make_what_is_refused() {
    let refused = |made: Result<Zkey, ContributeError>| match made.map(|_| ()).unwrap_err() {
        ContributeError::Transcript(error) => error.problem,
        error => panic!("{error}"),
    };
    let begun = start().zkey();
    assert_eq!(refused(beacon(begun, "", b"value", 4)), Problem::Nobody);
    let closed = key(vec![secret("ada", 1), public("block", b"value", 4)]);
    let after = |name: &str| Problem::AfterBeacon { number: 3, name: name.into() };
    assert_eq!(refused(contribute(&closed, "late", b"")), after("late"));
    assert_eq!(refused(beacon(&closed, "again", b"other", 4)), after("again"));
    let open = key(vec![secret("ada", 1)]);
    assert_eq!(refused(beacon(&open, "", b"", 4)), Problem::Beacon { length: 0, exponent: 4 });
    assert_eq!(refused(beacon(&open, "", b"value", 31)), Problem::Beacon { length: 5, exponent: 31 });
}

#[test]
fn names_that_run_over_lines_are_not_written_and_those_of_others_are_shown_escaped() {
    for name in ["Ada\n  Bob  0000", "\u{1b}[2J", "tab\t", &"n".repeat(65)] {
        let refused = contribute(start().zkey(), name, b"").unwrap_err();
        assert!(matches!(&refused, ContributeError::Name { found, .. } if *found == name.len()), "{refused}");
        assert!(!refused.to_string().contains(char::is_control), "{refused}");
    }
    let foreign = vec![secret("ada", 1), public("", b"value", 4), secret("Eve\n\u{1b}[2J", 2)];
    let refused = verify(start(), &key(foreign)).map(|_| ()).unwrap_err().to_string();
    assert!(!refused.contains(char::is_control) && refused.contains(r"Eve\n\u{1b}[2J"), "{refused}");
}

#[test]
fn a_checked_ceremony_names_all_contributions_in_order_and_gives_a_key_that_counts() {
    let zkey = key(vec![secret("ada", 1), secret("Bob\nthe second", 2), public("block", b"value", 4)]);
    let ceremony = verify(start(), &zkey).unwrap();
    let names = |entries: &[super::super::Entry]| -> Vec<String> {
        entries.iter().map(|entry| entry.author.name.clone()).collect()
    };
    assert_eq!(names(ceremony.phase_1()), ["one machine, for development"]);
    // Raw, as it stands in the file: whoever shows it escapes it.
    assert_eq!(names(&ceremony.phase_2()), ["ada", "Bob\nthe second", "block"]);
    let last = ceremony.phase_2().pop().unwrap();
    assert_eq!(last.author.kind, ContributionKind::Beacon { value: b"value".to_vec(), exponent: 4 });
    assert!(!ceremony.to_key().unwrap().is_development());
    // The same file without the check: nobody knows who could forge.
    assert!(zkey.to_key(&super::TINY).unwrap().is_development());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Any mix of secret contributions and true beacons: it counts if and only if the first is secret and no beacon has
    /// a successor.
    #[test]
    fn a_phase_counts_if_a_secret_comes_first_and_a_beacon_last(secrets in prop::collection::vec(any::<bool>(), 0..6)) {
        let makers = secrets.iter().zip(1u8..).map(|(is_secret, seed)| {
            if *is_secret { secret("someone", seed) } else { public("block", &[seed], 2) }
        });
        let counts = secrets.first() == Some(&true)
            && secrets.iter().rev().skip(1).all(|is_secret| *is_secret);
        prop_assert_eq!(phase_1(makers.collect()).is_none(), counts);
    }

    /// Authors survive their bytes in powers of tau.
    #[test]
    fn names_and_beacons_survive_their_bytes(name in "\\PC{0,20}", value in prop::collection::vec(any::<u8>(), 1..256), exponent in 0u8..6) {
        let made = PowersOfTau::made(1, vec![secret(&name, 1), public(&name, &value, exponent)]).unwrap();
        let read = PowersOfTau::from_bytes(&made.to_bytes()).unwrap();
        prop_assert_eq!(read.contributions(), made.contributions());
        prop_assert_eq!(&read.contributions()[1].author.kind, &ContributionKind::Beacon { value, exponent });
    }
}
