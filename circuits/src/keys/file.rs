//! Proving keys on disk.
//!
//! ```text
//! "wetsign-match/1\n"   16 bytes
//! face, voice, levels   3 × u32 big-endian
//! development           1 byte: 0 after a checked ceremony, else 1
//! points                arkworks' uncompressed ProvingKey
//! SHA-256               32 bytes, over everything before it
//! ```

use super::{KeyError, ProvingKey};
use crate::replace::replace_file;
use crate::{Shape, circuit};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize, Compress, Validate};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;

const MAGIC: &[u8; 16] = b"wetsign-match/1\n";
const HEADER: usize = 16 + 3 * 4 + 1;
const DIGEST: usize = 32;
/// Larger than any key within the bounds of [`Shape`] that is worth loading.
const MOST_BYTES: u64 = 256 << 20;

impl ProvingKey {
    /// Reads a key file and checks every point in it (some seconds).
    ///
    /// The checks find damage; they cannot tell a hostile key from an honest one, and a hostile proving key can break a
    /// proof's secrecy. Take keys from a ceremony that you trust and compare
    /// [`VerifyingKey::digest`](super::VerifyingKey::digest).
    ///
    /// # Errors
    /// [`KeyError::File`], [`KeyError::Damaged`], or a key that does not fit the circuit.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        read(path, None)
    }

    /// Writes the key to `path` so that a reader sees the old file or the whole new one, never a part.
    ///
    /// # Errors
    /// [`KeyError::File`].
    pub fn write(&self, path: &Path) -> Result<(), KeyError> {
        write(self, path)
    }
}

/// Reads a key. With `pinned`, the file must have that very digest, which stands in for checking every point.
pub(super) fn read(path: &Path, pinned: Option<[u8; 32]>) -> Result<ProvingKey, KeyError> {
    let damaged = |reason: &str| KeyError::Damaged { path: path.to_owned(), reason: reason.into() };
    let io = |source| KeyError::File { action: "read", path: path.to_owned(), source };
    let length = fs::metadata(path).map_err(io)?.len();
    if length > MOST_BYTES {
        return Err(damaged("it is larger than any key"));
    }
    let bytes = fs::read(path).map_err(io)?;
    if bytes.len() < HEADER + DIGEST || !bytes.starts_with(MAGIC) {
        return Err(damaged("it does not start as one"));
    }
    let (content, digest) = bytes.split_at(bytes.len() - DIGEST);
    let found: [u8; 32] = Sha256::digest(content).into();
    if found != digest {
        return Err(damaged("its digest is not that of its content"));
    }
    if pinned.is_some_and(|expected| expected != found) {
        return Err(damaged("it is another key than the pinned one"));
    }
    let size = |position: usize| {
        let at = 16 + 4 * position;
        content[at..at + 4].iter().fold(0usize, |sum, byte| (sum << 8) | usize::from(*byte))
    };
    let shape = Shape { face: size(0), voice: size(1), levels: size(2) };
    shape.check()?;
    let development = match content[HEADER - 1] {
        0 => false,
        1 => true,
        _ => return Err(damaged("its development mark is neither 0 nor 1")),
    };
    let validate = if pinned.is_some() { Validate::No } else { Validate::Yes };
    let mut points = &content[HEADER..];
    let groth16 = ark_groth16::ProvingKey::deserialize_with_mode(&mut points, Compress::No, validate)
        .map_err(|error| damaged(&format!("bad points ({error})")))?;
    if !points.is_empty() {
        return Err(damaged("bytes follow the points"));
    }
    ProvingKey::assemble(shape, development, circuit::rows(&shape), groth16)
}

/// Writes a key beside its place, then renames it into it.
fn write(key: &ProvingKey, path: &Path) -> Result<(), KeyError> {
    let bytes = encode(key)?;
    replace_file(path, &bytes).map_err(|source| KeyError::File {
        action: "write",
        path: path.to_owned(),
        source,
    })
}

fn encode(key: &ProvingKey) -> Result<Vec<u8>, KeyError> {
    let shape = key.shape();
    let mut bytes = MAGIC.to_vec();
    for size in [shape.face, shape.voice, shape.levels] {
        bytes.extend_from_slice(&(size as u32).to_be_bytes());
    }
    bytes.push(u8::from(key.is_development()));
    key.groth16()
        .serialize_uncompressed(&mut bytes)
        .map_err(|error| KeyError::Setup { reason: error.to_string() })?;
    let digest = Sha256::digest(&bytes);
    bytes.extend_from_slice(&digest);
    Ok(bytes)
}
