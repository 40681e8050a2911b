//! What a verifier remembers between approvals of one log, so that it can tell replay, equivocation, and a secure element
//! whose memory somebody put back.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::id::{Blob, Id, PublicKey, Scalar};

/// Memory of a verifier. [`super::verify_remembering`] keeps it up to date; what else its owner knows (a newer revision, a
/// revocation) it may add.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownRevision {
    /// Its number.
    pub number: u64,
    /// Its id.
    pub id: Id,
    /// Its index in the log.
    pub log_index: u64,
}

/// Newest capture of a secure element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// Index of its co-signature in the log.
    pub log_index: u64,
    /// The element's counter.
    pub counter: u64,
    /// The co-signature: another one with this counter is an element that counted twice.
    pub cosignature: Id,
}

impl VerifierState {
    /// Adds what was learnt of an accepted approval; what is newer stays.
    pub(super) fn learn(&mut self, learnt: Self) {
        for (element, seen) in learnt.captures {
            let newest = self.captures.entry(element).or_insert(seen);
            if seen.log_index > newest.log_index {
                *newest = seen;
            }
        }
        self.nullifiers.extend(learnt.nullifiers);
        learn_revisions(&mut self.descriptors, learnt.descriptors);
        learn_revisions(&mut self.rules, learnt.rules);
        if let Some(epoch) = learnt.epoch
            && self.epoch.as_ref().is_none_or(|known| epoch.number > known.number)
        {
            self.epoch = Some(epoch);
        }
    }
}

fn learn_revisions(known: &mut BTreeMap<Id, KnownRevision>, learnt: BTreeMap<Id, KnownRevision>) {
    for (asset, revision) in learnt {
        let newest = known.entry(asset).or_insert(revision);
        if revision.number > newest.number {
            *newest = revision;
        }
    }
}
