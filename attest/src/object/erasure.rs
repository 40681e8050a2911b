//! A person wants to be forgotten, and the proof that they were.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{Object, ascending, moment, name};
use crate::error::Error;
use crate::id::{Id, PublicKey, Scalar};
use crate::limits;

/// A person wants a kiosk to erase what it keeps of their face and voice. Signed by the person.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct ErasureRequest {
    /// Who asks, and signs.
    #[n(1)]
    pub validator: PublicKey,
    /// The kiosk that is to erase.
    #[n(2)]
    pub kiosk: PublicKey,
    /// The leaf of the enrolment that is meant.
    #[n(3)]
    pub leaf: Scalar,
    /// UTC seconds.
    #[n(4)]
    pub time: u64,
}

/// A kiosk says what it erased. Signed by the kiosk.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct ErasureReceipt {
    /// Kiosk that erased, and signs.
    #[n(1)]
    pub kiosk: PublicKey,
    /// Objects whose content was erased, strictly ascending.
    #[n(2)]
    pub objects: Vec<Id>,
    /// Leaf to be zeroed from the next epoch on, where an enrolment was erased.
    #[n(3)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaf: Option<Scalar>,
    /// What was erased, in words.
    #[n(4)]
    pub what: String,
    /// Who asked for it.
    #[n(5)]
    pub asked_by: PublicKey,
    /// Whether backups were erased too.
    #[n(6)]
    pub backups: bool,
    /// UTC seconds by which it is done everywhere.
    #[n(7)]
    pub done_by: u64,
    /// UTC seconds.
    #[n(8)]
    pub time: u64,
}

impl Object for ErasureReceipt {
    const TYPE: &'static str = "wetsign/erasure/1";
    const LIMIT: usize = limits::ERASURE;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.kiosk)
    }

    fn check(&self) -> Result<(), Error> {
        ascending(Self::TYPE, "objects", &self.objects, limits::LIST, |id| id)?;
        name(Self::TYPE, "what", &self.what)
    }
}

impl Object for ErasureRequest {
    const TYPE: &'static str = "wetsign/erasure-request/1";
    const LIMIT: usize = limits::ERASURE_REQUEST;
    const BY_PERSON: bool = true;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.validator)
    }

    fn check(&self) -> Result<(), Error> {
        moment(Self::TYPE, "time", self.time)
    }
}
