//! From request and descriptor to what Cedar sees. The list of inputs comes first and Cedar's values are made from
//! it, so that a verdict cannot omit anything that a policy could read.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::str::FromStr;

use cedar_policy::{
    Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, Request, RestrictedExpression, Schema,
};

use crate::id::Id;
use crate::object::{
    AgentAction, AssetDescriptor, AssetKind, ClassifierScore, Content, Input, Modality, RulesRevision,
    UsageRequest, Value,
};

/// Atto in a millionth of a unit.
const ATTO_PER_MICRO: u128 = 1_000_000_000_000;

/// The input that names what is asked for; absent: to use the asset.
const ACTION: &str = "action";
/// That it change hands.
const TRANSFER: &str = "transfer";

/// Every value that policies may read, by dotted name; errors for what has no representation.
pub(super) fn inputs(
    asset: Id,
    rules: &RulesRevision,
    descriptor: &AssetDescriptor,
    request: &UsageRequest,
    now: u64,
    scores: &[ClassifierScore],
) -> (Vec<Input>, Vec<String>) {
    let mut list = Collector::default();
    let attributes = &request.attributes;
    list.text("principal", request.requester.to_string());
    if let Some(transfer) = &request.transfer {
        list.text(ACTION, TRANSFER);
        list.text("context.new_owner", transfer.to.to_string());
    }
    list.text("resource", asset.to_string());
    list.text("resource.kind", kind(descriptor.kind));
    list.set("resource.modalities", descriptor.modalities.iter().map(|m| modality(*m).to_owned()));
    list.text("resource.owner", descriptor.owner.to_string());

    list.text("context.app", request.app.as_str());
    list.text("context.purpose", attributes.purpose.as_str());
    list.optional_text("context.medium", attributes.medium.as_ref());
    list.optional_text("context.audience", attributes.audience.as_ref());
    list.optional_set("context.languages", attributes.languages.as_ref());
    list.optional_set("context.territories", attributes.territories.as_ref());
    list.optional_bool("context.commercial", attributes.commercial);
    list.optional_bool("context.derived_work", attributes.derived_work);
    if let Some(days) = attributes.duration_days {
        list.long("context.duration_days", days);
    }
    list.long("context.fee_micro", request.fee.0 / ATTO_PER_MICRO);
    list.put("context.designated_agent", Value::Bool(is_designated_agent(descriptor, request, now)));
    list.long("context.created", request.created);
    list.long("context.expires", request.expires);
    list.long("context.now", now);
    if let Some(hour) = i64::try_from(now).ok().and_then(|now| hour(rules.schema_version, now)) {
        list.put("context.hour", Value::Long(hour));
    }
    list.text(
        "context.media_type",
        match &request.content {
            Content::Text(_) => "text/plain",
            Content::Digest { media_type, .. } => media_type,
        },
    );
    for threshold in &rules.thresholds {
        list.put(&format!("context.bounds.{}", threshold.label), Value::Long(threshold.bound.into()));
    }
    for score in scores {
        list.put(&format!("context.content.{}", score.label), Value::Long(score.score.into()));
    }
    let inputs = list.values.into_iter().map(|(name, value)| Input { name, value, as_of: None }).collect();
    (inputs, list.errors)
}

/// The hour of the day in UTC, 0 to 23: since version 2 of the schema.
pub(super) fn hour(schema_version: u32, now: i64) -> Option<i64> {
    (schema_version >= 2).then(|| now.rem_euclid(86_400) / 3600)
}

/// Whether these inputs are of a transfer.
pub(super) fn is_transfer(inputs: &[Input]) -> bool {
    inputs.iter().any(|input| input.name == ACTION && input.value == Value::Text(TRANSFER.into()))
}

fn is_designated_agent(descriptor: &AssetDescriptor, request: &UsageRequest, now: u64) -> bool {
    descriptor.agent(&request.requester).is_some_and(|agent| {
        agent.actions.contains(&AgentAction::Request)
            && now <= agent.expires
            && agent.fee_limit.is_none_or(|limit| request.fee <= limit)
    })
}

fn kind(kind: AssetKind) -> &'static str {
    match kind {
        AssetKind::Model => "model",
        AssetKind::Genome => "genome",
    }
}

fn modality(modality: Modality) -> &'static str {
    match modality {
        Modality::Face => "face",
        Modality::Voice => "voice",
        Modality::Gesture => "gesture",
        Modality::Behaviour => "behaviour",
        Modality::Text => "text",
        Modality::Image => "image",
    }
}

#[derive(Default)]
struct Collector {
    values: BTreeMap<String, Value>,
    errors: Vec<String>,
}

impl Collector {
    fn put(&mut self, name: &str, value: Value) {
        self.values.insert(name.to_owned(), value);
    }

    fn text(&mut self, name: &str, text: impl Into<String>) {
        self.put(name, Value::Text(text.into()));
    }

    fn optional_text(&mut self, name: &str, text: Option<&String>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    fn optional_bool(&mut self, name: &str, value: Option<bool>) {
        if let Some(value) = value {
            self.put(name, Value::Bool(value));
        }
    }

    fn set(&mut self, name: &str, items: impl Iterator<Item = String>) {
        let mut items: Vec<String> = items.collect();
        items.sort();
        items.dedup();
        self.put(name, Value::TextSet(items));
    }

    /// An empty set declares nothing, and `containsAll` of nothing would be true: it counts as left out.
    fn optional_set(&mut self, name: &str, items: Option<&Vec<String>>) {
        if let Some(items) = items.filter(|items| !items.is_empty()) {
            self.set(name, items.iter().cloned());
        }
    }

    fn long(&mut self, name: &str, value: impl TryInto<i64> + Copy + std::fmt::Display) {
        match value.try_into() {
            Ok(long) => self.put(name, Value::Long(long)),
            Err(_) => {
                self.errors.push(format!("{name} is {value}, above the largest number that rules can hold"));
            }
        }
    }
}

/// Cedar's request and entities, validated against the schema, from the inputs alone.
pub(super) fn cedar(inputs: &[Input], schema: &Schema) -> Result<(Request, Entities), String> {
    let find = |wanted: &str| {
        inputs
            .iter()
            .find(|input| input.name == wanted)
            .map(|input| &input.value)
            .ok_or(format!("{wanted} is missing"))
    };
    let uid = |type_name: &str, input: &str| match find(input)? {
        Value::Text(id) => {
            let type_name = EntityTypeName::from_str(type_name).map_err(|error| error.to_string())?;
            Ok(EntityUid::from_type_name_and_id(type_name, EntityId::new(id)))
        }
        _ => Err(format!("{input} is not a text")),
    };
    let principal = uid("Requester", "principal")?;
    let owner = uid("Requester", "resource.owner")?;
    let resource = uid("Asset", "resource")?;
    let action = match find(ACTION) {
        Ok(Value::Text(action)) => action.as_str(),
        _ => "use",
    };
    let action = EntityUid::from_str(&format!("Action::\"{action}\"")).map_err(|error| error.to_string())?;

    let attributes = HashMap::from([
        ("kind".to_owned(), expression(find("resource.kind")?)),
        ("modalities".to_owned(), expression(find("resource.modalities")?)),
        ("owner".to_owned(), RestrictedExpression::new_entity_uid(owner.clone())),
    ]);
    let asset =
        Entity::new(resource.clone(), attributes, HashSet::new()).map_err(|error| error.to_string())?;
    let mut entities = vec![asset, Entity::new_no_attrs(principal.clone(), HashSet::new())];
    if owner != principal {
        entities.push(Entity::new_no_attrs(owner, HashSet::new()));
    }
    let entities = Entities::from_entities(entities, Some(schema)).map_err(|error| error.to_string())?;

    let mut records: BTreeMap<&str, Vec<(String, RestrictedExpression)>> =
        BTreeMap::from([("content", vec![]), ("bounds", vec![])]);
    let mut pairs = Vec::new();
    for input in inputs {
        let Some(name) = input.name.strip_prefix("context.") else { continue };
        match name.split_once('.') {
            None if name == "new_owner" => {
                let owner = RestrictedExpression::new_entity_uid(uid("Requester", &input.name)?);
                pairs.push((name.to_owned(), owner));
            }
            None => pairs.push((name.to_owned(), expression(&input.value))),
            Some((record, field)) => records
                .get_mut(record)
                .ok_or(format!("{} is no input of these rules", input.name))?
                .push((field.to_owned(), expression(&input.value))),
        }
    }
    for (name, fields) in records {
        let record = RestrictedExpression::new_record(fields).map_err(|error| error.to_string())?;
        pairs.push((name.to_owned(), record));
    }
    let context = Context::from_pairs(pairs).map_err(|error| error.to_string())?;
    let request = Request::new(principal, action, resource, context, Some(schema))
        .map_err(|error| error.to_string())?;
    Ok((request, entities))
}

fn expression(value: &Value) -> RestrictedExpression {
    match value {
        Value::Bool(value) => RestrictedExpression::new_bool(*value),
        Value::Long(value) => RestrictedExpression::new_long(*value),
        Value::Text(value) => RestrictedExpression::new_string(value.clone()),
        Value::TextSet(values) => {
            RestrictedExpression::new_set(values.iter().cloned().map(RestrictedExpression::new_string))
        }
    }
}
