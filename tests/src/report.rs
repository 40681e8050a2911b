//! What a run of a story came to: its parts, its files, its figures.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::footprint::Taken;

/// One part of a story: what was to come out, and what did.
#[derive(Debug, Clone, Serialize)]
pub struct Part {
    /// What it is about.
    pub name: String,
    /// What should come out.
    pub expected: String,
    /// What came out.
    pub got: String,
    /// Why it came out so, in words.
    pub why: String,
}

/// The whole run, as `--json` prints it.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Every part came out as told.
    pub ok: bool,
    /// The parts in order.
    pub parts: Vec<Part>,
    /// Files written, by what they are.
    pub files: BTreeMap<String, String>,
    /// Milliseconds by step.
    pub times_ms: Vec<(String, u64)>,
    /// Bytes by what they are.
    pub sizes: Vec<(String, u64)>,
    /// Peak resident memory by program, MiB.
    pub peak_memory_mb: BTreeMap<String, u64>,
    /// What daemon and sensor took of the memory from when they were ready to the end of the last session, each and
    /// together, at the highest; MiB.
    pub sessions_memory_mb: BTreeMap<String, Taken>,
}

impl Part {
    /// Whether it came out as told.
    pub fn as_told(&self) -> bool {
        self.expected == self.got
    }
}

impl Report {
    /// Adds a part and answers whether it came out as told.
    pub fn add(
        &mut self,
        name: &str,
        expected: &str,
        got: impl Into<String>,
        why: impl Into<String>,
    ) -> &Part {
        self.parts.push(Part {
            name: name.to_owned(),
            expected: expected.to_owned(),
            got: got.into(),
            why: why.into(),
        });
        self.ok = self.parts.iter().all(Part::as_told);
        &self.parts[self.parts.len() - 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_part_that_came_out_otherwise_spoils_the_run() {
        let mut report = Report::default();
        assert!(report.add("forged bundle", "refused", "refused", "digest differs").as_told());
        assert!(report.ok);
        assert!(!report.add("photo", "refused", "co-signed", "").as_told());
        report.add("approval", "approved", "approved", "");
        assert!(!report.ok);
    }
}
