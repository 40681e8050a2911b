//! What is wrong with rules that are valid: policies that decide nothing, that contradict each other, that silence
//! passes; and what a new revision would decide otherwise.
//!
//! The policies are asked about made requests. Of each attribute those values are tried that the policies compare it
//! with, one beside each, and *not declared*. Where these requests are few, all are tried and the answer is whole;
//! else the search goes towards each policy, and what it does not find may still be there: [`Lint::complete`] says
//! which.

mod compare;
mod explore;
mod finding;
mod judge;
mod lens;
mod space;

pub use compare::{Comparison, Difference, compare};
pub use finding::{Finding, Lint, Weight};

use self::explore::Explored;
use self::lens::Lens;
use self::space::Space;
use super::problem::RulesError;
use super::stack::on_stack;
use crate::object::RulesRevision;

/// Looks a revision over.
///
/// # Errors
/// [`RulesError`] where the revision is not valid: see [`validate`](super::validate()).
pub fn lint(rules: &RulesRevision) -> Result<Lint, RulesError> {
    on_stack(|| {
        let lens = Lens::new(rules)?;
        let forms: Vec<_> = lens.policies.values().map(|(_, form)| form.clone()).collect();
        let space = Space::of(&forms, &[rules]);
        let mut explored = Explored::new(&lens, &space);
        let mut findings = judge::findings(&mut explored);
        findings.sort_by_key(|finding| finding.weight);
        Ok(Lint { findings, tried: explored.seen.len(), complete: explored.complete })
    })
}

#[cfg(test)]
mod tests;
