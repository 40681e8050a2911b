//! What is wrong with a revision, and where.

use std::fmt;

use miette::Diagnostic;

/// Most problems that one refusal names.
const MAX_PROBLEMS: usize = 64;

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Character in its line, from 1.
    pub column: usize,
}

impl Place {
    /// The place of a byte. One past the end counts as the end.
    pub(super) fn of(text: &str, byte: usize) -> Self {
        let before = text.get(..byte).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
    }

    /// Where a place in a policy's own text lies in the file in which that text begins here.
    #[must_use]
    pub fn of_inner(self, inner: Self) -> Self {
        let column = if inner.line == 1 { self.column + inner.column - 1 } else { inner.column };
        Self { line: self.line + inner.line - 1, column }
    }
}

/// One thing that is wrong with a revision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The policy at fault; `None` where it is the revision itself.
    pub policy: Option<String>,
    /// Where: in the policy's own text, or in the file that was split into policies.
    pub place: Option<Place>,
    /// What was found, and what to do.
    pub what: String,
}

impl Problem {
    pub(super) fn of(policy: &str, what: String) -> Self {
        Self { policy: Some(policy.to_owned()), place: None, what }
    }

    pub(super) fn of_revision(what: String) -> Self {
        Self { policy: None, place: None, what }
    }

    pub(super) fn no_thread(error: &std::io::Error) -> Self {
        Self::of_revision(format!("no thread to read the rules on: {error}"))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(policy) = &self.policy {
            write!(f, "policy {policy}: ")?;
        }
        if let Some(Place { line, column }) = self.place {
            write!(f, "line {line}, column {column}: ")?;
        }
        f.write_str(&self.what)
    }
}

/// A revision that must not be signed, with everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("rules refused: {}", .problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct RulesError {
    /// At least one, ascending; of more than 64 the last says how many are left out.
    pub problems: Vec<Problem>,
}

pub(super) fn refused(mut problems: Vec<Problem>) -> RulesError {
    problems.sort();
    problems.dedup();
    let left_out = problems.len().saturating_sub(MAX_PROBLEMS);
    if left_out > 0 {
        problems.truncate(MAX_PROBLEMS);
        problems.push(Problem::of_revision(format!("and {left_out} problems more")));
    }
    RulesError { problems }
}

/// The byte that one of Cedar's errors points at.
pub(super) fn span(error: &impl Diagnostic) -> Option<usize> {
    error.labels()?.next().map(|label| label.offset())
}
