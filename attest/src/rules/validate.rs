//! What has to hold of a revision before its owner signs it.

use std::fmt;
use std::str::FromStr;

use cedar_policy::{PolicyId, PolicySet, Schema, ValidationMode, Validator};

use super::schema::{SCHEMA_VERSION, is_label, schema};
use crate::limits;
use crate::object::{Policy, RulesRevision};

/// Most bytes of one policy's text.
pub const MAX_POLICY_BYTES: usize = 4 * 1024;
/// Deepest nesting of one policy: its deepest brackets and its `if`s, counted together.
pub const MAX_POLICY_NESTING: usize = 32;
const MAX_WORDS_BYTES: usize = 240;

/// One thing that is wrong with a revision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The policy at fault; `None` where it is the revision itself.
    pub policy: Option<String>,
    /// What was found, and what to do.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.policy {
            Some(policy) => write!(f, "policy {policy}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

/// A revision that must not be signed, with everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("rules refused: {}", .problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct RulesError {
    /// At least one, ascending.
    pub problems: Vec<Problem>,
}

/// Whether a revision may be signed.
///
/// Policies: 1 to 64, ids of `[a-z0-9-]` in strictly ascending order, at most [`MAX_POLICY_BYTES`] each, no templates,
/// an `@words("…")` that says the rule to people, an `@id` (where there is one) equal to the signed id, and strict
/// Cedar validation without errors *or warnings*: a `forbid` that can never apply is a mistake, not a style.
/// Thresholds: labels `[a-z][a-z0-9_]*`, bounds 0 to 1000.
///
/// # Errors
/// [`RulesError`] with every problem found, not only the first.
pub fn validate(rules: &RulesRevision) -> Result<(), RulesError> {
    compile(rules).map(drop)
}

/// Splits a Cedar file into the policies of a revision, ascending by their `@id`. Does not validate them.
///
/// # Errors
/// [`RulesError`] if the text is no Cedar, holds templates, or a policy has no `@id` or another's.
pub fn policies_from_cedar(source: &str) -> Result<Vec<Policy>, RulesError> {
    let wrong = |what: String| refused(vec![Problem { policy: None, what }]);
    if source.len() > limits::RULES {
        return Err(wrong(format!(
            "the file has {} bytes, at most {} are read",
            source.len(),
            limits::RULES
        )));
    }
    let set = PolicySet::from_str(source).map_err(|error| wrong(error.to_string()))?;
    if let Some(template) = set.templates().next() {
        return Err(wrong(format!("{} is a template (it has a ?slot): write it out", template.id())));
    }
    let mut policies = Vec::new();
    for policy in set.policies() {
        let text = policy.to_cedar().unwrap_or_else(|| policy.to_string());
        let id = policy.annotation("id").ok_or_else(|| {
            wrong(format!("a policy has no @id(\"…\"): {}", text.lines().next().unwrap_or_default()))
        })?;
        policies.push(Policy { id: id.to_owned(), text });
    }
    policies.sort_by(|a, b| a.id.cmp(&b.id));
    match policies.windows(2).find(|pair| pair[0].id == pair[1].id) {
        Some(pair) => Err(wrong(format!("two policies have the @id {:?}", pair[0].id))),
        None => Ok(policies),
    }
}

/// Policies and schema of a revision that has passed [`validate`].
pub(super) struct Compiled {
    pub(super) policies: PolicySet,
    pub(super) schema: Schema,
}

pub(super) fn compile(rules: &RulesRevision) -> Result<Compiled, RulesError> {
    let mut problems = Vec::new();
    let mut wrong = |policy: Option<&Policy>, what: String| {
        problems.push(Problem { policy: policy.map(|policy| policy.id.clone()), what });
    };

    if rules.schema_version != SCHEMA_VERSION {
        wrong(
            None,
            format!("schema version is {}, this program knows {SCHEMA_VERSION}", rules.schema_version),
        );
    }
    let count = rules.policies.len();
    if !(1..=limits::POLICIES).contains(&count) {
        wrong(None, format!("{count} policies, 1 to {} are allowed", limits::POLICIES));
    }
    if !(1..=limits::QUORUM_AGE_S).contains(&rules.quorum.max_age_s) {
        wrong(
            None,
            format!(
                "the quorum's max_age_s is {}, 1 to {} are allowed: no registry epoch holds for longer",
                rules.quorum.max_age_s,
                limits::QUORUM_AGE_S
            ),
        );
    }
    if rules.policies.windows(2).any(|pair| pair[0].id >= pair[1].id) {
        wrong(None, "policies are not strictly ascending by id".into());
    }
    if rules.thresholds.windows(2).any(|pair| pair[0].label >= pair[1].label) {
        wrong(None, "thresholds are not strictly ascending by label".into());
    }
    for threshold in &rules.thresholds {
        if !is_label(&threshold.label) {
            wrong(
                None,
                format!("threshold label {:?} is not [a-z][a-z0-9_]* of at most 32 bytes", threshold.label),
            );
        }
        if !(0..=1000).contains(&threshold.bound) {
            wrong(
                None,
                format!("bound of {} is {}, not 0 to 1000 thousandths", threshold.label, threshold.bound),
            );
        }
    }

    let mut policies = PolicySet::new();
    for policy in rules.policies.iter().take(limits::POLICIES) {
        match parse(policy) {
            Ok(parsed) => {
                if let Err(error) = policies.add(parsed) {
                    wrong(Some(policy), error.to_string());
                }
            }
            Err(what) => wrong(Some(policy), what),
        }
    }
    // A broken label would make the schema itself unreadable; its problem is named above.
    if !problems.is_empty() {
        return Err(refused(problems));
    }

    let schema = schema(&rules.thresholds)
        .map_err(|what| refused(vec![Problem { policy: None, what: format!("schema: {what}") }]))?;
    let validator = Validator::new(schema);
    let result = validator.validate(&policies, ValidationMode::Strict);
    problems.extend(result.validation_errors().map(|error| of_policy(error.policy_id(), error)));
    problems.extend(result.validation_warnings().map(|warning| of_policy(warning.policy_id(), warning)));
    if !problems.is_empty() {
        return Err(refused(problems));
    }
    Ok(Compiled { policies, schema: validator.schema().clone() })
}

fn refused(mut problems: Vec<Problem>) -> RulesError {
    problems.sort();
    problems.dedup();
    RulesError { problems }
}

/// Cedar's messages open with "for policy `id`, "; the problem already names it.
fn of_policy(id: &PolicyId, message: &impl fmt::Display) -> Problem {
    let message = message.to_string();
    let prefix = format!("for policy `{id}`, ");
    Problem {
        policy: Some(id.to_string()),
        what: message.strip_prefix(&prefix).unwrap_or(&message).to_owned(),
    }
}

/// Reads one policy and checks all that can be said of it without a schema.
pub(super) fn parse(policy: &Policy) -> Result<cedar_policy::Policy, String> {
    let id = &policy.id;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !(1..=64).contains(&id.len()) || !id.chars().all(plain) {
        return Err(format!("id {id:?} is not [a-z0-9-] of 1 to 64 bytes"));
    }
    if policy.text.len() > MAX_POLICY_BYTES {
        return Err(format!("text has {} bytes, at most {MAX_POLICY_BYTES} are read", policy.text.len()));
    }
    let nesting = nesting(&policy.text);
    if nesting > MAX_POLICY_NESTING {
        return Err(format!("nests {nesting} deep, at most {MAX_POLICY_NESTING} is read: split it"));
    }
    let cedar_id = PolicyId::from_str(id).map_err(|error| error.to_string())?;
    let parsed =
        cedar_policy::Policy::parse(Some(cedar_id), &policy.text).map_err(|error| error.to_string())?;
    match parsed.annotation("id") {
        Some(annotated) if annotated != id => {
            return Err(format!("@id says {annotated:?}, the signed id is {id:?}"));
        }
        _ => {}
    }
    match parsed.annotation("words") {
        None => Err("has no @words(\"…\"): say the rule in words that a person understands".into()),
        Some(words)
            if words.trim().is_empty()
                || words.len() > MAX_WORDS_BYTES
                || words.chars().any(char::is_control) =>
        {
            Err(format!("@words has to be 1 to {MAX_WORDS_BYTES} bytes on one line"))
        }
        Some(_) => Ok(parsed),
    }
}

/// How deep a policy's brackets and `if`s nest. Cedar walks expressions recursively; with this bound, and with runs of
/// members and operators bounded by [`MAX_POLICY_BYTES`], a thread's stack of 1 MiB is enough (a test holds it).
fn nesting(text: &str) -> usize {
    let (mut open, mut deepest) = (0_usize, 0_usize);
    let mut quoted = false;
    let mut escaped = false;
    for c in text.chars() {
        if quoted {
            quoted = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        match c {
            '"' => quoted = true,
            '(' | '[' | '{' => {
                open += 1;
                deepest = deepest.max(open);
            }
            ')' | ']' | '}' => open = open.saturating_sub(1),
            _ => {}
        }
    }
    let ifs = text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| *word == "if").count();
    deepest + ifs
}
