//! What travels as one file: an approval, an enrolment, a withdrawal or a model card, with everything that is needed
//! to check it.

mod approval;
mod card;
mod enrolment;
mod sequence;
mod withdrawal;

pub use approval::ApprovalBundle;
pub use card::CardBundle;
pub use enrolment::EnrolmentBundle;
pub use sequence::first_item;
pub use withdrawal::WithdrawalBundle;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::id::{Blob, Digest};
use crate::limits;
use crate::object::{ascending, within};

/// A record of the log, opened, with its proof of inclusion.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct LogEntry {
    /// Index in the log, from 0.
    #[n(1)]
    pub index: u64,
    /// Payload of the [`crate::log::LogRecord`].
    #[n(2)]
    pub record: Blob,
    /// Salt that opens the record's commitment.
    #[n(3)]
    pub salt: Digest,
    /// Inclusion proof up to the checkpoint's root (RFC 6962 § 2.1.1), leaf side first.
    #[n(4)]
    pub proof: Vec<Digest>,
}

fn check_log(what: &'static str, log: &[LogEntry], checkpoint: &str) -> Result<(), Error> {
    ascending(what, "log", log, limits::LOG_ENTRIES, |entry| &entry.index)?;
    for entry in log {
        within("log record", entry.record.0.len(), limits::LOG_RECORD)?;
        within("inclusion proof", entry.proof.len(), limits::PROOF_HASHES)?;
    }
    within("checkpoint", checkpoint.len(), limits::CHECKPOINT)
}
