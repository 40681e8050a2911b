//! The log on disk: one file that only grows, synced before an append is acknowledged.
//!
//! ```text
//! "wetsign-log/1\n"                                    14 bytes
//! { length u32 BE ‖ record ‖ SHA-256(record)[..8] }*
//! ```
//!
//! An append that a crash cut short leaves an incomplete or mangled *last* frame: it was never acknowledged, and
//! opening the file cuts it off. Damage anywhere else is refused.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;

use super::checkpoint::{Checkpoint, CheckpointError};
use super::record::LogRecord;
use super::tiles::{self, Tile};
use super::tree::{MerkleTree, leaf_hash};
use crate::bundle::LogEntry;
use crate::error::Error;
use crate::id::{Blob, Digest, Id, sha256};
use crate::limits;
use crate::object::Object;

const MAGIC: &[u8; 14] = b"wetsign-log/1\n";
const CHECK: usize = 8;

/// Why a log could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The file system refused.
    #[error("log {path}: cannot {what}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried.
        what: &'static str,
        /// Why not.
        source: std::io::Error,
    },
    /// Another program writes to it.
    #[error("log {0} is open in another program")]
    Locked(PathBuf),
    /// The file is no log.
    #[error("{0} is no log of this version")]
    Foreign(PathBuf),
    /// Damage before the last record.
    #[error("log {path} is damaged at byte {offset} (record {index}): restore it from a copy")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where.
        offset: u64,
        /// Number of the record there.
        index: u64,
    },
    /// The record is not one that may be logged.
    #[error("record refused")]
    Record(#[from] Error),
    /// The checkpoint cannot be signed.
    #[error("checkpoint refused")]
    Checkpoint(#[from] CheckpointError),
    /// An earlier write failed, and the file's end is not known.
    #[error("log {0} is closed after a failed write: open it again")]
    Poisoned(PathBuf),
}

/// An open log. Holds an exclusive lock on its file.
#[derive(Debug)]
pub struct LogFile {
    path: PathBuf,
    file: File,
    end: u64,
    records: Vec<Vec<u8>>,
    tree: MerkleTree,
    /// Index of the first record of each object.
    places: HashMap<Id, u64>,
    cut: u64,
    poisoned: bool,
}

impl LogFile {
    /// Opens a log, or makes it; cuts off an append that a crash left incomplete.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, LogError> {
        let path = path.into();
        let io = |what| {
            let path = path.clone();
            move |source| LogError::Io { path, what, source }
        };
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).clone();
        let mut file = options.open(&path).map_err(io("open"))?;
        file.try_lock().map_err(|_| LogError::Locked(path.clone()))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(io("read"))?;
        if bytes.len() < MAGIC.len() {
            if !MAGIC.starts_with(&bytes) {
                return Err(LogError::Foreign(path));
            }
            file.set_len(0).and_then(|()| file.rewind()).map_err(io("truncate"))?;
            file.write_all(MAGIC).and_then(|()| file.sync_all()).map_err(io("write"))?;
            sync_folder(&path).map_err(io("sync the folder of"))?;
            bytes = MAGIC.to_vec();
        }
        let Some(frames) = bytes.strip_prefix(MAGIC) else { return Err(LogError::Foreign(path)) };
        let scan = scan(&path, frames)?;
        let end = MAGIC.len() as u64 + scan.length;
        let cut = bytes.len() as u64 - end;
        if cut > 0 {
            file.set_len(end).and_then(|()| file.sync_all()).map_err(io("cut the end of"))?;
        }
        let (mut tree, mut places) = (MerkleTree::new(), HashMap::new());
        let mut all = Vec::with_capacity(scan.records.len());
        for (record, object) in scan.records {
            places.entry(object).or_insert(all.len() as u64);
            tree.push(leaf_hash(&record));
            all.push(record);
        }
        Ok(Self { path, file, end, records: all, tree, places, cut, poisoned: false })
    }

    /// Adds a record and syncs the file. When this returns, the record survives a power cut.
    pub fn append(&mut self, record: &LogRecord) -> Result<u64, LogError> {
        self.append_all(std::slice::from_ref(record))
    }

    /// Adds records with one sync; answers the index of the first.
    pub fn append_all(&mut self, records: &[LogRecord]) -> Result<u64, LogError> {
        if self.poisoned {
            return Err(LogError::Poisoned(self.path.clone()));
        }
        let first = self.size();
        let encoded = records.iter().map(Object::to_payload).collect::<Result<Vec<_>, _>>()?;
        let mut frames = Vec::new();
        for record in &encoded {
            frames.extend((record.len() as u32).to_be_bytes());
            frames.extend(record);
            frames.extend(&sha256(&[record])[..CHECK]);
        }
        self.poisoned = true;
        self.file
            .seek(SeekFrom::Start(self.end))
            .and_then(|_| self.file.write_all(&frames))
            .and_then(|()| self.file.sync_data())
            .map_err(|source| LogError::Io { path: self.path.clone(), what: "append to", source })?;
        self.poisoned = false;
        self.end += frames.len() as u64;
        for (record, LogRecord { object, .. }) in encoded.into_iter().zip(records) {
            self.places.entry(*object).or_insert(self.records.len() as u64);
            self.tree.push(leaf_hash(&record));
            self.records.push(record);
        }
        Ok(first)
    }

    /// Records.
    pub fn size(&self) -> u64 {
        self.records.len() as u64
    }

    /// Bytes of an incomplete append that opening cut off.
    pub fn cut(&self) -> u64 {
        self.cut
    }

    /// The tree over the records.
    pub fn tree(&self) -> &MerkleTree {
        &self.tree
    }

    /// A record, by its index.
    pub fn record(&self, index: u64) -> Option<Result<LogRecord, Error>> {
        self.records.get(usize::try_from(index).ok()?).map(|bytes| LogRecord::from_payload(bytes))
    }

    /// Index of the first record of an object.
    pub fn find(&self, object: &Id) -> Option<u64> {
        self.places.get(object).copied()
    }

    /// A bundle's entry for a record: its bytes and proof of inclusion in the tree of `size` leaves, with the salt that
    /// its maker kept.
    pub fn entry(&self, index: u64, salt: Digest, size: u64) -> Option<LogEntry> {
        let record = self.records.get(usize::try_from(index).ok()?)?;
        let proof = self.tree.inclusion(index, size)?;
        Some(LogEntry { index, record: Blob(record.clone()), salt, proof })
    }

    /// The files that bring a folder of tiles from the first `old` records to all of them; `None` for more than there
    /// are.
    pub fn tiles(&self, old: u64) -> Option<Vec<(Tile, Vec<u8>)>> {
        let entry = |index: u64| self.records.get(usize::try_from(index).ok()?).map(Vec::as_slice);
        tiles::writes(&self.tree, entry, old, self.size())
    }

    /// The signed head of the log as it is now.
    pub fn checkpoint(&self, origin: &str, key: &SigningKey) -> Result<String, LogError> {
        let head = Checkpoint { origin: origin.to_owned(), size: self.size(), root: self.tree.root() };
        Ok(head.sign(key)?)
    }
}

struct Scan {
    /// Each record's bytes, and the object that it names.
    records: Vec<(Vec<u8>, Id)>,
    length: u64,
}

fn scan(path: &Path, frames: &[u8]) -> Result<Scan, LogError> {
    let mut records = Vec::new();
    let mut position = 0;
    while position < frames.len() {
        let rest = &frames[position..];
        let Some((record, object, length)) = frame(rest) else {
            // A mangled frame with a whole record after it is no torn append.
            if torn(rest) {
                break;
            }
            let offset = (MAGIC.len() + position) as u64;
            return Err(LogError::Damaged { path: path.to_owned(), offset, index: records.len() as u64 });
        };
        records.push((record.to_vec(), object));
        position += length;
    }
    Ok(Scan { records, length: position as u64 })
}

fn frame(bytes: &[u8]) -> Option<(&[u8], Id, usize)> {
    let length = u32::from_be_bytes(*bytes.first_chunk()?) as usize;
    let record = bytes.get(4..4 + length)?;
    let check = bytes.get(4 + length..4 + length + CHECK)?;
    let sound = (1..=limits::LOG_RECORD).contains(&length) && check == &sha256(&[record])[..CHECK];
    let object = sound.then(|| LogRecord::from_payload(record).ok())??.object;
    Some((record, object, 4 + length + CHECK))
}

/// Whether the bytes can be what is left of one append that was never acknowledged: no whole record follows in them.
fn torn(bytes: &[u8]) -> bool {
    (1..bytes.len()).all(|start| frame(&bytes[start..]).is_none())
}

fn sync_folder(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => File::open(parent)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(number: u8) -> LogRecord {
        LogRecord::of("wetsign/decline/1", Id([number; 32]), &[Id([1; 32])], &Digest([number; 32]), b"bytes")
    }

    fn filled(path: &Path) -> LogFile {
        let mut log = LogFile::open(path).unwrap();
        for number in 1..=5 {
            assert_eq!(log.append(&record(number)).unwrap(), u64::from(number) - 1);
        }
        log
    }

    #[test]
    fn what_was_appended_is_there_after_opening_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let root = filled(&path).tree().root();
        let log = LogFile::open(&path).unwrap();
        assert_eq!((log.size(), log.cut(), log.tree().root()), (5, 0, root));
        assert_eq!(log.record(2).unwrap().unwrap(), record(3));
        assert_eq!(log.find(&Id([4; 32])), Some(3));
    }

    #[test]
    fn an_object_is_found_at_its_first_record_before_and_after_opening_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut log = filled(&path);
        log.append_all(&[record(4), record(9)]).unwrap();
        let found = |log: &LogFile| [4, 9, 10].map(|number| log.find(&Id([number; 32])));
        assert_eq!(found(&log), [Some(3), Some(6), None]);
        drop(log);
        assert_eq!(found(&LogFile::open(&path).unwrap()), [Some(3), Some(6), None]);
    }

    #[test]
    fn an_append_cut_at_any_byte_is_cut_off_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        drop(filled(&path));
        let bytes = std::fs::read(&path).unwrap();
        let frame = (bytes.len() - MAGIC.len()) / 5;
        for missing in 1..=frame {
            std::fs::write(&path, &bytes[..bytes.len() - missing]).unwrap();
            let mut log = LogFile::open(&path).unwrap();
            assert_eq!((log.size(), log.cut()), (4, (frame - missing) as u64));
            log.append(&record(9)).unwrap();
            assert_eq!(log.size(), 5);
        }
    }

    #[test]
    fn damage_before_the_end_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        drop(filled(&path));
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[MAGIC.len() + 20] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert!(matches!(LogFile::open(&path), Err(LogError::Damaged { index: 0, .. })));
    }

    #[test]
    fn a_second_writer_and_a_foreign_file_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let _first = filled(&path);
        assert!(matches!(LogFile::open(&path), Err(LogError::Locked(_))));
        let other = folder.path().join("other");
        std::fs::write(&other, b"something else entirely").unwrap();
        assert!(matches!(LogFile::open(&other), Err(LogError::Foreign(_))));
    }
}
