//! The log: what was said, in which order, so that nobody can take it back.
//!
//! One append-only Merkle tree (RFC 6962) over [`LogRecord`]s. A record names an object by id and commits to its bytes
//! under a salt: content can be erased and the log still holds. The head of the tree is a signed note (C2SP
//! tlog-checkpoint), which witnesses cosign (tlog-cosignature) so that nobody is shown another log.

pub mod checkpoint;
mod continuity;
pub mod cosign;
pub mod file;
pub mod note;
mod proof;
pub mod read;
pub mod receipt;
mod record;
pub mod tiles;
pub mod tree;
pub mod vkey;
pub mod witness;
mod witnesses;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use continuity::Continuity;
pub use file::{LogError, LogFile};
pub use proof::{ProofError, TlogProof};
pub use receipt::{Receipt, ReceiptError};
pub use record::LogRecord;
pub use tree::MerkleTree;
pub use vkey::{KeyKind, VerifierKey, VerifierKeyError};
pub use witnesses::{Witness, WitnessPolicy, WitnessPolicyError};
