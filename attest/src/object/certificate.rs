//! A provisioner's word for a secure element.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{Object, name};
use crate::error::Error;
use crate::id::{Blob, PublicKey};
use crate::limits;

/// Says that a device key lives in a secure element of a model. Signed by a provisioner, never by the staker.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct DeviceCertificate {
    /// Key under which the element signs its attestations.
    #[n(1)]
    pub device_key: PublicKey,
    /// Universal identifier of the device, 7 to 33 bytes (RFC 9711 § 4.2.1).
    #[n(2)]
    pub ueid: Blob,
    /// Hardware model.
    #[n(3)]
    pub hwmodel: String,
    /// UTC seconds before which it does not hold.
    #[n(4)]
    pub not_before: u64,
    /// UTC seconds after which it does not hold.
    #[n(5)]
    pub not_after: u64,
    /// The element is a program, not a chip.
    #[n(6)]
    pub simulated: bool,
    /// Who signs.
    #[n(7)]
    pub provisioner: PublicKey,
}

impl Object for DeviceCertificate {
    const TYPE: &'static str = "wetsign/certificate/1";
    const LIMIT: usize = limits::CERTIFICATE;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.provisioner)
    }

    fn check(&self) -> Result<(), Error> {
        if !limits::UEID.contains(&self.ueid.0.len()) {
            return Err(Error::value(Self::TYPE, "ueid", "must have 7 to 33 bytes"));
        }
        if self.not_after <= self.not_before {
            return Err(Error::value(Self::TYPE, "not_after", "must be later than not_before"));
        }
        name(Self::TYPE, "hwmodel", &self.hwmodel)
    }
}
