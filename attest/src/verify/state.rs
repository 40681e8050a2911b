//! What a verifier remembers between approvals, so that it can tell replay and equivocation.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::{Blob, Id, PublicKey, Scalar};

/// Memory of a verifier. Keep it up to date after each accepted approval.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifierState {
    /// Newest capture seen of each secure element, by its universal identifier.
    pub captures: BTreeMap<Blob, Seen>,
    /// Request that each nullifier was used for.
    pub nullifiers: BTreeMap<Scalar, Id>,
    /// Highest descriptor revision known of each asset.
    pub descriptors: BTreeMap<Id, KnownRevision>,
    /// Highest rules revision known of each asset.
    pub rules: BTreeMap<Id, KnownRevision>,
    /// Newest registry epoch known, by the log that it was read from; a valid one, in the verifier's own judgement.
    pub epoch: Option<KnownEpoch>,
}

/// A registry epoch that a verifier has seen in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownEpoch {
    /// Its number.
    pub number: u64,
    /// Its id.
    pub id: Id,
    /// Log index from which it holds: the larger of the epoch's `from_index` and the place after its own.
    pub from_index: u64,
    /// Validators that it revokes.
    pub revoked_validators: BTreeSet<PublicKey>,
    /// Universal identifiers of the kiosks that it revokes.
    pub revoked_kiosks: BTreeSet<Blob>,
}

/// A descriptor or rules revision that a verifier has seen in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownRevision {
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
