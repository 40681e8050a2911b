//! Step 6: were they enough, and different ones?

use std::collections::{BTreeMap, BTreeSet};

use super::chains::AssetInForce;
use super::code;
use super::cosignature::Accepted;
use super::decode::Decoded;
use super::inclusion::Places;
use super::report::Checks;
use super::state::{Seen, VerifierState};
use crate::id::Blob;
use crate::object::{LivenessReport, Modality};

/// Gate that shows a modality of the validator.
fn match_gate(modality: Modality) -> Option<&'static str> {
    match modality {
        Modality::Face => Some("face_match"),
        Modality::Voice => Some("voice_match"),
        _ => None,
    }
}

/// Checks the co-signatures together.
pub(crate) fn check(
    d: &Decoded,
    in_force: &[AssetInForce<'_>],
    accepted: &[Accepted],
    places: &Places,
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
    replay(d, accepted, places, state, checks);
    for asset in in_force {
        let quorum = &asset.rules.payload().quorum;
        let shown = accepted.iter().filter(|one| shows(&one.report, &quorum.modalities)).count();
        let compared = format!(
            "{shown} distinct enrolments approved showing {:?}, {} are needed",
            quorum.modalities, quorum.k
        );
        let enough = quorum.k > 0 && shown >= quorum.k as usize && distinct;
        checks.note(code::QUORUM, &asset.subject, enough, compared);
        let times = d.cosignatures.iter().map(|one| one.payload().time).chain([d.body.payload().time]);
        let (first, last) = (times.clone().min().unwrap_or(0), times.max().unwrap_or(0));
        let compared = format!(
            "{} s from the first co-signature to the approval, at most {}",
            last - first,
            quorum.max_age_s
        );
        checks.note(code::AGE, &asset.subject, last - first <= quorum.max_age_s, compared);
    }
    checks.skip(code::WITNESS_TIME, "", "no witness cosigned: the times are the kiosks' own");
}

fn shows(report: &LivenessReport, modalities: &[Modality]) -> bool {
    modalities.iter().all(|modality| {
        match_gate(*modality).and_then(|name| report.gate(name)).is_some_and(|gate| gate.passed)
    })
}

/// The newest capture of each element.
pub(crate) fn captures(accepted: &[Accepted], places: &Places) -> BTreeMap<Blob, Seen> {
    let mut newest = BTreeMap::new();
    for one in accepted {
        let Some(log_index) = places.of(&one.id) else { continue };
        let seen = Seen { log_index, counter: one.counter, cosignature: one.id };
        let kept = newest.entry(one.ueid.clone()).or_insert(seen);
        if seen.log_index > kept.log_index {
            *kept = seen;
        }
    }
    newest
}

/// With the verifier's memory: counters grow in log order, and no nullifier was used for another request.
fn replay(
    d: &Decoded,
    accepted: &[Accepted],
    places: &Places,
    state: Option<&VerifierState>,
    checks: &mut Checks,
) {
    let Some(state) = state else {
        return checks.skip(code::REPLAY, "", "no memory of earlier approvals was given");
    };
    for one in accepted {
        let place = places.of(&one.id).unwrap_or(0);
        let seen = state.captures.get(&one.ueid);
        let grows = seen.is_none_or(|seen| {
            (place > seen.log_index && one.counter > seen.counter)
                || (place < seen.log_index && one.counter < seen.counter)
                || (place == seen.log_index && one.counter == seen.counter && one.id == seen.cosignature)
        });
        let used = state.nullifiers.get(&one.nullifier);
        let fresh = used.is_none_or(|request| *request == d.request.id());
        let compared = format!(
            "counter {} at log index {place} in co-signature {}, last seen {}; nullifier used for another request: {}",
            one.counter,
            one.id.short(),
            seen.map_or("none".to_owned(), |seen| {
                format!("{} at {} in co-signature {}", seen.counter, seen.log_index, seen.cosignature.short())
            }),
            !fresh
        );
        checks.note(code::REPLAY, &one.subject, grows && fresh, compared);
    }
}
