//! What a device answers when it makes a passkey (WebAuthn Level 3 § 6.5.1): a credential id and a P-256 key.

use minicbor::Decoder;

use super::Presence;
use super::authenticator::{AT, AuthenticatorData};
use super::client::{self, Ceremony};
use crate::id::PublicKey;
use crate::id::{Blob, Digest};

/// Most bytes of a credential id (WebAuthn Level 3 § 4).
const CREDENTIAL_ID: usize = 1023;

/// A new passkey. What kind of device made it is not asked: no attestation is wanted, and none believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// What the device calls it, 1 to 1,023 bytes.
    pub credential: Blob,
    /// Its key.
    pub key: PublicKey,
    /// Who asked, and where.
    pub presence: Presence,
}

impl Registration {
    /// Reads authenticatorData and clientDataJSON of a creation that answers this challenge. The error says which rule
    /// is broken.
    pub fn read(authenticator_data: &[u8], client_data: &[u8], challenge: &Digest) -> Result<Self, String> {
        let data = AuthenticatorData::read(authenticator_data)?;
        if !data.has(AT) {
            return Err("its flags say that no passkey was made (no AT)".into());
        }
        let (credential, rest) = credential(data.rest).ok_or("the credential's id is cut off or empty")?;
        if credential.len() > CREDENTIAL_ID {
            let found = credential.len();
            return Err(format!("the credential's id has {found} bytes, the limit is {CREDENTIAL_ID}"));
        }
        let (key, length) = es256(rest)?;
        data.extensions(&rest[length..])?;
        let origin = client::origin(client_data, Ceremony::Create, challenge)?;
        let presence = Presence {
            rp_id_hash: data.rp_id_hash,
            origin,
            counter: data.counter,
            backed_up: data.backed_up(),
        };
        Ok(Self { credential: credential.into(), key, presence })
    }
}

/// The credential's id, and what follows it; the 16 bytes of the device's model are passed over.
fn credential(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = bytes.get(16..)?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let length = usize::from(u16::from_be_bytes(*length));
    (length > 0 && length <= rest.len()).then(|| rest.split_at(length))
}

/// A COSE_Key of ES256 in the one form of § 6.5.1.1: {1: 2, 3: −7, −1: 1, −2: x, −3: y}; and its length.
fn es256(bytes: &[u8]) -> Result<(PublicKey, usize), String> {
    let other = |e: minicbor::decode::Error| format!("the new key cannot be read: {e}");
    let mut decoder = Decoder::new(bytes);
    let entries = decoder.map().map_err(other)?;
    if entries != Some(5) {
        return Err("the new key is no ES256 key: it has not the five members of one".into());
    }
    for (label, value, what) in [(1, 2, "kty"), (3, -7, "alg"), (-1, 1, "crv")] {
        let (found, held) = (decoder.i64().map_err(other)?, decoder.i64().map_err(other)?);
        if (found, held) != (label, value) {
            return Err(format!(
                "the new key is no ES256 key on P-256: {what} is {held} at {found}, not {value} at {label}"
            ));
        }
    }
    let mut point = vec![4];
    for label in [-2, -3] {
        let found = decoder.i64().map_err(other)?;
        let coordinate = decoder.bytes().map_err(other)?;
        if found != label || coordinate.len() != 32 {
            return Err("the new key's x or y is not there, or has not 32 bytes".into());
        }
        point.extend(coordinate);
    }
    let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&point)
        .map_err(|_| "the new key is no point of P-256".to_owned())?;
    Ok((PublicKey::from(&key), decoder.position()))
}
