//! The log as static files (C2SP tlog-tiles): which file holds what, and which files an append writes.
//!
//! ```text
//! checkpoint                       the signed head
//! checkpoint.cose                  its root, signed once more for COSE receipts; not of the standard
//! tile/<level>/<n>[.p/<width>]     256 hashes (a full tile), or 1 to 255 at the right edge
//! tile/entries/<n>[.p/<width>]     256 records (a full bundle), each behind its length (u16, big-endian)
//! ```
//!
//! n = 1234067 is written `x001/x234/067`. A hash of level l stands for 256^l leaves. Full tiles never change; a
//! partial one may be deleted once the full one is there.

use std::fmt;

use super::tree::MerkleTree;
use crate::id::Digest;

/// Hashes in a full tile, records in a full bundle.
pub const WIDTH: u64 = 256;
/// Bytes of a full tile.
pub const TILE_BYTES: usize = 256 * Digest::LEN;
/// Longest record that a bundle can hold, bytes.
pub const ENTRY: usize = u16::MAX as usize;
/// Where the signed head lies.
pub const CHECKPOINT_PATH: &str = "checkpoint";

/// Where the same head lies in the form of COSE receipts (RFC 9942), for records to be proved so.
pub const RECEIPT_PATH: &str = "checkpoint.cose";

/// What a tile holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Hashes of this level.
    Hashes(u8),
    /// Records.
    Entries,
}

/// One file under `tile/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tile {
    /// What it holds.
    pub kind: Kind,
    /// Its number within the level.
    pub number: u64,
    /// Hashes or records in it, 1 to 256.
    pub width: u16,
}

impl Tile {
    /// The tile of this number in a tree whose level has `count` hashes; `None` where it would be empty.
    pub fn of(kind: Kind, number: u64, count: u64) -> Option<Self> {
        let width = count.checked_sub(number.checked_mul(WIDTH)?)?.min(WIDTH);
        (width > 0).then_some(Self { kind, number, width: width as u16 })
    }

    /// The full one in its place.
    pub const fn full(self) -> Self {
        Self { width: WIDTH as u16, ..self }
    }

    /// Whether it has all that it can hold.
    pub fn is_full(self) -> bool {
        u64::from(self.width) == WIDTH
    }
}

/// Its path below the log's folder.
impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Hashes(level) => write!(f, "tile/{level}")?,
            Kind::Entries => f.write_str("tile/entries")?,
        }
        let digits = self.number.to_string();
        let padded = format!("{}{digits}", "0".repeat((3 - digits.len() % 3) % 3));
        let groups = padded.len() / 3;
        for group in 0..groups {
            let three = &padded[group * 3..group * 3 + 3];
            write!(f, "/{}{three}", if group + 1 < groups { "x" } else { "" })?;
        }
        if self.is_full() { Ok(()) } else { write!(f, ".p/{}", self.width) }
    }
}

/// Hashes that a level has in a tree of `size` leaves.
pub const fn count(level: u8, size: u64) -> u64 {
    match size.checked_shr(8 * level as u32) {
        Some(count) => count,
        None => 0,
    }
}

/// The files that bring a folder from a tree of `old` leaves to the first `new` of this one, checkpoint not among them:
/// every tile and bundle that got wider, each at its new width. `entry` answers a record by its index. `None` where the
/// tree or a record is not there, or a record is longer than [`ENTRY`].
pub fn writes<'e>(
    tree: &MerkleTree,
    entry: impl Fn(u64) -> Option<&'e [u8]>,
    old: u64,
    new: u64,
) -> Option<Vec<(Tile, Vec<u8>)>> {
    if old > new || new > tree.size() {
        return None;
    }
    let mut files = Vec::new();
    let wider = |level| {
        let (before, after) = (count(level, old), count(level, new));
        (before != after).then(|| before / WIDTH..after.div_ceil(WIDTH)).into_iter().flatten()
    };
    for number in wider(0) {
        let tile = Tile::of(Kind::Entries, number, new)?;
        let mut bytes = Vec::new();
        for index in number * WIDTH..number * WIDTH + u64::from(tile.width) {
            let record = entry(index)?;
            bytes.extend(u16::try_from(record.len()).ok()?.to_be_bytes());
            bytes.extend(record);
        }
        files.push((tile, bytes));
    }
    for level in 0..8 {
        for number in wider(level) {
            let tile = Tile::of(Kind::Hashes(level), number, count(level, new))?;
            let mut bytes = Vec::with_capacity(usize::from(tile.width) * Digest::LEN);
            for index in number * WIDTH..number * WIDTH + u64::from(tile.width) {
                bytes.extend(tree.complete(8 * u32::from(level), index)?.0);
            }
            files.push((tile, bytes));
        }
    }
    Some(files)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::super::tree::leaf_hash;
    use super::*;
    use crate::id::sha256;

    fn record(index: u64) -> Vec<u8> {
        format!("record {index}").into_bytes()
    }

    /// RFC 6962 § 2.1 as it is written, of its own.
    fn naive(leaves: &[Vec<u8>]) -> [u8; 32] {
        match leaves {
            [] => sha256(&[]),
            [one] => sha256(&[&[0], one]),
            many => {
                let mut left = 1;
                while left * 2 < many.len() {
                    left *= 2;
                }
                sha256(&[&[1], &naive(&many[..left]), &naive(&many[left..])])
            }
        }
    }

    fn grown(size: u64) -> (MerkleTree, Vec<Vec<u8>>) {
        let records: Vec<_> = (0..size).map(record).collect();
        let mut tree = MerkleTree::new();
        for record in &records {
            tree.push(leaf_hash(record));
        }
        (tree, records)
    }

    fn files(tree: &MerkleTree, records: &[Vec<u8>], old: u64, new: u64) -> BTreeMap<String, Vec<u8>> {
        let entry = |index: u64| records.get(index as usize).map(Vec::as_slice);
        let files = writes(tree, entry, old, new).unwrap();
        files.into_iter().map(|(tile, bytes)| (tile.to_string(), bytes)).collect()
    }

    #[test]
    fn paths_are_those_of_the_standard() {
        let path = |kind, number, width| Tile { kind, number, width }.to_string();
        assert_eq!(path(Kind::Hashes(0), 1_234_067, 256), "tile/0/x001/x234/067");
        assert_eq!(path(Kind::Hashes(1), 0, 17), "tile/1/000.p/17");
        assert_eq!(path(Kind::Entries, 273, 112), "tile/entries/273.p/112");
        assert_eq!(path(Kind::Entries, 1000, 256), "tile/entries/x001/000");
    }

    #[test]
    fn a_tree_of_70000_has_the_tiles_that_the_standard_counts() {
        let mut tree = MerkleTree::new();
        for index in 0..70_000_u64 {
            tree.push(leaf_hash(&index.to_be_bytes()));
        }
        let files = writes(&tree, |_| Some(b"x"), 0, 70_000).unwrap();
        let of =
            |kind, full| files.iter().filter(|(tile, _)| tile.kind == kind && tile.is_full() == full).count();
        assert_eq!((of(Kind::Hashes(0), true), of(Kind::Hashes(0), false)), (273, 1));
        assert_eq!((of(Kind::Hashes(1), true), of(Kind::Hashes(1), false)), (1, 1));
        assert_eq!((of(Kind::Hashes(2), true), of(Kind::Hashes(2), false)), (0, 1));
        let widths: Vec<_> = files.iter().filter(|(tile, _)| !tile.is_full()).map(|(t, _)| t.width).collect();
        assert_eq!(widths, [112, 112, 17, 1]);
        // A tree of 256: a full tile below, one hash above.
        let files = writes(&tree, |_| Some(b"x"), 0, 256).unwrap();
        let paths: Vec<_> = files.iter().map(|(tile, _)| tile.to_string()).collect();
        assert_eq!(paths, ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]);
    }

    #[test]
    fn each_hash_of_a_tile_is_the_tree_over_its_leaves_by_the_rfc() {
        let (tree, records) = grown(600);
        let files = files(&tree, &records, 0, 600);
        for index in 0..2 {
            let hash = &files["tile/1/000.p/2"][index * 32..][..32];
            assert_eq!(hash, naive(&records[index * 256..(index + 1) * 256]));
        }
        assert_eq!(&files["tile/0/002.p/88"][..32], naive(&records[512..513]));
        assert_eq!(files["tile/entries/002.p/88"][..12], *b"\x00\x0arecord 512");
        assert_eq!(tree.root().0, naive(&records));
    }

    #[test]
    fn what_is_not_there_is_not_written() {
        let (tree, records) = grown(10);
        let entry = |index: u64| records.get(index as usize).map(Vec::as_slice);
        assert!(writes(&tree, entry, 0, 11).is_none() && writes(&tree, entry, 9, 8).is_none());
        assert!(writes(&tree, |_| None, 0, 10).is_none());
        let long = vec![0; ENTRY + 1];
        assert!(writes(&tree, |_| Some(&long[..]), 0, 10).is_none());
        assert_eq!(writes(&tree, entry, 10, 10).unwrap(), vec![]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn grown_in_steps_a_folder_has_the_same_full_tiles_as_written_at_once(
            steps in proptest::collection::vec(0u64..400, 1..5),
        ) {
            let size = steps.iter().sum();
            let (tree, records) = grown(size);
            let (mut folder, mut old) = (BTreeMap::new(), 0);
            for step in steps {
                folder.extend(files(&tree, &records, old, old + step));
                old += step;
            }
            for (path, bytes) in files(&tree, &records, 0, size) {
                prop_assert_eq!(folder.get(&path), Some(&bytes), "{}", path);
            }
        }
    }
}
