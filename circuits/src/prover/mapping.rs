//! A table's bytes: in memory, or a file mapped read-only.
//!
//! ```text
//! "wetsign-tables/2"   16 bytes
//! header               to which key and plan the table belongs; zeros up to a multiple of 64 bytes
//! table
//! SHA-256              32 bytes, over everything before it
//! ```

use super::prefetch::CACHE_LINE;
use crate::replace::replace_file;
use memmap2::Mmap;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io;
use std::path::Path;

const MAGIC: &[u8; 16] = b"wetsign-tables/2";
const DIGEST: usize = 32;

pub(super) enum Bytes {
    Owned { bytes: Vec<u8>, start: usize },
    Mapped { map: Mmap, start: usize },
}

impl Bytes {
    pub fn as_slice(&self) -> &[u8] {
        match self {
            Self::Owned { bytes, start } => &bytes[*start..],
            Self::Mapped { map, start } => &map[*start..map.len() - DIGEST],
        }
    }

    /// In memory, from a multiple of [`CACHE_LINE`] on.
    pub fn owned(table: &[u8]) -> Self {
        let mut bytes: Vec<u8> = Vec::with_capacity(table.len() + CACHE_LINE);
        let start = bytes.as_ptr().align_offset(CACHE_LINE).min(CACHE_LINE);
        bytes.resize(start, 0);
        bytes.extend_from_slice(table);
        Self::Owned { bytes, start }
    }

    /// The table of `path`. A file that is not there, is cut or altered, or belongs to another key is made anew by
    /// `build`.
    pub fn from_file(
        path: &Path,
        header: &[u8],
        size: usize,
        build: impl FnOnce() -> Vec<u8>,
    ) -> io::Result<Self> {
        let mut head = [MAGIC, header].concat();
        head.resize(head.len().next_multiple_of(CACHE_LINE), 0);
        if let Ok(Some(bytes)) = Self::open(path, &head, size) {
            return Ok(bytes);
        }
        let mut content = head.clone();
        content.extend(build());
        let digest = Sha256::digest(&content);
        content.extend_from_slice(&digest);
        replace_file(path, &content)?;
        Self::open(path, &head, size)?
            .ok_or_else(|| io::Error::other("the new file does not read back as written"))
    }

    /// The file's table, if it is whole and begins with `head`.
    fn open(path: &Path, head: &[u8], size: usize) -> io::Result<Option<Self>> {
        let map = map(&File::open(path)?)?;
        let start = head.len();
        let whole = map.len() == start + size + DIGEST
            && map.starts_with(head)
            && Sha256::digest(&map[..start + size])[..] == map[start + size..];
        Ok(whole.then_some(Self::Mapped { map, start }))
    }
}

/// The file is never written in place, only replaced under its name, so the mapped content stays as it was checked.
/// Whoever may write into the folder of the keys could still cut it short and stop the process; a wrong table cannot do
/// more than make a wrong proof, which the prover refuses to return.
#[allow(unsafe_code)]
fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: the mapping is read-only and private to readers of plain bytes; see above for what keeps it unchanged.
    unsafe { Mmap::map(file) }
}
