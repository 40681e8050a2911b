//! What a verifier remembers between approvals, so that it can tell replay and equivocation.

use std::collections::BTreeMap;

use crate::id::{Blob, Id, Scalar};

/// Memory of a verifier. Keep it up to date after each accepted approval.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifierState {
    /// Newest capture seen of each secure element, by its universal identifier.
    pub captures: BTreeMap<Blob, Seen>,
    /// Request that each nullifier was used for.
    pub nullifiers: BTreeMap<Scalar, Id>,
    /// Highest rules revision known of each asset.
    pub rules: BTreeMap<Id, KnownRules>,
}

/// A rules revision that a verifier has seen in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownRules {
    /// Its number.
    pub number: u64,
    /// Its id.
    pub id: Id,
    /// Its index in the log.
    pub log_index: u64,
}

/// Newest capture of a secure element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Index of its co-signature in the log.
    pub log_index: u64,
    /// The element's counter.
    pub counter: u64,
}
