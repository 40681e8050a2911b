//! Money.

use std::fmt;

use minicbor::encode::Write;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An amount in atto (1e-18 of a unit).
///
/// Its one canonical form in signed data is a byte string: big-endian, without leading zeros, empty for zero,
/// at most 16 bytes. In views it is a decimal string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Atto(pub u128);

impl fmt::Display for Atto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<C> Encode<C> for Atto {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        let bytes = self.0.to_be_bytes();
        e.bytes(&bytes[self.0.leading_zeros() as usize / 8..])?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Atto {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let position = d.position();
        let bytes = d.bytes()?;
        if bytes.len() > 16 || bytes.first() == Some(&0) {
            return Err(decode::Error::message("amount is not canonical").at(position));
        }
        Ok(Self(bytes.iter().fold(0, |sum, byte| sum << 8 | u128::from(*byte))))
    }
}

impl Serialize for Atto {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Atto {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map(Self).map_err(serde::de::Error::custom)
    }
}
