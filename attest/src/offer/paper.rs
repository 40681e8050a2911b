//! An offer, as it travels from kiosk to device.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::id::{Blob, PublicKey};
use crate::limits;
use crate::object::{Object, within};

/// A payload to be signed, with the objects that it speaks of. Nobody signs it: the device believes nothing of it that
/// it has not checked.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Offer {
    /// Payload of a [`crate::object::CoSignature`] or [`crate::object::ConsentReceipt`].
    #[n(1)]
    pub payload: Blob,
    /// The signed request; empty for a consent.
    #[n(2)]
    pub request: Blob,
    /// The signed verdict; empty for a consent.
    #[n(3)]
    pub verdict: Blob,
    /// Signed descriptors, in the verdict's order.
    #[n(4)]
    pub descriptors: Vec<Blob>,
    /// Signed rules revisions, in the verdict's order.
    #[n(5)]
    pub rules: Vec<Blob>,
    /// UTC seconds after which no answer is taken.
    #[n(6)]
    pub until: u64,
    /// Signed [`crate::object::Registration`] of who asks, where the kiosk has one.
    #[n(7)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<Blob>,
}

impl Offer {
    /// An offer of a payload that speaks of nothing else.
    pub fn alone(payload: Vec<u8>, until: u64) -> Self {
        let none = Blob::default;
        Self {
            payload: payload.into(),
            request: none(),
            verdict: none(),
            descriptors: Vec::new(),
            rules: Vec::new(),
            until,
            registration: None,
        }
    }
}

impl Object for Offer {
    const TYPE: &'static str = "wetsign/offer/1";
    const LIMIT: usize = limits::OFFER;

    fn signer(&self) -> Option<PublicKey> {
        None
    }

    fn check(&self) -> Result<(), Error> {
        within("payload", self.payload.0.len(), limits::COSIGNATURE)?;
        within("request", self.request.0.len(), limits::REQUEST)?;
        let registration = self.registration.as_ref().map_or(0, |bytes| bytes.0.len());
        within("registration", registration, limits::REGISTRATION)?;
        within("verdict", self.verdict.0.len(), limits::VERDICT)?;
        within("descriptors", self.descriptors.len(), limits::ASSETS)?;
        within("rules", self.rules.len(), limits::ASSETS)
    }
}
