//! A whole enrolment, checked; and every way in which one can be wrong, each found by the check that is there for it.

#[allow(dead_code)] // each test program uses its part
mod support;

use support::enrolment::*;
use support::*;
use wetsign_attest::eat::{Claims, Home};
use wetsign_attest::id::{Blob, ChannelKey, Digest, Id, Scalar};
use wetsign_attest::object::*;
use wetsign_attest::policy::{PolicyError, Searchers, TrustPolicy};
use wetsign_attest::verify::{KnownEpoch, Options, Report, Status, VerifierState, code};
use wetsign_attest::{Endorsed, EnrolmentBundle, Signed, cose};
use wetsign_circuits::{Fr, PublicInputs};

fn bytes(edits: &EnrolmentEdits) -> Vec<u8> {
    enrolment(edits).to_bytes().unwrap()
}

fn options() -> Options<'static> {
    Options { allow_development_keys: true, now: Some(T + 300), ..Options::default() }
}

/// The enrolment with these edits is refused, and by these checks alone; `proof` may come along, as an edit before the
/// proof changes what was proved.
#[track_caller]
fn refused(edits: &EnrolmentEdits, codes: &[&str]) {
    refused_by(edits, &enrolment_policy(), options(), codes);
}

#[track_caller]
fn refused_by(edits: &EnrolmentEdits, policy: &TrustPolicy, options: Options<'_>, codes: &[&str]) {
    let report = verify_enrolment(&bytes(edits), policy, options);
    let found: Vec<_> =
        failed(&report).into_iter().filter(|code| codes.contains(code) || *code != code::PROOF).collect();
    assert_eq!(found, codes, "{:#?}", report.failures().collect::<Vec<_>>());
    assert!(!report.ok && report.summary.starts_with("not proved"));
}

/// As good as the unedited one, but for the proof.
#[track_caller]
fn sound_by(edits: &EnrolmentEdits, policy: &TrustPolicy, options: Options<'_>) {
    let report = verify_enrolment(&bytes(edits), policy, options);
    let found: Vec<_> = failed(&report).into_iter().filter(|code| *code != code::PROOF).collect();
    assert!(found.is_empty(), "{:#?}", report.failures().collect::<Vec<_>>());
}

macro_rules! edit {
    ($($field:ident: $change:expr),* $(,)?) => {
        EnrolmentEdits { $($field: Some(Box::new($change)),)* ..EnrolmentEdits::default() }
    };
}

fn status_of(report: &Report, code: &str) -> Vec<Status> {
    report.checks.iter().filter(|check| check.code == code).map(|check| check.status).collect()
}

#[test]
fn a_whole_enrolment_is_accepted_and_every_check_is_accounted_for() {
    let report = verify_enrolment(&bytes(&EnrolmentEdits::default()), &enrolment_policy(), options());
    assert!(report.ok, "{:#?}", report.failures().collect::<Vec<_>>());
    assert_eq!(report.summary, "enrolled, with development keys accepted");
    for (step, code) in code::ENROLMENT {
        let made: Vec<_> = report.checks.iter().filter(|check| check.code == *code).collect();
        assert!(!made.is_empty() && made.iter().all(|check| check.step == *step), "{code}");
        let expected = match *code {
            code::KIOSK_REVOKED | code::UNIQUE | code::WITNESSES => Status::NotChecked,
            _ => Status::Passed,
        };
        assert!(made.iter().all(|check| check.status == expected), "{made:?}");
    }
    assert!(report.checks.iter().all(|check| check.step > 0));
    let bundle = enrolment(&EnrolmentEdits::default());
    assert_eq!(report.object, Some(Signed::<EnrolmentRecord>::decode(&bundle.record.0).unwrap().id()));
}

#[test]
fn a_registrar_is_told_whether_a_record_may_be_endorsed() {
    let unendorsed = EnrolmentEdits { endorsers: Some(vec![]), ..EnrolmentEdits::default() };
    let report = fit_to_endorse(&bytes(&unendorsed), &enrolment_policy(), options());
    assert!(report.ok && report.summary.starts_with("fit to be endorsed"), "{report:#?}");
    assert_eq!(status_of(&report, code::ENDORSEMENT), [Status::NotChecked]);
    refused(&unendorsed, &[code::ENDORSEMENT]);

    let stale = EnrolmentEdits {
        endorsers: Some(vec![]),
        claims: Some(Box::new(|_, c: &mut Claims| c.nonce = Digest([1; 32]))),
        ..EnrolmentEdits::default()
    };
    let report = fit_to_endorse(&bytes(&stale), &enrolment_policy(), options());
    assert!(!report.ok && report.summary.starts_with("not fit"));
    assert_eq!(failed(&report), [code::NONCE]);
    let unknown = fit_to_endorse(&bytes(&unendorsed), &policy(), options());
    assert_eq!(failed(&unknown), [code::KIOSK_OPERATOR]);
}

#[test]
fn the_view_for_people_opens_every_part() {
    let view = wetsign_attest::json::any(&bytes(&EnrolmentEdits::default())).unwrap();
    assert_eq!(view["record"]["consent"]["object"]["text"], "I agree");
    assert_eq!(view["record"]["second"]["attestation"]["counter"], 18);
    assert_eq!(view["record"]["first"]["chain"]["provisioner"]["name"], "a maker of elements");
    assert_eq!(view["endorsements"][0]["type"], "wetsign/endorsement/1");
}

#[test]
fn step_1_bytes() {
    let refused_bytes = |bytes: &[u8], code: &str| {
        let report = verify_enrolment(bytes, &enrolment_policy(), options());
        assert_eq!(failed(&report), [code]);
        assert_eq!(report.object, None);
    };
    let whole = bytes(&EnrolmentEdits::default());
    refused_bytes(&whole[..whole.len() - 1], code::BUNDLE);
    refused_bytes(&[&whole[..], &[0]].concat(), code::BUNDLE);
    refused_bytes(&[], code::BUNDLE);
    refused_bytes(&vec![0xa1; 1 << 20], code::BUNDLE);
    refused_bytes(&approval(&Edits::default()).to_bytes().unwrap(), code::BUNDLE);
    assert_eq!(failed(&verify(&whole, &policy(), support::options())), [code::BUNDLE]);
    refused(&edit!(bundle: |b: &mut EnrolmentBundle| { b.record.0.pop(); }), &[code::OBJECTS]);
    refused(&edit!(bundle: |b: &mut EnrolmentBundle| b.endorsements[0] = b.record.clone()), &[code::OBJECTS]);
    refused(&edit!(record: |r: &mut EnrolmentRecord| r.consent.0[30] ^= 1), &[code::OBJECTS]);
    let early = Options { now: Some(T - 200), ..options() };
    refused_by(&EnrolmentEdits::default(), &enrolment_policy(), early, &[code::FUTURE]);
}

#[test]
fn step_1_a_record_with_a_duplicate_is_none() {
    let mut record = Signed::<EnrolmentRecord>::decode(&enrolment(&EnrolmentEdits::default()).record.0)
        .unwrap()
        .into_payload();
    record.duplicates.found = true;
    assert!(Signed::sign(record.clone(), &key(KIOSK)).is_err());
    // The kiosk signs it all the same: bytes 0x03 and false stand at the end of the search's map.
    record.duplicates.found = false;
    let payload = record.to_payload().unwrap();
    let bound = [0x02, 0x19];
    let at = payload.windows(2).rposition(|pair| pair == bound).unwrap() + 5;
    assert_eq!(payload[at], 0xf4);
    let mut found = payload;
    found[at] = 0xf5;
    let sealed =
        cose::seal(EnrolmentRecord::TYPE, found, EnrolmentRecord::TYPE.as_bytes(), &key(KIOSK)).unwrap();
    refused(&edit!(bundle: move |b: &mut EnrolmentBundle| b.record = Blob(sealed.clone())), &[code::OBJECTS]);
}

#[test]
fn step_2_consent() {
    refused(&edit!(consent: |c: &mut ConsentReceipt| c.kiosk = public(OTHER)), &[code::CONSENT]);
    // Another person's receipt.
    refused(&edit!(consent: |c: &mut ConsentReceipt| c.validator = public(21)), &[code::CONSENT]);
    refused(&edit!(consent: |c: &mut ConsentReceipt| c.time = T - 501), &[code::CONSENT]);
    refused(&edit!(consent: |c: &mut ConsentReceipt| c.time = T + 331), &[code::CONSENT]);
    // The captures in another order.
    let swapped = edit!(report: |number, r: &mut LivenessReport| if number == 0 { r.time = T + 391 });
    refused(&swapped, &[code::CONSENT]);
}

#[test]
fn step_3_certificates() {
    let trusting = TrustPolicy { roots: vec![public(OTHER)], ..enrolment_policy() };
    refused_by(&EnrolmentEdits::default(), &trusting, options(), &[code::CERTIFICATE_ROOT]);
    for number in [0, 1] {
        let device = |change: fn(&mut DeviceCertificate)| edit!(device: move |n, c: &mut DeviceCertificate| if n == number { change(c) });
        refused(&device(|c| c.not_after = T), &[code::CERTIFICATE_TIME]);
        refused(&device(|c| c.provisioner = public(ROOT)), &[code::CERTIFICATE]);
        refused(&device(|c| c.hwmodel = "wetsign-board-9".into()), &[code::CERTIFICATE_MODEL]);
        refused(&device(|c| c.home = Home::Program), &[code::ATTESTATION]);
        refused(&device(|c| c.ueid = Blob(vec![9; 17])), &[code::ATTESTATION]);
    }
    // The person who enrols made the element.
    let own = edit!(
        device: |_, c: &mut DeviceCertificate| c.provisioner = public(20),
        provisioner: |_, c: &mut ProvisionerCertificate| c.provisioner = public(20),
    );
    refused(&own, &[code::CERTIFICATE_INDEPENDENCE]);
    // A certificate that was renewed between the captures is no other element.
    sound_by(
        &edit!(device: |n, c: &mut DeviceCertificate| if n == 1 { c.channel_key = ChannelKey([9; 32]) }),
        &enrolment_policy(),
        options(),
    );
}

#[test]
fn step_3_captures() {
    for number in [0, 1] {
        let claims =
            |change: fn(&mut Claims)| edit!(claims: move |n, c: &mut Claims| if n == number { change(c) });
        refused(&claims(|c| c.nonce = Digest([1; 32])), &[code::NONCE]);
        refused(&claims(|c| c.report = Id([1; 32])), &[code::REPORT_DIGEST]);
        refused(&claims(|c| c.manifest = Digest([1; 32])), &[code::REPORT_DIGEST]);
        refused(&claims(|c| c.firmware = Digest([1; 32])), &[code::DEVICE_STATE]);
        refused(&claims(|c| c.tamper = 1), &[code::DEVICE_STATE]);
        refused(&claims(|c| c.dbgstat = 0), &[code::DEVICE_STATE]);
        refused(&claims(|c| c.since_begin_ms = 60_001), &[code::SESSION_TIME]);
        let report = |change: fn(&mut LivenessReport)| edit!(report: move |n, r: &mut LivenessReport| if n == number { change(r) });
        refused(&report(|r| r.prompts.swap(0, 1)), &[code::PROMPTS]);
        refused(&report(|r| r.source = None), &[code::SIMULATED]);
        refused(&report(|r| r.gates[0].passed = false), &[code::GATES]);
        refused(&report(|r| r.gates[0].bound -= 1000), &[code::GATE_BOUNDS]);
        refused(
            &report(|r| {
                r.gates.remove(0);
            }),
            &[code::GATES],
        );
    }
    let demanding = TrustPolicy { minimum_entropy_millibits: 90_000, ..enrolment_policy() };
    refused_by(&EnrolmentEdits::default(), &demanding, options(), &[code::ENTROPY]);
    // The first has nothing to match; the second has to.
    let unmatched = edit!(report: |_, r: &mut LivenessReport| r.gates.retain(|g| g.name != "voice_match"));
    refused(&unmatched, &[code::GATES]);
}

#[test]
fn step_3_the_two_captures_belong_together() {
    let counter = |first, second| edit!(claims: move |n, c: &mut Claims| c.counter = if n == 0 { first } else { second });
    refused(&counter(18, 18), &[code::CAPTURES]);
    refused(&counter(18, 17), &[code::CAPTURES]);
    sound_by(&counter(1, 900), &enrolment_policy(), options());
    // One capture twice.
    refused(
        &edit!(record: |r: &mut EnrolmentRecord| r.first = r.second.clone()),
        &[code::CAPTURES, code::PUBLIC_INPUTS],
    );
    refused(
        &edit!(record: |r: &mut EnrolmentRecord| r.second = r.first.clone()),
        &[code::GATES, code::CAPTURES, code::PUBLIC_INPUTS],
    );
}

#[test]
fn step_3_a_verifier_that_remembers_a_revoked_kiosk_refuses() {
    let with = |revoked_kiosks| {
        let known = KnownEpoch {
            number: 2,
            id: Id([1; 32]),
            from_index: 0,
            revoked_validators: [].into(),
            revoked_kiosks,
        };
        VerifierState { epoch: Some(known), ..VerifierState::default() }
    };
    let (clean, revoked) = (with([].into()), with([ueid(0)].into()));
    let by = |state| Options { state: Some(state), ..options() };
    let report = verify_enrolment(&bytes(&EnrolmentEdits::default()), &enrolment_policy(), by(&clean));
    assert!(report.ok && status_of(&report, code::KIOSK_REVOKED) == [Status::Passed; 2]);
    refused_by(&EnrolmentEdits::default(), &enrolment_policy(), by(&revoked), &[code::KIOSK_REVOKED]);
}

#[test]
fn step_4_match() {
    refused(&edit!(record: |r: &mut EnrolmentRecord| r.leaf = Scalar([1; 32])), &[code::PUBLIC_INPUTS]);
    refused(&edit!(record: |r: &mut EnrolmentRecord| r.leaf = Scalar([0xff; 32])), &[code::PUBLIC_INPUTS]);
    refused(&edit!(inputs: |i: &mut PublicInputs| i.probe += Fr::from(1u64)), &[code::PUBLIC_INPUTS]);
    refused(&edit!(inputs: |i: &mut PublicInputs| i.signal += Fr::from(1u64)), &[code::PUBLIC_INPUTS]);
    refused(&edit!(inputs: |i: &mut PublicInputs| i.request_id += Fr::from(1u64)), &[code::PUBLIC_INPUTS]);
    refused(&edit!(inputs: |i: &mut PublicInputs| i.validator_key += Fr::from(1u64)), &[code::PUBLIC_INPUTS]);
    refused(&edit!(inputs: |i: &mut PublicInputs| i.nullifier += Fr::from(1u64)), &[code::PUBLIC_INPUTS]);
    refused(&edit!(inputs: |i: &mut PublicInputs| i.tau_face -= 1), &[code::THRESHOLDS]);
    refused(&edit!(inputs: |i: &mut PublicInputs| i.tau_voice -= 1), &[code::THRESHOLDS]);
    refused(&edit!(record: |r: &mut EnrolmentRecord| r.proof.proof.0[5] ^= 1), &[code::PROOF]);
    refused(
        &edit!(report: |n, r: &mut LivenessReport| if n == 0 { r.model_id = Scalar([1; 32]) }),
        &[code::MODEL],
    );
    refused(
        &edit!(bundle: |b: &mut EnrolmentBundle| b.verifying_key = Blob(vec![1; 40])),
        &[code::VERIFYING_KEY],
    );
    let none = TrustPolicy { verifying_keys: vec![], ..enrolment_policy() };
    refused_by(&EnrolmentEdits::default(), &none, options(), &[code::VERIFYING_KEY]);
    let strict = Options { allow_development_keys: false, ..options() };
    refused_by(&EnrolmentEdits::default(), &enrolment_policy(), strict, &[code::VERIFYING_KEY]);
}

#[test]
fn step_5_duplicates_are_searched_strictly_enough() {
    refused(&edit!(record: |r: &mut EnrolmentRecord| r.duplicates.bound += 1), &[code::DUPLICATES]);
    let strict = TrustPolicy {
        gates: [("face_match".to_owned(), face_match_bound() - 1)].into(),
        ..enrolment_policy()
    };
    refused_by(&EnrolmentEdits::default(), &strict, options(), &[code::DUPLICATES]);
}

const SEARCHERS: [u8; 3] = [51, 52, 53];

/// A result of three searchers on this enrolment; what is changed is changed before they sign.
fn searched(change: impl Fn(&mut UniquenessResult), signers: &[u8]) -> EnrolmentEdits {
    let consent = Signed::<ConsentReceipt>::decode(
        &Signed::<EnrolmentRecord>::decode(&enrolment(&EnrolmentEdits::default()).record.0)
            .unwrap()
            .payload()
            .consent
            .0,
    );
    let mut result = UniquenessResult {
        question: Digest([1; 32]),
        consent: consent.unwrap().id(),
        kiosk: public(KIOSK),
        searchers: SEARCHERS
            .map(|one| SearchedTable { searcher: public(one), root: Digest([one; 32]) })
            .into(),
        compared: 1_000_000,
        face_bound: 600,
        both_bound: 1000,
        found: false,
        time: T + 50,
    };
    change(&mut result);
    let keys: Vec<_> = signers.iter().map(|one| key(*one)).collect();
    let signed = Endorsed::sign(result, &keys.iter().collect::<Vec<_>>()).unwrap();
    edit!(record: move |r: &mut EnrolmentRecord| r.uniqueness = Some(Blob(signed.bytes().to_vec())))
}

fn searching_policy() -> TrustPolicy {
    let mut policy = enrolment_policy();
    for (name, one) in ["north", "south", "west"].into_iter().zip(SEARCHERS) {
        policy.operators.entry(name.to_owned()).or_default().push(public(one));
    }
    let keys = SEARCHERS.map(public).to_vec();
    policy.searchers = Some(Searchers { keys, face_bound: 600, both_bound: 1000 });
    policy.check().unwrap();
    policy
}

#[test]
fn step_5_nobody_is_enrolled_who_is_enrolled_elsewhere() {
    let policy = searching_policy();
    sound_by(&searched(|_| (), &SEARCHERS), &policy, options());
    let refused = |edits: &EnrolmentEdits| refused_by(edits, &policy, options(), &[code::UNIQUE]);
    refused(&EnrolmentEdits::default());
    refused(&searched(|r| r.found = true, &SEARCHERS));
    refused(&searched(|r| r.consent = Id([9; 32]), &SEARCHERS));
    refused(&searched(|r| r.kiosk = public(OTHER), &SEARCHERS));
    refused(&searched(|r| r.time = T - 301, &SEARCHERS));
    refused(&searched(|r| r.time = T + 401, &SEARCHERS));
    refused(&searched(|r| r.face_bound = 601, &SEARCHERS));
    refused(&searched(|r| r.both_bound = 1001, &SEARCHERS));
    refused(&searched(|_| (), &SEARCHERS[..2]));
    refused(&searched(|_| (), &[51, 52, 53, 54]));
    refused(&searched(|r| r.searchers[2].searcher = public(54), &[51, 52, 54]));
    // Where a verifier asks for none, a result is looked at by nobody, and one that cannot be read is refused all the
    // same.
    let found = verify_enrolment(&bytes(&searched(|_| (), &SEARCHERS)), &enrolment_policy(), options());
    assert_eq!(status_of(&found, code::UNIQUE), [Status::NotChecked]);
    let torn = edit!(record: |r: &mut EnrolmentRecord| r.uniqueness = Some(Blob(vec![0x80])));
    refused_by(&torn, &policy, options(), &[code::OBJECTS]);
}

#[test]
fn step_5_two_searchers_of_one_operator_are_one() {
    let mut policy = searching_policy();
    let moved = policy.operators.get_mut("west").unwrap().pop().unwrap();
    policy.operators.get_mut("north").unwrap().push(moved);
    assert!(matches!(policy.check(), Err(PolicyError::Searchers(_))));
    refused_by(&searched(|_| (), &SEARCHERS), &policy, options(), &[code::UNIQUE]);
    let loose = Searchers { face_bound: 0, ..searching_policy().searchers.unwrap() };
    let policy = TrustPolicy { searchers: Some(loose), ..searching_policy() };
    assert!(matches!(policy.check(), Err(PolicyError::Searchers(_))));
}

#[test]
fn the_view_for_people_shows_what_the_searchers_said() {
    let view = wetsign_attest::json::any(&bytes(&searched(|_| (), &SEARCHERS))).unwrap();
    assert_eq!(view["record"]["uniqueness"]["object"]["compared"], 1_000_000);
    assert_eq!(view["record"]["uniqueness"]["signers"].as_array().unwrap().len(), 3);
}

#[test]
fn step_6_nobody_enrols_people_alone() {
    let by = |endorsers: Vec<u8>| EnrolmentEdits { endorsers: Some(endorsers), ..EnrolmentEdits::default() };
    refused(&by(vec![]), &[code::ENDORSEMENT]);
    refused(&by(vec![KIOSK]), &[code::ENDORSEMENT]);
    refused(&by(vec![OTHER]), &[code::ENDORSEMENT]);
    refused(&by(vec![20]), &[code::ENDORSEMENT]);
    // One that counts is enough, and those beside it are harmless.
    sound_by(&by(vec![KIOSK, REGISTRAR, OTHER]), &enrolment_policy(), options());
    sound_by(&by(REGISTRARS.to_vec()), &enrolment_policy(), options());

    let with = |registrars: &[u8], operators: &[(&str, &[u8])]| TrustPolicy {
        registrars: registrars.iter().copied().map(public).collect(),
        registrars_needed: 1,
        operators: operators
            .iter()
            .map(|(name, keys)| ((*name).to_owned(), keys.iter().copied().map(public).collect()))
            .collect(),
        ..enrolment_policy()
    };
    let refused_under = |policy: &TrustPolicy, endorser, codes: &[&str]| {
        refused_by(&by(vec![endorser]), policy, options(), codes);
    };
    // The kiosk's own operator runs the registrar; the kiosk is a registrar; nobody runs the registrar; nobody the
    // kiosk.
    let same = with(&[REGISTRAR], &[("north", &[KIOSK, REGISTRAR])]);
    refused_under(&same, REGISTRAR, &[code::ENDORSEMENT]);
    let itself = with(&[REGISTRAR, KIOSK], &[("north", &[KIOSK]), ("south", &[REGISTRAR])]);
    refused_under(&itself, KIOSK, &[code::ENDORSEMENT]);
    let nobody = with(&[REGISTRAR], &[("north", &[KIOSK])]);
    refused_under(&nobody, REGISTRAR, &[code::ENDORSEMENT]);
    let unknown = with(&[REGISTRAR], &[("south", &[REGISTRAR])]);
    refused_under(&unknown, REGISTRAR, &[code::KIOSK_OPERATOR]);
    // The validator is a registrar of another operator.
    let own = with(&[REGISTRAR, 20], &[("north", &[KIOSK]), ("south", &[REGISTRAR, 20])]);
    refused_under(&own, 20, &[code::ENDORSEMENT]);
    // A key of two operators is in no policy.
    let both = with(&[REGISTRAR], &[("north", &[KIOSK, REGISTRAR]), ("south", &[REGISTRAR])]);
    assert!(matches!(both.check(), Err(PolicyError::Operator(key)) if key == public(REGISTRAR)));
}

#[test]
fn step_6_an_endorsement_is_for_one_record_and_given_after_it() {
    refused(&edit!(endorsement: |e: &mut EnrolmentEndorsement| e.record = Id([1; 32])), &[code::ENDORSEMENT]);
    refused(&edit!(endorsement: |e: &mut EnrolmentEndorsement| e.time = T + 100 - 301), &[code::ENDORSEMENT]);
    let development = edit!(endorsement: |e: &mut EnrolmentEndorsement| e.development = true);
    sound_by(&development, &enrolment_policy(), options());
    let strict = Options { allow_development_keys: false, ..options() };
    refused_by(
        &development,
        &enrolment_policy(),
        strict,
        &[code::VERIFYING_KEY, code::ENDORSEMENT_DEVELOPMENT],
    );
}

#[test]
fn step_6_a_registrar_who_endorses_twice_is_one_registrar() {
    let given = std::cell::Cell::new(0);
    let mut twice = edit!(endorsement: move |e: &mut EnrolmentEndorsement| {
        e.time += given.replace(given.get() + 1);
    });
    twice.endorsers = Some(vec![REGISTRAR, REGISTRAR]);
    let report = verify_enrolment(&bytes(&twice), &enrolment_policy(), options());
    assert!(report.ok, "{:#?}", report.failures().collect::<Vec<_>>());
    let word = report.checks.iter().find(|c| c.code == code::ENDORSEMENT && c.subject.is_empty()).unwrap();
    assert!(word.compared.starts_with("1 of the policy's registrars"), "{}", word.compared);
    assert!(word.compared.contains("by 2 endorsements"), "{}", word.compared);
}

#[test]
fn step_7_log() {
    refused(&edit!(log: |l: &mut Vec<Logged>| l.swap(0, 1)), &[code::ORDER]);
    refused(&edit!(bundle: |b: &mut EnrolmentBundle| { b.log.pop(); }), &[code::INCLUSION]);
    refused(&edit!(bundle: |b: &mut EnrolmentBundle| b.log[0].salt = Digest([1; 32])), &[code::INCLUSION]);
    let other = TrustPolicy {
        log: wetsign_attest::policy::TrustedLog { origin: ORIGIN.into(), key: public(OTHER) },
        ..enrolment_policy()
    };
    refused_by(&EnrolmentEdits::default(), &other, options(), &[code::CHECKPOINT]);
}

#[test]
fn a_thousand_changed_bytes_and_none_is_accepted() {
    use proptest::prelude::Rng;
    use proptest::test_runner::{RngAlgorithm, TestRng};
    let mut random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let whole = bytes(&EnrolmentEdits::default());
    let (policy, options) = (enrolment_policy(), Options { allow_simulated: true, ..options() });
    assert!(verify_enrolment(&whole, &policy, options).ok);
    for _ in 0..1000 {
        let index = random.next_u32() as usize % whole.len();
        let change = (random.next_u32() % 255 + 1) as u8;
        let mut changed = whole.clone();
        changed[index] ^= change;
        let report = verify_enrolment(&changed, &policy, options);
        assert!(!report.ok && report.first_failure().is_some(), "byte {index} ^ {change:#04x} was accepted");
    }
    for length in (0..whole.len()).step_by(97) {
        assert!(!verify_enrolment(&whole[..length], &policy, options).ok, "cut at {length}");
    }
}

#[test]
fn a_first_capture_that_nothing_ties_to_the_leaf_is_refused() {
    let unproved = edit!(record: |r: &mut EnrolmentRecord| r.first_proof = None);
    let report = verify_enrolment(&bytes(&unproved), &enrolment_policy(), options());
    assert!(!report.ok && failed(&report).contains(&code::PROOF), "{:?}", failed(&report));
    // Somebody else's first capture: its proof is over another probe.
    let borrowed = edit!(first_inputs: |i: &mut PublicInputs| i.probe += Fr::from(1u64));
    refused(&borrowed, &[code::PUBLIC_INPUTS]);
    let other_secret = edit!(first_inputs: |i: &mut PublicInputs| i.nullifier += Fr::from(1u64));
    refused(&other_secret, &[code::PUBLIC_INPUTS]);
    // One proof for both.
    let twice = edit!(record: |r: &mut EnrolmentRecord| r.first_proof = Some(r.proof.clone()));
    refused(&twice, &[code::PUBLIC_INPUTS]);
}
