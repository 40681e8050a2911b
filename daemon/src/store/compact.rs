//! The store written anew, without the room that old records left behind.
//!
//! sled appends and gives little room back. All records go into a new database beside the old one; once it is durable
//! and holds every record, the two exchange their names in one step, and the old one is removed. A crash before the
//! exchange leaves the old store as it was, one after it the new store; either way a folder that nobody reads is left,
//! which the next turn removes.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::Path;

use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::{DATABASE, Store, StoreError, open_database, record, room, split_key};

/// Name of the new database while it is written.
const BESIDE: &str = "store.compacting";
/// Bytes of records that are written together.
const TOGETHER: usize = 1 << 20;

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compacted {
    /// Records.
    pub records: u64,
    /// Bytes on disk before.
    pub before: u64,
    /// Bytes on disk afterwards.
    pub after: u64,
}

/// Writes the store under `state` anew. Nobody may have it open.
///
/// # Errors
/// [`StoreError::None`], [`StoreError::InUse`]; [`StoreError::Damaged`] if a record is; [`StoreError::Full`];
/// [`StoreError::File`]. The store is then as it was.
pub fn compact(state: &Path) -> Result<Compacted, StoreError> {
    let (place, beside) = (state.join(DATABASE), state.join(BESIDE));
    let old = Store::open_existing(state)?;
    remove(&beside)?;
    let before = room::size_of(&place).map_err(file("cannot be measured", &place))?;
    let written = copy(&old, &beside).and_then(|records| {
        sync_tree(&beside)?;
        sync(state)?;
        renameat_with(CWD, &beside, CWD, &place, RenameFlags::EXCHANGE).map_err(|error| {
            file("cannot exchange names with the new store: the file system has to know how", &place)(
                error.into(),
            )
        })?;
        sync(state)?;
        Ok(records)
    });
    // The old one after the exchange, the unfinished new one without it.
    drop(old);
    let removed = remove(&beside);
    let records = written?;
    removed?;
    let after = room::size_of(&place).map_err(file("cannot be measured", &place))?;
    Ok(Compacted { records, before, after })
}

fn copy(old: &Store, beside: &Path) -> Result<u64, StoreError> {
    let new = open_database(beside)?;
    let (mut batch, mut size, mut records) = (sled::Batch::default(), 0, 0);
    for item in old.raw().iter() {
        let (full, raw) = item?;
        if let Some((table, key)) = split_key(&full) {
            record::open(table, key, &raw)?;
        }
        size += full.len() + raw.len();
        records += 1;
        batch.insert(full, raw);
        if size >= TOGETHER {
            old.has_room(2 * size as u64)?;
            new.apply_batch(std::mem::take(&mut batch))?;
            size = 0;
        }
    }
    old.has_room(2 * size as u64)?;
    new.apply_batch(batch)?;
    new.flush()?;
    // What the new one holds is counted before it takes the old one's place.
    let held = new.iter().keys().try_fold(0, |count, key| key.map(|_| count + 1))?;
    if held != records {
        return Err(file("does not hold every record", beside)(ErrorKind::InvalidData.into()));
    }
    Ok(records)
}

/// Syncs a folder and all that lies in it.
fn sync_tree(folder: &Path) -> Result<(), StoreError> {
    for entry in fs::read_dir(folder).map_err(file("cannot be read", folder))? {
        let entry = entry.map_err(file("cannot be read", folder))?;
        let path = entry.path();
        if entry.file_type().map_err(file("cannot be looked at", &path))?.is_dir() {
            sync_tree(&path)?;
        } else {
            sync(&path)?;
        }
    }
    sync(folder)
}

/// Syncs one file, or the names in one folder.
fn sync(path: &Path) -> Result<(), StoreError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(file("cannot be synced", path))
}

fn remove(folder: &Path) -> Result<(), StoreError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(file("cannot be removed", folder)(error)),
        _ => Ok(()),
    }
}

fn file<'p>(what: &'static str, path: &'p Path) -> impl FnOnce(std::io::Error) -> StoreError + 'p {
    move |source| StoreError::File { what, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::super::{Batch, Table};
    use super::*;

    fn filled(state: &Path) -> Store {
        let store = Store::open(state).unwrap();
        for turn in 0..40_u8 {
            let mut batch = Batch::new();
            for key in 0..100_u8 {
                batch.put(Table::Object, &[key], &[turn; 2000]);
            }
            store.commit(&batch).unwrap();
        }
        store
    }

    #[test]
    fn every_record_is_in_the_smaller_store() {
        let state = tempfile::tempdir().unwrap();
        let before = filled(state.path()).scan(Table::Object, &[]).unwrap();
        let compacted = compact(state.path()).unwrap();
        assert_eq!(compacted.records, 100);
        assert!(compacted.after < compacted.before / 2, "{compacted:?}");
        let store = Store::open_existing(state.path()).unwrap();
        assert_eq!(store.scan(Table::Object, &[]).unwrap(), before);
        assert!(!state.path().join(BESIDE).exists());
    }

    #[test]
    fn what_a_crash_left_behind_is_removed() {
        let state = tempfile::tempdir().unwrap();
        drop(filled(state.path()));
        fs::create_dir(state.path().join(BESIDE)).unwrap();
        fs::write(state.path().join(BESIDE).join("db"), b"half a database").unwrap();
        assert_eq!(compact(state.path()).unwrap().records, 100);
        assert!(!state.path().join(BESIDE).exists());
    }

    #[test]
    fn a_store_in_use_or_none_or_a_damaged_one_stays_as_it_is() {
        let state = tempfile::tempdir().unwrap();
        assert!(matches!(compact(state.path()), Err(StoreError::None { .. })));
        let store = filled(state.path());
        assert!(matches!(compact(state.path()), Err(StoreError::InUse { .. })));
        let mut key = vec![Table::Object as u8];
        key.push(7);
        store.raw().insert(key, b"no record".as_slice()).unwrap();
        store.sync().unwrap();
        drop(store);
        assert!(matches!(
            compact(state.path()),
            Err(StoreError::Damaged { .. } | StoreError::Version { .. })
        ));
        let store = Store::open_existing(state.path()).unwrap();
        assert_eq!(store.get(Table::Object, &[8]).unwrap(), Some(vec![39; 2000]));
    }
}
