//! What a searcher writes down, and reads again when it starts.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};
use wetsign_attest::id::{Blob, Id};
use wetsign_attest::{Error, Signed};

use crate::kept::Kept;
use crate::share::Share;
use crate::wire::{Change, UniquenessQuestion};

/// One thing that must not be forgotten.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Record {
    /// A signed question, whose template is kept if nobody is found, and this searcher's share of it.
    #[n(0)]
    Waiting(#[n(0)] Blob, #[n(1)] Blob),
    /// That question ended without its template being kept.
    #[n(1)]
    Dropped(#[n(0)] Id),
    /// A change was made.
    #[n(2)]
    Changed(#[n(0)] Change),
    /// A registrar used one of its questions on that day.
    #[n(3)]
    Used(#[n(0)] String, #[n(1)] u64),
}

/// What all records together say.
#[derive(Default)]
pub struct Restored {
    /// What is kept.
    pub kept: Kept,
    /// Questions whose template may still be kept.
    pub waiting: BTreeMap<Id, (UniquenessQuestion, Share)>,
    /// The last day on which questions were asked, and how many by whom.
    pub used: Option<(u64, BTreeMap<String, u32>)>,
}

/// Records contradict each other, or cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// One of ours cannot be read.
    #[error("record {number} cannot be read: {reason}")]
    Unreadable {
        /// Which one, from 0.
        number: u64,
        /// Why.
        reason: String,
    },
    /// A signed object in one cannot be read.
    #[error("record {number} holds an object that cannot be read")]
    Object {
        /// Which one, from 0.
        number: u64,
        /// Why.
        source: Error,
    },
    /// It does not follow from those before it.
    #[error("record {number} does not follow from those before it: {why}")]
    Order {
        /// Which one, from 0.
        number: u64,
        /// Why.
        why: String,
    },
}

impl Restored {
    /// Takes the next record.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn take(&mut self, number: u64, record: Record) -> Result<(), RecordError> {
        let object = |source| RecordError::Object { number, source };
        let order = |why: &str| RecordError::Order { number, why: why.to_owned() };
        match record {
            Record::Waiting(question, share) => {
                let signed = Signed::<UniquenessQuestion>::decode(&question.0).map_err(object)?;
                let share =
                    Share::from_bytes(&share.0).ok_or_else(|| order("the share has another length"))?;
                self.waiting.insert(signed.id(), (signed.into_payload(), share));
            }
            Record::Dropped(id) => {
                self.waiting.remove(&id);
            }
            Record::Changed(Change::Add(id)) => {
                let (question, share) =
                    self.waiting.remove(&id).ok_or_else(|| order("it adds what never waited"))?;
                self.kept.add(id, &question, &share).map_err(|why| order(&why))?;
            }
            Record::Changed(Change::Remove(removal)) => {
                self.kept.remove(&removal).map_err(|why| order(&why))?;
            }
            Record::Used(registrar, day) => {
                let (known, used) = self.used.get_or_insert_default();
                if day > *known {
                    (*known, *used) = (day, BTreeMap::new());
                }
                *used.entry(registrar).or_default() += 1;
            }
        }
        Ok(())
    }
}
