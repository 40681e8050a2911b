//! Names of things on an EVM chain, as its tools write them.

use std::fmt;
use std::str::FromStr;

use minicbor::encode::Write;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use num_bigint::BigUint;
use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha3::{Digest as _, Keccak256};

use crate::error::Error;

/// An address on an EVM chain: `0x` and 40 hexadecimal digits. Written with the checksum of EIP-55, in the letters'
/// case; read in that form, or in digits of one case, which carry no checksum. In signed data a byte string.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EvmAddress(pub [u8; 20]);

/// Number of a token in its contract, 256 bits, big-endian. Written in decimal; read in decimal or as `0x` and 1 to 64
/// hexadecimal digits. In signed data a byte string.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EvmToken(pub [u8; 32]);

impl fmt::Display for EvmAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = hex::encode(self.0);
        let checksum = hex::encode(Keccak256::digest(&digits));
        let cased = digits
            .chars()
            .zip(checksum.chars())
            .map(|(digit, check)| if check >= '8' { digit.to_ascii_uppercase() } else { digit });
        write!(f, "0x{}", cased.collect::<String>())
    }
}

impl fmt::Display for EvmToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        BigUint::from_bytes_be(&self.0).fmt(f)
    }
}

impl FromStr for EvmAddress {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refused = |reason: String| Error::value("EVM address", "text", reason);
        let malformed = || refused(format!("{text:?} is not 0x and 40 hexadecimal digits"));
        let digits = text.strip_prefix("0x").ok_or_else(malformed)?;
        let bytes: Vec<u8> = hex::decode(digits).map_err(|_| malformed())?;
        let address = Self(bytes.try_into().map_err(|_| malformed())?);
        let mixed = digits.contains(|c: char| c.is_ascii_uppercase())
            && digits.contains(|c: char| c.is_ascii_lowercase());
        let written = address.to_string();
        if mixed && written != text {
            return Err(refused(format!(
                "{text} breaks its checksum (EIP-55), {written} would keep it: compare it with where you have it from"
            )));
        }
        Ok(address)
    }
}

impl FromStr for EvmToken {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let malformed = || {
            let reason = format!(
                "{text:?} is no number of 256 bits in decimal, or as 0x and up to 64 hexadecimal digits"
            );
            Error::value("EVM token", "text", reason)
        };
        let (digits, radix) = match text.strip_prefix("0x") {
            Some(digits) => (digits, 16),
            None => (text, 10),
        };
        let one_spelling = radix == 16 || digits == "0" || !digits.starts_with('0');
        // 2^256 has 78 decimal digits.
        if !one_spelling || !(1..=78).contains(&digits.len()) || !digits.chars().all(|c| c.is_digit(radix)) {
            return Err(malformed());
        }
        let bytes = BigUint::parse_bytes(digits.as_bytes(), radix).ok_or_else(malformed)?.to_bytes_be();
        let mut token = [0; 32];
        token.len().checked_sub(bytes.len()).ok_or_else(malformed).map(|start| {
            token[start..].copy_from_slice(&bytes);
            Self(token)
        })
    }
}

/// Numbers that TOML and JSON hold themselves may be written without quotes.
impl<'de> Deserialize<'de> for EvmToken {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Number;

        impl Visitor<'_> for Number {
            type Value = EvmToken;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a token's number, in decimal or \"0x…\"")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<EvmToken, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<EvmToken, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<EvmToken, E> {
                self.visit_str(&number.to_string())
            }
        }
        d.deserialize_any(Number)
    }
}

impl<'de> Deserialize<'de> for EvmAddress {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(D::Error::custom)
    }
}

macro_rules! as_bytes_and_text {
    ($name:ident) => {
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<C> Encode<C> for $name {
            fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
                e.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> Decode<'b, C> for $name {
            fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
                let position = d.position();
                d.bytes()?.try_into().map(Self).map_err(|_| {
                    decode::Error::message(concat!(stringify!($name), " has another length")).at(position)
                })
            }
        }
    };
}

as_bytes_and_text!(EvmAddress);
as_bytes_and_text!(EvmToken);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// From the specification of EIP-55.
    const CHECKSUMMED: [&str; 4] = [
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ];

    #[test]
    fn an_address_is_written_with_its_checksum_and_read_with_it_or_in_one_case() {
        for text in CHECKSUMMED {
            let address: EvmAddress = text.parse().unwrap();
            assert_eq!(address.to_string(), text);
            assert_eq!(text.to_ascii_lowercase().parse::<EvmAddress>().unwrap(), address);
            assert_eq!(text.to_ascii_uppercase().replace("0X", "0x").parse::<EvmAddress>().unwrap(), address);
        }
    }

    #[test]
    fn a_broken_checksum_is_refused_with_the_right_one() {
        let wrong = CHECKSUMMED[0].replace("5aA", "5AA");
        let error = wrong.parse::<EvmAddress>().unwrap_err().to_string();
        assert!(error.contains("EIP-55") && error.contains(CHECKSUMMED[0]), "{error}");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let bare = &CHECKSUMMED[0][2..];
        for text in ["", "0x", bare, &CHECKSUMMED[0][..41], &format!("0X{bare}"), &format!("0x{bare}00")] {
            assert!(text.parse::<EvmAddress>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_token_is_read_in_decimal_and_in_hexadecimal() {
        let read = |text: &str| text.parse::<EvmToken>();
        assert_eq!(read("0").unwrap(), EvmToken([0; 32]));
        assert_eq!(read("255").unwrap(), read("0xff").unwrap());
        assert_eq!(read("0xFF").unwrap(), read("0x00ff").unwrap());
        let largest = "115792089237316195423570985008687907853269984665640564039457584007913129639935";
        assert_eq!(read(largest).unwrap(), EvmToken([0xff; 32]));
        let one_more = "115792089237316195423570985008687907853269984665640564039457584007913129639936";
        for text in
            ["", "-1", "+1", "01", "1.0", "0x", "0xg", "ff", one_more, &format!("0x1{}", "0".repeat(64))]
        {
            assert!(read(text).is_err(), "{text}");
        }
        assert_eq!(serde_json::from_str::<EvmToken>("7").unwrap(), read("7").unwrap());
        assert!(serde_json::from_str::<EvmToken>("-7").is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(address in any::<[u8; 20]>(), token in any::<[u8; 32]>()) {
            prop_assert_eq!(EvmAddress(address).to_string().parse(), Ok(EvmAddress(address)));
            prop_assert_eq!(EvmToken(token).to_string().parse(), Ok(EvmToken(token)));
        }
    }
}
