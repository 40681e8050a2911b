//! Verdicts and rules in words that a person understands.

use std::fmt::Write as _;

use serde::Serialize;

use super::AssetVerdict;
use super::validate::Compiled;
use super::words::{PolicyWords, describe};
use crate::object::{Decision, RulesRevision, Value};

/// Why something counts in a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonKind {
    /// A policy permitted it.
    Permit,
    /// A policy forbade it.
    Forbid,
    /// A score is over the owner's bound.
    Bound,
    /// Something could not be evaluated, which forbids.
    Error,
    /// No policy permits it.
    NothingPermits,
}

/// One reason of a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Policy id or `bound.<label>`; absent where no single rule is the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Kind of reason.
    pub kind: ReasonKind,
    /// The reason in words.
    pub words: String,
}

/// A verdict in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// One sentence.
    pub summary: String,
    /// Every reason, those of the deciding policies first, in the order of the verdict.
    pub reasons: Vec<Reason>,
}

/// A verdict in the owner's words. Give it the revision that the verdict was made with.
pub fn explain(rules: &RulesRevision, verdict: &AssetVerdict) -> Explanation {
    explain_with(rules, &describe(rules), verdict)
}

/// The same with these rules compiled already: by [`super::compiled`], of this very revision.
pub fn explain_compiled(rules: &RulesRevision, compiled: &Compiled, verdict: &AssetVerdict) -> Explanation {
    explain_with(rules, &compiled.words, verdict)
}

fn explain_with(rules: &RulesRevision, policies: &[PolicyWords], verdict: &AssetVerdict) -> Explanation {
    let mut reasons: Vec<Reason> =
        verdict.deciding.iter().map(|id| deciding(id, rules, verdict, policies)).collect();
    reasons.extend(verdict.errors.iter().map(|error| Reason {
        id: None,
        kind: ReasonKind::Error,
        words: error.clone(),
    }));
    if reasons.is_empty() {
        reasons.push(nothing_permits(verdict, policies));
    }
    let summary = match verdict.decision {
        Decision::Permit => format!("Allowed: {}.", reasons[0].words),
        Decision::Forbid => {
            // The owner's own words say more than the number behind them.
            let first =
                reasons.iter().find(|reason| reason.kind == ReasonKind::Forbid).unwrap_or(&reasons[0]);
            format!("Not allowed: {}.", first.words)
        }
    };
    Explanation { summary, reasons }
}

fn deciding(id: &str, rules: &RulesRevision, verdict: &AssetVerdict, policies: &[PolicyWords]) -> Reason {
    if let Some(label) = id.strip_prefix("bound.") {
        let bound = rules.thresholds.iter().find(|threshold| threshold.label == label);
        let score = verdict.scores.iter().find(|score| score.label == label);
        let words = match (bound, score) {
            (Some(bound), Some(score)) => {
                format!(
                    "the text scores {} for {label} content, over the owner's bound of {}",
                    score.score, bound.bound
                )
            }
            _ => format!("the {label} score is over the owner's bound"),
        };
        return Reason { id: Some(id.to_owned()), kind: ReasonKind::Bound, words };
    }
    let policy = policies.iter().find(|policy| policy.id == id);
    // A permission among the reasons of a refusal is there because its evaluation failed.
    let kind = match policy.map(|policy| policy.effect) {
        Some("permit") if verdict.decision == Decision::Permit => ReasonKind::Permit,
        Some("forbid") => ReasonKind::Forbid,
        _ => ReasonKind::Error,
    };
    let words = match (policy, kind) {
        (Some(policy), ReasonKind::Error) => format!("this rule could not be evaluated: {}", policy.words),
        (Some(policy), _) => policy.words.clone(),
        (None, _) => format!("the revision has no policy {id}"),
    };
    Reason { id: Some(id.to_owned()), kind, words }
}

fn nothing_permits(verdict: &AssetVerdict, policies: &[PolicyWords]) -> Reason {
    let permissions: Vec<&str> = policies
        .iter()
        .filter(|policy| policy.effect == "permit")
        .map(|policy| policy.words.as_str())
        .collect();
    let mut words = if permissions.is_empty() {
        "the owner permits no use at all".to_owned()
    } else {
        format!("no permission covers this use; there is only: {}", permissions.join("; "))
    };
    let declared = |name: &str| verdict.inputs.iter().any(|input| input.name == format!("context.{name}"));
    let undeclared: Vec<&str> =
        ["medium", "languages", "territories", "audience", "commercial", "duration_days", "derived_work"]
            .into_iter()
            .filter(|name| !declared(name))
            .collect();
    if !permissions.is_empty() && !undeclared.is_empty() {
        let _ = write!(words, " (the request does not declare: {})", undeclared.join(", "));
    }
    Reason { id: None, kind: ReasonKind::NothingPermits, words }
}

/// A value as a person writes it.
impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bool(value) => f.write_str(if *value { "yes" } else { "no" }),
            Self::Long(value) => write!(f, "{value}"),
            Self::Text(value) => f.write_str(value),
            Self::TextSet(values) => f.write_str(&values.join(", ")),
        }
    }
}
