//! What has to hold of a revision before its owner signs it.

use cedar_policy::{PolicyId, PolicySet, Schema, ValidationMode, Validator};

use super::literals::impossible;
use super::parse::parse;
use super::problem::{Place, Problem, RulesError, refused, span};
use super::schema::{SCHEMA_VERSION, is_label, schema};
use super::stack::on_stack;
use super::words::PolicyWords;
use crate::id::Id;
use crate::limits;
use crate::object::{Object as _, RulesRevision};

/// Whether a revision may be signed.
///
/// Policies: 1 to 64, ids of `[a-z0-9-]` in strictly ascending order, at most
/// [`MAX_POLICY_BYTES`](super::MAX_POLICY_BYTES) each, no templates, an `@words("…")` that says the rule to people, an
/// `@id` (where there is one) equal to the signed id, and strict Cedar validation without errors *or warnings*: a
/// `forbid` that can never apply is a mistake, not a style. For the same reason a comparison with a literal that no
/// valid request can have is refused. Thresholds: labels `[a-z][a-z0-9_]*`, bounds 0 to 1000.
///
/// # Errors
/// [`RulesError`] with every problem found, not only the first.
pub fn validate(rules: &RulesRevision) -> Result<(), RulesError> {
    compiled(rules).map(drop)
}

/// The same, with what it found: for whoever evaluates one revision many times.
///
/// # Errors
/// As [`validate`].
pub fn compiled(rules: &RulesRevision) -> Result<Compiled, RulesError> {
    on_stack(|| compile(rules))
}

/// Policies and schema of a revision that has passed [`validate`].
#[derive(Debug)]
pub struct Compiled {
    pub(super) policies: PolicySet,
    pub(super) schema: Schema,
    pub(super) words: Vec<PolicyWords>,
    /// The revision's own.
    pub(super) id: Id,
}

/// Call it on a thread that has the stack.
pub(super) fn compile(rules: &RulesRevision) -> Result<Compiled, RulesError> {
    let mut problems = outline(rules);
    let mut policies = PolicySet::new();
    let mut words = Vec::with_capacity(rules.policies.len());
    for policy in rules.policies.iter().take(limits::POLICIES) {
        match parse(policy) {
            Ok(parsed) => {
                match parsed.to_json() {
                    Ok(json) => problems.extend(impossible(&json).into_iter().map(|found| Problem {
                        place: found.place(&policy.text),
                        ..Problem::of(&policy.id, found.what)
                    })),
                    Err(error) => problems.push(Problem::of(&policy.id, error.to_string())),
                }
                words.push(PolicyWords::of(&policy.id, &parsed));
                if let Err(error) = policies.add(parsed) {
                    problems.push(Problem::of(&policy.id, error.to_string()));
                }
            }
            Err(problem) => problems.push(problem),
        }
    }
    // A broken label would make the schema itself unreadable; its problem is named above.
    if !problems.is_empty() {
        return Err(refused(problems));
    }

    let schema = schema(rules.schema_version, &rules.thresholds)
        .map_err(|what| refused(vec![Problem::of_revision(format!("schema: {what}"))]))?;
    let validator = Validator::new(schema);
    let result = validator.validate(&policies, ValidationMode::Strict);
    let of_policy = |id: &PolicyId, message: String, byte: Option<usize>| found(rules, id, &message, byte);
    problems.extend(result.validation_errors().map(|e| of_policy(e.policy_id(), e.to_string(), span(e))));
    problems.extend(result.validation_warnings().map(|w| of_policy(w.policy_id(), w.to_string(), span(w))));
    if !problems.is_empty() {
        return Err(refused(problems));
    }
    let id = rules.id().map_err(|error| refused(vec![Problem::of_revision(error.to_string())]))?;
    Ok(Compiled { policies, schema: validator.schema().clone(), words, id })
}

/// What is wrong with a revision apart from its policies' texts.
fn outline(rules: &RulesRevision) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut wrong = |what: String| problems.push(Problem::of_revision(what));
    if !(1..=SCHEMA_VERSION).contains(&rules.schema_version) {
        wrong(format!(
            "schema version is {}, this program knows 1 to {SCHEMA_VERSION}",
            rules.schema_version
        ));
    }
    let count = rules.policies.len();
    if !(1..=limits::POLICIES).contains(&count) {
        wrong(format!("{count} policies, 1 to {} are allowed", limits::POLICIES));
    }
    if !(1..=limits::QUORUM_AGE_S).contains(&rules.quorum.max_age_s) {
        wrong(format!(
            "the quorum's max_age_s is {}, 1 to {} are allowed: no registry epoch holds for longer",
            rules.quorum.max_age_s,
            limits::QUORUM_AGE_S
        ));
    }
    if rules.policies.windows(2).any(|pair| pair[0].id >= pair[1].id) {
        wrong("policies are not strictly ascending by id".into());
    }
    if rules.thresholds.windows(2).any(|pair| pair[0].label >= pair[1].label) {
        wrong("thresholds are not strictly ascending by label".into());
    }
    for threshold in &rules.thresholds {
        if !is_label(&threshold.label) {
            wrong(format!(
                "threshold label {:?} is not [a-z][a-z0-9_]* of at most 32 bytes",
                threshold.label
            ));
        }
        if !(0..=1000).contains(&threshold.bound) {
            wrong(format!("bound of {} is {}, not 0 to 1000 thousandths", threshold.label, threshold.bound));
        }
    }
    problems
}

/// Cedar's messages open with "for policy `id`, "; the problem already names it.
fn found(rules: &RulesRevision, id: &PolicyId, message: &str, byte: Option<usize>) -> Problem {
    let id = id.to_string();
    let text = rules.policies.iter().find(|policy| policy.id == id).map(|policy| policy.text.as_str());
    let what = message.strip_prefix(&format!("for policy `{id}`, ")).unwrap_or(message);
    Problem {
        place: text.zip(byte).map(|(text, byte)| Place::of(text, byte)),
        ..Problem::of(&id, what.into())
    }
}
