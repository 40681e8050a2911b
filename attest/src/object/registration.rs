//! A hub's word about who a requester is.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{Object, ascending, name, period, within};
use crate::error::Error;
use crate::id::PublicKey;
use crate::limits;

/// Whoever runs a kiosk says who a requester is, and which purposes they may ask for. Signed by the kiosk's key: what a
/// person is shown is this name, and not the one in the request.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Registration {
    /// The requester's key.
    #[n(1)]
    pub requester: PublicKey,
    /// Who they are.
    #[n(2)]
    pub name: String,
    /// Where a person can reach them: an address, a page, a telephone number.
    #[n(3)]
    pub contact: String,
    /// Purposes that they may ask for, strictly ascending.
    #[n(4)]
    pub purposes: Vec<String>,
    /// The kiosk, which signs.
    #[n(5)]
    pub kiosk: PublicKey,
    /// UTC seconds.
    #[n(6)]
    pub time: u64,
    /// UTC seconds from which on it is over.
    #[n(7)]
    pub until: u64,
}

impl Object for Registration {
    const TYPE: &'static str = "wetsign/registration/1";
    const LIMIT: usize = limits::REGISTRATION;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.kiosk)
    }

    fn check(&self) -> Result<(), Error> {
        name(Self::TYPE, "name", &self.name)?;
        name(Self::TYPE, "contact", &self.contact)?;
        if self.purposes.is_empty() {
            return Err(Error::value(Self::TYPE, "purposes", "must name one at least"));
        }
        within("purposes", self.purposes.len(), limits::PURPOSES)?;
        ascending(Self::TYPE, "purposes", &self.purposes, limits::PURPOSES, String::as_str)?;
        self.purposes.iter().try_for_each(|purpose| name(Self::TYPE, "purposes", purpose))?;
        period(Self::TYPE, self.time, self.until)
    }
}
