//! Store and log in step: nothing is acknowledged before both hold it.
//!
//! 1. [`Journal::intend`]: object, log record and whatever belongs to them go into the store in one durable batch.
//! 2. [`Journal::append`]: the record goes into the log, which is synced.
//! 3. The intent is closed: the store now says at which index the object stands.
//!
//! A crash after 1 leaves an open intent; [`Journal::open`] replays it. A crash after 2 does too, but the log already
//! has the record: it is found there by its object's id, and only step 3 is done again.

use std::{
    path::Path,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use ed25519_dalek::SigningKey;
use wetsign_attest::{
    Object,
    bundle::LogEntry,
    id::{Blob, Digest, Id, PublicKey},
    limits,
    log::{Checkpoint, LogError, LogFile, LogRecord, receipt, tiles::Tile},
};

use crate::{
    keys,
    store::records::{self, Intent, Logged},
    store::{Batch, Store, StoreError, Table},
};

/// Why something could not be logged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The log file.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A log record is not acceptable.
    #[error(transparent)]
    Record(#[from] wetsign_attest::Error),
    /// No salt could be drawn.
    #[error(transparent)]
    Random(#[from] keys::KeysError),
    /// There is neither an intent nor a log entry for the object.
    #[error("object {object} was never meant to be logged")]
    Unknown {
        /// Its id.
        object: Id,
    },
    /// A signed head that this log never had: what is here is older, or another log.
    #[error(
        "a head of {size} records was signed that the log here never had: its state was put back; restore the newest \
         copy, or begin a new log under another name"
    )]
    Foreign {
        /// Its size.
        size: u64,
    },
    /// A stored intent or entry cannot be read.
    #[error("the log book's entry for {object} cannot be read: run `wetsignd store check`")]
    Stored {
        /// The object's id.
        object: Id,
    },
}

/// The log with its intents.
pub struct Journal {
    store: Store,
    log: Mutex<LogFile>,
    origin: String,
    key: SigningKey,
    intents: AtomicU64,
    size: AtomicU64,
    witnessed: Mutex<Option<Witnessed>>,
}

/// A head that a quorum of witnesses cosigned.
struct Witnessed {
    size: u64,
    note: String,
}

/// What a folder of tiles lacks, and the head that belongs to it.
pub struct Lacking {
    /// Each tile that got wider, with its bytes.
    pub tiles: Vec<(Tile, Vec<u8>)>,
    /// Records below the head.
    pub size: u64,
    /// The head: a signed note.
    pub checkpoint: String,
    /// Its root, signed for COSE receipts.
    pub cose: Vec<u8>,
}

/// Under which head objects are proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Under {
    /// The log as it is now.
    Present,
    /// The newest head that a quorum of witnesses cosigned, if all of it is under that one; else the present one.
    Witnessed,
}

impl Journal {
    /// Opens the log under `state` and replays open intents in the order in which they were made.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn open(state: &Path, store: Store, origin: &str, key: SigningKey) -> Result<Self, JournalError> {
        let log = LogFile::open(state.join("log"))?;
        if log.cut() > 0 {
            tracing::warn!(bytes = log.cut(), "the log ended in an incomplete append, which was cut off");
        }
        let intents = AtomicU64::new(0);
        let size = AtomicU64::new(log.size());
        let witnessed = Mutex::new(None);
        let log = Mutex::new(log);
        let journal = Self { store, log, origin: origin.to_owned(), key, intents, size, witnessed };
        for object in journal.open_intents()? {
            let index = journal.append(&object)?;
            tracing::info!(object = %object.short(), index, "replayed an open log intent");
        }
        Ok(journal)
    }

    /// Makes an object and the intent to log it durable, in one batch with whatever belongs to them. An object that is
    /// intended or logged already keeps its salt and place; the batch is written all the same.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn intend(
        &self,
        object_type: &str,
        object: Id,
        previous: &[Id],
        bytes: &[u8],
        mut batch: Batch,
    ) -> Result<(), JournalError> {
        batch.put(Table::Object, &object.0, bytes);
        let known = self.store.get(Table::Logged, &object.0)?.is_some()
            || self.store.get(Table::Intent, &object.0)?.is_some();
        if !known {
            let salt = Digest(*keys::random()?);
            let record = LogRecord::of(object_type, object, previous, &salt, bytes).to_payload()?;
            let number = self.intents.fetch_add(1, Ordering::Relaxed);
            let intent = Intent { salt, record: Blob(record), number };
            batch.put(Table::Intent, &object.0, &records::encode(&intent));
        }
        Ok(self.store.commit(&batch)?)
    }

    /// Objects that are intended and not logged, in the order in which they were intended.
    fn open_intents(&self) -> Result<Vec<Id>, JournalError> {
        let mut open = Vec::new();
        for (key, bytes) in self.store.scan(Table::Intent, b"")? {
            let object = Id::try_from(key.as_slice())?;
            let intent: Intent = records::decode(&bytes).ok_or(JournalError::Stored { object })?;
            open.push((intent.number, object));
        }
        open.sort_unstable();
        Ok(open.into_iter().map(|(_, object)| object).collect())
    }

    /// Appends an intended object to the log, syncs it and closes the intent; answers its index. Done already: only
    /// answers.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn append(&self, object: &Id) -> Result<u64, JournalError> {
        let mut log = self.log();
        if let Some(logged) = self.logged(object)? {
            return Ok(logged.index);
        }
        let bytes =
            self.store.get(Table::Intent, &object.0)?.ok_or(JournalError::Unknown { object: *object })?;
        let intent: Intent = records::decode(&bytes).ok_or(JournalError::Stored { object: *object })?;
        let record = LogRecord::from_payload(&intent.record.0)?;
        let index = if let Some(index) = log.find(object) {
            index
        } else {
            self.store.has_room(limits::LOG_RECORD as u64)?;
            // A log whose end is not known is as bad as a store whose end is not known.
            log.append(&record)
                .inspect_err(|error| self.store.fault().happened(crate::causes::words(error)))?
        };
        self.size.store(log.size(), Ordering::Relaxed);
        let logged = Logged { index, salt: intent.salt, record: intent.record };
        let mut batch = Batch::new();
        batch.remove(Table::Intent, &object.0).put(Table::Logged, &object.0, &records::encode(&logged));
        self.store.commit(&batch)?;
        Ok(index)
    }

    /// Index of a logged object.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn index_of(&self, object: &Id) -> Result<Option<u64>, JournalError> {
        Ok(self.logged(object)?.map(|logged| logged.index))
    }

    /// Records in the log. Waits for nobody who writes to it.
    pub fn size(&self) -> u64 {
        self.size.load(Ordering::Relaxed)
    }

    /// A signed head of the log, and what a bundle needs to show that these objects are under it: ascending by index.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn prove(&self, objects: &[Id], under: Under) -> Result<(String, Vec<LogEntry>), JournalError> {
        let log = self.log();
        let mut places = Vec::with_capacity(objects.len());
        for object in objects {
            let logged = self.logged(object)?.ok_or(JournalError::Unknown { object: *object })?;
            places.push((*object, logged));
        }
        let beyond = places.iter().map(|(_, logged)| logged.index + 1).max().unwrap_or(0);
        let kept = self.witnessed.lock().unwrap_or_else(PoisonError::into_inner);
        let witnessed = kept.as_ref().filter(|kept| under == Under::Witnessed && kept.size >= beyond);
        let (size, note) = match witnessed {
            Some(kept) => (kept.size, kept.note.clone()),
            None => (log.size(), log.checkpoint(&self.origin, &self.key)?),
        };
        let mut entries = Vec::with_capacity(places.len());
        for (object, logged) in places {
            let entry = log.entry(logged.index, logged.salt, size).ok_or(JournalError::Stored { object })?;
            entries.push(entry);
        }
        entries.sort_by_key(|entry| entry.index);
        entries.dedup_by_key(|entry| entry.index);
        Ok((note, entries))
    }

    /// What a folder that holds the first `old` records lacks; `None` where it holds more than there are.
    ///
    /// # Errors
    /// [`JournalError::Log`].
    pub fn lacking(&self, old: u64) -> Result<Option<Lacking>, JournalError> {
        let log = self.log();
        let Some(tiles) = log.tiles(old) else { return Ok(None) };
        let checkpoint = log.checkpoint(&self.origin, &self.key)?;
        let cose = receipt::sign_root(&log.tree().root(), &self.key);
        Ok(Some(Lacking { tiles, size: log.size(), checkpoint, cose }))
    }

    /// The proof that the log of `new` records continues that of `old` ones; empty from nothing on.
    pub fn consistency(&self, old: u64, new: u64) -> Option<Vec<Digest>> {
        if old == 0 || old == new {
            return Some(Vec::new());
        }
        self.log().tree().consistency(old, new)
    }

    /// Opens a head of this log: signed by its key, and a head that it had.
    ///
    /// # Errors
    /// [`JournalError::Log`] for a note that this log's key did not sign, [`JournalError::Foreign`] for another
    /// history.
    pub fn own_head(&self, note: &str) -> Result<Checkpoint, JournalError> {
        let head =
            Checkpoint::open(note, &self.origin, &PublicKey::from(&self.key)).map_err(LogError::from)?;
        if self.log().tree().root_at(head.size) != Some(head.root) {
            return Err(JournalError::Foreign { size: head.size });
        }
        Ok(head)
    }

    /// Keeps a head that a quorum of witnesses cosigned: what is proved from now on is proved under it. One with fewer
    /// records than the last is not kept.
    ///
    /// # Errors
    /// As [`Self::own_head`].
    pub fn witnessed(&self, note: String) -> Result<(), JournalError> {
        let Checkpoint { size, .. } = self.own_head(&note)?;
        let mut kept = self.witnessed.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.as_ref().is_none_or(|kept| kept.size <= size) {
            *kept = Some(Witnessed { size, note });
        }
        Ok(())
    }

    /// Whether this is the note of the newest head that a quorum of witnesses cosigned.
    pub fn is_witnessed(&self, note: &str) -> bool {
        let kept = self.witnessed.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().is_some_and(|kept| kept.note == note)
    }

    /// The log's name, as its checkpoints give it.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    fn logged(&self, object: &Id) -> Result<Option<Logged>, JournalError> {
        match self.store.get(Table::Logged, &object.0)? {
            Some(bytes) => records::decode(&bytes).map(Some).ok_or(JournalError::Stored { object: *object }),
            None => Ok(None),
        }
    }

    fn log(&self) -> MutexGuard<'_, LogFile> {
        // A log that failed while it wrote refuses further appends by itself.
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [5; 32];

    fn open(state: &Path) -> Journal {
        let store = Store::open(state).unwrap();
        Journal::open(state, store, "test.example/log", SigningKey::from_bytes(&KEY)).unwrap()
    }

    fn intend(journal: &Journal, n: u8) -> Id {
        let id = Id([n; 32]);
        journal.intend("wetsign/test/1", id, &[], &[n; 10], Batch::new()).unwrap();
        id
    }

    #[test]
    fn an_intent_that_a_crash_left_open_is_logged_at_the_next_start() {
        let state = tempfile::tempdir().unwrap();
        let journal = open(state.path());
        let id = intend(&journal, 1);
        assert_eq!(journal.index_of(&id).unwrap(), None);
        drop(journal);

        let journal = open(state.path());

        assert_eq!(journal.index_of(&id).unwrap(), Some(0));
        assert_eq!(journal.size(), 1);
    }

    #[test]
    fn open_intents_are_logged_in_the_order_in_which_they_were_made() {
        let state = tempfile::tempdir().unwrap();
        let journal = open(state.path());
        let ids: Vec<Id> = [9, 3, 7, 1].map(|n| intend(&journal, n)).into();
        drop(journal);

        let journal = open(state.path());

        let indices: Vec<_> = ids.iter().map(|id| journal.index_of(id).unwrap().unwrap()).collect();
        assert_eq!(indices, [0, 1, 2, 3]);
    }

    #[test]
    fn a_record_that_reached_the_log_before_the_crash_is_not_logged_twice() {
        let state = tempfile::tempdir().unwrap();
        let journal = open(state.path());
        let id = intend(&journal, 1);
        let intent = journal.store.get(Table::Intent, &id.0).unwrap().unwrap();
        journal.append(&id).unwrap();
        // As if the machine had died between the log's sync and the closing of the intent.
        let mut batch = Batch::new();
        batch.put(Table::Intent, &id.0, &intent).remove(Table::Logged, &id.0);
        journal.store.commit(&batch).unwrap();
        drop(journal);

        let journal = open(state.path());

        assert_eq!(journal.size(), 1);
        assert_eq!(journal.index_of(&id).unwrap(), Some(0));
    }

    #[test]
    fn appending_twice_gives_the_same_index() {
        let state = tempfile::tempdir().unwrap();
        let journal = open(state.path());
        let first = intend(&journal, 1);
        let second = intend(&journal, 2);
        assert_eq!(journal.append(&second).unwrap(), 0);
        assert_eq!(journal.append(&first).unwrap(), 1);
        assert_eq!(journal.append(&second).unwrap(), 0);
        assert_eq!(journal.size(), 2);
    }

    #[test]
    fn what_was_never_intended_is_not_logged() {
        let state = tempfile::tempdir().unwrap();
        let refused = open(state.path()).append(&Id([9; 32])).unwrap_err();
        assert!(matches!(refused, JournalError::Unknown { .. }));
    }
}
