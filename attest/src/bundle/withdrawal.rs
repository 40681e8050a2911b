//! A withdrawal with everything that is needed to say where it stands and who owned the asset there, in one file.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{LogEntry, check_log};
use crate::error::Error;
use crate::id::{Blob, PublicKey};
use crate::limits;
use crate::object::{Object, within};

/// A withdrawal, the asset's descriptors, the log's records, their inclusion proofs and the checkpoint. Nobody signs a
/// bundle.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct WithdrawalBundle {
    /// Signed [`crate::object::Withdrawal`].
    #[n(1)]
    pub withdrawal: Blob,
    /// Signed [`crate::object::AssetDescriptor`]s: the asset's whole chain of revisions up to the withdrawal.
    #[n(2)]
    pub descriptors: Vec<Blob>,
    /// One entry for each logged object, strictly ascending by index.
    #[n(3)]
    pub log: Vec<LogEntry>,
    /// The checkpoint: a signed note.
    #[n(4)]
    pub checkpoint: String,
}

impl WithdrawalBundle {
    /// The file's bytes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        self.to_payload()
    }
}

impl Object for WithdrawalBundle {
    const TYPE: &'static str = "wetsign/withdrawal-bundle/1";
    const LIMIT: usize = limits::WITHDRAWAL_BUNDLE;

    fn signer(&self) -> Option<PublicKey> {
        None
    }

    fn check(&self) -> Result<(), Error> {
        within("descriptors", self.descriptors.len(), limits::CHAIN)?;
        check_log(Self::TYPE, &self.log, &self.checkpoint)
    }
}
