//! A log read from its static files (C2SP tlog-tiles), with nothing believed but its signed head.

use super::checkpoint::Checkpoint;
use super::record::LogRecord;
use super::tiles::{ENTRY, Kind, TILE_BYTES, Tile, WIDTH, count};
use super::tree::{self, MerkleTree, Nodes, leaf_hash, node_hash};
use crate::id::Digest;
use crate::object::Object;

/// Bytes of the longest bundle.
const BUNDLE: usize = WIDTH as usize * (2 + ENTRY);

/// Where the files are.
pub trait Files {
    /// A file below the log's folder, of at most `most` bytes; `None` where there is none. A longer one is an error.
    ///
    /// # Errors
    /// Whatever stands against reading it.
    fn read(&self, path: &str, most: usize) -> std::io::Result<Option<Vec<u8>>>;
}

/// Why a log cannot be read, or is not what its head says.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// A file cannot be read.
    #[error("{path} cannot be read")]
    Io {
        /// Below the log's folder.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// A file that the head asks for is missing.
    #[error("{path} is missing, which a log of {size} records has: the log is not served whole")]
    Missing {
        /// Below the log's folder.
        path: String,
        /// What the head says.
        size: u64,
    },
    /// A file has not the form that it must have.
    #[error("{path} is no tile: {why}")]
    Form {
        /// Below the log's folder.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// A record cannot be read.
    #[error("record {index} ({path}) is no log record: {why}")]
    Record {
        /// Its index.
        index: u64,
        /// Below the log's folder.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// A record or a hash that does not belong to the tree of the hashes below it.
    #[error("{path} says something else than {what} {index}: it was rewritten, or the file is damaged")]
    Rewritten {
        /// The file of hashes.
        path: String,
        /// What is hashed.
        what: &'static str,
        /// Its index.
        index: u64,
    },
    /// The records make another tree than the head signs.
    #[error(
        "the {size} records make the root {computed}, the signed head says {signed}: records were rewritten"
    )]
    Root {
        /// How many.
        size: u64,
        /// What they make.
        computed: Digest,
        /// What is signed.
        signed: Digest,
    },
}

/// The files of a log, up to a size.
pub struct TiledLog<'f, F: ?Sized> {
    files: &'f F,
    size: u64,
}

impl<'f, F: Files + ?Sized> TiledLog<'f, F> {
    /// The log of this size in these files.
    pub const fn new(files: &'f F, size: u64) -> Self {
        Self { files, size }
    }

    /// Reads a tile; a full one may stand in for a partial one that is gone.
    fn tile(&self, tile: Tile, most: usize) -> Result<(String, Vec<u8>), ReadError> {
        for tile in [tile, tile.full()] {
            let path = tile.to_string();
            match self.files.read(&path, most) {
                Ok(Some(bytes)) => return Ok((path, bytes)),
                Ok(None) => {}
                Err(source) => return Err(ReadError::Io { path, source }),
            }
        }
        Err(ReadError::Missing { path: tile.to_string(), size: self.size })
    }

    /// The hashes of a tile of this level.
    fn hashes(&self, level: u8, number: u64) -> Result<(String, Vec<Digest>), ReadError> {
        let missing =
            || ReadError::Missing { path: format!("tile {number} of level {level}"), size: self.size };
        let tile = Tile::of(Kind::Hashes(level), number, count(level, self.size)).ok_or_else(missing)?;
        let (path, bytes) = self.tile(tile, TILE_BYTES)?;
        let wanted = usize::from(tile.width) * Digest::LEN;
        if bytes.len() != wanted && bytes.len() != TILE_BYTES {
            let why = format!("it has {} bytes, {wanted} were expected", bytes.len());
            return Err(ReadError::Form { path, why });
        }
        let (chunks, _) = bytes[..wanted].as_chunks::<{ Digest::LEN }>();
        Ok((path, chunks.iter().map(|chunk| Digest(*chunk)).collect()))
    }

    /// The records of a bundle.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn bundle(&self, number: u64) -> Result<(String, Vec<Vec<u8>>), ReadError> {
        let missing = || ReadError::Missing { path: format!("bundle {number}"), size: self.size };
        let tile = Tile::of(Kind::Entries, number, self.size).ok_or_else(missing)?;
        let (path, bytes) = self.tile(tile, BUNDLE)?;
        match entries(&bytes, usize::from(tile.width)) {
            Ok(entries) => Ok((path, entries)),
            Err(why) => Err(ReadError::Form { path, why }),
        }
    }

    /// One record.
    ///
    /// # Errors
    /// [`ReadError`], also for one beyond the log's size.
    pub fn entry(&self, index: u64) -> Result<Vec<u8>, ReadError> {
        let (path, mut entries) = self.bundle(index / WIDTH)?;
        let place = (index % WIDTH) as usize;
        if place >= entries.len() {
            return Err(ReadError::Missing { path: format!("record {index} of {path}"), size: self.size });
        }
        Ok(entries.swap_remove(place))
    }

    /// Proof that a record is in the log; `None` for one beyond its size. Only the tiles on its way are read.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn inclusion(&self, index: u64) -> Result<Option<Vec<Digest>>, ReadError> {
        tree::inclusion(self, index, self.size)
    }
}

impl<F: Files + ?Sized> Nodes for TiledLog<'_, F> {
    type Error = ReadError;

    fn node(&self, height: u32, index: u64) -> Result<Digest, ReadError> {
        let (level, rest) = ((height / 8) as u8, height % 8);
        let first = index << rest;
        let (path, hashes) = self.hashes(level, first / WIDTH)?;
        let start = (first % WIDTH) as usize;
        let Some(row) = hashes.get(start..start + (1 << rest)) else {
            return Err(ReadError::Form { path, why: "it ends before the subtree that is asked for".into() });
        };
        let mut row = row.to_vec();
        while row.len() > 1 {
            row = row.chunks(2).map(|pair| node_hash(&pair[0], &pair[pair.len() - 1])).collect();
        }
        row.pop().ok_or(ReadError::Form { path, why: "it is empty".into() })
    }
}

/// The first `width` records of a bundle, which holds these or, where the full one stands in, 256.
fn entries(bytes: &[u8], width: usize) -> Result<Vec<Vec<u8>>, String> {
    let (mut all, mut rest) = (Vec::with_capacity(width), bytes);
    while !rest.is_empty() {
        let short = || format!("record {} of it ends early", all.len());
        let (length, after) = rest.split_first_chunk::<2>().ok_or_else(short)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (record, after) = after.split_at_checked(length).ok_or_else(short)?;
        all.push(record.to_vec());
        rest = after;
    }
    if all.len() != width && all.len() as u64 != WIDTH {
        return Err(format!("it has {} records, {width} were expected", all.len()));
    }
    all.truncate(width);
    Ok(all)
}

/// Reads a whole log: every record, every hash of every tile, and compares the root that they make with the signed
/// head. `each` sees every record with its index. Answers the tree.
///
/// Memory: 64 bytes a record. Nothing beyond the head's size is read.
///
/// # Errors
/// [`ReadError`], naming the first record or file that is not what it has to be.
pub fn read_whole<F: Files + ?Sized>(
    files: &F,
    head: &Checkpoint,
    mut each: impl FnMut(u64, LogRecord),
) -> Result<MerkleTree, ReadError> {
    let log = TiledLog::new(files, head.size);
    let mut tree = MerkleTree::new();
    for number in 0..head.size.div_ceil(WIDTH) {
        let (path, entries) = log.bundle(number)?;
        let (hashes_path, hashes) = log.hashes(0, number)?;
        for (entry, hash) in entries.iter().zip(&hashes) {
            let index = tree.push(leaf_hash(entry));
            if tree.complete(0, index) != Some(*hash) {
                return Err(ReadError::Rewritten { path: hashes_path, what: "record", index });
            }
            match LogRecord::from_payload(entry) {
                Ok(record) => each(index, record),
                Err(error) => return Err(ReadError::Record { index, path, why: error.to_string() }),
            }
        }
    }
    for level in 1..8 {
        for number in 0..count(level, head.size).div_ceil(WIDTH) {
            let (path, hashes) = log.hashes(level, number)?;
            for (index, hash) in (number * WIDTH..).zip(&hashes) {
                if tree.complete(8 * u32::from(level), index) != Some(*hash) {
                    return Err(ReadError::Rewritten { path, what: "the tile below, at hash", index });
                }
            }
        }
    }
    let computed = tree.root();
    if computed != head.root {
        return Err(ReadError::Root { size: head.size, computed, signed: head.root });
    }
    Ok(tree)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::{Error, ErrorKind};

    use super::super::tiles::writes;
    use super::super::tree::{consistency, verify_consistency, verify_inclusion};
    use super::*;
    use crate::id::Id;

    type Folder = BTreeMap<String, Vec<u8>>;

    impl Files for Folder {
        fn read(&self, path: &str, most: usize) -> std::io::Result<Option<Vec<u8>>> {
            match self.get(path) {
                Some(bytes) if bytes.len() > most => Err(Error::from(ErrorKind::FileTooLarge)),
                found => Ok(found.cloned()),
            }
        }
    }

    fn record(index: u64) -> Vec<u8> {
        let id = Id::of(&index.to_be_bytes());
        LogRecord::of("wetsign/decline/1", id, &[], &Digest::ZERO, b"bytes").to_payload().unwrap()
    }

    fn log(size: u64, record: impl Fn(u64) -> Vec<u8>) -> (Folder, Checkpoint, MerkleTree) {
        let records: Vec<_> = (0..size).map(record).collect();
        let mut tree = MerkleTree::new();
        for record in &records {
            tree.push(leaf_hash(record));
        }
        let entry = |index: u64| records.get(index as usize).map(Vec::as_slice);
        let files = writes(&tree, entry, 0, size).unwrap();
        let folder = files.into_iter().map(|(tile, bytes)| (tile.to_string(), bytes)).collect();
        let head = Checkpoint { origin: "log.example/hub".into(), size, root: tree.root() };
        (folder, head, tree)
    }

    #[test]
    fn a_log_is_read_back_whole_at_every_kind_of_size() {
        for size in [0, 1, 255, 256, 257, 600] {
            let (folder, head, tree) = log(size, record);
            let mut seen = Vec::new();
            let read = read_whole(&folder, &head, |index, record| seen.push((index, record.object))).unwrap();
            assert_eq!((read.size(), read.root()), (size, tree.root()));
            let expected: Vec<_> = (0..size).map(|index| (index, Id::of(&index.to_be_bytes()))).collect();
            assert_eq!(seen, expected);
        }
    }

    #[test]
    fn proofs_from_tiles_are_those_of_the_tree() {
        let (folder, head, tree) = log(700, record);
        let tiled = TiledLog::new(&folder, head.size);
        for index in [0, 1, 255, 256, 511, 512, 698, 699] {
            let proof = tiled.inclusion(index).unwrap().unwrap();
            assert_eq!(Some(&proof), tree.inclusion(index, 700).as_ref());
            let leaf = leaf_hash(&tiled.entry(index).unwrap());
            assert!(verify_inclusion(&leaf, index, 700, &proof, &head.root));
        }
        for old in [1, 256, 257, 300, 512, 700] {
            let proof = consistency(&tiled, old, 700).unwrap().unwrap();
            assert!(verify_consistency(old, 700, &proof, &tree.root_at(old).unwrap(), &head.root));
        }
        assert!(tiled.inclusion(700).unwrap().is_none() && tiled.entry(700).is_err());
    }

    #[test]
    fn a_full_tile_stands_in_for_a_partial_one_that_is_gone() {
        let (_, head, _) = log(300, record);
        let (grown, ..) = log(600, record);
        assert!(!grown.contains_key("tile/0/001.p/44"));
        let mut grown = grown;
        // What only the smaller tree has: the hash over its one full tile.
        let one = grown["tile/1/000.p/2"][..32].to_vec();
        grown.insert("tile/1/000.p/1".into(), one);
        read_whole(&grown, &head, |_, _| {}).unwrap();
    }

    #[test]
    fn a_rewritten_record_is_found_wherever_it_was_rewritten() {
        let (folder, head, _) = log(600, record);
        let refused = |folder: &Folder| read_whole(folder, &head, |_, _| {}).unwrap_err().to_string();
        // In the bundle alone.
        let mut changed = folder.clone();
        let other = record(9999);
        let length = 2 + other.len();
        changed.get_mut("tile/entries/001").unwrap()[7 * length + 2..][..other.len()].copy_from_slice(&other);
        assert!(refused(&changed).contains("than record 263"), "{}", refused(&changed));
        // In bundle and lowest tile.
        let hash = leaf_hash(&other);
        changed.get_mut("tile/0/001").unwrap()[7 * 32..][..32].copy_from_slice(&hash.0);
        assert!(refused(&changed).contains("tile/1/000.p/2"), "{}", refused(&changed));
        // In all of them: then the head says otherwise.
        let (all, ..) = log(600, |index| record(if index == 263 { 9999 } else { index }));
        assert!(refused(&all).contains("the signed head says"), "{}", refused(&all));
    }

    #[test]
    fn a_file_that_is_missing_or_no_tile_is_named() {
        let (folder, head, _) = log(300, record);
        for path in folder.keys() {
            let mut gone = folder.clone();
            gone.remove(path);
            let refused = read_whole(&gone, &head, |_, _| {}).unwrap_err().to_string();
            assert!(refused.contains(path) && refused.contains("not served whole"), "{refused}");
            for cut in [1, 31] {
                let mut short = folder.clone();
                let bytes = short.get_mut(path).unwrap();
                bytes.truncate(bytes.len() - cut);
                let refused = read_whole(&short, &head, |_, _| {}).unwrap_err().to_string();
                assert!(refused.contains(path), "{refused}");
            }
        }
        // A head that promises more than there is.
        let more = Checkpoint { size: u64::MAX, ..head };
        assert!(matches!(read_whole(&folder, &more, |_, _| {}), Err(ReadError::Missing { .. })));
    }

    #[test]
    fn what_is_no_record_is_refused() {
        let (folder, head, _) = log(3, |index| if index == 1 { b"hello".to_vec() } else { record(index) });
        let refused = read_whole(&folder, &head, |_, _| {}).unwrap_err().to_string();
        assert!(refused.contains("record 1"), "{refused}");
    }
}
