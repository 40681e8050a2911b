//! What can go wrong when the kiosk keeps its books: one enum, so that the edge can translate it into one status.

use wetsign_attest::id::Id;

use crate::{store::StoreError, store::journal::JournalError};

/// Why the books refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// A signed object is not acceptable.
    #[error("refused: {0}")]
    Object(#[from] wetsign_attest::Error),
    /// Rules that do not validate.
    #[error("the rules are refused: {0}")]
    Rules(#[from] wetsign_attest::rules::RulesError),
    /// Something that the caller sent does not fit what is known.
    #[error("refused: {0}")]
    Invalid(String),
    /// It is not allowed in the present state.
    #[error("not now: {0}")]
    State(String),
    /// There is no such thing.
    #[error("there is no {what} {id} here")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// Its id or key, in hex.
        id: String,
    },
    /// A stored object no longer decodes: the store was changed by something else.
    #[error("the stored {what} {id} cannot be read: run `wetsignd store check`")]
    Stored {
        /// What was read.
        what: &'static str,
        /// Its id, in hex.
        id: String,
    },
    /// The books were written by a newer program.
    #[error(
        "the state folder has layout {found}, this program knows up to {}: run the newer wetsignd that wrote it",
        crate::requests::ledger::LAYOUT
    )]
    Layout {
        /// Version found.
        found: u32,
    },
    /// The store failed; nothing was acknowledged.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log failed; nothing was acknowledged.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// An owner took the approval back.
    #[error("the approval of request {request} is {words}")]
    Withdrawn {
        /// The request.
        request: Id,
        /// Who withdrew, when, and why.
        words: String,
        /// The signed withdrawal.
        withdrawal: Vec<u8>,
    },
    /// The log was begun under another name.
    #[error(
        "log.origin = {configured:?}, but the log here was begun as {known:?}, which verifiers pin: configure that name, or \
         begin with another state folder"
    )]
    Origin {
        /// The name it has.
        known: String,
        /// The name it was to have.
        configured: String,
    },
    /// Somebody has to wait first.
    #[error("not yet: {words}")]
    Later {
        /// Why, and for how long.
        words: String,
        /// Seconds; none where time alone does not help.
        seconds: Option<u64>,
    },
    /// The disk has no room for what strangers bring.
    #[error(transparent)]
    NoRoom(#[from] crate::store::room::NoRoom),
    /// A background task ended early.
    #[error("the task was stopped")]
    Stopped,
}

impl LedgerError {
    /// No such object.
    pub fn no(what: &'static str, id: &Id) -> Self {
        Self::NotFound { what, id: id.to_string() }
    }

    /// A stored object that does not decode.
    pub fn stored(what: &'static str, id: impl AsRef<[u8]>) -> Self {
        Self::Stored { what, id: hex::encode(id) }
    }
}
