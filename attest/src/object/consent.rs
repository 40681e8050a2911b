//! A person's consent to being enrolled.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{Object, within};
use crate::codes;
use crate::error::Error;
use crate::id::PublicKey;
use crate::limits;

/// Receipt of a consent, given before the camera is opened. Signed by the person's validator key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct ConsentReceipt {
    /// Who consents, and signs.
    #[n(1)]
    pub validator: PublicKey,
    /// The kiosk that asked.
    #[n(2)]
    pub kiosk: PublicKey,
    /// What the person was told, word for word.
    #[n(3)]
    pub text: String,
    /// Language of the text (BCP 47).
    #[n(4)]
    pub language: String,
    /// UTC seconds.
    #[n(5)]
    pub time: u64,
}

impl Object for ConsentReceipt {
    const TYPE: &'static str = "wetsign/consent/1";
    const LIMIT: usize = limits::CONSENT;
    const BY_PERSON: bool = true;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.validator)
    }

    fn check(&self) -> Result<(), Error> {
        codes::language(&self.language)
            .map_err(|why| Error::value(Self::TYPE, "language", format!("is {why}")))?;
        within("consent text", self.text.len(), limits::CONSENT)
    }
}
