//! What a new revision decides otherwise.

use serde::Serialize;

use super::explore::Explored;
use super::lens::{Lens, Seen};
use super::space::Space;
use crate::object::RulesRevision;
use crate::rules::problem::RulesError;
use crate::rules::stack::on_stack;

/// Most differences that are named, each by other policies.
const MOST_NAMED: usize = 8;

/// A made request that two revisions decide differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The request in words.
    pub request: String,
    /// What decided before: permissions or prohibitions.
    pub before: Vec<String>,
    /// What decides then.
    pub after: Vec<String>,
}

/// Two revisions side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// Policies that only the new one has.
    pub added: Vec<String>,
    /// Policies that only the old one had.
    pub removed: Vec<String>,
    /// Policies with another text.
    pub changed: Vec<String>,
    /// Bounds, quorum and thresholds that differ, in words.
    pub terms: Vec<String>,
    /// Forbidden before, permitted then: one request for each set of policies that decide, eight at most.
    pub newly_permitted: Vec<Difference>,
    /// Permitted before, forbidden then; likewise.
    pub newly_forbidden: Vec<Difference>,
    /// How many made requests were decided by both.
    pub tried: usize,
    /// Whether these are all that the policies of both can tell apart.
    pub complete: bool,
}

impl Comparison {
    /// Whether both decide alike, as far as was tried, and ask for the same.
    pub fn alike(&self) -> bool {
        self.newly_permitted.is_empty() && self.newly_forbidden.is_empty() && self.terms.is_empty()
    }
}

/// Compares what two revisions of one asset's rules say and decide.
///
/// # Errors
/// [`RulesError`] where one of them is not valid.
pub fn compare(old: &RulesRevision, new: &RulesRevision) -> Result<Comparison, RulesError> {
    on_stack(|| {
        let lenses = [Lens::new(old)?, Lens::new(new)?];
        let forms: Vec<_> =
            lenses.iter().flat_map(|lens| lens.policies.values().map(|(_, form)| form.clone())).collect();
        let space = Space::of(&forms, &[old, new]);
        let mut sides = lenses.each_ref().map(|lens| Explored::new(lens, &space));
        let cases: Vec<_> = sides.iter().flat_map(|side| side.seen.keys().cloned()).collect();
        let mut comparison = stated(old, new);
        comparison.complete = sides.iter().all(|side| side.complete);
        for case in cases {
            let [before, after] = sides.each_mut().map(|side| side.look(&case));
            let list = match (before.permitted(), after.permitted()) {
                (false, true) => &mut comparison.newly_permitted,
                (true, false) => &mut comparison.newly_forbidden,
                _ => continue,
            };
            let (before, after) = (deciding(before), deciding(after));
            let known = list.iter().any(|known| known.before == before && known.after == after);
            if !known && list.len() < MOST_NAMED {
                list.push(Difference { request: space.words(&case), before, after });
            }
        }
        comparison.tried = sides[0].seen.len();
        Ok(comparison)
    })
}

fn deciding(seen: Seen) -> Vec<String> {
    if seen.permitted() {
        return seen.permits;
    }
    let mut deciding = seen.forbids;
    deciding.extend(seen.errors);
    deciding
}

/// What differs on paper.
fn stated(old: &RulesRevision, new: &RulesRevision) -> Comparison {
    let text = |rules: &RulesRevision, id: &str| {
        rules.policies.iter().find(|policy| policy.id == id).map(|policy| policy.text.clone())
    };
    let only = |here: &RulesRevision, there: &RulesRevision| -> Vec<String> {
        let ids = here.policies.iter().map(|policy| policy.id.clone());
        ids.filter(|id| text(there, id).is_none()).collect()
    };
    let both =
        new.policies.iter().filter(|policy| text(old, &policy.id).is_some_and(|text| text != policy.text));
    Comparison {
        added: only(new, old),
        removed: only(old, new),
        changed: both.map(|policy| policy.id.clone()).collect(),
        terms: terms(old, new),
        newly_permitted: Vec::new(),
        newly_forbidden: Vec::new(),
        tried: 0,
        complete: false,
    }
}

fn terms(old: &RulesRevision, new: &RulesRevision) -> Vec<String> {
    let bound = |rules: &RulesRevision, label: &str| {
        let found = rules.thresholds.iter().find(|threshold| threshold.label == label);
        found.map_or("none".to_owned(), |threshold| threshold.bound.to_string())
    };
    let mut labels: Vec<&str> =
        old.thresholds.iter().chain(&new.thresholds).map(|threshold| threshold.label.as_str()).collect();
    labels.sort_unstable();
    labels.dedup();
    let bounds = labels
        .into_iter()
        .map(|label| (format!("bound of {label} content"), bound(old, label), bound(new, label)));
    let least = |least: Option<u32>| least.map_or("1".to_owned(), |least| least.to_string());
    let (was, is) = (&old.quorum, &new.quorum);
    let quorum = [
        ("humans who have to approve", was.k.to_string(), is.k.to_string()),
        ("seconds within which they have to", was.max_age_s.to_string(), is.max_age_s.to_string()),
        ("different kiosks", least(was.min_kiosks), least(is.min_kiosks)),
        ("different operators", least(was.min_operators), least(is.min_operators)),
        ("spoken consent", was.spoken_consent.to_string(), is.spoken_consent.to_string()),
        ("least face similarity (of 65536)", old.tau_face.to_string(), new.tau_face.to_string()),
        ("least voice similarity (of 65536)", old.tau_voice.to_string(), new.tau_voice.to_string()),
    ];
    let quorum = quorum.into_iter().map(|(what, was, is)| (what.to_owned(), was, is));
    bounds
        .chain(quorum)
        .filter(|(_, was, is)| was != is)
        .map(|(what, was, is)| format!("{what}: {was} before, {is} then"))
        .collect()
}
