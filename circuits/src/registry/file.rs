//! A registry on disk: a snapshot with every node, and the changes since.
//!
//! ```text
//! <path>           "wetsign-tree/1\n\0", number of the snapshot (u64), levels (u32), then for each level the number of
//!                  nodes (u64) and each node's position (u64) and value (32 bytes), then SHA-256 over all that
//! <path>.changes   SHA-256 of the snapshot that they follow, then for each change index (u64), leaf (32 bytes)
//!                  and the first 8 bytes of SHA-256 over that digest, the change's number and the change
//! ```
//!
//! All numbers are big-endian. A change that was torn by a power cut at the end is dropped: it was never acknowledged.

use super::{Registry, RegistryError};
use crate::field;
use crate::replace::replace_file;
use ark_bn254::Fr;
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 16] = b"wetsign-tree/1\n\0";
const DIGEST: usize = 32;
const NODE: usize = 8 + 32;
const CHECK: usize = 8;
const CHANGE: usize = NODE + CHECK;

/// A registry could not be kept or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryFileError {
    /// The file system refused.
    #[error("cannot {action} {path}: {source}", path = .path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the file system answered.
        source: io::Error,
    },
    /// The content is not what was written.
    #[error("{path} is damaged: {reason}; build the registry anew from the epoch's leaves", path = .path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        reason: &'static str,
    },
    /// An index or a size out of range.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// A registry whose changes are on disk before they are acknowledged.
#[derive(Debug)]
pub struct RegistryFile {
    path: PathBuf,
    registry: Registry,
    /// Numbers tell snapshots of one content apart, so that changes follow one of them only.
    number: u64,
    snapshot: [u8; DIGEST],
    changes: File,
    count: u64,
}

impl RegistryFile {
    /// An empty registry in a new file.
    ///
    /// # Errors
    /// The file is there already or cannot be made; an impossible number of levels.
    pub fn create(path: &Path, levels: usize) -> Result<Self, RegistryFileError> {
        let registry = Registry::new(levels)?;
        File::create_new(path).map_err(|source| failed("make", path, source))?;
        Self::write(path, registry, 0)
    }

    /// A registry that exists already, in place of whatever the file holds.
    ///
    /// # Errors
    /// The file system refuses.
    pub fn replace(path: &Path, registry: Registry) -> Result<Self, RegistryFileError> {
        Self::write(path, registry, 0)
    }

    /// Reads the snapshot and applies the changes since.
    ///
    /// # Errors
    /// [`RegistryFileError`].
    pub fn open(path: &Path) -> Result<Self, RegistryFileError> {
        let bytes = fs::read(path).map_err(|source| failed("read", path, source))?;
        let damaged = |reason| RegistryFileError::Damaged { path: path.to_owned(), reason };
        let (mut registry, number, snapshot) = decode(&bytes).map_err(damaged)?;
        let journal = journal(path);
        let changes = match fs::read(&journal) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            read => read.map_err(|source| failed("read", &journal, source))?,
        };
        let current = changes.strip_prefix(&snapshot).map(|changes| changes.as_chunks::<CHANGE>().0);
        let mut leaves = Vec::new();
        for (number, change) in current.unwrap_or_default().iter().enumerate() {
            let (change, check) = change.split_at(NODE);
            if check != checksum(&snapshot, number as u64, change) {
                let reason = "a change is not as it was written";
                return Err(RegistryFileError::Damaged { path: journal, reason });
            }
            leaves.push(node(change).map_err(damaged)?);
        }
        let count = leaves.len() as u64;
        registry.set_many(leaves)?;
        let whole = if current.is_some() { DIGEST as u64 + count * CHANGE as u64 } else { 0 };
        let changes = open_journal(&journal, &snapshot, whole)?;
        Ok(Self { path: path.to_owned(), registry, number, snapshot, changes, count })
    }

    /// The registry as it stands.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The registry alone, for whoever changes it no more.
    pub fn into_registry(self) -> Registry {
        self.registry
    }

    /// Changes since the snapshot: what [`RegistryFile::open`] has to hash again.
    pub fn changes(&self) -> u64 {
        self.count
    }

    /// Sets leaves (0 revokes) and returns when they are on disk.
    ///
    /// # Errors
    /// [`RegistryFileError`]; after one of the file system, open the file anew.
    pub fn set_many(&mut self, leaves: impl IntoIterator<Item = (u64, Fr)>) -> Result<(), RegistryFileError> {
        let leaves: Vec<_> = leaves.into_iter().collect();
        leaves.iter().try_for_each(|(index, _)| self.registry.check(*index))?;
        let mut bytes = Vec::with_capacity(leaves.len() * CHANGE);
        for (number, (index, leaf)) in (self.count..).zip(&leaves) {
            let at = bytes.len();
            encode_node(&mut bytes, *index, leaf);
            let check = checksum(&self.snapshot, number, &bytes[at..]);
            bytes.extend(check);
        }
        self.changes
            .write_all(&bytes)
            .and_then(|()| self.changes.sync_data())
            .map_err(|source| failed("append to", &journal(&self.path), source))?;
        self.count += leaves.len() as u64;
        Ok(self.registry.set_many(leaves)?)
    }

    /// Writes a new snapshot and forgets the changes in it.
    ///
    /// # Errors
    /// [`RegistryFileError::File`].
    pub fn compact(&mut self) -> Result<(), RegistryFileError> {
        let registry = self.registry.clone();
        *self = Self::write(&self.path.clone(), registry, self.number + 1)?;
        Ok(())
    }

    fn write(path: &Path, registry: Registry, number: u64) -> Result<Self, RegistryFileError> {
        let (bytes, snapshot) = encode(&registry, number);
        replace_file(path, &bytes).map_err(|source| failed("write", path, source))?;
        let changes = open_journal(&journal(path), &snapshot, 0)?;
        Ok(Self { path: path.to_owned(), registry, number, snapshot, changes, count: 0 })
    }
}

fn failed(action: &'static str, path: &Path, source: io::Error) -> RegistryFileError {
    RegistryFileError::File { action, path: path.to_owned(), source }
}

fn journal(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".changes");
    name.into()
}

/// Ready to append behind the first `whole` bytes; with 0 it is begun anew.
fn open_journal(path: &Path, snapshot: &[u8; DIGEST], whole: u64) -> Result<File, RegistryFileError> {
    let opened = || {
        let mut file = OpenOptions::new().append(true).create(true).open(path)?;
        file.set_len(whole)?;
        if whole == 0 {
            file.write_all(snapshot)?;
        }
        file.sync_all()?;
        Ok(file)
    };
    opened().map_err(|source| failed("open", path, source))
}

fn checksum(snapshot: &[u8; DIGEST], number: u64, change: &[u8]) -> [u8; CHECK] {
    let mut hasher = Sha256::new();
    hasher.update(snapshot);
    hasher.update(number.to_be_bytes());
    hasher.update(change);
    let digest: [u8; DIGEST] = hasher.finalize().into();
    std::array::from_fn(|at| digest[at])
}

fn encode_node(bytes: &mut Vec<u8>, position: u64, value: &Fr) {
    bytes.extend(position.to_be_bytes());
    bytes.extend(field::to_bytes(value));
}

fn node(bytes: &[u8]) -> Result<(u64, Fr), &'static str> {
    let (position, value) = bytes.split_first_chunk::<8>().ok_or("it is cut")?;
    let value = value.try_into().map_err(|_| "it is cut")?;
    Ok((u64::from_be_bytes(*position), field::from_bytes(value).map_err(|_| "a value is not canonical")?))
}

fn encode(registry: &Registry, number: u64) -> (Vec<u8>, [u8; DIGEST]) {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(number.to_be_bytes());
    bytes.extend((registry.levels as u32).to_be_bytes());
    for level in &registry.nodes {
        bytes.extend((level.len() as u64).to_be_bytes());
        for (position, value) in level {
            encode_node(&mut bytes, *position, value);
        }
    }
    let digest: [u8; DIGEST] = Sha256::digest(&bytes).into();
    bytes.extend(digest);
    (bytes, digest)
}

/// The digest stands in for hashing the tree again.
fn decode(bytes: &[u8]) -> Result<(Registry, u64, [u8; DIGEST]), &'static str> {
    let (content, digest) = bytes.split_last_chunk::<DIGEST>().ok_or("it is cut")?;
    if Sha256::digest(content)[..] != digest[..] {
        return Err("its digest is not that of its content");
    }
    let rest = content.strip_prefix(MAGIC).ok_or("it does not start as a registry")?;
    let (number, rest) = rest.split_first_chunk::<8>().ok_or("it is cut")?;
    let (levels, mut rest) = rest.split_first_chunk::<4>().ok_or("it is cut")?;
    let levels = u32::from_be_bytes(*levels) as usize;
    let mut registry = Registry::new(levels).map_err(|_| "its number of levels is impossible")?;
    for level in &mut registry.nodes {
        let (count, behind) = rest.split_first_chunk::<8>().ok_or("it is cut")?;
        let length =
            usize::try_from(u64::from_be_bytes(*count)).ok().and_then(|count| count.checked_mul(NODE));
        let (nodes, behind) = length.and_then(|length| behind.split_at_checked(length)).ok_or("it is cut")?;
        *level = nodes.chunks_exact(NODE).map(node).collect::<Result<_, _>>()?;
        rest = behind;
    }
    let number = u64::from_be_bytes(*number);
    if rest.is_empty() { Ok((registry, number, *digest)) } else { Err("bytes follow its nodes") }
}
