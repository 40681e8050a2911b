//! Who stands for an enrolment beside the kiosk: a registrar of another operator, by the verifier's own knowledge of
//! who runs what.

use std::collections::BTreeSet;

use super::code;
use super::enrolled::Decoded;
use super::inclusion::Places;
use super::options::Allowed;
use super::report::Checks;
use crate::cose::Signed;
use crate::id::Id;
use crate::object::{EnrolmentEndorsement, EnrolmentRecord};
use crate::policy::TrustPolicy;
use crate::terms::made_by;

/// Checks that the kiosk's operator is known and, if `asked`, that a registrar of another one endorsed the record.
pub(crate) fn check(
    decoded: &Decoded,
    policy: &TrustPolicy,
    allowed: Allowed,
    asked: bool,
    checks: &mut Checks,
) {
    let record = decoded.record.payload();
    let operator = policy.operator_of(&record.kiosk);
    let compared = match operator {
        Some(name) => format!("kiosk {} is run by {name:?}", record.kiosk.short()),
        None => format!("[operators] of the policy does not say who runs kiosk {}", record.kiosk),
    };
    checks.note(code::KIOSK_OPERATOR, "", operator.is_some(), compared);
    if !asked {
        let why = "it is asked whether the record may be endorsed";
        checks.skip(code::ENDORSEMENT, "", why);
        return checks.skip(code::ENDORSEMENT_DEVELOPMENT, "", why);
    }
    let mut counted = BTreeSet::new();
    let mut usable = false;
    for (index, endorsement) in decoded.endorsements.iter().enumerate() {
        let payload = endorsement.payload();
        match objection(decoded, endorsement, policy) {
            None => {
                counted.insert(payload.registrar);
                usable |= !payload.development || allowed.development_keys;
            }
            Some(Objection::Strange(why)) => {
                checks.note(code::ENDORSEMENT, &format!("endorsement {}", index + 1), false, why);
            }
            Some(Objection::Worthless(why)) => {
                checks.skip(code::ENDORSEMENT, &format!("endorsement {}", index + 1), why);
            }
        }
    }
    let compared = format!(
        "{} of the policy's registrars, whom another operator runs, stand behind it by {} endorsements; at least 1 is needed",
        counted.len(),
        decoded.endorsements.len()
    );
    if checks.note(code::ENDORSEMENT, "", !counted.is_empty(), compared) {
        let compared = format!(
            "one of them is not by a development key, or such keys are allowed ({}): {usable}",
            allowed.development_keys
        );
        checks.note(code::ENDORSEMENT_DEVELOPMENT, "", usable, compared);
    }
}

/// Why an endorsement does not count.
enum Objection {
    /// It has no place in this file.
    Strange(String),
    /// It proves nothing, and harms nothing beside one that does.
    Worthless(String),
}

fn objection(
    decoded: &Decoded,
    endorsement: &Signed<EnrolmentEndorsement>,
    policy: &TrustPolicy,
) -> Option<Objection> {
    let (record, payload) = (decoded.record.payload(), endorsement.payload());
    let registrar = payload.registrar;
    if payload.record != decoded.record.id() {
        return Some(Objection::Strange(format!("it is for record {}", payload.record)));
    }
    if !made_by(record.time, payload.time).holds {
        let why = format!("it was given at {}, before the record of {}", payload.time, record.time);
        return Some(Objection::Strange(why));
    }
    worthless(record, policy, payload)
        .map(|why| Objection::Worthless(format!("does not count: registrar {registrar} {why}")))
}

fn worthless(
    record: &EnrolmentRecord,
    policy: &TrustPolicy,
    endorsement: &EnrolmentEndorsement,
) -> Option<String> {
    let registrar = &endorsement.registrar;
    if *registrar == record.kiosk || *registrar == record.validator {
        return Some("is the kiosk or the validator itself".into());
    }
    if !policy.registrars.contains(registrar) {
        return Some("is not named by the policy".into());
    }
    match (policy.operator_of(registrar), policy.operator_of(&record.kiosk)) {
        (None, _) => Some("is run by nobody that [operators] names".into()),
        (Some(same), Some(kiosk)) if same == kiosk => Some(format!("is run by {same:?}, as the kiosk is")),
        _ => None,
    }
}

/// The record before each endorsement.
pub(crate) fn order(decoded: &Decoded, places: &Places, checks: &mut Checks) {
    let record = decoded.record.id();
    let place = |id: &Id| places.of(id).map_or("none".to_owned(), |index| index.to_string());
    let later = decoded.endorsements.iter().all(|endorsement| places.before(&record, &endorsement.id()));
    let endorsements: Vec<_> =
        decoded.endorsements.iter().map(|endorsement| place(&endorsement.id())).collect();
    let compared = format!("record {} < endorsements {}", place(&record), endorsements.join(", "));
    checks.note(code::ORDER, "", places.of(&record).is_some() && later, compared);
}
