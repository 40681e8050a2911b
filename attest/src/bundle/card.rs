//! A model card with its place in a library's log, in one file.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{LogEntry, check_log};
use crate::cose::Signed;
use crate::error::Error;
use crate::id::{Blob, PublicKey};
use crate::limits;
use crate::log::tree::{leaf_hash, verify_inclusion};
use crate::log::{Checkpoint, LogRecord};
use crate::object::{ModelCard, Object};

/// A card, its record in the log and the checkpoint. Nobody signs a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct CardBundle {
    /// Signed [`ModelCard`].
    #[n(1)]
    pub card: Blob,
    /// Its record.
    #[n(2)]
    pub entry: LogEntry,
    /// The checkpoint: a signed note.
    #[n(3)]
    pub checkpoint: String,
}

impl CardBundle {
    /// The card, if its publisher signed it and it stands in this log.
    ///
    /// # Errors
    /// Which of the two does not hold.
    pub fn open(&self, origin: &str, log: &PublicKey) -> Result<Signed<ModelCard>, Error> {
        let refuse = |field, why: String| Err(Error::value(Self::TYPE, field, why));
        let card = Signed::<ModelCard>::decode(&self.card.0)?;
        let record = LogRecord::from_payload(&self.entry.record.0)?;
        if record.object_type != ModelCard::TYPE
            || record.object != card.id()
            || !record.opens(&self.entry.salt, card.bytes())
        {
            return refuse("entry", "is the record of another object".into());
        }
        let head = match Checkpoint::open(&self.checkpoint, origin, log) {
            Ok(head) => head,
            Err(error) => return refuse("checkpoint", format!("is not of this log: {error}")),
        };
        let leaf = leaf_hash(&self.entry.record.0);
        if !verify_inclusion(&leaf, self.entry.index, head.size, &self.entry.proof, &head.root) {
            return refuse("entry", "does not lead to the checkpoint's root".into());
        }
        Ok(card)
    }
}

impl Object for CardBundle {
    const TYPE: &'static str = "wetsign/card-bundle/1";
    const LIMIT: usize = limits::CARD_BUNDLE;

    fn signer(&self) -> Option<PublicKey> {
        None
    }

    fn check(&self) -> Result<(), Error> {
        check_log(Self::TYPE, std::slice::from_ref(&self.entry), &self.checkpoint)
    }
}
