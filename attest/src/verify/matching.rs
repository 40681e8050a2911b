//! The match of an enrolment: is it proved that the second capture is like the first, from which the template was made?

use wetsign_circuits::{Registry, Shape, field};
use wetsign_models::Thresholds;

use super::Allowed;
use super::capture::Capture;
use super::code;
use super::enrolment::Decoded;
use super::proof::Claimed;
use super::report::Checks;
use crate::binding::{self, Signal};
use crate::id::{Id, Scalar};
use crate::object::{EnrolmentRecord, HumanDecision};
use crate::policy::TrustPolicy;

/// Checks the proof of an enrolment.
pub(crate) fn check(
    decoded: &Decoded,
    policy: &TrustPolicy,
    allowed: Allowed,
    first: &Capture,
    second: &Capture,
    checks: &mut Checks,
) {
    let record = decoded.record.payload();
    let claimed = Claimed { policy, allowed, proof: &record.proof, key: Some(&decoded.bundle.verifying_key) };
    let key = claimed.verifying_key("", checks);
    let same = first.report.model_id == second.report.model_id;
    let compared = format!(
        "template by model {}, second capture by model {}",
        first.report.model_id.short(),
        second.report.model_id.short()
    );
    checks.note(code::MODEL, "", same, compared);
    let Some(public) = claimed.public("", checks) else { return };
    if let Some(root) = alone(record, checks) {
        let expected = expected(decoded, second, root);
        claimed.equal(&expected, "", checks);
    }
    let thresholds = Thresholds::from_manifest();
    let (face, voice) = (thresholds.tau_face(), thresholds.tau_voice());
    let compared = format!(
        "face {} (shipped {face}), voice {} (shipped {voice}), of 65536",
        public.tau_face, public.tau_voice
    );
    checks.note(code::THRESHOLDS, "", public.tau_face >= face && public.tau_voice >= voice, compared);
    if let Some(key) = key {
        claimed.holds(&key, &public, "", checks);
    }
}

/// Root of the registry that holds this leaf alone, at index 0: no epoch holds it yet.
fn alone(record: &EnrolmentRecord, checks: &mut Checks) -> Option<Scalar> {
    let refused = |error: &dyn std::fmt::Display| format!("the leaf is none: {error}");
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
fn expected(decoded: &Decoded, second: &Capture, root: Scalar) -> [(usize, &'static str, Scalar); 6] {
    let consent = decoded.consent.id();
    let signal = binding::signal(&Signal {
        verdict: consent,
        decision: HumanDecision::Approve,
        ueid: &second.claims.ueid.0,
        challenge: second.report.challenge,
        epoch: Id::ZERO,
        chains: &[],
    });
    [
        (0, "root", root),
        (2, "probe", second.claims.probe),
        (3, "request_id", binding::scalar(&binding::request_id(&consent))),
        (4, "signal", binding::scalar(&signal)),
        (5, "model_id", second.report.model_id),
        (6, "validator_key", binding::scalar(&binding::validator_key(&decoded.record.payload().validator))),
    ]
}
