//! One thing that was looked at, what was found, and what helps.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::terminal::{say, say_json};

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Well,
    /// It works, or may be meant so; somebody should know.
    Doubt,
    /// Nothing good comes of it.
    Amiss,
}

impl State {
    const fn name(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Doubt => "doubt",
            Self::Amiss => "amiss",
        }
    }

    const fn mark(self) -> &'static str {
        match self {
            Self::Well => "✔",
            Self::Doubt => "!",
            Self::Amiss => "✘",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub name: String,
    /// How it stands.
    pub state: State,
    /// What was found, in words.
    pub found: String,
    /// What helps; empty where nothing is wrong.
    pub remedy: String,
}

impl Finding {
    /// It is as it should be.
    pub fn well(name: impl Into<String>, found: impl Into<String>) -> Self {
        Self { name: name.into(), state: State::Well, found: found.into(), remedy: String::new() }
    }

    /// Somebody should know.
    pub fn doubt(name: impl Into<String>, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { name: name.into(), state: State::Doubt, found: found.into(), remedy: remedy.into() }
    }

    /// It has to be mended.
    pub fn amiss(name: impl Into<String>, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { name: name.into(), state: State::Amiss, found: found.into(), remedy: remedy.into() }
    }

    fn row(&self) -> Value {
        let ok = self.state != State::Amiss;
        json!({ "name": self.name, "ok": ok, "state": self.state.name(), "found": self.found, "remedy": self.remedy })
    }

    fn lines(&self) -> String {
        let mut text = format!("{} {}: {}\n", self.state.mark(), self.name, self.found);
        if !self.remedy.is_empty() {
            // Writing into a text cannot fail.
            let _ = writeln!(text, "    → {}", self.remedy);
        }
        text
    }
}

/// Prints what was found, for people or as one JSON object: `ok`, `rows` (each with `name`, `ok`, `state`, `found`,
/// `remedy`) and what `beside` holds. Says whether nothing is amiss.
pub fn tell(findings: &[Finding], beside: Map<String, Value>, json: bool) -> anyhow::Result<bool> {
    let ok = findings.iter().all(|finding| finding.state != State::Amiss);
    if json {
        let mut object = beside;
        object.insert("ok".into(), ok.into());
        object.insert("rows".into(), findings.iter().map(Finding::row).collect());
        say_json(&object.into())?;
    } else {
        findings.iter().try_for_each(|finding| say(&finding.lines()))?;
    }
    Ok(ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_amiss_comes_with_what_helps() {
        let finding = Finding::amiss("clock", "it says 1970", "set it");
        assert_eq!(finding.lines(), "✘ clock: it says 1970\n    → set it\n");
        assert_eq!(finding.row()["ok"], false);
        assert_eq!(Finding::doubt("a", "b", "c").row()["ok"], true);
        assert_eq!(Finding::well("disk", "8 GB free").lines(), "✔ disk: 8 GB free\n");
    }
}
