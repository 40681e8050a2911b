//! An answer for people and for programs, and how the program ends with it: 0 yes, 2 no, 1 error.

use std::fmt::Write as _;
use std::process::ExitCode;

use serde_json::{Value, json};
use wetsign_attest::shown::{escaped, shown};
use wetsign_attest::verify::{Check, Status};

/// A command's whole answer.
#[derive(Debug)]
pub struct Answer {
    /// What was decided.
    pub yes: bool,
    /// For people, with a line feed at the end.
    pub text: String,
    /// For programs: an object.
    pub json: Value,
}

/// Checks as they are made, in the order in which a failure is a cause.
#[derive(Debug, Default)]
pub struct Checks(Vec<Check>);

impl Checks {
    /// Notes an outcome and hands it back.
    pub fn note(&mut self, step: u8, code: &'static str, passed: bool, compared: impl Into<String>) -> bool {
        self.push(step, code, if passed { Status::Passed } else { Status::Failed }, compared.into());
        passed
    }

    /// Notes what was not checked, and why.
    pub fn skip(&mut self, step: u8, code: &'static str, why: impl Into<String>) {
        self.push(step, code, Status::NotChecked, why.into());
    }

    fn push(&mut self, step: u8, code: &'static str, status: Status, compared: String) {
        self.0.push(Check { step, code, subject: String::new(), status, compared });
    }

    /// The first check that failed.
    pub fn cause(&self) -> Option<&Check> {
        self.0.iter().find(|check| check.status == Status::Failed)
    }

    /// Whether a check of this code passed.
    pub fn passed(&self, code: &str) -> bool {
        self.0.iter().any(|check| check.code == code && check.status == Status::Passed)
    }

    /// All of them.
    pub fn list(&self) -> &[Check] {
        &self.0
    }

    /// One line each.
    pub fn lines(&self) -> String {
        self.0.iter().fold(String::new(), |mut text, check| {
            let status = match check.status {
                Status::Passed => "passed",
                Status::Failed => "FAILED",
                Status::NotChecked => "not checked",
            };
            // A string takes whatever is written.
            let _ = writeln!(text, "  {status:<11}  {:<9}  {}", check.code, check.compared);
            text
        })
    }
}

/// Prints answer or error and gives the exit code. What strangers wrote is shown without what nobody sees.
pub fn finish(outcome: anyhow::Result<Answer>, as_json: bool) -> ExitCode {
    let object = |value: &Value| escaped(&format!("{value:#}\n"));
    let outcome = match outcome {
        Ok(Answer { yes, text, json }) => {
            let text = if as_json {
                object(&json)
            } else {
                text.split('\n').map(shown).collect::<Vec<_>>().join("\n")
            };
            wetsign_program::print(&text)
                .map(|()| ExitCode::from(if yes { 0 } else { 2 }))
                .map_err(Into::into)
        }
        Err(error) => {
            if as_json {
                // Where that cannot be written either, the error stream has it.
                let _ =
                    wetsign_program::print(&object(&json!({ "ok": false, "error": format!("{error:#}") })));
            }
            Err(error)
        }
    };
    wetsign_program::ended("wetsign-media", outcome)
}
