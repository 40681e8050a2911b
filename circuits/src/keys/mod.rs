//! Keys: made by a ceremony, or, for development only, from a published seed.
//!
//! Whoever knows the randomness of a key's set-up can prove falsehoods under it. The development key's seed is printed
//! in this source, so **it protects nothing**: verifiers refuse its digest unless told otherwise.

#[cfg(feature = "prover")]
mod development;
#[cfg(feature = "prover")]
mod file;
#[cfg(feature = "prover")]
mod forger;
#[cfg(feature = "prover")]
mod proving;
mod verifying;

#[cfg(feature = "prover")]
pub use development::{DEVELOPMENT_FILE_DIGEST, development_key};
#[cfg(feature = "prover")]
pub use forger::Forger;
#[cfg(feature = "prover")]
pub use proving::ProvingKey;
pub use verifying::{VERIFYING_KEY_BYTES, VerifyingKey};

use crate::ShapeError;
use std::path::PathBuf;

/// The published seed. ChaCha20, keyed with its SHA-256, gives alpha, beta, gamma, delta and the evaluation point, in
/// this order.
pub const DEVELOPMENT_SEED: &str =
    "wetsign match circuit, development key 1: anyone can forge under this key";

/// Digest of the development verifying key ([`crate::VerifyingKey::digest`]).
pub const DEVELOPMENT_KEY_DIGEST: [u8; 32] = [
    0xd8, 0xc3, 0xd9, 0x26, 0x00, 0x3d, 0xb7, 0x96, 0x26, 0x0b, 0xd4, 0x67, 0xf9, 0xa4, 0xbf, 0xd7, 0x03,
    0x09, 0x7e, 0xdd, 0x3a, 0x9a, 0xdf, 0x65, 0x80, 0x3a, 0x08, 0x49, 0x2c, 0x1d, 0xc5, 0xca,
];

/// A key could not be made, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
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
