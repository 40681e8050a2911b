//! Why a keyholder does not.

use std::path::PathBuf;

use wetsign_attest::id::Id;
use wetsign_container::keyholder::Denied;

use crate::{keys::KeysError, kiosk::StartError, store::StoreError, store::journal::JournalError};

/// Why a keyholder does not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The settings cannot be used.
    #[error("{} cannot be used: {why}", path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// It is in no committee.
    #[error(
        "this keyholder is in no committee yet: run a key generation first (`wetsign keyholder generate`)"
    )]
    NoCommittee,
    /// Its operator did not name the plan.
    #[error("this keyholder's operator did not name the plan {plan}: add it to `plans` in its settings")]
    Plan {
        /// The plan.
        plan: Id,
    },
    /// The committee that hands on is another.
    #[error("{0}")]
    Invalid(String),
    /// Too much at once.
    #[error("{what}: {found} were brought, {bound} are taken")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        found: usize,
        /// How many there may be.
        bound: usize,
    },
    /// No share for this approval.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// An object, a container, a committee.
    #[error(transparent)]
    Container(#[from] wetsign_container::Refused),
    /// An object.
    #[error(transparent)]
    Object(#[from] wetsign_attest::Error),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The state folder.
    #[error(transparent)]
    State(#[from] StartError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// What was kept cannot be read.
    #[error("the keyholder's {what} cannot be read: run `wetsignd store check`")]
    Kept {
        /// What.
        what: &'static str,
    },
}
