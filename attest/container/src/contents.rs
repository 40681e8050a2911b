//! What is inside a container, and the digest of it that the owner signs.
//!
//! An asset's descriptor names its content by one digest. Of a locked asset that is the id of this card: so the owner's
//! signature covers type, length and every byte, and who opens the container checks them while it streams. The bytes
//! are hashed with BLAKE3, which keeps up with the cipher; `b3sum` gives the same.

use std::io::Read;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use wetsign_attest::id::{Digest, PublicKey};
use wetsign_attest::{Error, Object, codes};

use crate::chunk::CHUNK;
use crate::error::Refused;

/// Most bytes that a container's contents may have: 1 TiB.
pub const CONTENTS: u64 = 1 << 40;

/// Card of a container's contents.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Contents {
    /// Media type: `type/subtype` in lower case.
    #[n(1)]
    pub media_type: String,
    /// Length, bytes: at most 1 TiB.
    #[n(2)]
    pub length: u64,
    /// BLAKE3 of the bytes.
    #[n(3)]
    pub blake3: Digest,
}

impl Contents {
    /// The card of what can be read here, all of it.
    ///
    /// # Errors
    /// [`Refused::Io`] if it cannot be read, [`Refused::Limit`] above 1 TiB, [`Refused::Object`] for a media
    /// type that is not valid.
    pub fn of(media_type: &str, mut bytes: impl Read) -> Result<Self, Refused> {
        let mut hasher = blake3::Hasher::new();
        let mut buffer = vec![0; CHUNK];
        let mut length = 0_u64;
        loop {
            let read = match bytes.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(source) => return Err(Refused::Io { what: "contents", done: "read", source }),
            };
            length += read as u64;
            if length > CONTENTS {
                return Err(Refused::Limit { what: "the contents' length", found: length, bound: CONTENTS });
            }
            hasher.update(&buffer[..read]);
        }
        let contents =
            Self { media_type: media_type.to_owned(), length, blake3: Digest(*hasher.finalize().as_bytes()) };
        contents.check()?;
        Ok(contents)
    }

    /// How many chunks that makes: one, if it is empty.
    pub fn chunks(&self) -> u64 {
        self.length.div_ceil(CHUNK as u64).max(1)
    }
}

impl Object for Contents {
    const TYPE: &'static str = "wetsign/contents/1";
    const LIMIT: usize = 512;

    fn signer(&self) -> Option<PublicKey> {
        None
    }

    fn check(&self) -> Result<(), Error> {
        codes::media_type(&self.media_type)
            .map_err(|why| Error::value(Self::TYPE, "media_type", format!("holds {why}")))?;
        if self.length > CONTENTS {
            return Err(Error::value(Self::TYPE, "length", format!("is {}, over {CONTENTS}", self.length)));
        }
        Ok(())
    }
}
