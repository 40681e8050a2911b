//! One asset, one request, one moment: permit or forbid.

use std::collections::BTreeSet;

use cedar_policy::{ActionConstraint, AuthorizationError, Authorizer, Response};

use super::problem::Problem;
use super::stack::with_stack;
use super::validate::{Compiled, compile};
use super::{AssetVerdict, context};
use crate::id::Id;
use crate::object::{AssetDescriptor, ClassifierScore, Decision, Input, Object, RulesRevision, UsageRequest};
use crate::terms::unexpired;

/// What an evaluation needs beyond the signed objects. Nothing else is looked at: no clock, no file, no network.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inputs {
    /// The checker's time, UTC seconds.
    pub now: u64,
    /// Scores of the request's text, in any order. One that the rules set no bound for is ignored; one that they set a
    /// bound for and that is missing, doubled, out of 0..=1000 or by another classifier forbids. Content that no
    /// classifier can read has no score, whatever stands here.
    pub scores: Vec<ClassifierScore>,
}

/// Evaluates the rules of one asset on one request.
///
/// Pure: the same arguments give the same verdict. It never fails: whatever is wrong with the rules, the descriptor,
/// the request or the inputs becomes an entry of `errors`, and any error forbids. `deciding` names
/// - on permit, the policies that permitted;
/// - on forbid, the policies that forbade, those whose evaluation failed, and `bound.<label>` for a score over its
///   bound; empty where simply nothing permitted.
pub fn evaluate(
    rules: &RulesRevision,
    descriptor: &AssetDescriptor,
    request: &UsageRequest,
    inputs: &Inputs,
) -> AssetVerdict {
    evaluate_compiled(rules, None, descriptor, request, inputs)
}

/// The same with these rules compiled already, if they are: by [`super::compiled`], of this very revision.
pub fn evaluate_compiled(
    rules: &RulesRevision,
    compiled: Option<&Compiled>,
    descriptor: &AssetDescriptor,
    request: &UsageRequest,
    inputs: &Inputs,
) -> AssetVerdict {
    let mut errors = BTreeSet::new();
    let mut deciding = BTreeSet::new();
    let descriptor_id = identifier("descriptor", descriptor, &mut errors);
    let rules_id = match compiled {
        Some(compiled) => compiled.id,
        None => identifier("rules", rules, &mut errors),
    };
    identifier("request", request, &mut errors);
    let asset = descriptor.asset.unwrap_or(descriptor_id);
    consistency(asset, rules, request, inputs.now, &mut errors);

    let scores = scores(rules, request, inputs, &mut errors);
    for (threshold, score) in rules
        .thresholds
        .iter()
        .filter_map(|t| scores.iter().find(|score| score.label == t.label).map(|score| (t, score)))
    {
        if score.score > threshold.bound {
            deciding.insert(format!("bound.{}", threshold.label));
        }
    }
    let (values, unrepresentable) = context::inputs(asset, rules, descriptor, request, inputs.now, &scores);
    errors.extend(unrepresentable);

    let decided = match with_stack(|| decide(rules, compiled, &values, errors.is_empty())) {
        Ok(decided) => decided,
        Err(error) => Decided::error(Problem::no_thread(&error).to_string()),
    };
    errors.extend(decided.errors);
    deciding.extend(decided.failing);
    let permitted = decided.allowed && errors.is_empty() && deciding.is_empty();
    // Permissions decide nothing once something else forbids.
    if permitted || !decided.allowed {
        deciding.extend(decided.reasons);
    }
    AssetVerdict {
        asset,
        descriptor: descriptor_id,
        rules: rules_id,
        inputs: values,
        scores,
        decision: if permitted { Decision::Permit } else { Decision::Forbid },
        deciding: deciding.into_iter().collect(),
        errors: errors.into_iter().collect(),
    }
}

/// Said of a transfer that no policy speaks of.
const UNNAMED: &str = "the rules permit uses and speak of no transfer: an asset changes hands only where a policy permits \
                       action == Action::\"transfer\"";

/// What Cedar says.
#[derive(Default)]
struct Decided {
    allowed: bool,
    /// Policies behind `allowed`.
    reasons: Vec<String>,
    /// Policies whose evaluation failed.
    failing: Vec<String>,
    errors: Vec<String>,
}

impl Decided {
    fn error(what: String) -> Self {
        Self { errors: vec![what], ..Self::default() }
    }
}

/// Asks Cedar, unless a value is missing or wrong: it would be asked another question than the request's.
fn decide(rules: &RulesRevision, compiled: Option<&Compiled>, values: &[Input], complete: bool) -> Decided {
    let own;
    let compiled = match compiled {
        Some(compiled) => compiled,
        None => match compile(rules) {
            Ok(compiled) => {
                own = compiled;
                &own
            }
            Err(refused) => {
                let errors = refused.problems.iter().map(ToString::to_string).collect();
                return Decided { errors, ..Decided::default() };
            }
        },
    };
    if !complete {
        return Decided::default();
    }
    let (query, entities) = match context::cedar(values, &compiled.schema) {
        Ok(question) => question,
        Err(error) => return Decided::error(format!("request does not fit the rules' schema: {error}")),
    };
    let response = Authorizer::new().is_authorized(&query, &compiled.policies, &entities);
    let mut decided = Decided {
        allowed: response.decision() == cedar_policy::Decision::Allow,
        reasons: response.diagnostics().reason().map(ToString::to_string).collect(),
        ..Decided::default()
    };
    if decided.allowed && context::is_transfer(values) {
        decided.reasons = naming_an_action(compiled, &response);
        if decided.reasons.is_empty() {
            decided.allowed = false;
            decided.errors.push(UNNAMED.to_owned());
        }
    }
    for AuthorizationError::PolicyEvaluationError(error) in response.diagnostics().errors() {
        decided.errors.push(format!("policy {}: {}", error.policy_id(), error.inner()));
        decided.failing.push(error.policy_id().to_string());
    }
    decided
}

/// The permissions that say of what action they speak. One that does not was written for uses: nobody meant to give the
/// asset away by it.
fn naming_an_action(compiled: &Compiled, response: &Response) -> Vec<String> {
    let names = |id: &&cedar_policy::PolicyId| {
        let policy = compiled.policies.policy(id);
        policy.is_some_and(|policy| policy.action_constraint() != ActionConstraint::Any)
    };
    response.diagnostics().reason().filter(names).map(ToString::to_string).collect()
}

fn identifier(what: &str, object: &impl Object, errors: &mut BTreeSet<String>) -> Id {
    object.id().unwrap_or_else(|error| {
        errors.insert(format!("{what} is malformed: {error}"));
        Id::ZERO
    })
}

fn consistency(
    asset: Id,
    rules: &RulesRevision,
    request: &UsageRequest,
    now: u64,
    errors: &mut BTreeSet<String>,
) {
    if rules.asset != asset {
        errors.insert(format!("rules are for asset {}, the descriptor is of {asset}", rules.asset));
    }
    if !request.assets.contains(&asset) {
        errors.insert(format!("request does not ask for asset {asset}"));
    }
    if !unexpired(request.expires, now).holds {
        errors.insert(format!("request expired at {}, it is {now}", request.expires));
    }
}

/// The scores that the revision's bounds ask for, ascending by label.
///
/// Where there is no text, or one that no classifier can read, there is nothing that a score could be of: a supplied
/// one is then no measurement, and the rules' bounds cannot be kept.
fn scores(
    rules: &RulesRevision,
    request: &UsageRequest,
    inputs: &Inputs,
    errors: &mut BTreeSet<String>,
) -> Vec<ClassifierScore> {
    let mut taken = Vec::new();
    if let (false, Some(why)) = (rules.thresholds.is_empty(), super::content::unreadable(request)) {
        errors.insert(format!("the rules set bounds for scores, and {why}"));
        return taken;
    }
    for threshold in &rules.thresholds {
        let label = &threshold.label;
        let mut supplied = inputs.scores.iter().filter(|score| score.label == *label);
        let error = match (supplied.next(), supplied.next()) {
            (None, _) => format!("score {label} is missing: the rules set a bound for it"),
            (Some(_), Some(_)) => format!("score {label} is given twice"),
            (Some(score), None) if score.classifier != threshold.classifier => format!(
                "score {label} is by classifier {}, the rules name {}",
                score.classifier.short(),
                threshold.classifier.short()
            ),
            (Some(score), None) if !(0..=1000).contains(&score.score) => {
                format!("score {label} is {}, not 0 to 1000", score.score)
            }
            (Some(score), None) => {
                taken.push(score.clone());
                continue;
            }
        };
        errors.insert(error);
    }
    taken.sort_by(|a, b| a.label.cmp(&b.label));
    taken
}
