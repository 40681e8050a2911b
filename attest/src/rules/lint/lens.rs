//! Which policies of a revision apply to a request: all of them, not only those that decide.

use std::collections::BTreeMap;

use cedar_policy::{Authorizer, Effect, Policy, PolicyId, PolicySet, Schema};
use serde_json::Value as Json;

use super::space::{Case, Space};
use crate::object::{RulesRevision, Value};
use crate::rules::context;
use crate::rules::problem::{Problem, RulesError, refused};
use crate::rules::validate::{Compiled, compile};

/// What applies to one request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// Permissions, ascending.
    pub(super) permits: Vec<String>,
    /// Prohibitions, ascending; with `bound.<label>` for a score over its bound.
    pub(super) forbids: Vec<String>,
    /// Policies whose evaluation failed, with the reason.
    pub(super) errors: Vec<String>,
}

impl Seen {
    pub(super) fn permitted(&self) -> bool {
        !self.permits.is_empty() && self.forbids.is_empty() && self.errors.is_empty()
    }

    /// Whether this policy applies.
    pub(super) fn has(&self, policy: &str) -> bool {
        self.permits.iter().chain(&self.forbids).any(|id| id == policy)
    }
}

/// A revision, ready to be asked. Every policy is turned into a permission, so that Cedar names each that applies.
pub(super) struct Lens<'r> {
    pub(super) rules: &'r RulesRevision,
    /// Effect and JSON form of each policy by its id.
    pub(super) policies: BTreeMap<String, (Effect, Json)>,
    open: PolicySet,
    schema: Schema,
}

impl<'r> Lens<'r> {
    /// Call it on a thread that has the stack.
    pub(super) fn new(rules: &'r RulesRevision) -> Result<Self, RulesError> {
        let Compiled { policies: compiled, schema, .. } = compile(rules)?;
        let mut policies = BTreeMap::new();
        let mut open = PolicySet::new();
        for policy in compiled.policies() {
            let id = policy.id().to_string();
            let wrong = |what: String| refused(vec![Problem::of(&id, what)]);
            let form = policy.to_json().map_err(|error| wrong(error.to_string()))?;
            let mut permission = form.clone();
            permission["effect"] = Json::from("permit");
            let permission = Policy::from_json(Some(PolicyId::new(&id)), permission)
                .map_err(|error| wrong(error.to_string()))?;
            open.add(permission).map_err(|error| wrong(error.to_string()))?;
            policies.insert(id, (policy.effect(), form));
        }
        Ok(Self { rules, policies, open, schema })
    }

    /// What applies to this request.
    pub(super) fn look(&self, space: &Space, case: &Case) -> Seen {
        let mut seen = Seen::default();
        let inputs = space.inputs(case, self.rules);
        for threshold in &self.rules.thresholds {
            let name = format!("context.content.{}", threshold.label);
            let score = inputs.iter().find(|input| input.name == name).map(|input| &input.value);
            if matches!(score, Some(Value::Long(score)) if *score > i64::from(threshold.bound)) {
                seen.forbids.push(format!("bound.{}", threshold.label));
            }
        }
        let (query, entities) = match context::cedar(&inputs, &self.schema) {
            Ok(question) => question,
            Err(error) => {
                seen.errors.push(error);
                return seen;
            }
        };
        let response = Authorizer::new().is_authorized(&query, &self.open, &entities);
        let transfer = context::is_transfer(&inputs);
        for id in response.diagnostics().reason() {
            let id = id.to_string();
            match self.policies.get(&id) {
                // As in an evaluation: who names no action permits uses alone.
                Some((Effect::Permit, form)) if transfer && form["action"]["op"] == "All" => {}
                Some((Effect::Permit, _)) => seen.permits.push(id),
                _ => seen.forbids.push(id),
            }
        }
        seen.errors.extend(response.diagnostics().errors().map(|error| {
            let cedar_policy::AuthorizationError::PolicyEvaluationError(error) = error;
            format!("policy {}: {}", error.policy_id(), error.inner())
        }));
        seen.permits.sort();
        seen.forbids.sort();
        seen
    }
}
