//! The Cedar schema of one revision: the fixed part, and one score for each bound that the revision sets.

use cedar_policy::Schema;

use crate::object::{ClassifierThreshold, Policy};

/// Version of [`SCHEMA`], the newest that a revision can name. Version 1 is the same without `hour`.
pub const SCHEMA_VERSION: u32 = 2;
/// Ends the line of an attribute that version 1 has not.
const SINCE_2: &str = "since version 2";

/// The fixed part of the schema, in Cedar's schema language; `Scores` is left to [`schema_text`].
pub const SCHEMA: &str = include_str!("schema.cedarschema");

/// The whole schema that a revision with these score labels is validated against, for people and editors.
pub fn schema_text<'a>(labels: impl IntoIterator<Item = &'a str>) -> String {
    let fields: Vec<String> = labels.into_iter().map(|label| format!("\"{label}\": Long")).collect();
    format!("{SCHEMA}\ntype Scores = {{ {} }};\n", fields.join(", "))
}

/// A score's label has to be a plain Cedar attribute: `[a-z][a-z0-9_]*`, at most 32 bytes.
pub(super) fn is_label(label: &str) -> bool {
    (1..=32).contains(&label.len())
        && label.starts_with(|c: char| c.is_ascii_lowercase())
        && label.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// The oldest version that these policies can be validated against: whoever reads no newer attribute is understood by
/// older verifiers too.
pub fn needed_version(policies: &[Policy]) -> u32 {
    let newer =
        |policy: &Policy| ["hour", "transfer", "new_owner"].iter().any(|name| policy.text.contains(name));
    if policies.iter().any(newer) { SCHEMA_VERSION } else { 1 }
}

/// The schema of this version for these bounds. Labels have to be checked with [`is_label`] before.
pub(super) fn schema(version: u32, thresholds: &[ClassifierThreshold]) -> Result<Schema, String> {
    let mut text = schema_text(thresholds.iter().map(|threshold| threshold.label.as_str()));
    if version == 1 {
        text = text
            .lines()
            .filter(|line| !line.ends_with(SINCE_2))
            .fold(String::new(), |all, line| all + line + "\n");
    }
    Schema::from_cedarschema_str(&text).map(|(schema, _)| schema).map_err(|error| error.to_string())
}
