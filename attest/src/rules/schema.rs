//! The Cedar schema of one revision: the fixed part, and one score for each bound that the revision sets.

use cedar_policy::Schema;

use crate::object::ClassifierThreshold;

/// Version of [`SCHEMA`] that a revision names.
pub const SCHEMA_VERSION: u32 = 1;

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

/// The schema for these bounds. Labels have to be checked with [`is_label`] before.
pub(super) fn schema(thresholds: &[ClassifierThreshold]) -> Result<Schema, String> {
    let text = schema_text(thresholds.iter().map(|threshold| threshold.label.as_str()));
    Schema::from_cedarschema_str(&text).map(|(schema, _)| schema).map_err(|error| error.to_string())
}
