//! A maker's word about one package: what a kiosk may install, and in which order.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use super::{Object, moment, name};
use crate::error::Error;
use crate::id::{Digest, PublicKey};
use crate::limits;

/// One package by its digest. Numbers grow: a machine that installed one takes no lower one, whatever is signed, so
/// that an old package with a known fault cannot be brought back.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Release {
    /// Name of the package.
    #[n(1)]
    pub package: String,
    /// Place in the order of releases, from 1.
    #[n(2)]
    pub number: u64,
    /// Version, as the package has it.
    #[n(3)]
    pub version: String,
    /// Architecture, as the package has it.
    #[n(4)]
    pub architecture: String,
    /// SHA-256 of the package's file.
    #[n(5)]
    pub digest: Digest,
    /// Its bytes.
    #[n(6)]
    pub size: u64,
    /// UTC seconds.
    #[n(7)]
    pub time: u64,
    /// The maker, who signs.
    #[n(8)]
    pub maker: PublicKey,
}

impl Object for Release {
    const TYPE: &'static str = "wetsign/release/1";
    const LIMIT: usize = limits::RELEASE;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.maker)
    }

    fn check(&self) -> Result<(), Error> {
        name(Self::TYPE, "package", &self.package)?;
        name(Self::TYPE, "version", &self.version)?;
        name(Self::TYPE, "architecture", &self.architecture)?;
        if self.number == 0 {
            return Err(Error::value(Self::TYPE, "number", "is 0: the first release has 1"));
        }
        if self.size == 0 {
            return Err(Error::value(Self::TYPE, "size", "is 0: there is no such package"));
        }
        moment(Self::TYPE, "time", self.time)
    }
}
