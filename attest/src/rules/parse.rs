//! From text to policies: nothing reaches Cedar that [`guard`](super::guard) has not counted.

use std::str::FromStr;

use cedar_policy::{PolicyId, PolicySet};

use super::guard::{Piece, pieces};
use super::problem::{Place, Problem, RulesError, refused, span};
use super::stack::on_stack;
use super::{MAX_POLICY_BYTES, MAX_WORDS_BYTES};
use crate::limits;
use crate::object::Policy;
use crate::shown::{invisible, unfit_as_name};

/// Splits a Cedar file into the policies of a revision, ascending by their `@id`. Does not validate them.
///
/// # Errors
/// [`RulesError`] if the text is no Cedar, nests or chains too deep, holds templates, or a policy has no `@id` or
/// another's; with the place in the file.
pub fn policies_from_cedar(source: &str) -> Result<Vec<Policy>, RulesError> {
    Ok(placed_from_cedar(source)?.into_iter().map(|(policy, _)| policy).collect())
}

/// The same, each policy with the place in the file at which its text begins: [`Place::of_inner`] leads from a
/// [`Problem`] of the policy to the line of the file.
///
/// # Errors
/// As [`policies_from_cedar`].
pub fn placed_from_cedar(source: &str) -> Result<Vec<(Policy, Place)>, RulesError> {
    on_stack(|| split(source))
}

fn split(source: &str) -> Result<Vec<(Policy, Place)>, RulesError> {
    let wrong = |what: String| refused(vec![Problem::of_revision(what)]);
    if source.len() > limits::RULES {
        return Err(wrong(format!(
            "the file has {} bytes, at most {} are read",
            source.len(),
            limits::RULES
        )));
    }
    let pieces = counted(source).map_err(|problem| refused(vec![problem]))?;
    let at = |byte: Option<usize>, what: String| {
        let piece = byte.and_then(|byte| pieces.iter().find(|piece| byte < piece.bytes.end));
        let policy = piece.and_then(|piece| piece.id.clone());
        refused(vec![Problem { policy, place: byte.map(|byte| Place::of(source, byte)), what }])
    };
    let set = PolicySet::from_str(source).map_err(|error| at(span(&error), error.to_string()))?;
    // Cedar calls them policy0, policy1 … in the order of the file.
    let begin = |id: &PolicyId| {
        let index = AsRef::<str>::as_ref(id).strip_prefix("policy")?.parse::<usize>().ok()?;
        Some(pieces.get(index)?.bytes.start)
    };
    if let Some(template) = set.templates().next() {
        return Err(at(begin(template.id()), "it is a template (it has a ?slot): write it out".into()));
    }
    let mut policies = Vec::new();
    for policy in set.policies() {
        let byte = begin(policy.id());
        let text = policy.to_cedar().unwrap_or_else(|| policy.to_string());
        let id = policy.annotation("id").ok_or_else(|| {
            let line = text.lines().next().unwrap_or_default();
            at(byte, format!("a policy has no @id(\"…\"): {line}"))
        })?;
        policies.push((Policy { id: id.to_owned(), text }, byte));
    }
    policies.sort_by(|a, b| a.0.id.cmp(&b.0.id).then(a.1.cmp(&b.1)));
    if let Some(pair) = policies.windows(2).find(|pair| pair[0].0.id == pair[1].0.id) {
        return Err(at(pair[1].1, format!("two policies have the @id {:?}", pair[0].0.id)));
    }
    let placed = |(policy, byte): (Policy, Option<usize>)| (policy, Place::of(source, byte.unwrap_or(0)));
    Ok(policies.into_iter().map(placed).collect())
}

/// The policies of a source, none of which is too much for Cedar.
fn counted(source: &str) -> Result<Vec<Piece>, Problem> {
    let problem = |policy, byte, what: String| Problem { policy, place: Some(Place::of(source, byte)), what };
    let pieces = pieces(source)
        .map_err(|unclosed| problem(None, unclosed.0, "a string begins here and has no end".into()))?;
    match pieces.iter().find_map(|piece| piece.refusal().map(|why| (piece, why))) {
        Some((piece, why)) => Err(problem(piece.id.clone(), piece.bytes.start, why)),
        None => Ok(pieces),
    }
}

/// Reads one policy and checks all that can be said of it without a schema. Call it on a thread that has the stack.
pub(super) fn parse(policy: &Policy) -> Result<cedar_policy::Policy, Problem> {
    let id = &policy.id;
    let wrong = |what: String| Problem::of(id, what);
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !(1..=64).contains(&id.len()) || !id.chars().all(plain) {
        return Err(wrong(format!("id {id:?} is not [a-z0-9-] of 1 to 64 bytes")));
    }
    if policy.text.len() > MAX_POLICY_BYTES {
        return Err(wrong(format!(
            "text has {} bytes, at most {MAX_POLICY_BYTES} are read",
            policy.text.len()
        )));
    }
    let text = policy.text.replace(['\n', '\r', '\t'], " ");
    if let Some((byte, hidden)) = text.char_indices().find(|(_, c)| invisible(*c)) {
        let what = format!("holds the invisible character U+{:04X}: leave it out", u32::from(hidden));
        return Err(Problem { place: Some(Place::of(&policy.text, byte)), ..wrong(what) });
    }
    counted(&policy.text).map_err(|problem| Problem { policy: Some(id.clone()), ..problem })?;
    let cedar_id = PolicyId::from_str(id).map_err(|error| wrong(error.to_string()))?;
    let parsed = cedar_policy::Policy::parse(Some(cedar_id), &policy.text).map_err(|error| Problem {
        place: span(&error).map(|byte| Place::of(&policy.text, byte)),
        ..wrong(error.to_string())
    })?;
    match parsed.annotation("id") {
        Some(annotated) if annotated != id => {
            return Err(wrong(format!("@id says {annotated:?}, the signed id is {id:?}")));
        }
        _ => {}
    }
    match parsed.annotation("words").map(|words| unfit_as_name(words, MAX_WORDS_BYTES)) {
        None => Err(wrong("has no @words(\"…\"): say the rule in words that a person understands".into())),
        Some(Some(why)) => Err(wrong(format!("@words {why}"))),
        Some(None) => Ok(parsed),
    }
}
