//! The answer of a check, for people and for programs.

use std::sync::Arc;

use serde::Serialize;
use wetsign_circuits::{Proof, PublicInputs, VerifyError, VerifyingKey};

use crate::id::Id;
use crate::terms::Ruling;

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It holds.
    Passed,
    /// It does not hold.
    Failed,
    /// What it needs was not given.
    NotChecked,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Step of the protocol, 1 to 7.
    pub step: u8,
    /// Stable code: see [`super::code`].
    pub code: &'static str,
    /// What it is about: `asset 1`, `co-signature 2`; empty for the whole.
    pub subject: String,
    /// Outcome.
    pub status: Status,
    /// What was compared, in words.
    pub compared: String,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[must_use = "what was checked says whether it holds"]
pub struct Report {
    /// Nothing failed and everything needed was there.
    pub ok: bool,
    /// It held, and is over: its time has passed, or an owner took it back. Then `ok` is false.
    pub lapsed: bool,
    /// First line for people: the answer, and what was allowed although it proves less.
    pub summary: String,
    /// Id of what was asked about, if it could be read: the request of an approval, the record of an enrolment.
    pub object: Option<Id>,
    /// Every check, by step.
    pub checks: Vec<Check>,
}

impl Report {
    /// Checks that failed.
    pub fn failures(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| check.status == Status::Failed)
    }

    /// Code of the first check that failed.
    pub fn first_failure(&self) -> Option<&'static str> {
        self.failures().next().map(|check| check.code)
    }
}

/// What is asked of a file: which checks have to be made, which of them a verifier may not be able to make, and the
/// words of the two answers.
pub(crate) struct Question {
    /// Codes with their steps.
    pub codes: &'static [(u8, &'static str)],
    /// Those that may go unmade.
    pub optional: &'static [&'static str],
    /// It holds.
    pub yes: &'static str,
    /// It does not, or not all of it could be checked.
    pub no: &'static str,
}

/// Checks that end what was approved.
const ENDS: [&str; 2] = [super::code::LAPSED, super::code::WITHDRAWN];

/// A proof whose equation is still to be checked.
pub(crate) struct Equation {
    pub key: Arc<VerifyingKey>,
    pub public: PublicInputs,
    pub proof: Proof,
}

/// Checks as they are made.
pub(crate) struct Checks {
    question: &'static Question,
    list: Vec<Check>,
    /// Where they are left to a batch: until it is closed, a proof counts as one that holds.
    postponed: Option<Vec<Equation>>,
}

impl Checks {
    /// None made yet.
    pub fn of(question: &'static Question) -> Self {
        Self { question, list: Vec::new(), postponed: None }
    }

    /// None made yet; equations of proofs are left to a batch.
    pub fn but_equations(question: &'static Question) -> Self {
        Self { postponed: Some(Vec::new()), ..Self::of(question) }
    }

    /// The equations that were left.
    pub fn take_equations(&mut self) -> Vec<Equation> {
        self.postponed.take().unwrap_or_default()
    }

    /// Whether the equation of a proof holds, or is left to a batch.
    pub fn equation(
        &mut self,
        key: &Arc<VerifyingKey>,
        public: &PublicInputs,
        proof: Proof,
    ) -> Result<(), VerifyError> {
        let Some(postponed) = &mut self.postponed else {
            return wetsign_circuits::verify(key, public, &proof);
        };
        postponed.push(Equation { key: Arc::clone(key), public: public.clone(), proof });
        Ok(())
    }

    /// Notes an outcome and hands it back.
    pub fn note(
        &mut self,
        code: &'static str,
        subject: &str,
        passed: bool,
        compared: impl Into<String>,
    ) -> bool {
        self.push(code, subject, if passed { Status::Passed } else { Status::Failed }, compared.into());
        passed
    }

    /// Notes what a rule says, and whether it holds.
    pub fn rule(&mut self, code: &'static str, subject: &str, ruling: Ruling) -> bool {
        self.note(code, subject, ruling.holds, ruling.compared)
    }

    /// Notes what was not checked.
    pub fn skip(&mut self, code: &'static str, subject: &str, why: impl Into<String>) {
        self.push(code, subject, Status::NotChecked, why.into());
    }

    fn push(&mut self, code: &'static str, subject: &str, status: Status, compared: String) {
        let known = self.question.codes.iter().find(|(_, text)| *text == code);
        let step = known.map_or(0, |(step, _)| *step);
        self.list.push(Check { step, code, subject: subject.to_owned(), status, compared });
    }

    /// Whether anything failed so far.
    pub fn any_failed(&self) -> bool {
        self.list.iter().any(|check| check.status == Status::Failed)
    }

    /// Whether a check of this code was made, or could not be.
    pub fn met(&self, code: &str) -> bool {
        self.list.iter().any(|check| check.code == code)
    }

    /// What was compared by the first check that failed.
    pub fn first_failure(&self) -> Option<&str> {
        self.list.iter().find(|check| check.status == Status::Failed).map(|check| check.compared.as_str())
    }

    /// Every code must have been met at least once: a check that was never reached cannot count as passed. `signed_by`
    /// says who signed, where it is worth the first line; `granted` is what was accepted although it proves less.
    pub fn into_report(mut self, signed_by: Option<&str>, granted: &[&str], object: Option<Id>) -> Report {
        let Question { codes, optional, yes, no } = self.question;
        let read = object.is_some();
        for (_, code) in *codes {
            if !self.met(code) {
                self.skip(
                    code,
                    "",
                    if read { "an earlier check failed" } else { "the file could not be read" },
                );
            }
        }
        self.list.sort_by_key(|check| check.step);
        let passed = |code: &str| self.list.iter().any(|c| c.code == code && c.status == Status::Passed);
        let whole = read && codes.iter().all(|(_, code)| optional.contains(code) || passed(code));
        let ok = whole && !self.any_failed();
        // What held and is over is told from what never held.
        let mut failed = self.list.iter().filter(|check| check.status == Status::Failed).peekable();
        let lapsed = whole && failed.peek().is_some() && failed.all(|check| ENDS.contains(&check.code));
        let mut summary = String::from(if ok {
            *yes
        } else if lapsed {
            "lapsed"
        } else {
            *no
        });
        if let Some(keys) = signed_by.filter(|_| ok) {
            summary = format!("{summary} by {keys}");
        }
        if !granted.is_empty() {
            summary = format!("{summary}, with {} accepted", granted.join(", "));
        }
        Report { ok, lapsed, summary, object, checks: self.list }
    }
}
