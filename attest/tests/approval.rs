//! A whole approval, checked; and every way in which one can be wrong, each found by the check that is there for it.

#[macro_use]
#[allow(dead_code)] // each test program uses its part
mod support;

use support::expect::*;
use support::*;
use wetsign_attest::bundle::ApprovalBundle;
use wetsign_attest::eat::{Claims, Home};
use wetsign_attest::id::{Atto, Blob, Digest, Id, Scalar};
use wetsign_attest::object::*;
use wetsign_attest::policy::{PolicyError, TrustPolicy};
use wetsign_attest::verify::{
    self, KnownEpoch, KnownRevision, Options, Report, Seen, Status, TextScorer, Used, VerifierState, code,
    report_of,
};
use wetsign_attest::{Endorsed, Error, Signed, binding};
use wetsign_circuits::{Fr, PublicInputs};
use wetsign_liveness::repertoire::Repertoire as Catalogue;
use wetsign_liveness::{Ability, Measure, Needs, derive};

fn verify_remembering(
    bundle: &[u8],
    policy: &TrustPolicy,
    options: Options<'_>,
    memory: &mut VerifierState,
) -> Report {
    report_of(&verify::verify_remembering(bundle, policy, options, memory)).clone()
}

#[test]
fn a_whole_approval_is_accepted() {
    let report = check(&Edits::default());
    assert!(report.ok, "{:#?}", report.failures().collect::<Vec<_>>());
    assert_eq!(report.summary, "approved, with development keys, kiosk custody accepted");
    let unchecked: Vec<_> = report
        .checks
        .iter()
        .filter(|check| check.status == Status::NotChecked)
        .map(|check| check.code)
        .collect();
    assert_eq!(
        unchecked,
        [
            code::DESCRIPTOR_HEAD,
            code::RULES_HEAD,
            code::WITHDRAWN,
            code::EPOCH_HEAD,
            code::EPOCH_HEAD,
            code::KEYS,
            code::KEYS,
            code::REPLAY,
            code::WITNESS_TIME,
            code::WITNESSES
        ]
    );
    assert!(serde_json::to_value(&report).unwrap()["checks"].as_array().unwrap().len() > 50);
}

#[test]
fn the_view_for_people_shows_every_part() {
    let bundle = approval(&Edits::default());
    let view = wetsign_attest::json::any(&bundle.to_bytes().unwrap()).unwrap();
    assert_eq!(view["request"]["object"]["attributes"]["purpose"], "educational-narration");
    assert_eq!(view["cosignatures"][0]["attestation"]["counter"], 17);
    assert_eq!(view["cosignatures"][0]["chain"]["device"]["home"], "chip");
    let chain = wetsign_attest::json::any(&first_chain()).unwrap();
    assert_eq!(chain["provisioner"]["name"], "a maker of elements");
    assert_eq!(view["cosignatures"][1]["report"]["type"], "wetsign/report/1");
    assert_eq!(view["epochs"][0]["signers"].as_array().unwrap().len(), 2);
}

#[test]
fn the_view_opens_each_part_as_what_it_has_to_be() {
    let refused = |change: &dyn Fn(&mut ApprovalBundle, Blob)| {
        let mut outer = approval(&Edits::default());
        let inner = Blob(outer.to_bytes().unwrap());
        change(&mut outer, inner);
        assert!(matches!(
            wetsign_attest::json::bundle_view(&outer),
            Err(Error::Limit { .. } | Error::Envelope { .. } | Error::WrongType { .. })
        ));
    };
    refused(&|outer, inner| outer.body = inner);
    refused(&|outer, inner| outer.descriptors.push(inner));
    refused(&|outer, inner| outer.stakes = vec![inner]);
    refused(&|outer, _| outer.request = outer.verdict.clone());
}

#[test]
fn step_1_bytes_and_names() {
    let refused_bytes = |bytes: &[u8], code: &str| {
        let report = verify(bytes, &policy(), options());
        assert_eq!(failed(&report), [code]);
    };
    let bytes = approval(&Edits::default()).to_bytes().unwrap();
    refused_bytes(&bytes[..bytes.len() - 1], code::BUNDLE);
    refused_bytes(&[&bytes[..], &[0]].concat(), code::BUNDLE);
    refused_bytes(&[], code::BUNDLE);
    refused_bytes(&vec![0xa1; 2 << 20], code::BUNDLE);
    refused(&edit!(bundle: |b: &mut ApprovalBundle| { b.request.0.pop(); }), &[code::OBJECTS]);
    refused(
        &edit!(bundle: |b: &mut ApprovalBundle| { let last = b.verdict.0.len() - 1; b.verdict.0[last] ^= 1; }),
        &[code::OBJECTS],
    );
    refused(&edit!(bundle: |b: &mut ApprovalBundle| b.request = b.verdict.clone()), &[code::OBJECTS]);
    refused(
        &edit!(bundle: |b: &mut ApprovalBundle| b.verifying_keys.push(Blob(vec![1; 40]))),
        &[code::NAMED],
    );
    refused(&edit!(body: |b: &mut ApprovalBody| b.request = Id([1; 32])), &[code::NAMED]);
    refused(&edit!(body: |b: &mut ApprovalBody| { b.cosignatures.pop(); }), &[code::NAMED]);
    refused(&edit!(bundle: |b: &mut ApprovalBundle| b.stakes.clear()), &[code::NAMED, code::STAKE]);
    // The epoch before the one that the co-signatures were made under.
    let mut older = edit!(later_epoch: |_: &mut RegistryEpoch| ());
    let first = Endorsed::<RegistryEpoch>::decode(&approval(&older).epochs[0].0).unwrap().id();
    older.body = Some(Box::new(move |b: &mut ApprovalBody| b.epoch = first));
    refused(&older, &[code::NAMED]);
}

#[test]
fn step_1_times() {
    refused(
        &edit!(body: |b: &mut ApprovalBody| b.time = T + 90_000),
        &[code::TIMES, code::VERDICT_AGE, code::FUTURE, code::AGE],
    );
    refused(&edit!(request: |r: &mut UsageRequest| r.created = T + 1000), &[code::TIMES, code::FUTURE]);
    let past = Options { now: Some(T - 1000), ..options() };
    refused_by(&Edits::default(), &policy(), past, &[code::FUTURE]);
}

fn second_descriptor(first: &Signed<AssetDescriptor>, owner: u8, signer: u8) -> Signed<AssetDescriptor> {
    let next = AssetDescriptor {
        revision: 2,
        asset: Some(first.id()),
        previous: Some(first.id()),
        owner: public(owner),
        signed_by: public(signer),
        ..first.payload().clone()
    };
    Signed::sign(next, &key(signer)).unwrap()
}

fn second_rules(first: &Signed<RulesRevision>, change: impl Fn(&mut RulesRevision)) -> Signed<RulesRevision> {
    let mut next = RulesRevision { number: 2, previous: Some(first.id()), ..first.payload().clone() };
    change(&mut next);
    let signer = (1..60).find(|number| public(*number) == next.signed_by).unwrap();
    Signed::sign(next, &key(signer)).unwrap()
}

#[test]
fn step_2_chains() {
    // After handing over, the new owner signs the rules, and the old one no more.
    let mut handed_over = edit!(later_descriptor: |first: &_| second_descriptor(first, OTHER, OWNER));
    refused(&handed_over, &[code::RULES_CHAIN]);
    handed_over.rules_key = Some(OTHER);
    sound(&handed_over);
    refused(
        &edit!(later_descriptor: |first: &_| second_descriptor(first, OWNER, OTHER)),
        &[code::DESCRIPTOR_CHAIN],
    );
    refused(
        &edit!(later_rules: |first: &_| second_rules(first, |next| next.previous = Some(Id([1; 32])))),
        &[code::RULES_CHAIN],
    );
    refused(&Edits { rules_key: Some(OTHER), ..Edits::default() }, &[code::RULES_CHAIN]);
    refused(
        &edit!(rules: |r: &mut RulesRevision| r.policies[0].text = "permit(principal".into()),
        &[code::RULES_CHAIN],
    );
    let mut expired = edit!(descriptor: |d: &mut AssetDescriptor| d.agents[0].expires = T);
    expired.rules_key = Some(AGENT);
    refused(&expired, &[code::RULES_CHAIN]);
    // The owner signs the rules again: the agent's revision is then a link in the chain and no more.
    expired.later_rules =
        Some(Box::new(|first: &_| second_rules(first, |next| next.signed_by = public(OWNER))));
    sound(&expired);
    expired.later_rules = Some(Box::new(|first: &_| second_rules(first, |next| next.tau_face -= 1)));
    refused(&expired, &[code::RULES_CHAIN]);
    // A second revision 1 beside the first.
    refused(
        &edit!(later_rules: |first: &_| second_rules(first, |next| {
            next.number = 1;
            next.previous = None;
            next.tau_face -= 1;
        })),
        &[code::EQUIVOCATION, code::RULES_CHAIN],
    );
}

#[test]
fn step_2_rules_in_force() {
    // A stricter revision logged before the verdict, but the approval names the first.
    let mut edits = edit!(later_rules: |first: &_| second_rules(first, |next| next.quorum.k = 3));
    let first = approval(&Edits::default());
    let rules = Signed::<RulesRevision>::decode(&first.rules[0].0).unwrap();
    let verdict = Signed::<Verdict>::decode(&first.verdict.0).unwrap();
    edits.body = Some(Box::new(move |body: &mut ApprovalBody| body.rules = vec![rules.id()]));
    edits.verdict = Some(Box::new(move |given: &mut Verdict| *given = verdict.payload().clone()));
    refused(&edits, &[code::IN_FORCE]);
}

#[test]
fn an_agent_within_the_mandate_may_revise_rules() {
    sound(&Edits { rules_key: Some(AGENT), ..Edits::default() });
}

#[test]
fn step_2_a_verifier_that_remembers_a_later_revision_refuses() {
    let bundle = approval(&Edits::default());
    let asset = Signed::<AssetDescriptor>::decode(&bundle.descriptors[0].0).unwrap().id();
    let mut state = VerifierState::default();
    state.rules.insert(asset, KnownRevision { number: 2, id: Id([1; 32]), log_index: 4 });
    let options = Options { state: Some(&state), ..options() };
    refused_by(&Edits::default(), &policy(), options, &[code::RULES_HEAD]);
    let mut state = VerifierState::default();
    state.descriptors.insert(asset, KnownRevision { number: 2, id: Id([1; 32]), log_index: 4 });
    let options = Options { state: Some(&state), ..options };
    refused_by(&Edits::default(), &policy(), options, &[code::DESCRIPTOR_HEAD]);
    // Logged after the approval: not in force then.
    state.descriptors.insert(asset, KnownRevision { number: 2, id: Id([1; 32]), log_index: 400 });
    sound_by(&Edits::default(), &policy(), Options { state: Some(&state), ..self::options() });
}

#[test]
fn step_4_a_verifier_that_remembers_a_newer_epoch_refuses() {
    let with = |change: &dyn Fn(&mut KnownEpoch), codes: &[&str]| {
        let mut known = KnownEpoch {
            number: 2,
            id: Id([1; 32]),
            from_index: 0,
            revoked_validators: [].into(),
            revoked_kiosks: [].into(),
        };
        change(&mut known);
        let state = VerifierState { epoch: Some(known), ..VerifierState::default() };
        refused_or_sound(Options { state: Some(&state), ..options() }, codes);
    };
    with(&|_| (), &[]);
    with(&|known| known.number = 3, &[code::EPOCH_HEAD]);
    with(&|known| known.number = 1, &[code::EPOCH_HEAD]);
    with(&|known| (known.number, known.from_index) = (3, 400), &[]);
    // A revocation has no grace.
    with(&|known| known.revoked_validators = [public(21)].into(), &[code::REVOKED]);
    let kiosk = Blob([&[1], &[0x41; 16][..]].concat());
    with(&|known| known.revoked_kiosks = [kiosk.clone()].into(), &[code::KIOSK_REVOKED]);
}

#[track_caller]
fn refused_or_sound(options: Options<'_>, codes: &[&str]) {
    if codes.is_empty() {
        sound_by(&Edits::default(), &policy(), options);
    } else {
        refused_by(&Edits::default(), &policy(), options, codes);
    }
}

#[test]
fn step_3_the_verdict_is_made_again() {
    refused(&edit!(verdict: |v: &mut Verdict| v.request = Id([1; 32])), &[code::VERDICT_SUBJECT]);
    refused(
        &edit!(verdict: |v: &mut Verdict| v.assets[0].deciding = vec!["another".into()]),
        &[code::VERDICT_REPRODUCED],
    );
    refused(&edit!(verdict: |v: &mut Verdict| v.assets[0].scores[0].score = 39), &[code::VERDICT_REPRODUCED]);
    let forbidden = edit!(request: |r: &mut UsageRequest| r.attributes.purpose = "political-campaign".into());
    refused(&forbidden, &[code::VERDICT_PERMITS]);
    let mut denied = forbidden;
    denied.verdict = Some(Box::new(|v: &mut Verdict| {
        v.assets[0].decision = Decision::Permit;
        v.assets[0].deciding = vec!["educational-narration".into()];
    }));
    refused(&denied, &[code::VERDICT_REPRODUCED, code::VERDICT_PERMITS]);
}

struct Scorer(Vec<ClassifierScore>);

impl TextScorer for Scorer {
    fn scores(&self, _: &UsageRequest) -> Vec<ClassifierScore> {
        self.0.clone()
    }

    fn classifiers(&self) -> Vec<Digest> {
        vec![wetsign_attest::rules::example::CLASSIFIER]
    }
}

#[test]
fn step_3_scores_are_made_again_where_the_classifier_is_at_hand() {
    let same = Scorer(scores());
    let report = verify(
        &approval(&Edits::default()).to_bytes().unwrap(),
        &policy(),
        Options { scorer: Some(&same), ..options() },
    );
    let scores: Vec<_> = report.checks.iter().filter(|check| check.code == code::SCORES).collect();
    assert!(report.ok && scores.iter().all(|check| check.status == Status::Passed), "{scores:?}");
    let mut other = self::scores();
    other[0].score = 900;
    let other = Scorer(other);
    refused_by(&Edits::default(), &policy(), Options { scorer: Some(&other), ..options() }, &[code::SCORES]);
    // At hand, and silent: the verdict's score is nobody's.
    let silent = Scorer(Vec::new());
    refused_by(&Edits::default(), &policy(), Options { scorer: Some(&silent), ..options() }, &[code::SCORES]);
}

#[test]
fn step_3_a_score_stated_for_content_by_digest_permits_nothing() {
    let by_digest = |r: &mut UsageRequest| {
        r.content = Content::Digest { digest: Digest([7; 32]), media_type: "text/plain".into() };
    };
    refused(&edit!(request: by_digest), &[code::VERDICT_PERMITS]);
    // The checker states scores, and what it would have decided on them.
    let honest = Signed::<Verdict>::decode(&approval(&Edits::default()).verdict.0).unwrap();
    let stated = edit!(request: by_digest, verdict: move |given: &mut Verdict| {
        let known = &honest.payload().assets[0];
        let mut inputs = given.assets[0].inputs.clone();
        inputs.extend(known.inputs.iter().filter(|i| i.name.starts_with("context.content.")).cloned());
        inputs.sort_by(|a, b| a.name.cmp(&b.name));
        inputs.dedup();
        given.assets[0] = AssetVerdict { inputs, rules: given.assets[0].rules, ..known.clone() };
    });
    refused(&stated, &[code::VERDICT_REPRODUCED, code::VERDICT_PERMITS]);
}

#[test]
fn step_4_an_epoch_counts_in_its_own_log_alone() {
    let elsewhere = edit!(epoch: |e: &mut RegistryEpoch| e.log = Some("log.example/own".into()));
    refused(&elsewhere, &[code::EPOCH_LOG, code::EPOCH_IN_FORCE]);
    let nowhere = edit!(epoch: |e: &mut RegistryEpoch| e.log = None);
    refused(&nowhere, &[code::EPOCH_LOG, code::EPOCH_IN_FORCE]);
}

#[test]
fn an_approval_is_over_when_the_days_it_was_asked_for_are() {
    let days = 24 * 3600 * 90;
    let last = Options { now: Some(T + 40 + days), ..options() };
    let after = Options { now: Some(T + 41 + days), ..options() };
    let bytes = approval(&Edits::default()).to_bytes().unwrap();
    assert!(verify(&bytes, &policy(), last).ok);
    let report = verify(&bytes, &policy(), after);
    assert_eq!(failed(&report), [code::LAPSED]);
    assert!(!report.ok && report.summary.starts_with("lapsed"), "{}", report.summary);
    // What never held is not called lapsed.
    let never = approval(&Edits { people: Some(vec![0]), ..Edits::default() }).to_bytes().unwrap();
    assert!(verify(&never, &policy(), after).summary.starts_with("not proved"));
}

#[test]
fn a_request_that_waits_or_asks_for_too_long_and_an_old_verdict_are_refused() {
    refused(
        &edit!(request: |r: &mut UsageRequest| r.expires = r.created + 40 * 86_400),
        &[code::REQUEST_LIFE],
    );
    let old = edit!(
        request: |r: &mut UsageRequest| r.created = T - 3 * 86_400,
        verdict: |v: &mut Verdict| v.time = T - 2 * 86_400,
    );
    let report = check(&old);
    assert!(failed(&report).contains(&code::VERDICT_AGE), "{:?}", failed(&report));
}

#[test]
fn an_owners_no_stops_what_waits_even_where_the_verdict_came_before_it() {
    // The revision is logged after the co-signatures, just before the approval, which names the rules of before.
    let no = |first: &Signed<RulesRevision>| second_rules(first, |next| next.quorum.k = 3);
    let honest = approval(&Edits::default());
    let rules = Signed::<RulesRevision>::decode(&honest.rules[0].0).unwrap().id();
    let verdict = Signed::<Verdict>::decode(&honest.verdict.0).unwrap().into_payload();
    let late = edit!(
        later_rules: no,
        body: move |body: &mut ApprovalBody| body.rules = vec![rules],
        verdict: move |given: &mut Verdict| *given = verdict.clone(),
        log: |log: &mut Vec<Logged>| {
            let revision = log.remove(2);
            log.insert(log.len() - 1, revision);
        },
    );
    refused(&late, &[code::IN_FORCE]);
    // Naming it does not help either: people approved under other rules.
    let named = edit!(
        later_rules: no,
        log: |log: &mut Vec<Logged>| {
            let revision = log.remove(2);
            log.insert(log.len() - 1, revision);
        },
    );
    refused(&named, &[code::IN_FORCE]);
}

#[test]
fn whoever_asks_owns_or_is_paid_does_not_approve() {
    let paid = |d: &mut AssetDescriptor| {
        d.payees = vec![Payee { account: public(20).to_string(), basis_points: 10_000 }];
    };
    refused(&edit!(descriptor: paid), &[code::ROLES]);
    sound_by(&edit!(descriptor: paid), &TrustPolicy { accept_shared_roles: true, ..policy() }, options());
}

#[test]
fn a_policy_has_floors_under_the_owners_thresholds() {
    let strict = TrustPolicy { minimum_tau_face: Some(40_000), ..policy() };
    refused_by(&Edits::default(), &strict, options(), &[code::THRESHOLDS]);
    let shipped = TrustPolicy { minimum_tau_face: None, minimum_tau_voice: None, ..policy() };
    refused_by(&Edits::default(), &shipped, options(), &[code::THRESHOLDS]);
}

#[test]
fn a_score_that_is_neither_made_again_nor_vouched_for_is_anybodys() {
    let nobody = TrustPolicy { checkers: vec![public(OTHER)], ..policy() };
    refused_by(&Edits::default(), &nobody, options(), &[code::SCORES]);
    let same = Scorer(scores());
    sound_by(&Edits::default(), &nobody, Options { scorer: Some(&same), ..options() });
}

#[test]
fn step_4_registry() {
    refused(
        &Edits { registrars: Some(vec![7]), ..Edits::default() },
        &[code::REGISTRARS, code::EPOCH_IN_FORCE],
    );
    refused(
        &Edits { registrars: Some(vec![7, OTHER]), ..Edits::default() },
        &[code::REGISTRARS, code::EPOCH_IN_FORCE],
    );
    refused(
        &edit!(later_epoch: |e: &mut RegistryEpoch| e.previous = Some(Id([1; 32]))),
        &[code::EPOCH_CHAIN, code::EPOCH_IN_FORCE],
    );
    sound(&edit!(later_epoch: |_: &mut RegistryEpoch| ()));
    // No number follows the largest one.
    let last = edit!(
        epoch: |e: &mut RegistryEpoch| { e.number = u64::MAX; e.previous = Some(Id([1; 32])) },
        later_epoch: |e: &mut RegistryEpoch| e.number = 1 << 40,
    );
    refused(&last, &[code::EPOCH_CHAIN, code::EPOCH_IN_FORCE]);
    refused(&edit!(stakes: |s: &mut StakeSnapshot| s.epoch = 2), &[code::STAKE]);
    refused(&edit!(epoch: |e: &mut RegistryEpoch| e.from_index = 1000), &[code::EPOCH_IN_FORCE]);
    refused(&edit!(epoch: |e: &mut RegistryEpoch| e.time = T - 7600), &[code::EPOCH_IN_FORCE]);
    let revoked = RevokedLeaf { leaf: Scalar([1; 32]), validator: public(21) };
    refused(
        &edit!(epoch: move |e: &mut RegistryEpoch| e.revoked_leaves = vec![revoked.clone()]),
        &[code::REVOKED],
    );
    refused(&edit!(stakes: |s: &mut StakeSnapshot| s.stakes[1].amount = Atto(7)), &[code::STAKE]);
    refused(&edit!(stakes: |s: &mut StakeSnapshot| s.stakes.clear()), &[code::STAKE]);
    let development = edit!(epoch: |e: &mut RegistryEpoch| e.development = true);
    sound(&development);
    refused_by(
        &development,
        &policy(),
        Options { allow_development_keys: false, ..options() },
        &[code::EPOCH_DEVELOPMENT, code::EPOCH_IN_FORCE, code::VERIFYING_KEY],
    );
}

#[test]
fn step_5_who_signs_what() {
    refused(
        &edit!(cosignature: |p, c: &mut CoSignature| if p == 1 { c.verdict = Id([1; 32]) }),
        &[code::COSIGNATURE_SUBJECT, code::NONCE, code::PUBLIC_INPUTS],
    );
    // Nothing attests a phone: saying so is no way around the policy.
    let phone = edit!(cosignature: |_, c: &mut CoSignature| c.custody = Custody::Phone);
    sound(&phone);
    let strict = TrustPolicy { accept_kiosk_custody: false, ..policy() };
    for edits in [&phone, &Edits::default()] {
        refused_by(edits, &strict, options(), &[code::CUSTODY]);
    }
}

#[test]
fn a_policy_of_version_1_is_told_what_to_write() {
    let text = policy().to_toml().unwrap();
    assert_eq!(TrustPolicy::from_toml(&text).unwrap(), policy());
    let old = text.replace("roots = ", "provisioners = ").replace("version = 2", "version = 1");
    let error = TrustPolicy::from_toml(&old).unwrap_err();
    assert!(matches!(error, PolicyError::Provisioners) && error.to_string().contains("`roots`"), "{error}");
    let both = format!("provisioners = []\n{text}");
    assert!(matches!(TrustPolicy::from_toml(&both), Err(PolicyError::Provisioners)));
    let other = text.replace("version = 2", "version = 1");
    assert!(matches!(TrustPolicy::from_toml(&other), Err(PolicyError::Version(1))));
}

#[test]
fn step_5_secure_element() {
    refused(&Edits { device_key: Some(OTHER), ..Edits::default() }, &[code::ATTESTATION]);
    refused(&edit!(claims: |_, c: &mut Claims| c.ueid = Blob(vec![9; 17])), &[code::ATTESTATION]);
    refused(&edit!(claims: |_, c: &mut Claims| c.hwmodel = "wetsign-board-2".into()), &[code::ATTESTATION]);
    for home in [Home::Emulator, Home::Program] {
        refused(&edit!(claims: move |_, c: &mut Claims| c.home = home), &[code::ATTESTATION]);
        refused(&edit!(device: move |_, c: &mut DeviceCertificate| c.home = home), &[code::ATTESTATION]);
    }
    refused(
        &edit!(device: |_, c: &mut DeviceCertificate| c.device_key = public(OTHER)),
        &[code::ATTESTATION],
    );
    refused(&edit!(claims: |_, c: &mut Claims| c.firmware = Digest([1; 32])), &[code::DEVICE_STATE]);
    refused(&edit!(claims: |_, c: &mut Claims| c.tamper = 2), &[code::DEVICE_STATE]);
    refused(&edit!(claims: |_, c: &mut Claims| c.dbgstat = 0), &[code::DEVICE_STATE]);
    refused(&edit!(claims: |_, c: &mut Claims| c.oemboot = false), &[code::DEVICE_STATE]);
    refused(
        &edit!(epoch: |e: &mut RegistryEpoch| {
            e.revoked_kiosks = vec![Blob([&[1], &[0x41; 16][..]].concat())];
        }),
        &[code::KIOSK_REVOKED],
    );
    refused(&edit!(claims: |_, c: &mut Claims| c.nonce = Digest([1; 32])), &[code::NONCE]);
    refused(&edit!(claims: |_, c: &mut Claims| c.report = Id([1; 32])), &[code::REPORT_DIGEST]);
    refused(&edit!(claims: |_, c: &mut Claims| c.manifest = Digest([1; 32])), &[code::REPORT_DIGEST]);
    refused(&edit!(claims: |_, c: &mut Claims| c.since_begin_ms = 60_001), &[code::SESSION_TIME]);
    refused(&edit!(claims: |_, c: &mut Claims| c.since_begin_ms = 100), &[code::SESSION_TIME]);
    refused(&edit!(report: |_, r: &mut LivenessReport| r.time -= 361), &[code::SESSION_TIME]);
    refused(&edit!(report: |_, r: &mut LivenessReport| r.time = u64::MAX), &[code::SESSION_TIME]);
    refused(&edit!(claims: |_, c: &mut Claims| c.probe = Scalar([1; 32])), &[code::PUBLIC_INPUTS]);
}

/// An element that is no chip: nothing locks its boot or its debug port.
fn element_in(home: Home) -> Edits {
    let mut edits = edit!(claims: move |_, c: &mut Claims| {
        c.home = home;
        c.oemboot = false;
        c.dbgstat = 0;
    });
    edits.device = Some(Box::new(move |_, c: &mut DeviceCertificate| c.home = home));
    edits
}

#[test]
fn step_5_emulated_elements_need_a_leave_of_their_own_that_covers_nothing_else() {
    let emulated = TrustPolicy { accept_emulated: true, ..policy() };
    refused(&element_in(Home::Emulator), &[code::SIMULATED]);
    sound_by(&element_in(Home::Emulator), &emulated, options());
    sound_by(&element_in(Home::Emulator), &policy(), Options { allow_simulated: true, ..options() });
    refused_by(&element_in(Home::Program), &emulated, options(), &[code::SIMULATED]);
    let recorded = edit!(report: |_, r: &mut LivenessReport| r.source = None);
    refused_by(&recorded, &emulated, options(), &[code::SIMULATED]);
    let unlocked = edit!(claims: |_, c: &mut Claims| { c.oemboot = false; c.dbgstat = 0; });
    refused_by(&unlocked, &emulated, options(), &[code::DEVICE_STATE]);
}

/// What a source without its own sound does without.
const LIPS: [&str; 3] = ["lips", "lips_lag", "lips_moved"];

#[test]
fn step_5_simulated_parts_need_leave() {
    let allow = Options { allow_simulated: true, ..options() };
    let program = element_in(Home::Program);
    refused(&program, &[code::SIMULATED]);
    sound_by(&program, &policy(), allow);
    for source in [None, Some(Source::Simulated { label: "woman".into() })] {
        let edits = edit!(report: move |_, r: &mut LivenessReport| r.source = source.clone());
        refused(&edits, &[code::SIMULATED]);
        sound_by(&edits, &policy(), allow);
    }
    let chosen = edit!(report: |_, r: &mut LivenessReport| {
        r.repertoire.lips_in_step = false;
        r.not_shown = LIPS.map(String::from).to_vec();
        r.gates.retain(|gate| !gate.name.starts_with("lips"));
    });
    refused(&chosen, &[code::SIMULATED]);
    sound_by(&chosen, &policy(), allow);
}

#[test]
fn step_5_who_cannot_do_something_is_a_living_person_too_if_asked_for_no_less() {
    let needs = Needs::new([Ability::Turn, Ability::Blink]).unwrap();
    let asked = Catalogue::live_for(&needs);
    let from = |catalogue: Catalogue| edit!(report: move |_, r: &mut LivenessReport| *r = asked_from(&catalogue, r.challenge, r.time));
    sound_by(&from(asked.clone()), &policy(), options());
    refused(&from(Catalogue { phrase_len: asked.phrase_len - 1, ..asked.clone() }), &[code::SIMULATED]);
    refused(&from(Catalogue { head: Vec::new(), ..asked }), &[code::SIMULATED]);
}

#[test]
fn step_5_prompts_and_gates() {
    refused(&edit!(report: |_, r: &mut LivenessReport| r.prompts.swap(0, 1)), &[code::PROMPTS]);
    refused(&edit!(report: |_, r: &mut LivenessReport| r.catalogue_version += 1), &[code::PROMPTS]);
    refused(&edit!(report: |_, r: &mut LivenessReport| r.entropy_millibits += 1), &[code::PROMPTS]);
    let demanding = TrustPolicy { minimum_entropy_millibits: 90_000, ..policy() };
    refused_by(&Edits::default(), &demanding, options(), &[code::ENTROPY]);
    refused(&edit!(report: |_, r: &mut LivenessReport| { r.gates.remove(0); }), &[code::GATES]);
    refused(&edit!(report: |_, r: &mut LivenessReport| r.gates[0].passed = false), &[code::GATES]);
    let hidden = edit!(report: |_, r: &mut LivenessReport| {
        let gate = r.gates.remove(0);
        r.not_shown = vec![gate.name];
    });
    refused_by(&hidden, &policy(), Options { allow_simulated: true, ..options() }, &[code::GATES]);
    refused(&edit!(report: |_, r: &mut LivenessReport| r.model_id = Scalar([1; 32])), &[code::MODEL]);
}

/// Edits one gate of the first person's report.
#[test]
fn step_5_the_screens_light_is_advice_that_decides_nothing() {
    let said = |edits: &Edits| {
        let report = check(edits);
        assert!(report.ok, "{:#?}", report.failures().collect::<Vec<_>>());
        report.checks.into_iter().find(|check| check.code == code::GATES).unwrap().compared
    };
    let lit = |doubt| {
        let reflection = Some(Reflection { follows: 40, lag_ms: 0, nearer: None, proportional: 0 });
        let advice = LightAdvice { doubt, reflection };
        edit!(report: move |_, r: &mut LivenessReport| r.light_advice = Some(advice))
    };
    assert!(said(&Edits::default()).ends_with("screen light: not shone"));
    assert!(said(&lit(None)).ends_with("screen light: no doubt"));
    assert!(said(&lit(Some(LightDoubt::NotFollowed))).ends_with("screen light: not_followed"));
}

#[test]
fn light_falls_on_living_people_alone_and_a_report_without_it_has_the_bytes_of_before() {
    let dark = asked_from(&Catalogue::live(), Digest([1; 32]), 0);
    let advice = LightAdvice { doubt: Some(LightDoubt::NotMeasured), reflection: None };
    let lit = LivenessReport { light_advice: Some(advice), ..dark.clone() };
    // Key 0 and thirteen more, as before there was light.
    assert_eq!(dark.to_payload().unwrap()[0], 0xae);
    assert_eq!(LivenessReport::from_payload(&lit.to_payload().unwrap()).unwrap(), lit);
    let recorded = Some(Source::Simulated { label: "a film".into() });
    assert!(LivenessReport { source: recorded, ..lit.clone() }.to_payload().is_err());
    let nothing = Some(LightAdvice { doubt: None, reflection: None });
    assert!(LivenessReport { light_advice: nothing, ..lit }.to_payload().is_err());
}

#[test]
fn what_confines_the_sensor_stands_in_the_report_and_one_that_does_not_say_it_has_the_bytes_of_before() {
    let silent = asked_from(&Catalogue::live(), Digest([1; 32]), 0);
    let saying = |layers: &[&str]| {
        let layers = layers.iter().map(ToString::to_string).collect();
        LivenessReport { confinement: Some(layers), ..silent.clone() }
    };
    // Key 0 and thirteen more, as before it could be said.
    assert_eq!(silent.to_payload().unwrap()[0], 0xae);
    for layers in [&[][..], &["files", "network", "system-calls"]] {
        let said = saying(layers);
        assert_eq!(LivenessReport::from_payload(&said.to_payload().unwrap()).unwrap(), said);
    }
    let long = "a".repeat(1000);
    for refused in [&["network", "files"][..], &["files", "files"], &[""], &["a\nb"], &[long.as_str()]] {
        assert!(saying(refused).to_payload().is_err(), "{refused:?}");
    }
}

fn on_gate(name: &str, change: impl Fn(&mut Gate) + 'static) -> Edits {
    let name = name.to_owned();
    edit!(report: move |person, r: &mut LivenessReport| {
        r.gates.iter_mut().filter(|gate| person == 0 && gate.name == name).for_each(&change);
    })
}

#[test]
fn step_5_every_mandatory_gate_has_its_bound_its_sense_and_its_value() {
    let bundle = approval(&Edits::default());
    let first = Signed::<CoSignature>::decode(&bundle.cosignatures[0].0).unwrap();
    let report = LivenessReport::from_payload(&first.payload().report.0).unwrap();
    let deciding = Measure::ALL.into_iter().filter(|measure| measure.decides()).count();
    assert_eq!(report.gates.len(), deciding - 1, "all but `consent`, which no rules ask for here");
    for Gate { name, value, .. } in &report.gates {
        let looser = on_gate(name, |gate| match gate.sense {
            Sense::AtLeast => gate.bound -= 1,
            Sense::AtMost => gate.bound += 1,
        });
        refused(&looser, &[code::GATE_BOUNDS]);
        let flipped = on_gate(name, |gate| {
            gate.sense = if gate.sense == Sense::AtLeast { Sense::AtMost } else { Sense::AtLeast };
        });
        refused(&flipped, &[code::GATE_BOUNDS]);
        refused(&on_gate(name, |gate| gate.passed = false), &[code::GATES]);
        if value.is_some() {
            refused(&on_gate(name, |gate| gate.value = None), &[code::GATES]);
            let beyond = on_gate(name, |gate| {
                let step = if gate.sense == Sense::AtLeast { -1 } else { 1 };
                gate.value = gate.value.map(|value| value + step);
            });
            refused(&beyond, &[code::GATES, code::GATE_BOUNDS]);
        }
    }
    refused(&on_gate("face_match", |gate| gate.bound = -1000), &[code::GATE_BOUNDS]);
}

#[test]
fn step_5_a_policy_moves_bounds_but_not_that_of_the_phrase() {
    let by = |name: &str, bound| TrustPolicy { gates: [(name.to_owned(), bound)].into(), ..policy() };
    let half = |name| {
        on_gate(name, |gate| {
            gate.bound /= 2;
            gate.value = Some(gate.bound);
        })
    };
    refused(&half("snr"), &[code::GATE_BOUNDS]);
    sound_by(&half("snr"), &by("snr", 1500), options());
    refused_by(&Edits::default(), &by("snr", 8001), options(), &[code::GATE_BOUNDS]);
    refused_by(&half("phrase"), &by("phrase", 400), options(), &[code::GATE_BOUNDS]);
    assert!(matches!(by("fase_match", 600).check(), Err(PolicyError::Gate(name)) if name == "fase_match"));
}

#[test]
fn step_5_what_is_not_shown_follows_from_the_plan() {
    let allow = Options { allow_simulated: true, ..options() };
    let says = |names: &'static [&str]| {
        edit!(report: move |_, r: &mut LivenessReport| {
            r.not_shown = names.iter().map(|name| (*name).to_owned()).collect();
        })
    };
    for names in [&["mouth"][..], &["depth", "head_order"], &["snr"], &["anything"]] {
        refused_by(&says(names), &policy(), allow, &[code::GATES]);
    }
    // Advice need not be named, and may be: to older kiosks it was a gate.
    let silent = edit!(report: |_, r: &mut LivenessReport| r.repertoire.lips_in_step = false);
    sound_by(&silent, &policy(), allow);
    let dubbed = edit!(report: |_, r: &mut LivenessReport| {
        r.repertoire.lips_in_step = false;
        r.not_shown = LIPS.map(String::from).to_vec();
        r.gates.retain(|gate| !gate.name.starts_with("lips"));
    });
    sound_by(&dubbed, &policy(), allow);
}

#[test]
fn step_5_advice_refuses_nothing_unless_the_policy_asks_for_it() {
    let advice = Measure::Lips;
    assert!(advice.reported() && !advice.decides());
    let said = |passed| {
        edit!(report: move |_, r: &mut LivenessReport| {
            let name = advice.name().to_owned();
            r.gates.push(Gate { name, bound: 450, sense: Sense::AtLeast, passed, value: None });
            r.gates.sort_by(|a, b| a.name.cmp(&b.name));
        })
    };
    let asks = TrustPolicy { gates: [(advice.name().to_owned(), 450)].into(), ..policy() };
    sound_by(&said(false), &policy(), options());
    sound_by(&said(true), &asks, options());
    refused_by(&said(false), &asks, options(), &[code::GATES]);
    refused_by(&Edits::default(), &asks, options(), &[code::GATES]);
}

#[test]
fn step_5_proof() {
    refused(
        &edit!(inputs: |p, i: &mut PublicInputs| if p == 0 { i.root += Fr::from(1u64) }),
        &[code::PUBLIC_INPUTS],
    );
    refused(&edit!(inputs: |_, i: &mut PublicInputs| i.signal += Fr::from(1u64)), &[code::PUBLIC_INPUTS]);
    refused(
        &edit!(inputs: |_, i: &mut PublicInputs| i.validator_key += Fr::from(1u64)),
        &[code::PUBLIC_INPUTS],
    );
    refused(&edit!(inputs: |_, i: &mut PublicInputs| i.tau_face -= 1), &[code::THRESHOLDS]);
    refused(&edit!(inputs: |_, i: &mut PublicInputs| i.nullifier += Fr::from(1u64)), &[code::PROOF]);
    refused(&edit!(inputs: |_, i: &mut PublicInputs| i.tau_voice += 1), &[code::PROOF]);
    refused(&edit!(cosignature: |_, c: &mut CoSignature| c.proof.proof.0[5] ^= 1), &[code::PROOF]);
    // n + r is another spelling of n: not canonical.
    refused(
        &edit!(cosignature: |_, c: &mut CoSignature| c.proof.inputs[1] = Scalar([0xff; 32])),
        &[code::PUBLIC_INPUTS],
    );
    let none = TrustPolicy { verifying_keys: vec![], ..policy() };
    refused_by(&Edits::default(), &none, options(), &[code::VERIFYING_KEY]);
    let forbidding = Options { allow_development_keys: false, ..options() };
    refused_by(&Edits::default(), &policy(), forbidding, &[code::VERIFYING_KEY]);
}

#[test]
fn step_5_consent_is_spoken_where_the_rules_demand_it() {
    let demanding = |r: &mut RulesRevision| r.quorum.spoken_consent = true;
    // Asked for and said, whatever the rules demand; one letter may be misread, as in any phrase.
    let approving = Catalogue { consent: true, ..Catalogue::live() };
    let said = |change: fn(&mut Vec<String>)| {
        let approving = approving.clone();
        move |_: usize, r: &mut LivenessReport| {
            *r = asked_from(&approving, r.challenge, r.time);
            let mut words = derive(&r.challenge.0, &approving).phrase().to_vec();
            change(&mut words);
            r.spoken = Some(binding::spoken(&r.challenge, &words));
        }
    };
    sound(&edit!(report: said(|_| ())));
    sound(&edit!(rules: demanding, report: said(|_| ())));
    sound(&edit!(rules: demanding, report: said(|words| words[2] = "?".into())));

    // Demanded and not asked for.
    refused(&edit!(rules: demanding), &[code::SPOKEN_CONSENT]);
    // Two letters misread, another phrase, another challenge.
    let wrong: [fn(&mut Vec<String>); 3] =
        [|words| words.truncate(4), |words| words.reverse(), |words| *words = vec!["?".into(); 6]];
    for change in wrong {
        refused(&edit!(rules: demanding, report: said(change)), &[code::SPOKEN_CONSENT]);
    }
    let mut elsewhere = edit!(rules: demanding, report: said(|_| ()));
    let once = elsewhere.report.take().unwrap();
    elsewhere.report = Some(Box::new(move |person: usize, r: &mut LivenessReport| {
        once(person, r);
        let words =
            derive(&r.challenge.0, &Catalogue { consent: true, ..Catalogue::live() }).phrase().to_vec();
        r.spoken = Some(binding::spoken(&Digest([9; 32]), &words));
    }));
    refused(&elsewhere, &[code::SPOKEN_CONSENT]);
    // The gate that says whether it was heard is mandatory.
    let unheard = edit!(report: {
        let said = said(|_| ());
        move |person: usize, r: &mut LivenessReport| {
            said(person, r);
            r.gates.retain(|gate| gate.name != "consent");
        }
    });
    refused(&unheard, &[code::GATES]);
    // A digest without consent, and consent without one, are no report.
    let plain = asked_from(&Catalogue::live(), Digest([1; 32]), 1);
    assert!(plain.to_payload().is_ok());
    assert!(LivenessReport { spoken: Some(Digest([0; 32])), ..plain }.to_payload().is_err());
    let silent = LivenessReport { spoken: None, ..asked_from(&approving, Digest([1; 32]), 1) };
    assert!(silent.to_payload().is_err());
}

#[test]
fn step_6_quorum() {
    refused(&Edits { people: Some(vec![0]), ..Edits::default() }, &[code::QUORUM]);
    // One person, twice: same validator, same nullifier; the second capture is another one of the same element.
    let twice = std::cell::Cell::new(0);
    let mut edits = edit!(cosignature: move |_, c: &mut CoSignature| {
        c.time += twice.replace(twice.get() + 1);
    });
    edits.people = Some(vec![0, 0]);
    refused(
        &edits,
        &[code::DISTINCT_VALIDATORS, code::DISTINCT_NULLIFIERS, code::DISTINCT_CAPTURES, code::QUORUM],
    );
    sound(&edit!(cosignature: |p, c: &mut CoSignature| if p == 0 { c.time = T - 200 }));
    refused(&edit!(rules: |r: &mut RulesRevision| r.quorum.max_age_s = 5), &[code::AGE]);
}

#[test]
fn step_6_spread() {
    let over = |kiosks, operators| {
        let edits = edit!(rules: move |r: &mut RulesRevision| {
            (r.quorum.min_kiosks, r.quorum.min_operators) = (kiosks, operators);
        });
        Edits { prove: true, ..edits }
    };
    let run_by = |names: [&str; 2]| {
        let mut operators = std::collections::BTreeMap::<String, Vec<_>>::new();
        for (person, name) in names.into_iter().enumerate() {
            operators.entry(name.to_owned()).or_default().push(public(device(person)));
        }
        TrustPolicy { operators, ..policy() }
    };
    sound(&over(Some(2), None));
    let two = verify(
        &approval(&over(Some(2), Some(2))).to_bytes().unwrap(),
        &run_by(["north", "south"]),
        options(),
    );
    assert!(two.ok, "{:#?}", two.failures().collect::<Vec<_>>());
    refused_by(&over(None, Some(2)), &run_by(["north", "north"]), options(), &[code::SPREAD]);
    refused(&over(None, Some(2)), &[code::SPREAD]);
    // Nobody could reach these, or they ask for nothing: they are no rules.
    for (kiosks, operators) in [(Some(3), None), (Some(1), None), (None, Some(0)), (None, Some(3))] {
        let quorum = Quorum {
            k: 2,
            modalities: vec![Modality::Face],
            max_age_s: 60,
            min_kiosks: kiosks,
            min_operators: operators,
            spoken_consent: false,
        };
        let (_, mut rules, _) = wetsign_attest::rules::example::narration("");
        rules.quorum = quorum;
        assert!(rules.to_payload().is_err(), "{kiosks:?} {operators:?}");
    }
}

#[test]
fn step_6_replay() {
    let bundle = approval(&Edits::default());
    let first = Signed::<CoSignature>::decode(&bundle.cosignatures[0].0).unwrap();
    let ueid = Blob([&[1], &[0x40; 16][..]].concat());
    let failed = |state: &VerifierState| {
        let options = Options { state: Some(state), ..options() };
        failed(&verify(&bundle.to_bytes().unwrap(), &policy(), options))
    };
    let mut state = VerifierState::default();
    assert!(failed(&state).is_empty());
    let cosignature = Id([1; 32]);
    let seen = Seen { log_index: 3, cosignature };
    state.captures.insert(ueid.clone(), [(16, seen)].into());
    assert!(failed(&state).is_empty());
    // The same counter in another co-signature, also where newer captures are known.
    let later = Seen { log_index: 400, cosignature };
    state.captures.insert(ueid.clone(), [(17, seen), (99, later)].into());
    assert_eq!(failed(&state), [code::REPLAY]);
    // A larger counter that stands earlier: the element's memory was put back.
    state.captures.insert(ueid, [(40, seen)].into());
    assert_eq!(failed(&state), [code::REPLAY]);
    // The same person, for the same request, in another co-signature.
    let mut state = VerifierState::default();
    let nullifier = first.payload().proof.inputs[1];
    state.nullifiers.insert(nullifier, Used { cosignature, verdict: first.payload().verdict });
    assert_eq!(failed(&state), [code::REPLAY]);
    state.nullifiers.insert(nullifier, Used { cosignature: first.id(), verdict: first.payload().verdict });
    assert!(failed(&state).is_empty());
}

#[test]
fn what_was_accepted_is_remembered_and_an_element_that_counts_twice_is_found() {
    let bytes = approval(&Edits::default()).to_bytes().unwrap();
    let mut memory = VerifierState::default();
    assert!(verify_remembering(&bytes, &policy(), options(), &mut memory).ok);
    let learnt = memory.clone();
    assert_eq!((memory.captures.len(), memory.nullifiers.len()), (2, 2));
    assert_eq!((memory.descriptors.len(), memory.rules.len(), memory.epoch.is_some()), (1, 1, true));
    // The same approval again is no replay, and teaches nothing.
    assert!(verify_remembering(&bytes, &policy(), options(), &mut memory).ok);
    assert_eq!(memory, learnt);
    // As after its memory and the kiosk's were put back: another co-signature at the same place, under the same
    // counter.
    let other = approval(&edit!(cosignature: |p, c: &mut CoSignature| if p == 0 { c.time = T - 200 }));
    assert!(verify(&other.to_bytes().unwrap(), &policy(), options()).ok);
    let report = verify_remembering(&other.to_bytes().unwrap(), &policy(), options(), &mut memory);
    assert_eq!(failed(&report), [code::REPLAY]);
    assert_eq!(memory, learnt, "what is refused teaches nothing");
    // It survives being written down.
    let text = serde_json::to_string(&memory).unwrap();
    assert_eq!(serde_json::from_str::<VerifierState>(&text).unwrap(), memory);
}

#[test]
fn step_7_log() {
    let other = TrustPolicy {
        log: wetsign_attest::policy::TrustedLog { origin: ORIGIN.into(), key: public(OTHER) },
        ..policy()
    };
    let report = verify(&approval(&Edits::default()).to_bytes().unwrap(), &other, options());
    assert_eq!(failed(&report), [code::CHECKPOINT], "the log is to blame, and nobody else");
    let report = check(&edit!(bundle: |b: &mut ApprovalBundle| { b.log.remove(4); }));
    assert!(failed(&report).contains(&code::INCLUSION));
    let report = check(&edit!(bundle: |b: &mut ApprovalBundle| b.log[3].proof[0] = Digest([1; 32])));
    assert!(failed(&report).contains(&code::INCLUSION));
    refused(&edit!(bundle: |b: &mut ApprovalBundle| b.log[7].salt = Digest([1; 32])), &[code::INCLUSION]);
    refused(&edit!(log: |l: &mut Vec<Logged>| l[3].kind = "wetsign/decline/1"), &[code::INCLUSION]);
    // A record that says it follows what stands later.
    let backwards = |l: &mut Vec<Logged>| {
        let later = l[5].id;
        l[4].previous = vec![later];
    };
    refused(&edit!(log: backwards), &[code::INCLUSION]);
    let forwards = |l: &mut Vec<Logged>| {
        let before = l[3].id;
        l[4].previous = vec![before, Id([1; 32])];
    };
    sound(&edit!(log: forwards));
    // The verdict was logged before the request.
    refused(&edit!(log: |l: &mut Vec<Logged>| l.swap(3, 4)), &[code::ORDER]);
    // The approval was logged before a co-signature.
    refused(&edit!(log: |l: &mut Vec<Logged>| l.swap(6, 7)), &[code::ORDER]);
}

#[test]
fn a_thousand_changed_bytes_and_none_is_accepted() {
    use proptest::test_runner::{RngAlgorithm, TestRng};
    let mut random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let bytes = approval(&Edits::default()).to_bytes().unwrap();
    let (policy, options) = (policy(), Options { allow_simulated: true, ..options() });
    assert!(verify(&bytes, &policy, options).ok);
    for _ in 0..1000 {
        use proptest::prelude::Rng;
        let index = random.next_u32() as usize % bytes.len();
        let change = (random.next_u32() % 255 + 1) as u8;
        let mut changed = bytes.clone();
        changed[index] ^= change;
        let report = verify(&changed, &policy, options);
        assert!(!report.ok && report.first_failure().is_some(), "byte {index} ^ {change:#04x} was accepted");
    }
}

#[test]
fn a_bundle_cut_anywhere_is_refused() {
    let bytes = approval(&Edits::default()).to_bytes().unwrap();
    for length in (0..bytes.len()).step_by(97) {
        assert!(!verify(&bytes[..length], &policy(), options()).ok, "cut at {length}");
    }
}

#[test]
fn an_epoch_needs_the_same_payload_under_every_signature() {
    let bundle = approval(&Edits::default());
    let epoch = Endorsed::<RegistryEpoch>::decode(&bundle.epochs[0].0).unwrap();
    assert_eq!(epoch.signers().len(), 2);
    let mut other = epoch.payload().clone();
    other.size += 1;
    let other = Endorsed::sign(other, &[&key(REGISTRARS[0])]).unwrap();
    // An array of two pairs: the first one's signature over another payload.
    let splice: Vec<u8> =
        [&[0x82], &other.bytes()[1..], &epoch.bytes()[1 + (epoch.bytes().len() - 1) / 2..]].concat();
    assert!(Endorsed::<RegistryEpoch>::decode(&splice).is_err());
}
