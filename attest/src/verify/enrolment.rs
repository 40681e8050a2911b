//! Does this file prove an enrolment: a living person's consent, two captures of one face and voice, and the word of
//! another operator than the kiosk's?
//!
//! A registrar asks [`fit_to_endorse`] before it signs; everybody else asks [`verify_enrolment`].

use super::basis::{Basis, Capture, Taken};
use super::capture;
use super::code;
use super::endorsement;
use super::enrolled::{self, Decoded};
use super::gates::Compared;
use super::inclusion;
use super::known::Known;
use super::matching;
use super::options::{Allowed, Options};
use super::outcome::{Enrolment, Outcome, outcome};
use super::report::{Checks, Question};
use super::unique;
use super::witnesses;
use crate::limits::{CLOCK_SKEW_S, ENROLMENT_S};
use crate::object::{AttestedCapture, EnrolmentRecord};
use crate::policy::TrustPolicy;
use crate::terms::made_by;

/// What is asked of an endorsed enrolment.
static ENDORSED: Question = Question {
    codes: code::ENROLMENT,
    optional: &code::ENROLMENT_OPTIONAL,
    yes: "enrolled",
    no: "not proved",
};

/// What a registrar asks before it endorses.
static UNENDORSED: Question = Question {
    codes: code::ENROLMENT,
    optional: &code::UNENDORSED_OPTIONAL,
    yes: "fit to be endorsed",
    no: "not fit to be endorsed",
};

/// Checks an enrolment with its endorsements. Never panics.
///
/// # Errors
/// [`super::Refused`], with every check.
pub fn verify_enrolment(bundle: &[u8], policy: &TrustPolicy, options: Options<'_>) -> Outcome<Enrolment> {
    verify(&ENDORSED, bundle, policy, options)
}

/// Checks everything of an enrolment but its endorsements, which are looked at by nobody here: what a registrar does
/// before it gives its own. Never panics.
///
/// # Errors
/// [`super::Refused`], with every check.
pub fn fit_to_endorse(bundle: &[u8], policy: &TrustPolicy, options: Options<'_>) -> Outcome<Enrolment> {
    verify(&UNENDORSED, bundle, policy, options)
}

fn verify(
    question: &'static Question,
    bundle: &[u8],
    policy: &TrustPolicy,
    options: Options<'_>,
) -> Outcome<Enrolment> {
    let allowed = Allowed::of(policy, options);
    let mut checks = Checks::of(question);
    let decoded = enrolled::decode(bundle, policy, options.now, &mut checks);
    if let Some(decoded) = &decoded {
        examine(question, decoded, policy, options, &mut checks);
    }
    let report =
        checks.into_report(None, &allowed.granted(), decoded.as_ref().map(|decoded| decoded.record.id()));
    let content =
        decoded.map(|decoded| Enrolment { id: decoded.record.id(), record: decoded.record.into_payload() });
    outcome(content, report)
}

fn examine(
    question: &Question,
    decoded: &Decoded,
    policy: &TrustPolicy,
    options: Options<'_>,
    checks: &mut Checks,
) {
    let allowed = Allowed::of(policy, options);
    let record = decoded.record.payload();
    let logged = decoded.logged();
    let bundle = &decoded.bundle;
    let Some(places) = inclusion::logged(&logged, &bundle.log, &bundle.checkpoint, policy, checks) else {
        return;
    };
    witnesses::check(&bundle.checkpoint, policy, options.now, checks);
    let own = Known::default();
    let known = options.known.unwrap_or(&own);
    let validators = [record.validator];
    let basis = Basis {
        policy,
        allowed,
        known,
        validators: &validators,
        stakes: &[],
        revoked: &|ueid| {
            let known = options.state.and_then(|state| state.epoch.as_ref())?;
            Some(known.revoked_kiosks.contains(ueid))
        },
    };
    let mut take = |capture, compared, subject: &str| {
        capture::check(&basis, &taken(decoded, capture, compared), subject, checks)
    };
    let first = take(&record.first, Compared::WithNothing, "first capture");
    let second = take(&record.second, Compared::WithTemplate, "second capture");
    if let (Some(first), Some(second)) = (&first, &second) {
        consent(decoded, first, second, checks);
        captures(first, second, checks);
        matching::check(decoded, policy, allowed, known, first, second, checks);
    }
    duplicates(record, policy, checks);
    unique::check(decoded, policy, checks);
    let asked = !question.optional.contains(&code::ENDORSEMENT);
    endorsement::check(decoded, policy, allowed, asked, checks);
    endorsement::order(decoded, &places, checks);
}

fn taken<'a>(decoded: &'a Decoded, capture: &'a AttestedCapture, compared: Compared) -> Taken<'a> {
    let record = decoded.record.payload();
    Taken {
        chain: &capture.chain,
        attestation: &capture.attestation,
        report: &capture.report,
        request: decoded.consent.id(),
        verdict: decoded.consent.id(),
        validator: record.validator,
        time: record.time,
        apart_s: ENROLMENT_S,
        compared,
    }
}

/// The person agreed before the camera was opened, to this kiosk, under this key, for this enrolment.
fn consent(decoded: &Decoded, first: &Capture, second: &Capture, checks: &mut Checks) {
    let (record, consent) = (decoded.record.payload(), decoded.consent.payload());
    let before = |early: u64, late: u64| made_by(early, late).holds;
    let same = consent.validator == record.validator && consent.kiosk == record.kiosk;
    let in_order = before(consent.time, first.report.time)
        && before(first.report.time, second.report.time)
        && before(second.report.time, record.time)
        && record.time.abs_diff(consent.time) <= ENROLMENT_S;
    let compared = format!(
        "receipt of validator {} for kiosk {}, as in the record: {same}; consent {}, captures {} and {}, record {} (within \
         {ENROLMENT_S} s, skew {CLOCK_SKEW_S} s)",
        consent.validator.short(),
        consent.kiosk.short(),
        consent.time,
        first.report.time,
        second.report.time,
        record.time
    );
    checks.note(code::CONSENT, "", same && in_order, compared);
}

fn captures(first: &Capture, second: &Capture, checks: &mut Checks) {
    let same = first.chain.device().device_key == second.chain.device().device_key
        && first.claims.ueid == second.claims.ueid;
    let grew = first.claims.counter < second.claims.counter;
    let fresh = first.report.challenge != second.report.challenge;
    let compared = format!(
        "one element: {same}; counter {} then {}; challenges {} and {}",
        first.claims.counter,
        second.claims.counter,
        first.report.challenge.short(),
        second.report.challenge.short()
    );
    checks.note(code::CAPTURES, "", same && grew && fresh, compared);
}

/// That none was found is a rule of the record itself; here it is asked how alike two people had to be to count as one.
fn duplicates(record: &EnrolmentRecord, policy: &TrustPolicy, checks: &mut Checks) {
    let search = &record.duplicates;
    let bound = policy.face_match_bound();
    let compared = format!(
        "{} enrolments of this kiosk compared, found: {}; alike from {} thousandths on, at most {bound} allowed",
        search.compared, search.found, search.bound
    );
    checks.note(code::DUPLICATES, "", !search.found && search.bound <= bound, compared);
}
