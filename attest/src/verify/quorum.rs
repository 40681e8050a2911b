//! Step 6: were they enough, and different ones?

use std::collections::BTreeSet;

use wetsign_liveness::Measure;

use super::chains::AssetInForce;
use super::code;
use super::cosignature::Accepted;
use super::inclusion::Places;
use super::objects::Decoded;
use super::report::Checks;
use super::state::{Seen, Used, VerifierState};
use crate::object::{LivenessReport, Modality};
use crate::policy::TrustPolicy;
use crate::terms::{Place, Roles, close_enough, distinct_roles, spread};

/// Gate that shows a modality of the validator; none is shown for one that this verifier cannot judge.
const fn match_gate(modality: Modality) -> Option<Measure> {
    match modality {
        Modality::Face => Some(Measure::FaceMatch),
        Modality::Voice => Some(Measure::VoiceMatch),
        Modality::Gesture | Modality::Behaviour | Modality::Text | Modality::Image => None,
    }
}

/// Checks the co-signatures together.
pub(crate) fn check(
    d: &Decoded,
    in_force: &[AssetInForce<'_>],
    accepted: &[Accepted],
    places: &Places,
    policy: &TrustPolicy,
    state: Option<&VerifierState>,
    checks: &mut Checks,
) {
    let count = accepted.len();
    let validators = accepted.iter().map(|one| one.validator).collect::<BTreeSet<_>>().len();
    let compared = format!("{validators} validators in {count} accepted co-signatures");
    let distinct = checks.note(code::DISTINCT_VALIDATORS, "", validators == count, compared);
    let nullifiers = accepted.iter().map(|one| one.nullifier).collect::<BTreeSet<_>>().len();
    let compared = format!("{nullifiers} nullifiers in {count} accepted co-signatures");
    let distinct = checks.note(code::DISTINCT_NULLIFIERS, "", nullifiers == count, compared) && distinct;
    let captures = accepted.iter().map(|one| (&one.ueid, one.counter)).collect::<BTreeSet<_>>().len();
    let compared =
        format!("{captures} pairs of secure element and counter in {count} accepted co-signatures");
    let distinct = checks.note(code::DISTINCT_CAPTURES, "", captures == count, compared) && distinct;
    replay(accepted, places, state, checks);
    for asset in in_force {
        let quorum = &asset.rules.payload().quorum;
        let counted: Vec<_> = accepted.iter().filter(|one| shows(&one.report, &quorum.modalities)).collect();
        let shown = counted.len();
        let compared = format!(
            "{shown} distinct enrolments approved showing {:?}, {} are needed",
            quorum.modalities, quorum.k
        );
        let enough = quorum.k > 0 && shown >= quorum.k as usize && distinct;
        checks.note(code::QUORUM, &asset.subject, enough, compared);
        let places =
            counted.iter().map(|one| Place { ueid: &one.ueid.0, operator: policy.operator_of(&one.element) });
        let places: Vec<_> = places.collect();
        checks.rule(code::SPREAD, &asset.subject, spread(quorum, &places));
        let times: Vec<u64> = d.cosignatures.iter().map(|one| one.payload().time).collect();
        checks.rule(code::AGE, &asset.subject, close_enough(&times, d.body.payload.time, quorum.max_age_s));
    }
    let descriptors = in_force.iter().map(|asset| asset.descriptor.payload());
    let validators: Vec<_> = d.cosignatures.iter().map(|one| one.payload().validator).collect();
    let ruling = distinct_roles(&Roles::of(d.request.payload(), descriptors), &validators);
    if policy.accept_shared_roles {
        checks.note(code::ROLES, "", true, format!("{}; shared roles are accepted", ruling.compared));
    } else {
        checks.rule(code::ROLES, "", ruling);
    }
}

fn shows(report: &LivenessReport, modalities: &[Modality]) -> bool {
    modalities.iter().all(|modality| {
        match_gate(*modality).and_then(|gate| report.gate(gate.name())).is_some_and(|gate| gate.passed)
    })
}

/// What an accepted approval teaches of captures and nullifiers.
pub(crate) fn learnt(d: &Decoded, accepted: &[Accepted], places: &Places) -> VerifierState {
    let mut state = VerifierState::default();
    for one in accepted {
        let Some(log_index) = places.of(&one.id) else { continue };
        let seen = Seen { log_index, cosignature: one.id };
        state.captures.entry(one.ueid.clone()).or_default().insert(one.counter, seen);
        state.nullifiers.insert(one.nullifier, Used { cosignature: one.id, verdict: d.verdict.id() });
    }
    state
}

/// With the verifier's memory: every counter of an element was used once, they grow in log order, and no nullifier
/// stands in two co-signatures.
fn replay(accepted: &[Accepted], places: &Places, state: Option<&VerifierState>, checks: &mut Checks) {
    let Some(state) = state else {
        return checks.skip(code::REPLAY, "", "no memory of earlier approvals was given");
    };
    for one in accepted {
        let here = Seen { log_index: places.of(&one.id).unwrap_or(0), cosignature: one.id };
        let conflict = state.conflict(&one.ueid, one.counter, here);
        let used = state.nullifiers.get(&one.nullifier).filter(|used| used.cosignature != one.id);
        let compared = format!(
            "counter {} at log index {} in co-signature {}: {}; its nullifier: {}",
            one.counter,
            here.log_index,
            one.id.short(),
            conflict.map_or("in order with all that is remembered".to_owned(), |(counter, seen)| format!(
                "not in order with counter {counter} at {} in co-signature {}",
                seen.log_index,
                seen.cosignature.short()
            )),
            used.map_or("in no other co-signature remembered".to_owned(), |used| format!(
                "also in co-signature {} on verdict {}",
                used.cosignature.short(),
                used.verdict.short()
            ))
        );
        checks.note(code::REPLAY, &one.subject, conflict.is_none() && used.is_none(), compared);
    }
}
