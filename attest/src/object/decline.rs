//! A validator says no.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{Object, name};
use crate::error::Error;
use crate::id::{Id, PublicKey};
use crate::limits;

/// A validator declines a request. Needs the key, no face.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Decline {
    /// The request.
    #[n(1)]
    pub request: Id,
    /// The verdict that the person saw.
    #[n(2)]
    pub verdict: Id,
    /// Who declines, and signs.
    #[n(3)]
    pub validator: PublicKey,
    /// Why, in the validator's words.
    #[n(4)]
    pub reason: String,
    /// UTC seconds.
    #[n(5)]
    pub time: u64,
}

impl Object for Decline {
    const TYPE: &'static str = "wetsign/decline/1";
    const LIMIT: usize = limits::DECLINE;
    const BY_PERSON: bool = true;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.validator)
    }

    fn check(&self) -> Result<(), Error> {
        name(Self::TYPE, "reason", &self.reason)
    }
}
