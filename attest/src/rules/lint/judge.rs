//! From what was seen to what an owner should know.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::Effect;

use super::explore::Explored;
use super::finding::{Finding, Weight};
use super::lens::Seen;
use super::space::Case;
use crate::object::Value;

/// Most requests that one prohibition is tried to be passed from.
const MOST_TRIES: usize = 200;

/// All findings, in the order of the policies.
pub(super) fn findings(explored: &mut Explored<'_, '_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let policies: Vec<(String, Effect)> =
        explored.lens.policies.iter().map(|(id, (effect, _))| (id.clone(), *effect)).collect();
    failures(explored, &mut findings);
    if !explored.seen.values().any(Seen::permitted) {
        findings.push(Finding {
            weight: Weight::Mistake,
            kind: "nothing_permitted",
            policy: None,
            what: "no request is permitted: whatever a permission covers, something forbids".into(),
            example: None,
        });
    }
    for (id, effect) in &policies {
        let (id, explored) = (id.as_str(), &mut *explored);
        if !explored.seen.values().any(|seen| seen.has(id)) {
            findings.push(mistake(
                "never_applies",
                id,
                "applies to no request: look whether its conditions exclude each other",
            ));
            continue;
        }
        match effect {
            Effect::Permit => findings.extend(permission(explored, id)),
            Effect::Forbid => prohibition(explored, id, &mut findings),
        }
    }
    findings
}

fn mistake(kind: &'static str, policy: &str, what: impl Into<String>) -> Finding {
    let policy = Some(policy.to_owned());
    Finding { weight: Weight::Mistake, kind, policy, what: what.into(), example: None }
}

fn advice(kind: &'static str, policy: &str, what: String, example: Option<String>) -> Finding {
    Finding { weight: Weight::Advice, kind, policy: Some(policy.to_owned()), what, example }
}

/// An evaluation that fails forbids: one request for each policy that it can happen to.
fn failures(explored: &Explored<'_, '_>, findings: &mut Vec<Finding>) {
    let mut told = BTreeSet::new();
    for (case, seen) in &explored.seen {
        for error in &seen.errors {
            if told.insert(error.clone()) {
                findings.push(Finding {
                    weight: Weight::Mistake,
                    kind: "can_fail",
                    policy: None,
                    what: format!("{error}; what cannot be evaluated is refused"),
                    example: Some(explored.space.words(case)),
                });
            }
        }
    }
}

fn permission(explored: &Explored<'_, '_>, id: &str) -> Option<Finding> {
    let covers = |seen: &&Seen| seen.has(id);
    if !explored.seen.values().any(|seen| seen.permitted() && seen.has(id)) {
        let least = explored.seen.values().filter(covers).min_by_key(|seen| seen.forbids.len())?;
        let by = least.forbids.join(", ");
        return Some(mistake(
            "contradicted",
            id,
            format!("permits nothing: {by} forbids whatever it covers. Change one of them"),
        ));
    }
    let alone = |seen: &Seen| seen.permitted() && seen.permits == [id];
    if explored.seen.values().any(alone) {
        return None;
    }
    let others = in_common(explored.seen.values().filter(covers), |seen| &seen.permits, id);
    (!others.is_empty()).then(|| {
        let others = others.join(", ");
        advice("repeats", id, format!("permits nothing that {others} does not permit: leave it out"), None)
    })
}

fn prohibition(explored: &mut Explored<'_, '_>, id: &str, findings: &mut Vec<Finding>) {
    let alone = |seen: &Seen| !seen.permits.is_empty() && seen.forbids == [id];
    let mut deciding: Vec<Case> =
        explored.seen.iter().filter(|(_, seen)| alone(seen)).map(|(case, _)| case.clone()).collect();
    if deciding.is_empty() {
        let of_permitted = |seen: &&Seen| seen.has(id) && !seen.permits.is_empty();
        if !explored.seen.values().any(|seen| of_permitted(&seen)) {
            let what = "forbids only what nothing permits: it matters once a permission is added".to_owned();
            findings.push(advice("forbids_nothing", id, what, None));
            return;
        }
        let others = in_common(explored.seen.values().filter(of_permitted), |seen| &seen.forbids, id);
        // A policy that says in words what a bound says anyway is no mistake.
        if others.iter().any(|other| !other.starts_with("bound.")) {
            let others = others.join(", ");
            let what = format!("forbids nothing that {others} does not forbid: leave it out");
            findings.push(advice("repeats", id, what, None));
        }
        return;
    }
    let step = deciding.len().div_ceil(MOST_TRIES).max(1);
    deciding = deciding.into_iter().step_by(step).collect();
    let mut told: BTreeMap<(&'static str, String), Finding> = BTreeMap::new();
    for place in explored.read_by(id) {
        for case in &deciding {
            let name = explored.space.dimensions[place].name.clone();
            for (kind, value) in ways_past(explored, place, case) {
                let mut other = case.clone();
                other[place] = value;
                if told.contains_key(&(kind, name.clone())) || !explored.look(&other).permitted() {
                    continue;
                }
                let finding = passed(explored, id, kind, place, (case, &other));
                told.insert((kind, name.clone()), finding);
            }
        }
    }
    findings.extend(told.into_values());
}

/// Other values of an attribute that say as much to a person, or nothing: kind, and place of the value.
fn ways_past(explored: &Explored<'_, '_>, place: usize, case: &Case) -> Vec<(&'static str, u16)> {
    let dimension = &explored.space.dimensions[place];
    let Some(here) = &dimension.values[usize::from(case[place])] else { return Vec::new() };
    let wider = |there: &Value| match (here, there) {
        (Value::TextSet(here), Value::TextSet(there)) if dimension.name == "context.territories" => {
            there == &["worldwide"] && here != there
        }
        (Value::TextSet(here), Value::TextSet(there)) if dimension.name == "context.languages" => {
            let plain = |language: &String| language.split('-').next().unwrap_or_default().to_owned();
            here != there && here.len() == 1 && there.len() == 1 && plain(&here[0]) == plain(&there[0])
        }
        _ => false,
    };
    let way = |value: &Option<Value>| match value {
        None => Some("silence"),
        Some(there) => wider(there).then_some("wider_word"),
    };
    (0u16..).zip(&dimension.values).filter_map(|(at, value)| Some((way(value)?, at))).collect()
}

fn passed(
    explored: &Explored<'_, '_>,
    id: &str,
    kind: &'static str,
    place: usize,
    (case, other): (&Case, &Case),
) -> Finding {
    let dimension = &explored.space.dimensions[place];
    let name = dimension.name.trim_start_matches("context.");
    let said = |case: &Case| {
        let value = &dimension.values[usize::from(case[place])];
        value.as_ref().map_or("nothing".to_owned(), ToString::to_string)
    };
    let what = match kind {
        "silence" => format!(
            "is passed by silence: a request that leaves out {name} is permitted. To ask for it, write: forbid … unless \
             {{ context has {name} && … }}"
        ),
        _ => format!("is passed by another word: {name} {} is permitted, {} is not", said(other), said(case)),
    };
    advice(kind, id, what, Some(explored.space.words(other)))
}

/// What always applies together with this policy.
fn in_common<'s>(
    seen: impl Iterator<Item = &'s Seen>,
    of: impl Fn(&Seen) -> &Vec<String>,
    id: &str,
) -> Vec<String> {
    let mut common: Option<BTreeSet<String>> = None;
    for seen in seen {
        let here: BTreeSet<String> = of(seen).iter().filter(|other| *other != id).cloned().collect();
        common = Some(match common {
            None => here,
            Some(common) => &common & &here,
        });
    }
    common.unwrap_or_default().into_iter().collect()
}
