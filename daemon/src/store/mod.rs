//! Everything that the kiosk has to remember, in one sled database behind this module.
//!
//! A [`Batch`] is written whole or not at all; [`Store::commit`] answers only when it is durable: sled's `flush` issues
//! `sync_file_range` on Linux, which is not enough for a power cut, so the database file itself is synced too.
//! A write that could not be made durable is the last one: what a failed sync left in memory may never reach the disk,
//! so nothing is read or written any more until the daemon starts again and reads what the disk holds. A disk that is
//! nearly full is no such case: a write is refused before it begins, and goes through once there is room.
//! Each value is a versioned record whose checksum covers its table and key as well, so that a record that was
//! swapped, cut or left over from another version is refused on reading, never used.

mod backup;
mod compact;
mod error;
mod fault;
pub mod journal;
mod record;
pub mod records;
pub mod room;
mod table;

pub use backup::{Backup, backup};
pub use compact::{Compacted, compact};
pub use error::StoreError;
pub use fault::Fault;
pub use table::Table;

use std::{
    fs::File,
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use crate::clock;

/// Name of the database folder inside the state folder.
const DATABASE: &str = "store";
/// Memory that sled may use for its cache, bytes.
const CACHE: u64 = 32 * 1024 * 1024;
/// How long a lock that is still held is waited for.
const LOCK_PATIENCE: Duration = Duration::from_secs(1);
/// What has to be free beside a batch, for whatever the database and the log write around it, bytes.
const RESERVE: u64 = 256 * 1024;

/// Writes that happen together or not at all.
#[derive(Default, Clone)]
pub struct Batch {
    writes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a record.
    pub fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> &mut Self {
        self.writes.push((full_key(table, key), Some(record::seal(table, key, value))));
        self
    }

    /// Takes the writes of another batch after its own.
    pub fn append(&mut self, mut other: Self) -> &mut Self {
        self.writes.append(&mut other.writes);
        self
    }

    /// Removes a record.
    pub fn remove(&mut self, table: Table, key: &[u8]) -> &mut Self {
        self.writes.push((full_key(table, key), None));
        self
    }
}

/// How many records a table has, and which of them are damaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableCheck {
    /// The table's name.
    pub table: &'static str,
    /// Whole records.
    pub whole: u64,
    /// What is wrong with the others, by key in hex.
    pub damaged: Vec<String>,
}

/// A record's key, without its table, and its value.
pub type Entry = (Vec<u8>, Vec<u8>);

/// The open database.
#[derive(Clone)]
pub struct Store {
    database: sled::Db,
    file: Arc<File>,
    folder: PathBuf,
    fault: Fault,
}

impl Store {
    /// Opens the database that lies under the state folder already: for who looks after one. sled would make an empty
    /// one where the folder is another, and nothing would seem to be wrong with it.
    ///
    /// # Errors
    /// [`StoreError::None`], and nothing was made; else as [`Store::open`].
    pub fn open_existing(state: &Path) -> Result<Self, StoreError> {
        let path = state.join(DATABASE);
        let file = path.join("db");
        match std::fs::metadata(&file) {
            Ok(about) if about.is_file() => Self::open(state),
            Err(source) if !matches!(source.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                Err(StoreError::File { what: "cannot be looked at", path: file, source })
            }
            _ => Err(StoreError::None { path }),
        }
    }

    /// Opens (or makes) the database under the state folder.
    ///
    /// # Errors
    /// [`StoreError::Open`] or [`StoreError::InUse`], which say what to do; [`StoreError::Clock`];
    /// [`StoreError::File`].
    pub fn open(state: &Path) -> Result<Self, StoreError> {
        clock::after_1970()?;
        let path = state.join(DATABASE);
        let database = open_database(&path)?;
        let db_file = path.join("db");
        let file = File::open(&db_file).map_err(|source| StoreError::File {
            what: "cannot be opened for syncing",
            path: db_file,
            source,
        })?;
        Ok(Self { database, file: file.into(), folder: path, fault: Fault::watched() })
    }

    /// Reads one record.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], [`StoreError::Version`], [`StoreError::Database`], [`StoreError::Poisoned`].
    pub fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.sound()?;
        match self.database.get(full_key(table, key))? {
            Some(raw) => record::open(table, key, &raw).map(Some),
            None => Ok(None),
        }
    }

    /// Reads all records of a table whose key begins so, in the order of their keys.
    ///
    /// # Errors
    /// As [`Store::get`], at the first damaged record.
    pub fn scan(&self, table: Table, prefix: &[u8]) -> Result<Vec<Entry>, StoreError> {
        let mut found = Vec::new();
        self.each(table, prefix, |key, value| {
            found.push((key.to_vec(), value.to_vec()));
            Ok::<_, StoreError>(())
        })?;
        Ok(found)
    }

    /// The same, one after the other, for tables that may be large.
    ///
    /// # Errors
    /// As [`Store::scan`], and the first one that `look` answers.
    pub fn each<E: From<StoreError>>(
        &self,
        table: Table,
        prefix: &[u8],
        mut look: impl FnMut(&[u8], &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.sound()?;
        for item in self.database.scan_prefix(full_key(table, prefix)) {
            let (full, raw) = item.map_err(StoreError::from)?;
            let key = &full[1..];
            look(key, &record::open(table, key, &raw)?)?;
        }
        Ok(())
    }

    /// Writes a batch and returns when it is durable.
    ///
    /// # Errors
    /// [`StoreError::Full`], and nothing has changed; [`StoreError::Database`] or [`StoreError::File`]: then nothing
    /// may be acknowledged, and every later call answers [`StoreError::Poisoned`].
    pub fn commit(&self, batch: &Batch) -> Result<(), StoreError> {
        self.sound()?;
        let mut writes = sled::Batch::default();
        let mut size = 0;
        for (key, value) in &batch.writes {
            size += key.len() + value.as_ref().map_or(0, Vec::len);
            match value {
                Some(value) => writes.insert(key.as_slice(), value.as_slice()),
                None => writes.remove(key.as_slice()),
            }
        }
        self.has_room(2 * size as u64)?;
        let _busy = self.fault.busy();
        let written = self.database.apply_batch(writes).map_err(StoreError::from).and_then(|()| self.sync());
        written.inspect_err(|error| self.fault.happened(crate::causes::words(error)))
    }

    /// What is wrong with the store, and who is told.
    pub const fn fault(&self) -> &Fault {
        &self.fault
    }

    /// Whether this many bytes, and what goes with them, can be written.
    ///
    /// # Errors
    /// [`StoreError::Full`]; [`StoreError::File`] if the disk does not say.
    pub fn has_room(&self, bytes: u64) -> Result<(), StoreError> {
        let disk = room::disk(&self.folder).map_err(|source| StoreError::File {
            what: "cannot be asked for free space",
            path: self.folder.clone(),
            source,
        })?;
        let needed = bytes + RESERVE;
        if disk.free < needed { Err(StoreError::Full { free: disk.free, needed }) } else { Ok(()) }
    }

    fn sound(&self) -> Result<(), StoreError> {
        self.fault.cause().map_or(Ok(()), |cause| Err(StoreError::Poisoned { cause }))
    }

    fn sync(&self) -> Result<(), StoreError> {
        self.database.flush()?;
        self.file.sync_data().map_err(|source| StoreError::File {
            what: "cannot be synced",
            path: self.folder.clone(),
            source,
        })
    }

    /// Reads every record once.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Poisoned`]; damaged records are listed, not raised.
    pub fn check(&self) -> Result<Vec<TableCheck>, StoreError> {
        self.sound()?;
        let mut checks: Vec<TableCheck> = Table::ALL
            .into_iter()
            .map(|table| TableCheck { table: table.name(), whole: 0, damaged: Vec::new() })
            .collect();
        for item in self.database.iter() {
            let (full, raw) = item?;
            let Some((table, key)) = split_key(&full) else {
                checks[0].damaged.push(hex::encode(&full));
                continue;
            };
            let check = &mut checks[table as usize];
            match record::open(table, key, &raw) {
                Ok(_) => check.whole += 1,
                Err(_) => check.damaged.push(hex::encode(key)),
            }
        }
        Ok(checks)
    }

    pub(crate) fn raw(&self) -> &sled::Db {
        &self.database
    }
}

/// sled's threads may hold the lock for a moment after the last handle is gone, so a restart asks more than once.
fn open_database(path: &Path) -> Result<sled::Db, StoreError> {
    let patience = Instant::now() + LOCK_PATIENCE;
    loop {
        let config = sled::Config::new().path(path).cache_capacity(CACHE).flush_every_ms(None);
        match config.open() {
            Ok(database) => return Ok(database),
            Err(sled::Error::Io(_)) if Instant::now() < patience => {
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(sled::Error::Io(_)) if locked(path) => {
                return Err(StoreError::InUse { path: path.to_owned() });
            }
            Err(source) => return Err(StoreError::Open { path: path.to_owned(), source }),
        }
    }
}

/// Whether somebody else holds the database. sled 0.34 wraps what `flock` says into an error of another kind, so the
/// lock itself is asked.
fn locked(path: &Path) -> bool {
    let database = File::options().read(true).write(true).open(path.join("db"));
    database.is_ok_and(|file| matches!(file.try_lock(), Err(std::fs::TryLockError::WouldBlock)))
}

fn full_key(table: Table, key: &[u8]) -> Vec<u8> {
    let mut full = Vec::with_capacity(1 + key.len());
    full.push(table as u8);
    full.extend_from_slice(key);
    full
}

fn split_key(full: &[u8]) -> Option<(Table, &[u8])> {
    let (tag, key) = full.split_first()?;
    Some((Table::from_tag(*tag)?, key))
}

#[cfg(test)]
mod tests;
