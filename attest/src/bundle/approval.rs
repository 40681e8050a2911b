//! An approval with everything that is needed to check it, in one file.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{LogEntry, check_log};
use crate::error::Error;
use crate::id::{Blob, PublicKey};
use crate::limits;
use crate::object::{Object, within};

/// An approval body and every object that it names, in the bytes in which each was signed, with the verifying keys of
/// the proofs, the log's records, their inclusion proofs and the checkpoint. Nobody signs a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct ApprovalBundle {
    /// Signed [`crate::object::ApprovalBody`].
    #[n(1)]
    pub body: Blob,
    /// Signed [`crate::object::UsageRequest`].
    #[n(2)]
    pub request: Blob,
    /// Signed [`crate::object::AssetDescriptor`]s: for each asset, its whole chain of revisions.
    #[n(3)]
    pub descriptors: Vec<Blob>,
    /// Signed [`crate::object::RulesRevision`]s: for each asset, its whole chain of revisions.
    #[n(4)]
    pub rules: Vec<Blob>,
    /// Signed [`crate::object::Verdict`].
    #[n(5)]
    pub verdict: Blob,
    /// Signed [`crate::object::CoSignature`]s.
    #[n(6)]
    pub cosignatures: Vec<Blob>,
    /// Endorsed [`crate::object::RegistryEpoch`]s, ascending by number, one after the other.
    #[n(7)]
    pub epochs: Vec<Blob>,
    /// Payloads of the [`crate::object::StakeSnapshot`]s of those epochs.
    #[n(8)]
    pub stakes: Vec<Blob>,
    /// Groth16 verifying keys, compressed (`wetsign_circuits::VerifyingKey::to_bytes`).
    #[n(9)]
    pub verifying_keys: Vec<Blob>,
    /// One entry for each logged object, strictly ascending by index.
    #[n(10)]
    pub log: Vec<LogEntry>,
    /// The checkpoint: a signed note.
    #[n(11)]
    pub checkpoint: String,
    /// [`super::WithdrawalBundle`]s, where owners took the approval back since; absent where none did.
    #[n(12)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawals: Option<Vec<Blob>>,
    /// Signed [`crate::object::KeyEvent`]s of those who co-signed, each person's from the first on; absent where there
    /// are none.
    #[n(13)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_events: Option<Vec<Blob>>,
}

impl ApprovalBundle {
    /// The file's bytes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        self.to_payload()
    }

    /// Reads a file and believes it nothing: size and canonical form are checked, no signature and no meaning. For
    /// tools that show or change files; whoever acts on one asks [`crate::verify::verify`].
    pub fn unverified(bytes: &[u8]) -> Result<Self, Error> {
        Self::from_payload(bytes)
    }
}

impl Object for ApprovalBundle {
    const TYPE: &'static str = "wetsign/bundle/1";
    const LIMIT: usize = limits::BUNDLE;

    fn signer(&self) -> Option<PublicKey> {
        None
    }

    fn check(&self) -> Result<(), Error> {
        within("descriptors", self.descriptors.len(), limits::ASSETS * limits::CHAIN)?;
        within("rules", self.rules.len(), limits::ASSETS * limits::CHAIN)?;
        within("cosignatures", self.cosignatures.len(), limits::COSIGNATURES)?;
        within("epochs", self.epochs.len(), limits::EPOCHS)?;
        within("stakes", self.stakes.len(), limits::EPOCHS)?;
        within("verifying keys", self.verifying_keys.len(), limits::COSIGNATURES)?;
        for key in &self.verifying_keys {
            within("verifying key", key.0.len(), limits::VERIFYING_KEY)?;
        }
        if let Some(withdrawals) = &self.withdrawals {
            within("withdrawals", withdrawals.len(), limits::WITHDRAWALS)?;
            if withdrawals.is_empty() {
                return Err(Error::value(Self::TYPE, "withdrawals", "must hold one, or be absent"));
            }
        }
        if let Some(events) = &self.key_events {
            within("key events", events.len(), limits::COSIGNATURES * limits::KEY_EVENTS)?;
            if events.is_empty() {
                return Err(Error::value(Self::TYPE, "key_events", "must hold one, or be absent"));
            }
        }
        check_log(Self::TYPE, &self.log, &self.checkpoint)
    }
}
