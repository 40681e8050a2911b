//! Was the person looked for at every other kiosk too, by searchers that the verifier trusts?

use std::collections::BTreeSet;

use super::code;
use super::enrolled::Decoded;
use super::report::Checks;
use crate::cose::Endorsed;
use crate::limits::ENROLMENT_S;
use crate::object::UniquenessResult;
use crate::policy::{Searchers, TrustPolicy};
use crate::terms::made_by;

/// Checks the result of the search among all who are enrolled. A policy that names no searchers asks for none.
pub(crate) fn check(decoded: &Decoded, policy: &TrustPolicy, checks: &mut Checks) {
    let Some(searchers) = &policy.searchers else {
        return checks.skip(code::UNIQUE, "", "[searchers] of the policy names nobody who searches");
    };
    let Some(result) = &decoded.uniqueness else {
        let why = "the record has no result of a search among all who are enrolled";
        checks.note(code::UNIQUE, "", false, why);
        return;
    };
    let objection = strange(decoded, result)
        .or_else(|| unknown(policy, searchers, result))
        .or_else(|| loose(searchers, result.payload()));
    let payload = result.payload();
    let compared = objection.clone().unwrap_or_else(|| {
        format!(
            "{} templates of all kiosks compared by three operators' searchers, found: {}; alike from {} thousandths of the \
             face on, or {} of face and voice",
            payload.compared, payload.found, payload.face_bound, payload.both_bound
        )
    });
    checks.note(code::UNIQUE, "", objection.is_none() && !payload.found, compared);
}

/// It is about another enrolment.
fn strange(decoded: &Decoded, result: &Endorsed<UniquenessResult>) -> Option<String> {
    let (record, consent) = (decoded.record.payload(), decoded.consent.payload());
    let payload = result.payload();
    if payload.consent != decoded.consent.id() || payload.kiosk != record.kiosk {
        return Some(format!(
            "the search was for consent {} at kiosk {}, not for this enrolment",
            payload.consent.short(),
            payload.kiosk.short()
        ));
    }
    let in_order = made_by(consent.time, payload.time).holds && made_by(payload.time, record.time).holds;
    if !in_order || payload.time.abs_diff(record.time) > ENROLMENT_S {
        return Some(format!(
            "the search was at {}, not between the consent at {} and the record at {}",
            payload.time, consent.time, record.time
        ));
    }
    None
}

/// It is not signed by three whom the verifier trusts to be three.
fn unknown(
    policy: &TrustPolicy,
    searchers: &Searchers,
    result: &Endorsed<UniquenessResult>,
) -> Option<String> {
    let named: BTreeSet<_> = result.payload().searchers.iter().map(|one| one.searcher).collect();
    let signed: BTreeSet<_> = result.signers().iter().copied().collect();
    if signed != named {
        return Some(format!("{} keys signed it, and it names {}", signed.len(), named.len()));
    }
    if let Some(stranger) = named.iter().find(|key| !searchers.keys.contains(key)) {
        return Some(format!("searcher {stranger} is not named by the policy"));
    }
    let operators: BTreeSet<_> = named.iter().filter_map(|key| policy.operator_of(key)).collect();
    (operators.len() != named.len()).then(|| {
        format!(
            "{} operators, as [operators] of the policy says, run the three searchers: who has two of them has every \
             template",
            operators.len()
        )
    })
}

/// It took too many people for different ones.
fn loose(searchers: &Searchers, result: &UniquenessResult) -> Option<String> {
    let (face, both) = (searchers.face_bound, searchers.both_bound);
    (result.face_bound > face || result.both_bound > both).then(|| {
        format!(
            "alike from {} thousandths of the face, or {} of face and voice on; at most {face} and {both} are allowed",
            result.face_bound, result.both_bound
        )
    })
}
