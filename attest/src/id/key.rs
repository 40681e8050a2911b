//! Public keys of signers: Ed25519, or a passkey's P-256.
//!
//! In signed data a key is a CBOR byte string, and its length says which kind it is: 32 bytes are an Ed25519 key
//! (RFC 8032), 33 bytes a compressed point of P-256 (SEC 1 § 2.3.3). In views it is hexadecimal, 64 or 66 digits.
//!
//! Passkeys belong to people: validators, owners, requesters. Machines (logs, kiosks, registrars, provisioners, secure
//! elements) sign with Ed25519; whatever reads their keys asks for [`PublicKey::ed25519`] and gets nothing from the
//! other kind.

use std::fmt;
use std::str::FromStr;

use minicbor::encode::Write;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::bytes::sha256;
use crate::error::Error;

/// A public key that verifies signatures. Ordered as its CBOR is: Ed25519 first, each kind by its bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PublicKey {
    /// Ed25519, 32 bytes.
    Ed25519([u8; 32]),
    /// P-256, the compressed point: 2 or 3, and the big-endian x. What signs with it is a passkey (WebAuthn, ES256).
    P256([u8; 33]),
}

impl PublicKey {
    /// Bytes of the longest key.
    pub const MOST: usize = 33;

    /// The bytes, 32 or 33.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Ed25519(bytes) => bytes,
            Self::P256(bytes) => bytes,
        }
    }

    /// The first eight hexadecimal digits, for tables and log lines.
    pub fn short(&self) -> String {
        hex::encode(&self.as_bytes()[..4])
    }

    /// Whether a passkey signs with it.
    pub fn is_passkey(&self) -> bool {
        matches!(self, Self::P256(_))
    }

    /// The kind in words.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Ed25519(_) => "Ed25519",
            Self::P256(_) => "P-256",
        }
    }

    /// What stands for the key where 32 bytes are asked for: in a secure element's session and its token's nonce. The
    /// key itself if it is Ed25519, SHA-256 of its 33 bytes if it is P-256.
    pub fn handle(&self) -> [u8; 32] {
        match self {
            Self::Ed25519(bytes) => *bytes,
            Self::P256(bytes) => sha256(&[bytes]),
        }
    }

    /// The Ed25519 key, if it is one and a point of the curve.
    pub fn ed25519(&self) -> Option<ed25519_dalek::VerifyingKey> {
        match self {
            Self::Ed25519(bytes) => ed25519_dalek::VerifyingKey::from_bytes(bytes).ok(),
            Self::P256(_) => None,
        }
    }

    /// The P-256 key, if it is one and a point of the curve.
    pub fn p256(&self) -> Option<p256::ecdsa::VerifyingKey> {
        match self {
            Self::Ed25519(_) => None,
            Self::P256(bytes) => p256::ecdsa::VerifyingKey::from_sec1_bytes(bytes).ok(),
        }
    }

    /// Whether it is a point of its curve.
    pub fn is_usable(&self) -> bool {
        self.ed25519().is_some() || self.p256().is_some()
    }
}

impl From<&ed25519_dalek::VerifyingKey> for PublicKey {
    fn from(key: &ed25519_dalek::VerifyingKey) -> Self {
        Self::Ed25519(key.to_bytes())
    }
}

impl From<&ed25519_dalek::SigningKey> for PublicKey {
    fn from(key: &ed25519_dalek::SigningKey) -> Self {
        Self::Ed25519(key.verifying_key().to_bytes())
    }
}

impl From<&p256::ecdsa::VerifyingKey> for PublicKey {
    fn from(key: &p256::ecdsa::VerifyingKey) -> Self {
        let mut bytes = [0; 33];
        bytes.copy_from_slice(key.to_sec1_point(true).as_bytes());
        Self::P256(bytes)
    }
}

impl TryFrom<&[u8]> for PublicKey {
    type Error = Error;

    fn try_from(bytes: &[u8]) -> Result<Self, Error> {
        const WHAT: &str = "PublicKey";
        if let Ok(bytes) = <[u8; 32]>::try_from(bytes) {
            return Ok(Self::Ed25519(bytes));
        }
        match <[u8; 33]>::try_from(bytes) {
            Ok(bytes) if matches!(bytes[0], 2 | 3) => Ok(Self::P256(bytes)),
            Ok(_) => Err(Error::value(
                WHAT,
                "of 33 bytes",
                "does not begin with 2 or 3, as a compressed point does",
            )),
            Err(_) => Err(Error::value(
                WHAT,
                "length",
                format!("is {} bytes; an Ed25519 key has 32, a compressed P-256 key 33", bytes.len()),
            )),
        }
    }
}

impl FromStr for PublicKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let bytes =
            hex::decode(text.trim()).map_err(|_| Error::Hex { what: "PublicKey", text: text.to_owned() })?;
        Self::try_from(bytes.as_slice())
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.as_bytes()))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

impl<C> Encode<C> for PublicKey {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.bytes(self.as_bytes())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for PublicKey {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let position = d.position();
        Self::try_from(d.bytes()?).map_err(|e| decode::Error::message(e.to_string()).at(position))
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The generator of P-256 (SEC 2 § 2.4.2), compressed.
    const GENERATOR: &str = "036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296";

    #[test]
    fn a_key_says_its_kind_by_its_length_alone() {
        let passkey: PublicKey = GENERATOR.parse().unwrap();
        assert!(passkey.is_passkey() && passkey.p256().is_some() && passkey.ed25519().is_none());
        let machine = PublicKey::from(&ed25519_dalek::SigningKey::from_bytes(&[7; 32]));
        assert!(!machine.is_passkey() && machine.ed25519().is_some() && machine.p256().is_none());
        for key in [passkey, machine] {
            let bytes = minicbor::to_vec(key).unwrap();
            assert_eq!(decode::<PublicKey>(&bytes).unwrap(), key);
            assert_eq!(key.to_string().parse::<PublicKey>().unwrap(), key);
        }
    }

    #[test]
    fn other_lengths_and_forms_of_a_point_are_no_keys() {
        for bytes in [vec![], vec![7; 31], vec![4; 33], vec![0; 33], vec![2; 34], vec![4; 65]] {
            let refused = PublicKey::try_from(bytes.as_slice()).unwrap_err().to_string();
            assert!(refused.contains("PublicKey"), "{refused}");
        }
    }

    #[test]
    fn what_is_no_point_of_the_curve_is_of_no_use() {
        // x = 1 has no y on P-256.
        let mut bytes = [0; 33];
        (bytes[0], bytes[32]) = (2, 1);
        assert!(!PublicKey::P256(bytes).is_usable());
    }

    #[test]
    fn a_passkey_is_named_to_an_element_by_its_digest_and_an_ed25519_key_by_itself() {
        let passkey: PublicKey = GENERATOR.parse().unwrap();
        assert_eq!(passkey.handle(), sha256(&[passkey.as_bytes()]));
        assert_eq!(PublicKey::Ed25519([9; 32]).handle(), [9; 32]);
    }
}
