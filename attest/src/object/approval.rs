//! The hub's statement that a quorum approved.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{Object, ascending, within};
use crate::error::Error;
use crate::id::{Id, PublicKey};
use crate::limits;

/// Names every object that an approval consists of. Signed by the hub, logged.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct ApprovalBody {
    /// The request.
    #[n(1)]
    pub request: Id,
    /// Descriptor revisions in force, in the order of the request's assets.
    #[n(2)]
    pub descriptors: Vec<Id>,
    /// Rules revisions in force, in the order of the request's assets.
    #[n(3)]
    pub rules: Vec<Id>,
    /// The verdict.
    #[n(4)]
    pub verdict: Id,
    /// Co-signatures, strictly ascending.
    #[n(5)]
    pub cosignatures: Vec<Id>,
    /// The newest registry epoch that a co-signature was made under.
    #[n(6)]
    pub epoch: Id,
    /// Who signs.
    #[n(7)]
    pub hub: PublicKey,
    /// UTC seconds.
    #[n(8)]
    pub time: u64,
}

impl Object for ApprovalBody {
    const TYPE: &'static str = "wetsign/approval/1";
    const LIMIT: usize = limits::APPROVAL;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.hub)
    }

    fn check(&self) -> Result<(), Error> {
        within("descriptors", self.descriptors.len(), limits::ASSETS)?;
        within("rules", self.rules.len(), limits::ASSETS)?;
        if self.descriptors.len() != self.rules.len() || self.rules.is_empty() {
            return Err(Error::value(Self::TYPE, "rules", "must be as many as descriptors, at least one"));
        }
        if self.cosignatures.is_empty() {
            return Err(Error::value(Self::TYPE, "cosignatures", "must hold at least one"));
        }
        ascending(Self::TYPE, "cosignatures", &self.cosignatures, limits::COSIGNATURES, |id| id)
    }
}
