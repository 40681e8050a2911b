//! One capture: token, report and prompts, as a co-signature carries one and an enrolment two.

use wetsign_liveness::challenge::{self, CATALOGUE_VERSION};
use wetsign_liveness::repertoire::Repertoire;

use super::basis::{Basis, Capture, Taken};
use super::certificates;
use super::code;
use super::gates;
use super::report::Checks;
use crate::binding;
use crate::eat::{Attestation, Claims, DEBUG_ENABLED, Home};
use crate::id::Id;
use crate::limits::SESSION_MS;
use crate::object::{CertificateChain, LivenessReport, Object, Prompt};

/// Checks one capture; `None` if it cannot even be read.
pub(crate) fn check(
    basis: &Basis<'_>,
    taken: &Taken<'_>,
    subject: &str,
    checks: &mut Checks,
) -> Option<Capture> {
    let chain = certificates::check(basis, taken, subject, checks)?;
    let claims = token(&chain, taken, subject, checks)?;
    let report = match LivenessReport::from_payload(&taken.report.0) {
        Ok(report) => report,
        Err(error) => {
            checks.note(code::REPORT_DIGEST, subject, false, error.to_string());
            return None;
        }
    };
    let results = [
        device_state(basis, &claims, subject, checks),
        revoked(basis, &claims, subject, checks),
        nonce(taken, &claims, &report, subject, checks),
        report_digest(taken, &claims, &report, subject, checks),
        session_time(taken, &claims, &report, subject, checks),
        simulated(basis, &claims, &report, subject, checks),
        prompts(basis, &report, subject, checks),
        gates::check(basis.policy, &report, taken.compared, subject, checks),
    ];
    Some(Capture { chain, claims, report, sound: results.iter().all(|passed| *passed) })
}

fn token(chain: &CertificateChain, taken: &Taken<'_>, subject: &str, checks: &mut Checks) -> Option<Claims> {
    let device = chain.device();
    let claims = match Attestation::decode(&taken.attestation.0, &device.device_key) {
        Ok(attestation) => attestation.claims().clone(),
        Err(error) => {
            checks.note(code::ATTESTATION, subject, false, error.to_string());
            return None;
        }
    };
    let same = claims.ueid == device.ueid && claims.hwmodel == device.hwmodel && claims.home == device.home;
    let compared = format!(
        "signed by the certified device key; token: {} {} ({}), certificate: {} {} ({})",
        claims.hwmodel,
        hex::encode(&claims.ueid.0),
        claims.home.as_str(),
        device.hwmodel,
        hex::encode(&device.ueid.0),
        device.home.as_str()
    );
    checks.note(code::ATTESTATION, subject, same, compared).then_some(claims)
}

fn device_state(basis: &Basis<'_>, claims: &Claims, subject: &str, checks: &mut Checks) -> bool {
    let trusted = basis.policy.firmware.contains(&claims.firmware);
    // Only a chip has a boot and a debug port to lock. `home` says what it is, and `simulated` asks for that.
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

fn revoked(basis: &Basis<'_>, claims: &Claims, subject: &str, checks: &mut Checks) -> bool {
    let Some(revoked) = (basis.revoked)(&claims.ueid) else {
        checks.skip(code::KIOSK_REVOKED, subject, "no memory of the newest epoch was given");
        return true;
    };
    let compared = format!("kiosk {} among the revoked: {revoked}", hex::encode(&claims.ueid.0));
    checks.note(code::KIOSK_REVOKED, subject, !revoked, compared)
}

fn nonce(
    taken: &Taken<'_>,
    claims: &Claims,
    report: &LivenessReport,
    subject: &str,
    checks: &mut Checks,
) -> bool {
    let expected = binding::nonce(&taken.request, &taken.verdict, &taken.validator, &report.challenge);
    let compared = format!(
        "nonce {}, from request, verdict, validator and challenge {}",
        claims.nonce.short(),
        expected.short()
    );
    checks.note(code::NONCE, subject, claims.nonce == expected, compared)
}

fn report_digest(
    taken: &Taken<'_>,
    claims: &Claims,
    report: &LivenessReport,
    subject: &str,
    checks: &mut Checks,
) -> bool {
    let id = Id::of(&taken.report.0);
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
    taken: &Taken<'_>,
    claims: &Claims,
    report: &LivenessReport,
    subject: &str,
    checks: &mut Checks,
) -> bool {
    let apart = taken.time.abs_diff(report.time);
    let bound = taken.apart_s;
    let compared = format!(
        "attested {} ms after the session was begun (at most {SESSION_MS}), capture took {} ms and ended {apart} s from its \
         signature (at most {bound})",
        claims.since_begin_ms, report.duration_ms
    );
    let holds =
        claims.since_begin_ms <= SESSION_MS && report.duration_ms <= claims.since_begin_ms && apart <= bound;
    checks.note(code::SESSION_TIME, subject, holds, compared)
}

fn simulated(
    basis: &Basis<'_>,
    claims: &Claims,
    report: &LivenessReport,
    subject: &str,
    checks: &mut Checks,
) -> bool {
    let allowed = basis.allowed;
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

fn prompts(basis: &Basis<'_>, report: &LivenessReport, subject: &str, checks: &mut Checks) -> bool {
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
    let bound = basis.policy.minimum_entropy_millibits;
    let compared = format!(
        "{} mbit with the errors allowed in a phrase ({} without), at least {bound}",
        plan.residual_millibits, plan.entropy_millibits
    );
    checks.note(code::ENTROPY, subject, plan.residual_millibits >= bound, compared) && same
}
