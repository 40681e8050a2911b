//! The registry of enrolled validators at one time, and their stakes.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{Object, Parameters, ascending, name};
use crate::error::Error;
use crate::id::{Atto, Blob, Id, PublicKey, Scalar};
use crate::limits;

/// One epoch of the registry. Signed by at least m registrars: see [`crate::cose::Endorsed`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct RegistryEpoch {
    /// Number, from 1, one more each time.
    #[n(1)]
    pub number: u64,
    /// Root of the registry tree.
    #[n(2)]
    pub root: Scalar,
    /// Leaves in use.
    #[n(3)]
    pub size: u64,
    /// Id of the epoch before; absent in the first.
    #[n(4)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Id>,
    /// Enrolments revoked so far, strictly ascending by leaf. They have no grace.
    #[n(5)]
    pub revoked_leaves: Vec<RevokedLeaf>,
    /// Universal identifiers of kiosks revoked so far, strictly ascending. They have no grace.
    #[n(6)]
    pub revoked_kiosks: Vec<Blob>,
    /// Id of the [`StakeSnapshot`].
    #[n(7)]
    pub stakes: Id,
    /// Size of the log from which the epoch holds: it counts for entries at this index and later.
    #[n(8)]
    pub from_index: u64,
    /// UTC seconds at which it was made.
    #[n(9)]
    pub time: u64,
    /// Whether it was made by keys for development.
    #[n(10)]
    pub development: bool,
    /// Origin of the log that it is made for; one without it counts in no log.
    #[n(11)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
}

/// A revoked enrolment.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct RevokedLeaf {
    /// The leaf that was in the tree.
    #[n(1)]
    pub leaf: Scalar,
    /// The validator's key in it.
    #[n(2)]
    pub validator: PublicKey,
}

/// Stakes of an epoch, by digest in it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct StakeSnapshot {
    /// Number of the epoch.
    #[n(1)]
    pub epoch: u64,
    /// Stakes, strictly ascending by validator key.
    #[n(2)]
    pub stakes: Vec<Stake>,
    /// What the protocol's governance agreed on; absent where no chain was asked.
    #[n(3)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Parameters>,
}

/// One validator's stake.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Stake {
    /// The validator's key.
    #[n(1)]
    pub validator: PublicKey,
    /// Amount.
    #[n(2)]
    pub amount: Atto,
}

impl StakeSnapshot {
    /// Stake of a validator; zero for one that is not there.
    pub fn stake_of(&self, validator: &PublicKey) -> Atto {
        self.stakes
            .binary_search_by(|stake| stake.validator.cmp(validator))
            .map_or(Atto(0), |index| self.stakes[index].amount)
    }
}

impl Object for RegistryEpoch {
    const TYPE: &'static str = "wetsign/epoch/1";
    const LIMIT: usize = limits::EPOCH;

    fn signer(&self) -> Option<PublicKey> {
        None
    }

    fn check(&self) -> Result<(), Error> {
        if self.number == 0 || (self.number == 1) != self.previous.is_none() {
            return Err(Error::value(Self::TYPE, "number", "must be 1 without previous, or more with it"));
        }
        self.log.as_ref().map_or(Ok(()), |origin| name(Self::TYPE, "log", origin))?;
        ascending(Self::TYPE, "revoked_leaves", &self.revoked_leaves, limits::LIST, |revoked| &revoked.leaf)?;
        ascending(Self::TYPE, "revoked_kiosks", &self.revoked_kiosks, limits::LIST, |ueid| ueid)
    }
}

impl Object for StakeSnapshot {
    const TYPE: &'static str = "wetsign/stakes/1";
    const LIMIT: usize = limits::STAKES;

    fn signer(&self) -> Option<PublicKey> {
        None
    }

    fn check(&self) -> Result<(), Error> {
        self.parameters.as_ref().map_or(Ok(()), |agreed| agreed.check(Self::TYPE))?;
        ascending(Self::TYPE, "stakes", &self.stakes, limits::STAKE_ENTRIES, |stake| &stake.validator)
    }
}
