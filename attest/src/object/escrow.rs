//! Somebody who looks at a chain says that a request's fee waits there.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{Escrow, Object, moment};
use crate::error::Error;
use crate::id::{Atto, Digest, Id, PublicKey};
use crate::limits;

/// A fee was seen to wait for a request, in a final block that two nodes or more told alike. Signed by a watcher, whom
/// kiosks name: they speak to no node.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct EscrowNote {
    /// The request.
    #[n(1)]
    pub request: Id,
    /// Where its fee waits.
    #[n(2)]
    pub escrow: Escrow,
    /// How much.
    #[n(3)]
    pub fee: Atto,
    /// UTC seconds until which the fee's terms hold.
    #[n(4)]
    pub expires: u64,
    /// Number of the block.
    #[n(5)]
    pub block: u64,
    /// Hash of the block.
    #[n(6)]
    pub hash: Digest,
    /// Who looked, and signs.
    #[n(7)]
    pub watcher: PublicKey,
    /// UTC seconds.
    #[n(8)]
    pub time: u64,
}

impl Object for EscrowNote {
    const TYPE: &'static str = "wetsign/escrow/1";
    const LIMIT: usize = limits::ESCROW;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.watcher)
    }

    fn check(&self) -> Result<(), Error> {
        if self.fee == Atto(0) {
            return Err(Error::value(Self::TYPE, "fee", "is zero: nothing waits"));
        }
        moment(Self::TYPE, "expires", self.expires)?;
        moment(Self::TYPE, "time", self.time)
    }
}
