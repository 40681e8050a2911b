//! What can be wrong with a container, a share, or a committee.

use wetsign_attest::id::{Digest, Id, PublicKey};

/// Why something was refused: what was looked at, what it has, what it has to have.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The file is not a container of this program.
    #[error("this is no container: it begins with {found:02x?}, not with {expected:02x?}")]
    NoContainer {
        /// The first bytes.
        found: [u8; 8],
        /// What a container begins with.
        expected: [u8; 8],
    },
    /// A count or size over its bound.
    #[error("{what} has {found}, the limit is {bound}")]
    Limit {
        /// What was counted.
        what: &'static str,
        /// How many there are.
        found: u64,
        /// How many there may be.
        bound: u64,
    },
    /// An object inside is not valid.
    #[error(transparent)]
    Object(#[from] wetsign_attest::Error),
    /// Reading or writing failed.
    #[error("the {what} cannot be {done}")]
    Io {
        /// What was read or written.
        what: &'static str,
        /// What was tried.
        done: &'static str,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The key is not the one that the head commits to.
    #[error("the key is not the one of this container: the head commits to another, or was changed")]
    OtherKey,
    /// A chunk does not open.
    #[error(
        "chunk {index} of {chunks} does not open: it was changed, stands in another place, or is another container's"
    )]
    Chunk {
        /// Which, from 0.
        index: u64,
        /// How many there are.
        chunks: u64,
    },
    /// The container ends early.
    #[error("the container is cut off in chunk {index} of {chunks}: {found} bytes of {expected} are there")]
    Truncated {
        /// Which chunk, from 0.
        index: u64,
        /// How many there are.
        chunks: u64,
        /// Bytes found.
        found: u64,
        /// Bytes that the chunk has.
        expected: u64,
    },
    /// Bytes follow the last chunk.
    #[error("bytes follow the container's last chunk ({chunks} chunks): nothing may")]
    Trailing {
        /// How many chunks there are.
        chunks: u64,
    },
    /// The contents are others than those that the head names.
    #[error(
        "the contents have the digest {found}, the head names {expected}: \
         they were exchanged by somebody who has the key"
    )]
    OtherContents {
        /// BLAKE3 of what is there.
        found: Digest,
        /// BLAKE3 that the head names.
        expected: Digest,
    },
    /// The contents to be sealed are not those of the facts.
    #[error(
        "what is to be sealed has {found} bytes or more and was to have {expected}: did the file change?"
    )]
    OtherLength {
        /// Bytes read.
        found: u64,
        /// Bytes that the facts name.
        expected: u64,
    },
    /// The key part is not for this label.
    #[error(
        "the head's key part is not for this asset and container: its proof does not verify for asset {asset} and \
         container {container}; it was copied from another head, or changed"
    )]
    Label {
        /// The asset.
        asset: Id,
        /// The container's digest.
        container: Digest,
    },
    /// The key part is encrypted to another committee.
    #[error("the container is locked for the keyholders of {found}, these are those of {expected}")]
    OtherCommittee {
        /// The key that the head names.
        found: Digest,
        /// The key of this committee.
        expected: Digest,
    },
    /// A keyholder gave a share that does not fit.
    #[error("keyholder {index} ({keyholder}) gave a share that is refused: {why}")]
    Share {
        /// Which member of the committee, from 1.
        index: u32,
        /// Its key.
        keyholder: PublicKey,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Too few shares.
    #[error("{found} shares are there, {threshold} are needed")]
    TooFew {
        /// How many good shares there are.
        found: usize,
        /// How many it takes.
        threshold: usize,
    },
    /// What was sealed does not open.
    #[error(
        "a sealed share does not open: it is for another key, another approval or container, or was changed"
    )]
    Unopened,
    /// A committee or a key generation that makes no sense.
    #[error("{what}: {why}")]
    Plan {
        /// Which object.
        what: &'static str,
        /// What it breaks.
        why: String,
    },
}

impl Refused {
    pub(crate) fn plan(what: &'static str, why: impl Into<String>) -> Self {
        Self::Plan { what, why: why.into() }
    }
}

impl From<Refused> for std::io::Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Io { source, .. } => source,
            other => Self::new(std::io::ErrorKind::InvalidData, other),
        }
    }
}
