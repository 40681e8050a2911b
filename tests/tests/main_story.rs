//! The main story, as `cargo xtask demo` tells it, and what an auditor makes of its approval.

use wetsign_attest::{
    TrustPolicy,
    verify::{Options, Status, code, report_of, verify, verify_enrolment},
};
use wetsign_tests::{
    narrate::{Audience, Narrator},
    report::Report,
    secure_element::Kind,
    telling,
};

const CHANGES: u64 = 1000;
/// What a story's approvals and enrolments need.
const LENIENT: Options<'static> = Options {
    allow_simulated: true,
    allow_development_keys: true,
    now: None,
    state: None,
    scorer: None,
    withdrawals: &[],
    known: None,
};

#[tokio::test(flavor = "multi_thread")]
async fn two_people_approve_what_the_rules_allow_and_everything_else_is_refused() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let mut report = Report::default();
    telling::tell(folder.path(), Kind::Program, &mut Narrator::new(Audience::Machine), &mut report).await?;
    for part in &report.parts {
        assert_eq!(part.got, part.expected, "{}: {}", part.name, part.why);
    }
    assert!(report.ok);

    let bundle = std::fs::read(folder.path().join("approval.cbor"))?;
    let policy = TrustPolicy::from_toml(&std::fs::read_to_string(folder.path().join("trust-policy.toml"))?)?;
    a_verifier_refuses_simulated_parts_unless_told_otherwise(&bundle, &policy);
    no_change_of_one_byte_is_accepted(&bundle, |changed| verify(changed, &policy, LENIENT).is_ok());

    let enrolment = std::fs::read(folder.path().join("enrolment.cbor"))?;
    assert!(verify_enrolment(&enrolment, &policy, LENIENT).is_ok());
    assert!(verify_enrolment(&enrolment, &policy, Options::default()).is_err());
    let alone = TrustPolicy { registrars: vec![], ..policy.clone() };
    let refused = verify_enrolment(&enrolment, &alone, LENIENT);
    assert_eq!(report_of(&refused).first_failure(), Some(code::ENDORSEMENT));
    no_change_of_one_byte_is_accepted(&enrolment, |changed| {
        verify_enrolment(changed, &policy, LENIENT).is_ok()
    });
    Ok(())
}

fn a_verifier_refuses_simulated_parts_unless_told_otherwise(bundle: &[u8], policy: &TrustPolicy) {
    let lenient = LENIENT;
    let allowed = verify(bundle, policy, lenient);
    assert!(allowed.is_ok(), "{allowed:#?}");
    for strict in [
        Options { allow_simulated: false, ..lenient },
        Options { allow_development_keys: false, ..lenient },
        Options::default(),
    ] {
        let refused = verify(bundle, policy, strict);
        assert!(refused.is_err());
        let report = report_of(&refused);
        assert!(report.checks.iter().any(|check| check.status == Status::Failed), "{}", report.summary);
    }
}

fn no_change_of_one_byte_is_accepted(file: &[u8], accepted: impl Fn(&[u8]) -> bool) {
    assert!(accepted(file));
    // A fixed linear congruential sequence (Knuth, MMIX): the same changes on every run.
    let mut state = 0x5745_5453_4947_4e00_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for _ in 0..CHANGES {
        let mut changed = file.to_vec();
        let at = next(file.len() as u64) as usize;
        changed[at] ^= (next(255) + 1) as u8;
        assert!(!accepted(&changed), "a change at byte {at} was accepted");
    }
}
