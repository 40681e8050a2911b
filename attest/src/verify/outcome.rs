//! A result that cannot be ignored: content comes only out of a file that was verified.

use super::report::Report;
use crate::id::{Id, PublicKey};
use crate::object::{ApprovalBody, EnrolmentRecord, UsageRequest};

/// What a verified file holds. There is no other way to it than [`super::verify`] and its siblings.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Verified<T> {
    content: T,
    report: Report,
}

/// A file that does not hold, or of which not all could be checked. It gives nothing of what the file says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}", .report.summary, .report.failures().next().map_or(String::new(), |check| format!(": {}: {}", check.code, check.compared)))]
pub struct Refused {
    report: Report,
}

/// The answer of a check.
pub type Outcome<T> = Result<Verified<T>, Refused>;

impl<T> Verified<T> {
    /// What the file holds.
    pub fn content(&self) -> &T {
        &self.content
    }

    /// The same, taken out.
    pub fn into_content(self) -> T {
        self.content
    }

    /// Every check that was made.
    pub fn report(&self) -> &Report {
        &self.report
    }
}

impl Refused {
    /// Every check that was made.
    pub fn report(&self) -> &Report {
        &self.report
    }
}

/// The checks of an answer, whichever it is.
pub fn report_of<T>(outcome: &Outcome<T>) -> &Report {
    match outcome {
        Ok(verified) => verified.report(),
        Err(refused) => refused.report(),
    }
}

/// Content and report become one answer; content that does not hold is dropped.
pub(super) fn outcome<T>(content: Option<T>, report: Report) -> Outcome<T> {
    match content {
        Some(content) if report.ok => Ok(Verified { content, report }),
        _ => Err(Refused { report }),
    }
}

/// A verified approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Id of its body.
    pub id: Id,
    /// The request's id.
    pub request_id: Id,
    /// What was approved.
    pub request: UsageRequest,
    /// What the hub says of it.
    pub body: ApprovalBody,
    /// Who approved, in the order of the co-signatures.
    pub validators: Vec<PublicKey>,
    /// UTC seconds after which it allows nothing any more.
    pub until: u64,
}

/// A verified enrolment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// Id of its record.
    pub id: Id,
    /// The record.
    pub record: EnrolmentRecord,
}
