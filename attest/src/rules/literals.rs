//! Literals that no valid request can have: a rule that compares with one decides nothing, and its owner believes that
//! it does.
//!
//! Walks Cedar's JSON form of a policy: every comparison of an attribute with a literal, whichever stands left,
//! through sets and
//! `if`s; and every entity that is named.

use serde_json::Value;

use crate::codes;
use crate::limits;
use crate::shown::unfit_as_name;

const COMPARISONS: [&str; 10] =
    ["==", "!=", "<", "<=", ">", ">=", "contains", "containsAll", "containsAny", "like"];

/// What is wrong with the literals of a policy, in the order in which they stand. Call it on a thread that has the
/// stack.
pub(super) fn impossible(policy: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(policy, &mut found);
    found.dedup();
    found
}

fn walk(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
        Value::Object(members) => {
            for (name, member) in members {
                match name.as_str() {
                    "__entity" | "entity" => found.extend(entity(member)),
                    operator => {
                        if COMPARISONS.contains(&operator) {
                            found.extend(comparison(member));
                        }
                        walk(member, found);
                    }
                }
            }
        }
        _ => {}
    }
}

/// `{ "type": …, "id": … }`.
fn entity(value: &Value) -> Option<String> {
    let kind = value.get("type")?.as_str()?;
    let id = value.get("id")?.as_str()?;
    matches!(kind, "Requester" | "Asset").then(|| codes::id(id).err().map(|why| format!("{kind}::{why}")))?
}

/// What is wrong with one comparison, from its operands.
fn comparison(operands: &Value) -> Vec<String> {
    let Some(left) = operands.get("left") else { return Vec::new() };
    if let Some(pattern) = operands.get("pattern").and_then(Value::as_array) {
        let mut attributes = Vec::new();
        leaves(left, &mut attributes, &mut Vec::new());
        return attributes.iter().filter_map(|attribute| unmatched(attribute, pattern)).collect();
    }
    let Some(right) = operands.get("right") else { return Vec::new() };
    let (mut attributes, mut literals) = ([vec![], vec![]], [vec![], vec![]]);
    leaves(left, &mut attributes[0], &mut literals[0]);
    leaves(right, &mut attributes[1], &mut literals[1]);
    let pairs = [(&attributes[0], &literals[1]), (&attributes[1], &literals[0])];
    pairs
        .into_iter()
        .flat_map(|(attributes, literals)| {
            attributes
                .iter()
                .flat_map(move |attribute| literals.iter().map(move |literal| (attribute, *literal)))
        })
        .filter_map(|(attribute, literal)| outside(attribute, literal))
        .collect()
}

/// The attributes and literals that an operand may come to: itself, elements of a set, both ends of an `if`.
fn leaves<'v>(operand: &'v Value, attributes: &mut Vec<String>, literals: &mut Vec<&'v Value>) {
    if let Some(elements) = operand.get("Set").and_then(Value::as_array) {
        for element in elements {
            leaves(element, attributes, literals);
        }
    } else if let Some(branches) = operand.get("if-then-else") {
        for branch in ["then", "else"] {
            leaves(&branches[branch], attributes, literals);
        }
    } else if let Some(literal) = operand.get("Value") {
        literals.push(literal);
    } else {
        attributes.extend(attribute(operand));
    }
}

/// The dotted name of `context.a` or `context.a.b`, as in a verdict's inputs.
fn attribute(expression: &Value) -> Option<String> {
    if let Some(variable) = expression.get("Var") {
        return variable.as_str().map(str::to_owned);
    }
    let access = expression.get(".")?;
    Some(format!("{}.{}", attribute(&access["left"])?, access["attr"].as_str()?))
}

/// Why no valid request has this value there.
fn outside(attribute: &str, literal: &Value) -> Option<String> {
    let why = match literal {
        Value::String(text) => text_outside(attribute, text),
        Value::Number(number) => number_outside(attribute, number.as_i64()?),
        _ => None,
    }?;
    Some(format!("{attribute}: {why}"))
}

fn text_outside(attribute: &str, text: &str) -> Option<String> {
    let one_of = |known: &[&str]| {
        (!known.contains(&text))
            .then(|| format!("{text:?} is never there: write one of {}", known.join(", ")))
    };
    match attribute {
        "context.languages" => codes::language(text).err(),
        "context.territories" => codes::territory(text).err(),
        "context.media_type" => codes::media_type(text).err(),
        "context.app" | "context.purpose" | "context.medium" | "context.audience" => {
            unfit_as_name(text, limits::NAME)
                .map(|why| format!("{text:?} is never there: a request's text that {why} is refused"))
        }
        "resource.kind" => one_of(&["model", "genome"]),
        "resource.modalities" => one_of(&["face", "voice", "gesture", "behaviour", "text", "image"]),
        _ => None,
    }
}

fn number_outside(attribute: &str, number: i64) -> Option<String> {
    let (smallest, largest, unit) = match attribute {
        "context.created" | "context.expires" | "context.now" => {
            (0, limits::LAST_SECOND as i64, "UTC seconds")
        }
        "context.duration_days" => (0, i64::MAX, "days"),
        "context.fee_micro" => (0, i64::MAX, "millionths of a unit"),
        _ if attribute.starts_with("context.content.") || attribute.starts_with("context.bounds.") => {
            (0, 1000, "thousandths")
        }
        _ => return None,
    };
    (!(smallest..=largest).contains(&number)).then(|| format!("{number} is never reached: it counts {unit}"))
}

/// Why no valid request matches this pattern there.
fn unmatched(attribute: &str, pattern: &[Value]) -> Option<String> {
    let pieces: Vec<&str> = pattern.iter().filter_map(|piece| piece["Literal"].as_str()).collect();
    let literal: String = pieces.concat();
    let exact = pattern.iter().all(|piece| piece.get("Literal").is_some());
    let why = match attribute {
        _ if exact => text_outside(attribute, &literal),
        "context.app" | "context.purpose" | "context.medium" | "context.audience" | "context.media_type" => {
            let hidden = literal.chars().find(|c| wetsign_models::text::invisible(*c));
            hidden.map(|c| format!("no pattern with the invisible character U+{:04X} matches", u32::from(c)))
        }
        _ => None,
    }?;
    Some(format!("{attribute}: {why}"))
}
