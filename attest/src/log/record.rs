//! One line of the log.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::id::{Digest, Id, PublicKey, sha256};
use crate::limits;
use crate::object::{Object, ascending, name};

/// Names an object, without its content. Its bytes are a leaf of the tree; the log's checkpoint signs it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct LogRecord {
    /// Type string of the object.
    #[n(1)]
    pub object_type: String,
    /// Its id.
    #[n(2)]
    pub object: Id,
    /// Ids of objects that it follows, strictly ascending, at most 20.
    #[n(3)]
    pub previous: Vec<Id>,
    /// [`LogRecord::commit`] of salt and signed bytes.
    #[n(4)]
    pub commitment: Digest,
}

impl LogRecord {
    /// Record of an object: `previous` in any order; `salt` from the operating system's random source, kept to open it.
    pub fn of(object_type: &str, object: Id, previous: &[Id], salt: &Digest, bytes: &[u8]) -> Self {
        let mut previous = previous.to_vec();
        previous.sort_unstable();
        previous.dedup();
        Self { object_type: object_type.to_owned(), object, previous, commitment: Self::commit(salt, bytes) }
    }

    /// SHA-256(`wetsign/log-commitment/1` ‖ salt ‖ bytes), with the object's bytes as they were signed.
    pub fn commit(salt: &Digest, bytes: &[u8]) -> Digest {
        Digest(sha256(&[b"wetsign/log-commitment/1", &salt.0, bytes]))
    }

    /// Whether the salt opens the commitment to these bytes.
    pub fn opens(&self, salt: &Digest, bytes: &[u8]) -> bool {
        Self::commit(salt, bytes) == self.commitment
    }
}

impl Object for LogRecord {
    const TYPE: &'static str = "wetsign/log-record/1";
    const LIMIT: usize = limits::LOG_RECORD;

    fn signer(&self) -> Option<PublicKey> {
        None
    }

    fn check(&self) -> Result<(), Error> {
        name(Self::TYPE, "object_type", &self.object_type)?;
        ascending(Self::TYPE, "previous", &self.previous, 20, |id| id)
    }
}
