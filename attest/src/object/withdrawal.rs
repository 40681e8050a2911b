//! An owner takes an approval back.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{Object, moment, name};
use crate::error::Error;
use crate::id::{Id, PublicKey};
use crate::limits;

/// An owner, or an agent who may, withdraws one approval of an asset, or all that there are so far. Who may, and what
/// it ends, is said once in [`crate::terms`]. It cannot be taken back: what is to be allowed again is approved again.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Withdrawal {
    /// Asset: id of its descriptor's first revision.
    #[n(1)]
    pub asset: Id,
    /// Id of the approval's body; absent: every approval of the asset that stands before this in the log.
    #[n(2)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Id>,
    /// Why, in the owner's words; absent where none are given.
    #[n(3)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who withdraws, and signs.
    #[n(4)]
    pub signed_by: PublicKey,
    /// UTC seconds from which on it holds.
    #[n(5)]
    pub time: u64,
}

impl Object for Withdrawal {
    const TYPE: &'static str = "wetsign/withdrawal/1";
    const LIMIT: usize = limits::WITHDRAWAL;
    const BY_PERSON: bool = true;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.signed_by)
    }

    fn check(&self) -> Result<(), Error> {
        moment(Self::TYPE, "time", self.time)?;
        self.reason.as_deref().map_or(Ok(()), |reason| name(Self::TYPE, "reason", reason))
    }
}
