//! One file that holds every record: for moving to another disk, and for a day on which the database does not open.
//!
//! `WSBACKUP1\n`, then for each record the lengths of key and value as u32 BE and both as they are on disk, then a
//! record of two zero lengths, then SHA-256 over everything before it.

use std::{
    fs::{self, File, OpenOptions},
    io::{BufWriter, ErrorKind, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use sha2::{Digest, Sha256};

use super::{Store, StoreError, record, split_key};

const MAGIC: &[u8] = b"WSBACKUP1\n";
/// No record is longer than this (an approval bundle is at most 1 MiB).
const MAX_PART: usize = 4 * 1024 * 1024;

/// Writes every record into one new file that only its owner may read, synced, and says how many there were. What is
/// there already is never replaced. Damaged records stop it: a backup must not look whole when it is not.
///
/// # Errors
/// [`StoreError::Damaged`], [`StoreError::File`], [`StoreError::Database`].
pub fn backup(store: &Store, target: &Path) -> Result<u64, StoreError> {
    let failed = |what| move |source| StoreError::File { what, path: target.to_owned(), source };
    // `create_new` follows no symbolic link and takes no device's or pipe's place.
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(target);
    let file = file.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            failed("is there already, and a backup replaces nothing: choose another name")(error)
        }
        _ => failed("cannot be made")(error),
    })?;
    let written = write(store, target, file);
    if written.is_err() {
        // What is not whole must not look like a backup; it is ours, made just now.
        let _ = fs::remove_file(target);
    }
    written
}

fn write(store: &Store, target: &Path, file: File) -> Result<u64, StoreError> {
    let failed = |what| move |source| StoreError::File { what, path: target.to_owned(), source };
    let mut out = Hashing { out: BufWriter::new(file), hash: Sha256::new() };
    let mut count = 0;
    out.write(MAGIC).map_err(failed("cannot be written"))?;
    for item in store.raw().iter() {
        let (full, raw) = item?;
        if let Some((table, key)) = split_key(&full) {
            record::open(table, key, &raw)?;
        }
        out.write(&(full.len() as u32).to_be_bytes()).map_err(failed("cannot be written"))?;
        out.write(&(raw.len() as u32).to_be_bytes()).map_err(failed("cannot be written"))?;
        out.write(&full).map_err(failed("cannot be written"))?;
        out.write(&raw).map_err(failed("cannot be written"))?;
        count += 1;
    }
    out.write(&[0; 8]).map_err(failed("cannot be written"))?;
    let digest = out.hash.clone().finalize();
    out.out.write_all(&digest).map_err(failed("cannot be written"))?;
    let file = out.out.into_inner().map_err(|e| failed("cannot be written")(e.into_error()))?;
    file.sync_all().map_err(failed("cannot be synced"))?;
    sync_folder(target).map_err(failed("cannot be synced in its folder"))?;
    Ok(count)
}

/// A backup that was read whole: its digest and every record in it were checked.
pub struct Backup {
    writes: sled::Batch,
    count: u64,
}

impl Backup {
    /// Reads a backup. Nothing is made or changed.
    ///
    /// # Errors
    /// [`StoreError::Backup`] if the file is not whole; [`StoreError::File`].
    pub fn read(source: &Path) -> Result<Self, StoreError> {
        read(source)
    }

    /// Whether a store can be filled under this state folder: none is there.
    ///
    /// # Errors
    /// [`StoreError::File`] if one is: put it aside first.
    pub fn has_place(state: &Path) -> Result<(), StoreError> {
        let place = state.join(super::DATABASE);
        match fs::symlink_metadata(&place) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(source) => Err(StoreError::File { what: "cannot be looked at", path: place, source }),
            Ok(_) => Err(StoreError::File {
                what: "there is a store already: put it aside first",
                path: place,
                source: ErrorKind::AlreadyExists.into(),
            }),
        }
    }

    /// Fills a new store under `state`, and says with how many records. Refuses a state folder that already has a
    /// store: put that one aside first.
    ///
    /// # Errors
    /// [`StoreError::File`]; [`StoreError::Database`].
    pub fn restore(self, state: &Path) -> Result<u64, StoreError> {
        Self::has_place(state)?;
        let store = Store::open(state)?;
        store.raw().apply_batch(self.writes)?;
        store.sync()?;
        Ok(self.count)
    }
}

fn read(source: &Path) -> Result<Backup, StoreError> {
    let refuse = |what| StoreError::Backup { what, path: source.to_owned() };
    let unreadable =
        |error| StoreError::File { what: "cannot be read", path: source.to_owned(), source: error };
    // What has no end is no backup.
    if !fs::metadata(source).map_err(unreadable)?.is_file() {
        return Err(refuse("it is no plain file"));
    }
    let mut bytes = Vec::new();
    File::open(source).and_then(|mut file| file.read_to_end(&mut bytes)).map_err(unreadable)?;
    let split = bytes.len().checked_sub(32).ok_or_else(|| refuse("it is too short"))?;
    let (body, digest) = bytes.split_at(split);
    if Sha256::digest(body).as_slice() != digest {
        return Err(refuse("its digest does not fit its content"));
    }
    let mut rest = body.strip_prefix(MAGIC).ok_or_else(|| refuse("it does not begin like a backup"))?;
    let mut writes = sled::Batch::default();
    let mut count = 0;
    loop {
        let (lengths, after) =
            rest.split_first_chunk::<8>().ok_or_else(|| refuse("it ends inside a record"))?;
        let key_len = u32::from_be_bytes([lengths[0], lengths[1], lengths[2], lengths[3]]) as usize;
        let value_len = u32::from_be_bytes([lengths[4], lengths[5], lengths[6], lengths[7]]) as usize;
        if key_len == 0 && value_len == 0 {
            break;
        }
        if key_len > MAX_PART || value_len > MAX_PART || after.len() < key_len + value_len {
            return Err(refuse("a record is longer than the file or its limit"));
        }
        let (full, after) = after.split_at(key_len);
        let (raw, after) = after.split_at(value_len);
        let (table, key) =
            split_key(full).ok_or_else(|| refuse("it has a table that this program does not know"))?;
        record::open(table, key, raw)?;
        writes.insert(full, raw);
        count += 1;
        rest = after;
    }
    Ok(Backup { writes, count })
}

fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

struct Hashing {
    out: BufWriter<File>,
    hash: Sha256,
}

impl Hashing {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.hash.update(bytes);
        self.out.write_all(bytes)
    }
}
