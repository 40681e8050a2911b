//! Policies in the words of their owner.

use serde::Serialize;

use super::parse::parse;
use super::problem::Problem;
use super::stack::with_stack;
use crate::object::RulesRevision;

/// One policy in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicyWords {
    /// Policy id.
    pub id: String,
    /// `permit`, `forbid`, or `unreadable` where the text is no valid policy.
    pub effect: &'static str,
    /// The owner's words.
    pub words: String,
}

impl PolicyWords {
    pub(super) fn of(id: &str, policy: &cedar_policy::Policy) -> Self {
        let effect = match policy.effect() {
            cedar_policy::Effect::Permit => "permit",
            cedar_policy::Effect::Forbid => "forbid",
        };
        let words = policy.annotation("words").unwrap_or_default().to_owned();
        Self { id: id.to_owned(), effect, words }
    }

    fn unreadable(id: &str, why: String) -> Self {
        Self { id: id.to_owned(), effect: "unreadable", words: why }
    }
}

/// All policies of a revision in the owner's words, in the order of their ids.
pub fn describe(rules: &RulesRevision) -> Vec<PolicyWords> {
    let words = |policy| match parse(policy) {
        Ok(parsed) => PolicyWords::of(&policy.id, &parsed),
        Err(problem) => PolicyWords::unreadable(&policy.id, problem.what),
    };
    with_stack(|| rules.policies.iter().map(words).collect()).unwrap_or_else(|error| {
        let why = Problem::no_thread(&error).to_string();
        rules.policies.iter().map(|policy| PolicyWords::unreadable(&policy.id, why.clone())).collect()
    })
}
