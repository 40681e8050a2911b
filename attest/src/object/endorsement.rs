//! A registrar's word for an enrolment.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::Object;
use crate::error::Error;
use crate::id::{Id, PublicKey};
use crate::limits;

/// Says that a registrar has checked an enrolment record and found nothing against it. Signed by the registrar, who is
/// run by another operator than the kiosk: so that nobody enrols people alone.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct EnrolmentEndorsement {
    /// The [`super::EnrolmentRecord`].
    #[n(1)]
    pub record: Id,
    /// Who signs.
    #[n(2)]
    pub registrar: PublicKey,
    /// UTC seconds.
    #[n(3)]
    pub time: u64,
    /// Whether the registrar's key is one for development.
    #[n(4)]
    pub development: bool,
}

impl Object for EnrolmentEndorsement {
    const TYPE: &'static str = "wetsign/endorsement/1";
    const LIMIT: usize = limits::ENDORSEMENT;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.registrar)
    }

    fn check(&self) -> Result<(), Error> {
        Ok(())
    }
}
