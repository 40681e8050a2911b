//! What became of the files, in figures and in words.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use super::record::{Kind, Row};
use crate::output::{Terminal, plain};

/// Refusals that are named in the answer; the record has all of them.
const NAMED: usize = 1_000;
/// Refusals that people are shown.
const SHOWN: usize = 20;

/// Counts.
#[derive(Default)]
pub struct Tally {
    pub approved: u64,
    pub enrolled: u64,
    pub lapsed: u64,
    pub refused: u64,
    /// Files that were there a second time, or that the record had an answer on.
    pub again: u64,
    /// Answers that the record had.
    pub earlier: u64,
    /// First failures of what is refused.
    causes: BTreeMap<String, u64>,
    /// Codes that were not checked of what holds.
    not_checked: BTreeMap<String, u64>,
    named: Vec<Row>,
}

impl Tally {
    /// Counts a row.
    pub fn take(&mut self, row: &Row) {
        match (row.ok, row.lapsed, row.kind) {
            (true, _, Kind::Approval) => self.approved += 1,
            (true, _, Kind::Enrolment) => self.enrolled += 1,
            (false, true, _) => self.lapsed += 1,
            (false, false, _) => {
                self.refused += 1;
                let cause = row.failures.first().map_or("not all could be checked", |one| one.code.as_str());
                *self.causes.entry(cause.to_owned()).or_default() += 1;
            }
        }
        if row.ok {
            for code in &row.not_checked {
                *self.not_checked.entry(code.clone()).or_default() += 1;
            }
        } else if self.named.len() < NAMED {
            self.named.push(Row { learnt: None, ..row.clone() });
        }
    }

    /// Files with an answer.
    pub fn files(&self) -> u64 {
        self.approved + self.enrolled + self.lapsed + self.refused
    }

    /// Whether every one of them holds, and there is one.
    pub fn holds(&self) -> bool {
        self.files() > 0 && self.lapsed + self.refused == 0
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let named = self.named.iter().map(|row| {
            json!({
                "file": row.file, "sha256": row.sha256, "kind": row.kind, "lapsed": row.lapsed,
                "object": row.object, "failures": row.failures,
            })
        });
        json!({
            "files": self.files(),
            "approved": self.approved,
            "enrolled": self.enrolled,
            "lapsed": self.lapsed,
            "refused": self.refused,
            "again": self.again,
            "answered_before": self.earlier,
            "causes": self.causes,
            "not_checked": self.not_checked,
            "not_held": named.collect::<Vec<_>>(),
        })
    }

    /// A table for people.
    pub fn table(&self, took: Duration, threads: usize, terminal: &Terminal) -> String {
        let mut text = String::new();
        let mut row = |count: u64, words: &str| {
            let _ = writeln!(text, "  {count:>11}  {words}");
        };
        row(self.approved, "approved");
        if self.enrolled > 0 {
            row(self.enrolled, "enrolled");
        }
        row(self.lapsed, "lapsed");
        row(self.refused, "refused");
        for (cause, count) in &self.causes {
            row(*count, &format!("  {cause}"));
        }
        if self.again > 0 {
            row(self.again, "files of the same bytes as one before");
        }
        if self.earlier > 0 {
            row(self.earlier, "answers from the record");
        }
        let fresh = self.files() - self.earlier;
        let seconds = took.as_secs_f64().max(1e-9);
        let _ = writeln!(
            text,
            "{fresh} checked in {seconds:.1} s on {threads} threads, {:.0} a second",
            fresh as f64 / seconds
        );
        if !self.named.is_empty() {
            let _ = writeln!(text, "\n{}", terminal.bold("what does not hold"));
        }
        for row in self.named.iter().take(SHOWN) {
            let word = if row.lapsed { terminal.bad("lapsed ") } else { terminal.bad("refused") };
            let cause = row.failures.first().map_or_else(
                || plain(&row.summary),
                |one| {
                    let subject =
                        if one.subject.is_empty() { String::new() } else { format!("{}: ", one.subject) };
                    format!("{}: {}{}", one.code, plain(&subject), plain(&one.compared))
                },
            );
            let _ = writeln!(text, "  {word}  {}  {cause}", plain(&row.file));
        }
        let more = (self.lapsed + self.refused).saturating_sub(SHOWN as u64);
        if more > 0 {
            let _ = writeln!(text, "  and {more} more: --json names {NAMED}, --record all");
        }
        if !self.not_checked.is_empty() {
            let _ = writeln!(text, "\n{}", terminal.bold("not checked of what holds"));
        }
        for (code, count) in &self.not_checked {
            let _ = writeln!(text, "  {count:>11}  {code}");
        }
        text
    }
}
