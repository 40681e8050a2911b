//! Literals that no valid request can have: a rule that compares with one decides nothing, and its owner believes that
//! it does.
//!
//! Walks Cedar's JSON form of a policy: every comparison of an attribute with a literal, whichever stands left,
//! through sets and
//! `if`s; and every entity that is named.

use serde_json::Value;

use super::lexer::{Kind, Token, tokens};
use super::problem::Place;
use crate::codes;
use crate::limits;
use crate::shown::{unfit_as_name, unfit_in_name};

const COMPARISONS: [&str; 10] =
    ["==", "!=", "<", "<=", ">", ">=", "contains", "containsAll", "containsAny", "like"];

/// A literal that decides nothing.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Impossible {
    /// What is wrong with it.
    pub(super) what: String,
    /// Its value: a text, a pattern with its `*`, a number.
    literal: String,
}

impl Impossible {
    /// Where in the policy's text it stands first.
    pub(super) fn place(&self, text: &str) -> Option<Place> {
        let digits = self.literal.trim_start_matches('-');
        let part = |c: char| c == '_' || c.is_ascii_alphanumeric();
        let stands = |token: &Token| {
            let (before, here) = text.split_at(token.bytes.start);
            let written = &text[token.bytes.clone()];
            match token.kind {
                Kind::String => {
                    written.get(1..written.len() - 1).is_some_and(|it| unescaped(it) == self.literal)
                }
                // To the lexer each digit is a word of its own.
                Kind::Word => {
                    !before.ends_with(part)
                        && here.strip_prefix(digits).is_some_and(|after| !after.starts_with(part))
                }
                _ => false,
            }
        };
        let found = tokens(text).map_while(Result::ok).find(stands)?;
        Some(Place::of(text, found.bytes.start))
    }
}

/// What a string of Cedar stands for, as far as its escapes are known.
fn unescaped(written: &str) -> String {
    let mut text = String::with_capacity(written.len());
    let mut rest = written.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        match rest.next() {
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('t') => text.push('\t'),
            Some('0') => text.push('\0'),
            Some('u') => {
                let digits: String = rest.by_ref().skip(1).take_while(|c| *c != '}').collect();
                text.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
            }
            other => text.extend(other),
        }
    }
    text
}

/// What is wrong with the literals of a policy, in the order in which they stand. Call it on a thread that has the
/// stack.
pub(super) fn impossible(policy: &Value) -> Vec<Impossible> {
    let mut found = Vec::new();
    visit(policy, &mut |operator, operands| match operator {
        "__entity" | "entity" => found.extend(entity(operands)),
        _ if COMPARISONS.contains(&operator) => found.extend(comparison(operands)),
        _ => {}
    });
    found.dedup();
    found
}

/// Every attribute that a policy reads or asks for, by its dotted name; some may come twice.
pub(super) fn mentioned(policy: &Value) -> Vec<String> {
    let mut names = Vec::new();
    visit(policy, &mut |operator, operands| match operator {
        "has" | "." => {
            let of = attribute(&operands["left"]);
            names.extend(of.zip(operands["attr"].as_str()).map(|(of, name)| format!("{of}.{name}")));
        }
        "principal" if operands["op"] != "All" => names.push("principal".into()),
        "Var" if operands == "principal" => names.push("principal".into()),
        _ => {}
    });
    names
}

/// Every attribute with each literal that a policy compares it with: texts, numbers, the ids of entities. A pattern
/// stands with `x` in place of each `*`.
pub(super) fn compared(policy: &Value) -> Vec<(String, Value)> {
    let mut pairs = Vec::new();
    visit(policy, &mut |operator, operands| {
        if let Some(id) = operands.get("entity").and_then(|entity| entity.get("id")) {
            pairs.push((operator.to_owned(), id.clone()));
        }
        if !COMPARISONS.contains(&operator) {
            return;
        }
        if let Some(pattern) = operands.get("pattern").and_then(Value::as_array) {
            let piece = |part: &Value| part["Literal"].as_str().unwrap_or("x").to_owned();
            let text: String = pattern.iter().map(piece).collect();
            pairs.extend(attribute(&operands["left"]).map(|name| (name, Value::from(text))));
            return;
        }
        let sides = ["left", "right"].map(|side| {
            let (mut attributes, mut literals) = (Vec::new(), Vec::new());
            leaves(&operands[side], &mut attributes, &mut literals);
            (attributes, literals)
        });
        for (here, there) in [(0, 1), (1, 0)] {
            for name in &sides[here].0 {
                let plain = |literal: &&Value| literal.pointer("/__entity/id").unwrap_or(literal).clone();
                pairs.extend(sides[there].1.iter().map(|literal| (name.clone(), plain(literal))));
            }
        }
    });
    pairs
}

/// Calls `look` with each member of each object, from outside in.
fn visit(value: &Value, look: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| visit(item, look)),
        Value::Object(members) => {
            for (name, member) in members {
                look(name, member);
                visit(member, look);
            }
        }
        _ => {}
    }
}

/// `{ "type": …, "id": … }`.
fn entity(value: &Value) -> Option<Impossible> {
    let kind = value.get("type")?.as_str()?;
    let id = value.get("id")?.as_str()?;
    let named = match kind {
        "Requester" => codes::key(id),
        "Asset" => codes::id(id),
        _ => Ok(()),
    };
    named.err().map(|why| Impossible { what: format!("{kind}::{why}"), literal: id.to_owned() })
}

/// What is wrong with one comparison, from its operands.
fn comparison(operands: &Value) -> Vec<Impossible> {
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
fn outside(attribute: &str, literal: &Value) -> Option<Impossible> {
    let (why, literal) = match literal {
        Value::String(text) => (text_outside(attribute, text)?, text.clone()),
        Value::Number(number) => (number_outside(attribute, number.as_i64()?)?, number.to_string()),
        _ => return None,
    };
    Some(Impossible { what: format!("{attribute}: {why}"), literal })
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
        "context.duration_days" => {
            (0, limits::DURATION_DAYS as i64, "days, of which a request asks for ten years at most")
        }
        "context.hour" => (0, 23, "hours of a day in UTC"),
        "context.fee_micro" => (0, i64::MAX, "millionths of a unit"),
        _ if attribute.starts_with("context.content.") || attribute.starts_with("context.bounds.") => {
            (0, 1000, "thousandths")
        }
        _ => return None,
    };
    (!(smallest..=largest).contains(&number)).then(|| format!("{number} is never reached: it counts {unit}"))
}

/// Why no valid request matches this pattern there.
fn unmatched(attribute: &str, pattern: &[Value]) -> Option<Impossible> {
    // Pieces between wildcards; Cedar gives them in parts.
    let pieces: Vec<String> = pattern
        .split(|part| part.get("Literal").is_none())
        .map(|run| run.iter().filter_map(|part| part["Literal"].as_str()).collect())
        .collect();
    let why = match attribute {
        _ if pieces.len() == 1 => text_outside(attribute, &pieces[0]),
        "context.app" | "context.purpose" | "context.medium" | "context.audience" => name_unmatched(&pieces),
        "context.media_type" => {
            let fits = |c| c == '/' || codes::in_media_type(c);
            let slashes: usize = pieces.iter().map(|piece| piece.matches('/').count()).sum();
            let foreign = pieces.iter().flat_map(|piece| piece.chars()).find(|c| !fits(*c));
            match foreign {
                Some(c) => {
                    Some(format!("no pattern with {c:?} matches: media types are type/subtype in lower case"))
                }
                None => {
                    (slashes > 1).then(|| "no pattern with two slashes matches: media types have one".into())
                }
            }
        }
        _ => None,
    }?;
    Some(Impossible { what: format!("{attribute}: {why}"), literal: pieces.join("*") })
}

/// Why no name has these pieces in this order, whatever stands between them.
fn name_unmatched(pieces: &[String]) -> Option<String> {
    let all: String = pieces.concat();
    let spaced = pieces.first().is_some_and(|piece| piece.starts_with(' '))
        || pieces.last().is_some_and(|piece| piece.ends_with(' '));
    if all.len() > limits::NAME {
        Some(format!("no pattern of {} bytes matches: a name has at most {}", all.len(), limits::NAME))
    } else if spaced {
        Some("no pattern with a space at its end matches: names have none there".into())
    } else {
        pieces
            .iter()
            .find_map(|piece| unfit_in_name(piece))
            .map(|why| format!("no pattern matches that {why}"))
    }
}
