//! The log: what was said, in which order, so that nobody can take it back.
//!
//! One append-only Merkle tree (RFC 6962) over [`LogRecord`]s. A record names an object by id and commits to its bytes
//! under a salt: content can be erased and the log still holds. The head of the tree is a signed note (C2SP
//! tlog-checkpoint).

pub mod checkpoint;
pub mod file;
mod record;
pub mod tree;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use file::{LogError, LogFile};
pub use record::LogRecord;
pub use tree::MerkleTree;
