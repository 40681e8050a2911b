//! The match of an enrolment: is it proved that the template was made of the first capture, and that the second is like
//! it?

use wetsign_circuits::{Registry, Shape, field};

use super::basis::Capture;
use super::code;
use super::enrolled::Decoded;
use super::known::Known;
use super::options::Allowed;
use super::proof::Claimed;
use super::report::Checks;
use crate::binding::{self, Signal};
use crate::id::{Id, Scalar};
use crate::object::{EnrolmentRecord, HumanDecision};
use crate::policy::TrustPolicy;

/// Checks that both captures are proved to match one template, in one leaf, by who knows one secret.
pub(crate) fn check(
    decoded: &Decoded,
    policy: &TrustPolicy,
    allowed: Allowed,
    known: &Known,
    first: &Capture,
    second: &Capture,
    checks: &mut Checks,
) {
    let record = decoded.record.payload();
    let same = first.report.model_id == second.report.model_id;
    let compared = format!(
        "template by model {}, second capture by model {}",
        first.report.model_id.short(),
        second.report.model_id.short()
    );
    checks.note(code::MODEL, "", same, compared);
    let Some(first_proof) = &record.first_proof else {
        let why = "the record proves nothing of its first capture: enrol again with a kiosk that proves both";
        checks.note(code::PROOF, "first capture", false, why);
        return;
    };
    let claimed = |proof| Claimed { policy, allowed, known, proof, key: Some(&decoded.bundle.verifying_key) };
    let Some(root) = alone(record, checks) else { return };
    for (proof, capture, subject) in
        [(first_proof, first, "first capture"), (&record.proof, second, "second capture")]
    {
        one(decoded, &claimed(proof), capture, root, subject, checks);
    }
    let one_person = first_proof.inputs.get(1) == record.proof.inputs.get(1);
    let compared = format!("both proofs have one nullifier, so one secret: {one_person}");
    checks.note(code::PUBLIC_INPUTS, "", one_person, compared);
}

/// One proof over one capture.
fn one(
    decoded: &Decoded,
    claimed: &Claimed<'_>,
    capture: &Capture,
    root: Scalar,
    subject: &str,
    checks: &mut Checks,
) {
    let key = claimed.verifying_key(subject, checks);
    let Some(public) = claimed.public(subject, checks) else { return };
    claimed.equal(&expected(decoded, claimed.policy, capture, root), subject, checks);
    let (face, voice) = claimed.policy.least_similarity();
    let compared = format!(
        "face {} (at least {face}), voice {} (at least {voice}), of 65536",
        public.tau_face, public.tau_voice
    );
    checks.note(code::THRESHOLDS, subject, public.tau_face >= face && public.tau_voice >= voice, compared);
    if let Some(key) = key {
        claimed.holds(&key, &public, subject, checks);
    }
}

/// Root of the registry that holds this leaf alone, at index 0: no epoch holds it yet.
fn alone(record: &EnrolmentRecord, checks: &mut Checks) -> Option<Scalar> {
    let refused = |error: &dyn std::fmt::Display| format!("the leaf cannot be used: {error}");
    let root = field::from_bytes(&record.leaf.0).map_err(|error| refused(&error)).and_then(|leaf| {
        let mut registry = Registry::new(Shape::DEFAULT.levels).map_err(|error| refused(&error))?;
        registry.set(0, leaf).map_err(|error| refused(&error))?;
        Ok(binding::scalar(&registry.root()))
    });
    match root {
        Ok(root) => Some(root),
        Err(why) => {
            checks.note(code::PUBLIC_INPUTS, "", false, why);
            None
        }
    }
}

/// All but the nullifier (which only the prover can make) and the thresholds, computed again.
fn expected(
    decoded: &Decoded,
    policy: &TrustPolicy,
    capture: &Capture,
    root: Scalar,
) -> [(usize, &'static str, Scalar); 6] {
    let consent = decoded.consent.id();
    let signal = binding::signal(&Signal {
        log: &policy.log.origin,
        verdict: consent,
        decision: HumanDecision::Approve,
        ueid: &capture.claims.ueid.0,
        challenge: capture.report.challenge,
        epoch: Id::ZERO,
        chains: &[],
    });
    [
        (0, "root", root),
        (2, "probe", capture.claims.probe),
        (3, "request_id", binding::scalar(&binding::request_id(&consent))),
        (4, "signal", binding::scalar(&signal)),
        (5, "model_id", capture.report.model_id),
        (6, "validator_key", binding::scalar(&binding::validator_key(&decoded.record.payload().validator))),
    ]
}
