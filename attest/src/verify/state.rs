//! What a verifier remembers between approvals of one log, so that it can tell replay, equivocation, and a secure
//! element whose memory somebody put back.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use serde::{Deserialize, Serialize};

use crate::id::{Blob, Id, PublicKey, Scalar};
use crate::object::Withdrawal;

/// Withdrawals by asset and id.
pub(super) type Withdrawals = BTreeMap<Id, BTreeMap<Id, KnownWithdrawal>>;

/// Memory of a verifier. [`super::verify_remembering`] keeps it up to date; what else its owner knows (a newer
/// revision, a revocation) it may add.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifierState {
    /// Every capture seen of each secure element: by its universal identifier, then by the element's counter.
    pub captures: BTreeMap<Blob, BTreeMap<u64, Seen>>,
    /// What each nullifier was used for.
    pub nullifiers: BTreeMap<Scalar, Used>,
    /// Highest descriptor revision known of each asset.
    pub descriptors: BTreeMap<Id, KnownRevision>,
    /// Highest rules revision known of each asset.
    pub rules: BTreeMap<Id, KnownRevision>,
    /// Newest registry epoch known, by the log that it was read from; a valid one, in the verifier's own judgement.
    pub epoch: Option<KnownEpoch>,
    /// Withdrawals known, by asset and by their own id; valid ones, in the verifier's own judgement.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub withdrawals: BTreeMap<Id, BTreeMap<Id, KnownWithdrawal>>,
}

/// A withdrawal that a verifier has seen, by somebody who might.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownWithdrawal {
    /// What was signed.
    pub withdrawal: Withdrawal,
    /// Its index in the log, where that was shown.
    pub log_index: Option<u64>,
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

/// A capture of a secure element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// Index of its co-signature in the log.
    pub log_index: u64,
    /// The co-signature: another one with the same counter is an element that counted twice.
    pub cosignature: Id,
}

/// The co-signature that a nullifier stands in. Another one with it is a validator who signed one request twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Used {
    /// The co-signature.
    pub cosignature: Id,
    /// The verdict that it approves under.
    pub verdict: Id,
}

impl VerifierState {
    /// A remembered capture of this element that cannot be true beside another one: the same counter in another
    /// co-signature, a smaller counter at a later place, or a larger one at an earlier place.
    pub fn conflict(&self, element: &Blob, counter: u64, here: Seen) -> Option<(u64, Seen)> {
        let known = self.captures.get(element)?;
        let before = known.range(..counter).next_back().filter(|(_, seen)| seen.log_index >= here.log_index);
        let after = known
            .range((Bound::Excluded(counter), Bound::Unbounded))
            .next()
            .filter(|(_, seen)| seen.log_index <= here.log_index);
        let same = known.get_key_value(&counter).filter(|(_, seen)| **seen != here);
        same.or(before).or(after).map(|(counter, seen)| (*counter, *seen))
    }

    /// Whether what is remembered may stand against an approval at this `place` that taught `learnt`, and was looked at
    /// when less was remembered. Then it has to be looked at again; a no is certain.
    pub(super) fn may_doubt(&self, learnt: &Self, place: Option<u64>) -> bool {
        let captures = || {
            let all =
                learnt.captures.iter().flat_map(|(element, seen)| seen.iter().map(move |one| (element, one)));
            all.into_iter()
                .any(|(element, (counter, seen))| self.conflict(element, *counter, *seen).is_some())
        };
        let nullifiers = || {
            let known =
                learnt.nullifiers.iter().map(|(nullifier, used)| (self.nullifiers.get(nullifier), used));
            known
                .into_iter()
                .any(|(known, used)| known.is_some_and(|known| known.cosignature != used.cosignature))
        };
        let epoch = || {
            let newer = |known: &KnownEpoch| {
                place.is_none_or(|place| known.from_index <= place)
                    && learnt
                        .epoch
                        .as_ref()
                        .is_none_or(|shown| known.number >= shown.number && known.id != shown.id)
            };
            self.epoch.as_ref().is_some_and(newer)
        };
        let withdrawn = || learnt.descriptors.keys().any(|asset| self.withdrawals.contains_key(asset));
        captures()
            || nullifiers()
            || newer(&self.descriptors, &learnt.descriptors, place)
            || newer(&self.rules, &learnt.rules, place)
            || epoch()
            || withdrawn()
    }

    /// Adds what was learnt of an accepted approval; what is newer stays.
    pub fn learn(&mut self, learnt: Self) {
        for (element, captures) in learnt.captures {
            self.captures.entry(element).or_default().extend(captures);
        }
        self.nullifiers.extend(learnt.nullifiers);
        learn_revisions(&mut self.descriptors, learnt.descriptors);
        learn_revisions(&mut self.rules, learnt.rules);
        if let Some(epoch) = learnt.epoch
            && self.epoch.as_ref().is_none_or(|known| epoch.number > known.number)
        {
            self.epoch = Some(epoch);
        }
        self.learn_withdrawals(learnt.withdrawals);
    }

    /// They hold also where they end the approval that they came with.
    fn learn_withdrawals(&mut self, learnt: Withdrawals) {
        for (asset, withdrawals) in learnt {
            let known = self.withdrawals.entry(asset).or_default();
            for (id, withdrawal) in withdrawals {
                // Where it stands is not forgotten.
                if withdrawal.log_index.is_some() || !known.contains_key(&id) {
                    known.insert(id, withdrawal);
                }
            }
        }
    }
}

/// Whether a revision is known that is not the one shown, and no older.
fn newer(
    known: &BTreeMap<Id, KnownRevision>,
    shown: &BTreeMap<Id, KnownRevision>,
    place: Option<u64>,
) -> bool {
    let known = shown.iter().map(|(asset, shown)| (known.get(asset), shown));
    known.into_iter().any(|(known, shown)| {
        known.is_some_and(|known| {
            place.is_none_or(|place| known.log_index < place)
                && known.number >= shown.number
                && known.id != shown.id
        })
    })
}

fn learn_revisions(known: &mut BTreeMap<Id, KnownRevision>, learnt: BTreeMap<Id, KnownRevision>) {
    for (asset, revision) in learnt {
        let newest = known.entry(asset).or_insert(revision);
        if revision.number > newest.number {
            *newest = revision;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_element_that_counts_on_is_believed_in_any_order_of_reading(
            steps in prop::collection::vec((1_u64..9, 1_u64..9), 1..20),
            order in any::<prop::sample::Index>(),
        ) {
            let element = Blob(vec![1]);
            let (mut counter, mut place) = (0, 0);
            let mut history: Vec<(u64, Seen)> = steps
                .into_iter()
                .map(|(counts, places)| {
                    counter += counts;
                    place += places;
                    (counter, Seen { log_index: place, cosignature: Id([counter as u8; 32]) })
                })
                .collect();
            let middle = order.index(history.len());
            history.rotate_left(middle);
            let mut state = VerifierState::default();
            for (counter, seen) in history.iter().chain(&history) {
                prop_assert_eq!(state.conflict(&element, *counter, *seen), None);
                state.captures.entry(element.clone()).or_default().insert(*counter, *seen);
            }
            // Whatever place another co-signature claims, no counter is used twice.
            for (counter, seen) in &history {
                let twin = Seen { cosignature: Id([0xff; 32]), ..*seen };
                prop_assert!(state.conflict(&element, *counter, twin).is_some());
            }
            let (last, newest) = history.iter().max().unwrap();
            let set_back = Seen { log_index: newest.log_index + 1, cosignature: Id([0xfe; 32]) };
            prop_assert!(state.conflict(&element, last - 1, set_back).is_some(), "a counter put back");
        }
    }
}
