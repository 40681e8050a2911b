//! Step 5, the capture: certificate, token, report and prompts of one co-signature.

use wetsign_models::challenge::{self, CATALOGUE_VERSION};
use wetsign_models::repertoire::Repertoire;

use super::cosignature::Context;
use super::gates;
use super::report::{Checks, code};
use crate::binding;
use crate::cose::Signed;
use crate::eat::{Attestation, Claims, DEBUG_ENABLED, Home};
use crate::id::{Atto, Id};
use crate::limits::{CLOCK_SKEW_S, SESSION_MS};
use crate::object::{CoSignature, DeviceCertificate, LivenessReport, Object, Prompt, StakeSnapshot};

/// A capture whose token and report could be read.
pub(crate) struct Capture {
    pub claims: Claims,
    pub report: LivenessReport,
    /// Every check of the capture passed.
    pub sound: bool,
}

/// Checks one capture; `None` if it cannot even be read.
pub(crate) fn check(
    context: &Context<'_>,
    cosignature: &CoSignature,
    subject: &str,
    checks: &mut Checks,
) -> Option<Capture> {
    let certificate = certificate(context, cosignature, subject, checks)?;
    let claims = token(&certificate, cosignature, subject, checks)?;
    let report = match LivenessReport::from_payload(&cosignature.report.0) {
        Ok(report) => report,
        Err(error) => {
            checks.note(code::REPORT_DIGEST, subject, false, error.to_string());
            return None;
        }
    };
    let results = [
        device_state(context, &claims, subject, checks),
        revoked(context, &claims, subject, checks),
        nonce(cosignature, &claims, &report, subject, checks),
        report_digest(cosignature, &claims, &report, subject, checks),
        session_time(cosignature, &claims, &report, subject, checks),
        simulated(context, &claims, &report, subject, checks),
        prompts(context, &report, subject, checks),
        gates::check(context.policy, &report, subject, checks),
    ];
    Some(Capture { claims, report, sound: results.iter().all(|passed| *passed) })
}

fn certificate(
    context: &Context<'_>,
    cosignature: &CoSignature,
    subject: &str,
    checks: &mut Checks,
) -> Option<DeviceCertificate> {
    let certificate = match Signed::<DeviceCertificate>::decode(&cosignature.certificate.0) {
        Ok(certificate) => certificate.into_payload(),
        Err(error) => {
            checks.note(code::CERTIFICATE, subject, false, error.to_string());
            return None;
        }
    };
    let known = context.policy.provisioners.contains(&certificate.provisioner);
    let valid = (certificate.not_before..=certificate.not_after).contains(&cosignature.time);
    let staked = |snapshot: &StakeSnapshot| snapshot.stake_of(&certificate.provisioner) > Atto(0);
    let independent =
        certificate.provisioner != cosignature.validator && !context.decoded.stakes.values().any(staked);
    let compared = format!(
        "{}, by provisioner {} (trusted: {known}, no validator itself: {independent}), valid {} to {}, co-signed {}",
        certificate.hwmodel,
        certificate.provisioner.short(),
        certificate.not_before,
        certificate.not_after,
        cosignature.time
    );
    checks.note(code::CERTIFICATE, subject, known && valid && independent, compared).then_some(certificate)
}

fn token(
    certificate: &DeviceCertificate,
    cosignature: &CoSignature,
    subject: &str,
    checks: &mut Checks,
) -> Option<Claims> {
    let claims = match Attestation::decode(&cosignature.attestation.0, &certificate.device_key) {
        Ok(attestation) => attestation.claims().clone(),
        Err(error) => {
            checks.note(code::ATTESTATION, subject, false, error.to_string());
            return None;
        }
    };
    let same = claims.ueid == certificate.ueid
        && claims.hwmodel == certificate.hwmodel
        && (claims.home != Home::Chip) == certificate.simulated;
    let compared = format!(
        "signed by the certified device key; model {} and identifier {} in both: {same}",
        claims.hwmodel,
        hex::encode(&claims.ueid.0)
    );
    checks.note(code::ATTESTATION, subject, same, compared).then_some(claims)
}

fn device_state(context: &Context<'_>, claims: &Claims, subject: &str, checks: &mut Checks) -> bool {
    let trusted = context.policy.firmware.contains(&claims.firmware);
    // What is no chip has no boot and no debug port to lock; `home` says so, and is asked in `simulated`.
    let locked = claims.home != Home::Chip || (claims.oemboot && claims.dbgstat != DEBUG_ENABLED);
    let closed = claims.tamper == 0;
    let compared = format!(
        "firmware {} {} {} (trusted: {trusted}), boot authorised {}, debug state {}, tamper lines {:#04x}",
        claims.swname,
        claims.swversion,
        claims.firmware.short(),
        claims.oemboot,
        claims.dbgstat,
        claims.tamper
    );
    checks.note(code::DEVICE_STATE, subject, trusted && locked && closed, compared)
}

fn revoked(context: &Context<'_>, claims: &Claims, subject: &str, checks: &mut Checks) -> bool {
    let revoked = context.epochs.kiosk_revoked(&claims.ueid);
    let compared = format!("kiosk {} among the revoked: {revoked}", hex::encode(&claims.ueid.0));
    checks.note(code::KIOSK_REVOKED, subject, !revoked, compared)
}

fn nonce(
    cosignature: &CoSignature,
    claims: &Claims,
    report: &LivenessReport,
    subject: &str,
    checks: &mut Checks,
) -> bool {
    let expected =
        binding::nonce(&cosignature.request, &cosignature.verdict, &cosignature.validator, &report.challenge);
    let compared = format!(
        "nonce {}, from request, verdict, validator and challenge {}",
        claims.nonce.short(),
        expected.short()
    );
    checks.note(code::NONCE, subject, claims.nonce == expected, compared)
}

fn report_digest(
    cosignature: &CoSignature,
    claims: &Claims,
    report: &LivenessReport,
    subject: &str,
    checks: &mut Checks,
) -> bool {
    let id = Id::of(&cosignature.report.0);
    let holds = claims.report == id && claims.manifest == report.manifest;
    let compared = format!(
        "attested report {}, this one {}; attested manifest {}, the report's {}",
        claims.report.short(),
        id.short(),
        claims.manifest.short(),
        report.manifest.short()
    );
    checks.note(code::REPORT_DIGEST, subject, holds, compared)
}

/// The element's clock bounds the session; the host's clock has to tell the same story within its skew.
fn session_time(
    cosignature: &CoSignature,
    claims: &Claims,
    report: &LivenessReport,
    subject: &str,
    checks: &mut Checks,
) -> bool {
    let apart = cosignature.time.abs_diff(report.time);
    let bound = CLOCK_SKEW_S + SESSION_MS / 1000;
    let compared = format!(
        "attested {} ms after the session was begun (at most {SESSION_MS}), capture took {} ms and ended {apart} s from the \
         co-signature (at most {bound})",
        claims.since_begin_ms, report.duration_ms
    );
    let holds =
        claims.since_begin_ms <= SESSION_MS && report.duration_ms <= claims.since_begin_ms && apart <= bound;
    checks.note(code::SESSION_TIME, subject, holds, compared)
}

fn simulated(
    context: &Context<'_>,
    claims: &Claims,
    report: &LivenessReport,
    subject: &str,
    checks: &mut Checks,
) -> bool {
    let allowed = context.allowed;
    let element = match claims.home {
        Home::Chip => true,
        Home::Emulator => allowed.simulated || allowed.emulated,
        Home::Program => allowed.simulated,
    };
    let source = report.simulated();
    let compared = format!(
        "secure element: {}, source simulated: {source}; allowed: simulated parts {}, emulated elements {}",
        claims.home.as_str(),
        allowed.simulated,
        allowed.emulated
    );
    checks.note(code::SIMULATED, subject, element && (allowed.simulated || !source), compared)
}

fn prompts(context: &Context<'_>, report: &LivenessReport, subject: &str, checks: &mut Checks) -> bool {
    let plan = challenge::derive(&report.challenge.0, &Repertoire::from(&report.repertoire));
    let asked = challenge::derive(&report.challenge.0, &Repertoire::live());
    let derived: Vec<Prompt> = plan.prompts.iter().map(Prompt::from).collect();
    let holds = report.catalogue_version == CATALOGUE_VERSION
        && derived == report.prompts
        && report.entropy_millibits == plan.entropy_millibits
        && report.asked_millibits == asked.entropy_millibits;
    let compared = format!(
        "{} prompts shown, {} derived again from challenge {} (catalogue {}, here {CATALOGUE_VERSION}), {} and {} mbit",
        report.prompts.len(),
        derived.len(),
        report.challenge.short(),
        report.catalogue_version,
        report.entropy_millibits,
        plan.entropy_millibits
    );
    let same = checks.note(code::PROMPTS, subject, holds, compared);
    let bound = context.policy.minimum_entropy_millibits;
    let compared = format!(
        "{} mbit with the errors allowed in a phrase ({} without), at least {bound}",
        plan.residual_millibits, plan.entropy_millibits
    );
    checks.note(code::ENTROPY, subject, plan.residual_millibits >= bound, compared) && same
}
