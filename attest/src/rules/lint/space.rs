//! Which requests tell the policies of a revision apart: for each attribute the values that the policies compare it
//! with, one beside them, and *not declared*.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::codes;
use crate::id::{Id, PublicKey};
use crate::object::{Input, RulesRevision, Value};
use crate::rules::content::understood;
use crate::rules::literals::{compared, mentioned};

/// A value of every attribute, by its place in [`Dimension::values`].
pub(super) type Case = Vec<u16>;

/// Most values of one attribute that are tried.
const MOST_VALUES: usize = 64;
const DAY: i64 = 86_400;
/// When the requests are made that no policy dates: 1 July 2026, noon, UTC seconds.
const NOON: i64 = 1_782_907_200;
/// Names that a request may choose freely, and what no owner names.
const NAMES: [&str; 4] = ["context.app", "context.purpose", "context.medium", "context.audience"];
const LIFE: &str = "life";
const NOW: &str = "context.now";
/// As a verdict's inputs name it; not declared: to use the asset.
const ACTION: &str = "action";
const NEW_OWNER: &str = "context.new_owner";

/// One attribute.
pub(super) struct Dimension {
    /// Its dotted name, as in a verdict's inputs.
    pub(super) name: String,
    /// What it may be; `None`: not declared. The first is what it is where nothing is said of it.
    pub(super) values: Vec<Option<Value>>,
}

/// All attributes that some policy reads, and those that none does with one value each.
pub(super) struct Space {
    pub(super) dimensions: Vec<Dimension>,
    owner: PublicKey,
}

impl Space {
    /// The requests that tell these policies (Cedar's JSON form) apart, for these revisions of one asset.
    pub(super) fn of(policies: &[Json], revisions: &[&RulesRevision]) -> Self {
        let owner = revisions.first().map_or(PublicKey::Ed25519([0xff; 32]), |rules| rules.signed_by);
        let asset = revisions.first().map_or(Id::ZERO, |rules| rules.asset);
        let mut literals: BTreeMap<String, Vec<Json>> = BTreeMap::new();
        for policy in policies {
            for name in mentioned(policy) {
                literals.entry(name).or_default();
            }
            for (attribute, literal) in compared(policy) {
                literals.entry(attribute).or_default().push(literal);
            }
        }
        for threshold in revisions.iter().flat_map(|rules| &rules.thresholds) {
            let bound = literals.entry(format!("context.content.{}", threshold.label)).or_default();
            bound.extend([0, threshold.bound].map(Json::from));
        }
        let scored = revisions.iter().any(|rules| !rules.thresholds.is_empty());
        let read = |name: &str| literals.get(name).map(Vec::as_slice);
        let mut dimensions: Vec<Dimension> = Vec::new();
        let mut put = |name: &str, values: Vec<Option<Value>>| {
            dimensions.push(Dimension { name: name.to_owned(), values });
        };
        let stranger = PublicKey::Ed25519([0; 32]).to_string();
        put("principal", keys(read("principal"), &stranger, &owner.to_string()));
        let transfers = policies.iter().any(speaks_of_transfers);
        let transfer = transfers.then(|| Some(Value::Text("transfer".into())));
        put(ACTION, [None].into_iter().chain(transfer).collect());
        let named = transfers.then(|| read(NEW_OWNER).unwrap_or_default());
        put(NEW_OWNER, keys(named, &stranger, &owner.to_string()));
        put("resource", vec![Some(Value::Text(asset.to_string()))]);
        put("resource.kind", text(read("resource.kind"), &["genome", "model"], false));
        put("resource.modalities", sets(read("resource.modalities"), &["voice"], false, |_| Vec::new()));
        for name in NAMES {
            let optional = name != "context.app" && name != "context.purpose";
            put(name, names(read(name), optional));
        }
        put("context.languages", languages(read("context.languages"), scored));
        put(
            "context.territories",
            sets(read("context.territories"), &["ZZ"], true, |_| vec!["worldwide".to_owned()]),
        );
        for name in ["context.commercial", "context.derived_work"] {
            put(name, flags(read(name), true));
        }
        put("context.designated_agent", flags(read("context.designated_agent"), false));
        put("context.duration_days", numbers(read("context.duration_days"), &[30, 1, 365, 3660], true));
        put(
            "context.fee_micro",
            numbers(read("context.fee_micro"), &[0, 1_000_000, 1_000_000_000_000], false),
        );
        put("context.media_type", media_types(read("context.media_type"), scored));
        put(NOW, moments(&literals));
        put(LIFE, lives(&literals));
        for (name, literals) in literals.iter().filter(|(name, _)| name.starts_with("context.content.")) {
            put(name, numbers(Some(literals), &[0, 1000], false));
        }
        for dimension in &mut dimensions {
            dimension.values.truncate(MOST_VALUES);
        }
        Self { dimensions, owner }
    }

    /// How many requests there are in all, if they can be counted.
    pub(super) fn size(&self) -> Option<usize> {
        self.dimensions.iter().try_fold(1usize, |all, one| all.checked_mul(one.values.len()))
    }

    /// Where an attribute stands.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        let name = if matches!(name, "context.created" | "context.hour") { NOW } else { name };
        let name = if name == "context.expires" { LIFE } else { name };
        self.dimensions.iter().position(|dimension| dimension.name == name)
    }

    /// A request as the policies of `rules` see it.
    pub(super) fn inputs(&self, case: &Case, rules: &RulesRevision) -> Vec<Input> {
        let mut values: BTreeMap<String, Value> = BTreeMap::new();
        for (dimension, chosen) in self.dimensions.iter().zip(case) {
            if let Some(value) = &dimension.values[usize::from(*chosen)] {
                values.insert(dimension.name.clone(), value.clone());
            }
        }
        let long = |value: Option<&Value>| match value {
            Some(Value::Long(value)) => *value,
            _ => 0,
        };
        let (now, life) = (long(values.get(NOW)), long(values.remove(LIFE).as_ref()));
        values.insert("context.created".into(), Value::Long(now));
        values.insert("context.expires".into(), Value::Long(now.saturating_add(life)));
        if let Some(hour) = crate::rules::context::hour(rules.schema_version, now) {
            values.insert("context.hour".into(), Value::Long(hour));
        }
        values.insert("resource.owner".into(), Value::Text(self.owner.to_string()));
        if !values.contains_key(ACTION) {
            values.remove(NEW_OWNER);
        }
        let has = |label: &str| rules.thresholds.iter().any(|threshold| threshold.label == label);
        values.retain(|name, _| name.strip_prefix("context.content.").is_none_or(has));
        for threshold in &rules.thresholds {
            values.insert(format!("context.bounds.{}", threshold.label), Value::Long(threshold.bound.into()));
        }
        values.into_iter().map(|(name, value)| Input { name, value, as_of: None }).collect()
    }

    /// What sets a request apart from one of which nothing is said, in words.
    pub(super) fn words(&self, case: &Case) -> String {
        let mut said = Vec::new();
        for (dimension, chosen) in self.dimensions.iter().zip(case) {
            if dimension.values.len() < 2 {
                continue;
            }
            let name = dimension.name.trim_start_matches("context.");
            if dimension.name == ACTION && dimension.values[usize::from(*chosen)].is_none() {
                continue;
            }
            said.push(match &dimension.values[usize::from(*chosen)] {
                None => format!("{name} not declared"),
                Some(value) => format!("{name} {value}"),
            });
        }
        said.join("; ")
    }
}

/// Whether a policy names an action, and not that of using alone.
fn speaks_of_transfers(policy: &Json) -> bool {
    let action = &policy["action"];
    let entities =
        action.get("entity").into_iter().chain(action["entities"].as_array().into_iter().flatten());
    entities.into_iter().any(|entity| entity["id"] == "transfer")
}

fn texts(literals: &[Json]) -> Vec<String> {
    literals.iter().filter_map(|literal| literal.as_str()).map(str::to_owned).collect()
}

fn tidy(values: Vec<Option<Value>>) -> Vec<Option<Value>> {
    let mut tidy: Vec<Option<Value>> = Vec::with_capacity(values.len());
    for value in values {
        if !tidy.contains(&value) {
            tidy.push(value);
        }
    }
    tidy
}

fn keys(read: Option<&[Json]>, stranger: &str, owner: &str) -> Vec<Option<Value>> {
    let named = read.map(texts).unwrap_or_default();
    let all = [stranger.to_owned()].into_iter().chain(read.map(|_| owner.to_owned())).chain(named);
    tidy(all.map(|key| Some(Value::Text(key))).collect())
}

fn text(read: Option<&[Json]>, known: &[&str], optional: bool) -> Vec<Option<Value>> {
    let count = if read.is_some() { known.len() } else { 1 };
    let mut values: Vec<_> =
        known[..count].iter().map(|text| Some(Value::Text((*text).to_owned()))).collect();
    if optional && read.is_some() {
        values.push(None);
    }
    values
}

fn names(read: Option<&[Json]>, optional: bool) -> Vec<Option<Value>> {
    let mut values = vec![Some(Value::Text("something else".to_owned()))];
    values.extend(read.map(texts).unwrap_or_default().into_iter().map(|text| Some(Value::Text(text))));
    if optional && read.is_some() {
        values.push(None);
    }
    tidy(values)
}

fn flags(read: Option<&[Json]>, optional: bool) -> Vec<Option<Value>> {
    let mut values = vec![Some(Value::Bool(false))];
    if read.is_some() {
        values.push(Some(Value::Bool(true)));
        values.extend(optional.then_some(None));
    }
    values
}

fn numbers(read: Option<&[Json]>, known: &[i64], optional: bool) -> Vec<Option<Value>> {
    let Some(read) = read else { return vec![Some(Value::Long(known[0]))] };
    let around = |number: i64| [number.saturating_sub(1), number, number.saturating_add(1)];
    let named = read.iter().filter_map(Json::as_i64).flat_map(around);
    let values = known.iter().copied().chain(named).filter(|number| *number >= 0);
    tidy(values.map(|number| Some(Value::Long(number))).chain(optional.then_some(None)).collect())
}

/// Each element alone, all together, each beside a foreign one, what else means the same to people, and nothing.
fn sets(
    read: Option<&[Json]>,
    foreign: &[&str],
    optional: bool,
    beside: impl Fn(&str) -> Vec<String>,
) -> Vec<Option<Value>> {
    let set = |items: &[String]| {
        let mut items = items.to_vec();
        items.sort();
        items.dedup();
        Some(Value::TextSet(items))
    };
    let foreign: Vec<String> = foreign.iter().map(|text| (*text).to_owned()).collect();
    let mut values = vec![set(&foreign)];
    let Some(read) = read else { return values };
    let named = texts(read);
    values.extend(named.iter().map(|one| set(std::slice::from_ref(one))));
    values.extend(named.iter().flat_map(|one| beside(one)).map(|one| set(&[one])));
    values.push(set(&named));
    values.extend(named.iter().map(|one| set(&[foreign.clone(), vec![one.clone()]].concat())));
    values.extend(optional.then_some(None));
    values.retain(|value| !matches!(value, Some(Value::TextSet(items)) if items.is_empty()));
    tidy(values)
}

/// Where scores are asked for, what the scorers do not understand is refused whatever the policies say.
fn languages(read: Option<&[Json]>, scored: bool) -> Vec<Option<Value>> {
    let mut values = sets(read, &[if scored { "en" } else { "xx" }], !scored, spellings);
    if scored {
        values.retain(|value| match value {
            Some(Value::TextSet(languages)) => languages.iter().all(|language| understood(language)),
            _ => false,
        });
    }
    values
}

/// The same language as a country spells it, and without its country.
fn spellings(language: &str) -> Vec<String> {
    let other = match language.split_once('-') {
        Some((plain, _)) => plain.to_owned(),
        None => format!("{language}-CH"),
    };
    codes::language(&other).is_ok().then_some(other).into_iter().collect()
}

/// Where scores are asked for, what no classifier can read is refused whatever the policies say.
fn media_types(read: Option<&[Json]>, scored: bool) -> Vec<Option<Value>> {
    let mut values = vec!["text/plain".to_owned()];
    if let (Some(read), false) = (read, scored) {
        values.extend(["application/octet-stream".to_owned()]);
        values.extend(texts(read));
    }
    tidy(values.into_iter().map(|text| Some(Value::Text(text))).collect())
}

/// Times around those that a policy names; every hour of a day where one asks for the hour.
fn moments(literals: &BTreeMap<String, Vec<Json>>) -> Vec<Option<Value>> {
    let mut times = vec![NOON];
    for name in ["context.now", "context.created", "context.expires"] {
        let named = literals.get(name).into_iter().flatten().filter_map(Json::as_i64);
        times.extend(named.flat_map(|time| [time - 1, time, time + 1]));
    }
    if literals.contains_key("context.hour") {
        times.extend((0..24).map(|hour| NOON - 12 * 3600 + hour * 3600));
    }
    times.retain(|time| *time >= 0);
    tidy(times.into_iter().map(|time| Some(Value::Long(time))).collect())
}

/// How long a request lives.
fn lives(literals: &BTreeMap<String, Vec<Json>>) -> Vec<Option<Value>> {
    let read = literals.contains_key("context.expires");
    let lives: &[i64] = if read { &[DAY, 3600, 7 * DAY, 30 * DAY] } else { &[DAY] };
    lives.iter().map(|life| Some(Value::Long(*life))).collect()
}
