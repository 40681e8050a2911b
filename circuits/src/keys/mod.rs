//! Keys: made by a ceremony, or, for development only, from a published seed.
//!
//! Whoever knows the randomness of a key's set-up can prove falsehoods under it. The development key's seed is printed in this
//! source, so **it protects nothing**: verifiers refuse its digest unless told otherwise.

mod development;
mod file;
mod proving;
mod verifying;

pub use development::{DEVELOPMENT_FILE_DIGEST, DEVELOPMENT_KEY_DIGEST, DEVELOPMENT_SEED, development_key};
pub(crate) use file::replace_file;
pub use proving::ProvingKey;
pub use verifying::{VERIFYING_KEY_BYTES, VerifyingKey};

use crate::ShapeError;
use std::path::PathBuf;

/// A key could not be made, read or written.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file system refused.
    #[error("cannot {action} {path}: {source}", path = .path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the file system answered.
        source: std::io::Error,
    },
    /// The file is no key, or was cut or altered.
    #[error("{path} is no proving key of this version: {reason}; remove it and make it again", path = .path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The sizes in the key are impossible.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// The verifying key's bytes are not one.
    #[error("not a verifying key: {reason}")]
    Verifying {
        /// What is wrong.
        reason: String,
    },
    /// The key does not fit the circuit.
    #[error("the key does not fit the circuit: {what} has {found} elements, the circuit needs {expected}")]
    Circuit {
        /// Which part of the key.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The length needed.
        expected: usize,
    },
    /// The set-up failed.
    #[error("the key set-up failed: {reason}")]
    Setup {
        /// What the proof system answered.
        reason: String,
    },
    /// The development key came out otherwise than everywhere else.
    #[error(
        "the development key made here has digest {found}…, expected {expected}…: the circuit or the proof system changed; \
         pin the new digest on purpose"
    )]
    Development {
        /// Digest found, first eight bytes.
        found: String,
        /// Digest pinned, first eight bytes.
        expected: String,
    },
}

/// First eight bytes of a digest, hexadecimal.
pub(crate) fn short_digest(digest: &[u8; 32]) -> String {
    use std::fmt::Write;
    digest[..8].iter().fold(String::with_capacity(16), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
