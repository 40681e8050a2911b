//! Approvals whose reader asks for witnesses: they are enough, or the approval is refused and it is said why.

#[macro_use]
#[allow(dead_code)] // each test program uses its part
mod support;

use std::collections::BTreeMap;

use support::*;
use wetsign_attest::bundle::ApprovalBundle;
use wetsign_attest::id::PublicKey;
use wetsign_attest::log::note::Note;
use wetsign_attest::log::{KeyKind, VerifierKey, WitnessPolicy, cosign::cosign};
use wetsign_attest::policy::{PolicyError, TrustPolicy};
use wetsign_attest::verify::{Options, Report, Status, code};

const NORTH: u8 = 60;
const SOUTH: u8 = 61;
const SEEN: u64 = T + 50;

fn witness(number: u8) -> String {
    let name = format!("w{number}.example");
    let key = VerifierKey::new(&name, KeyKind::Cosignature, public(number)).unwrap();
    format!("witness w{number} {key}\n")
}

/// Asks for both, whom two operators run.
fn asking() -> TrustPolicy {
    let text = format!("{}{}group both all w60 w61\nquorum both\n", witness(NORTH), witness(SOUTH));
    let operators = [("a".to_owned(), vec![public(NORTH)]), ("b".to_owned(), vec![public(SOUTH)])];
    TrustPolicy {
        witnesses: Some(WitnessPolicy::parse(&text).unwrap()),
        operators: BTreeMap::from(operators),
        ..policy()
    }
}

/// The line of a witness who saw this note's head.
fn saw(note: &str, number: u8, time: u64) -> String {
    let text = Note::parse(note).unwrap().text;
    cosign(text, &format!("w{number}.example"), &key(number), time).unwrap()
}

fn cosigned(by: &[(u8, u64)]) -> Vec<u8> {
    let by = by.to_vec();
    let bundle = move |bundle: &mut ApprovalBundle| {
        let lines: String = by.iter().map(|(number, time)| saw(&bundle.checkpoint, *number, *time)).collect();
        bundle.checkpoint += &lines;
    };
    approval(&edit!(bundle: bundle)).to_bytes().unwrap()
}

fn said(report: &Report, code: &str) -> (Status, String) {
    let check = report.checks.iter().find(|check| check.code == code).unwrap();
    (check.status, check.compared.clone())
}

#[test]
fn a_quorum_of_witnesses_vouches_for_the_log_and_for_a_time() {
    let report = verify(&cosigned(&[(NORTH, SEEN), (SOUTH, SEEN + 5)]), &asking(), options());
    assert!(report.ok, "{:#?}", report.failures().collect::<Vec<_>>());
    let (status, words) = said(&report, code::WITNESSES);
    assert_eq!(status, Status::Passed);
    // The quorum is there when its last witness is.
    assert!(words.contains(&format!("is met, at {}", SEEN + 5)), "{words}");
    let (status, words) = said(&report, code::WITNESS_TIME);
    assert!(status == Status::Passed && words.contains(&format!("in the log by {}", SEEN + 5)), "{words}");
}

#[test]
fn too_few_witnesses_refuse_and_so_does_one_operator_with_two_keys() {
    for by in [&[][..], &[(NORTH, SEEN)], &[(NORTH, SEEN), (OTHER, SEEN)]] {
        let report = verify(&cosigned(by), &asking(), options());
        assert_eq!(failed(&report), [code::WITNESSES], "{by:?}");
        assert!(said(&report, code::WITNESSES).1.contains("the quorum both is not met"));
        assert_eq!(said(&report, code::WITNESS_TIME).0, Status::NotChecked);
    }
    let both = cosigned(&[(NORTH, SEEN), (SOUTH, SEEN)]);
    let one = [("a".to_owned(), vec![public(NORTH), public(SOUTH)])];
    let policy = TrustPolicy { operators: BTreeMap::from(one), ..asking() };
    assert_eq!(failed(&verify(&both, &policy, options())), [code::WITNESSES]);
    assert!(matches!(policy.check(), Err(PolicyError::Witnesses(_))), "it could never be met");
    let owner =
        [("the hub's".to_owned(), vec![public(NORTH), public(LOG)]), ("b".to_owned(), vec![public(SOUTH)])];
    let policy = TrustPolicy { operators: BTreeMap::from(owner), ..asking() };
    assert_eq!(failed(&verify(&both, &policy, options())), [code::WITNESSES], "nobody vouches for himself");
}

#[test]
fn a_line_that_a_witness_made_for_another_history_is_found() {
    // The same log, another head: what two readers of a forked log would be shown.
    let other = approval(&edit!(log: |logged: &mut Vec<Logged>| logged[4].previous = vec![logged[3].id]));
    let lines = saw(&other.checkpoint, NORTH, SEEN) + &saw(&other.checkpoint, SOUTH, SEEN);
    let bundle = move |bundle: &mut ApprovalBundle| bundle.checkpoint += &lines;
    let report = verify(&approval(&edit!(bundle: bundle)).to_bytes().unwrap(), &asking(), options());
    assert_eq!(failed(&report), [code::WITNESSES]);
    assert!(said(&report, code::WITNESSES).1.contains("does not verify"));
}

#[test]
fn what_is_dated_after_the_witnesses_saw_it_is_refused() {
    let early = T - 400;
    let report = verify(&cosigned(&[(NORTH, early), (SOUTH, early)]), &asking(), options());
    assert_eq!(failed(&report), [code::WITNESS_TIME]);
}

#[test]
fn a_witness_from_the_future_does_not_count() {
    let report = verify(&cosigned(&[(NORTH, SEEN), (SOUTH, SEEN + 10_000)]), &asking(), options());
    assert_eq!(failed(&report), [code::WITNESSES]);
    assert!(said(&report, code::WITNESSES).1.contains("ahead of this clock"));
    let without_a_clock = Options { now: None, ..options() };
    assert!(verify(&cosigned(&[(NORTH, SEEN), (SOUTH, SEEN + 10_000)]), &asking(), without_a_clock).ok);
}

#[test]
fn a_policy_that_asks_for_none_says_who_saw_it_and_checks_nothing() {
    let text = format!("{}quorum none\n", witness(NORTH));
    let policy = TrustPolicy { witnesses: Some(WitnessPolicy::parse(&text).unwrap()), ..policy() };
    let report = verify(&cosigned(&[(NORTH, SEEN)]), &policy, options());
    let (status, words) = said(&report, code::WITNESSES);
    assert!(report.ok && status == Status::NotChecked && words.contains("w60 at"), "{words}");
}

#[test]
fn the_policy_is_kept_in_its_words_and_has_to_be_about_this_log() {
    let policy = asking();
    let text = policy.to_toml().unwrap();
    assert_eq!(TrustPolicy::from_toml(&text).unwrap(), policy);
    let log = |key: PublicKey| VerifierKey::new(ORIGIN, KeyKind::Note, key).unwrap();
    let with = |log: VerifierKey| {
        let text = format!("log {log}\n{}", policy.witnesses.as_ref().unwrap().as_str());
        TrustPolicy { witnesses: Some(WitnessPolicy::parse(&text).unwrap()), ..policy.clone() }.check()
    };
    assert!(with(log(public(LOG))).is_ok());
    assert!(matches!(with(log(public(OTHER))), Err(PolicyError::Witnesses(_))));
    let unread = text.replace("quorum both", "quorum all");
    assert!(matches!(TrustPolicy::from_toml(&unread), Err(PolicyError::Toml(_))));
}
