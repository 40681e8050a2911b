//! An owner says that a use is not what was allowed.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{Object, moment, name_within};
use crate::error::Error;
use crate::id::{Id, PublicKey};
use crate::limits;

/// An owner, or an agent who may withdraw, complains of how an approval of an asset is used. It ends nothing: that is
/// for a [`super::Withdrawal`]. Whoever asks for the request is shown it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Complaint {
    /// Asset: id of its descriptor's first revision.
    #[n(1)]
    pub asset: Id,
    /// Id of the approval's body.
    #[n(2)]
    pub approval: Id,
    /// What is wrong, in the owner's words.
    #[n(3)]
    pub words: String,
    /// Who complains, and signs.
    #[n(4)]
    pub signed_by: PublicKey,
    /// UTC seconds.
    #[n(5)]
    pub time: u64,
}

impl Object for Complaint {
    const TYPE: &'static str = "wetsign/complaint/1";
    const LIMIT: usize = limits::COMPLAINT;
    const BY_PERSON: bool = true;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.signed_by)
    }

    fn check(&self) -> Result<(), Error> {
        moment(Self::TYPE, "time", self.time)?;
        name_within(Self::TYPE, "words", &self.words, limits::COMPLAINT_WORDS)
    }
}
