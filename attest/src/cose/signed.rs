//! One object, signed by the key that it names.

use ed25519_dalek::SigningKey;

use super::checked::Checked;
use super::envelope::{assemble, challenge, open, seal};
use crate::error::Error;
use crate::id::PublicKey;
use crate::id::{Digest, Id};
use crate::object::{Object, within};
use crate::passkey::{Assertion, Presence};

/// An object with the signature of the key that it names, and its bytes as they are stored and sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed<T> {
    bytes: Vec<u8>,
    payload: T,
    id: Id,
    presence: Option<Presence>,
}

impl<T: Object> Signed<T> {
    /// Signs. Refuses a key that is not the one in the payload.
    pub fn sign(payload: T, key: &SigningKey) -> Result<Self, Error> {
        let what = T::TYPE;
        let signer = signer(&payload)?;
        if signer != PublicKey::from(key) {
            return Err(Error::Signature { what, key: signer.to_string() });
        }
        let encoded = payload.to_payload()?;
        let id = Id::of(&encoded);
        let bytes = seal(what, encoded, what.as_bytes(), key)?;
        within(what, bytes.len(), T::LIMIT)?;
        Ok(Self { bytes, payload, id, presence: None })
    }

    /// What a passkey has to answer to sign this payload: the `challenge` of `navigator.credentials.get`.
    pub fn challenge(payload: &T) -> Result<Digest, Error> {
        Ok(challenge(payload.to_payload()?, T::TYPE.as_bytes()))
    }

    /// The object with a passkey's answer to its challenge. Refuses any other answer.
    pub fn by_passkey(payload: &T, answer: &Assertion) -> Result<Self, Error> {
        Self::decode(&assemble(T::TYPE, payload.to_payload()?, answer)?)
    }

    /// Reads an envelope: limit, form, type, canonical encoding, the object's own rules, signature.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        Self::decode_once(bytes, None)
    }

    /// The same, with a signature that was checked before not checked again.
    pub fn decode_once(bytes: &[u8], checked: Option<&Checked>) -> Result<Self, Error> {
        let what = T::TYPE;
        within(what, bytes.len(), T::LIMIT)?;
        let envelope = open(what, bytes)?;
        let payload = T::from_payload(envelope.payload()?)?;
        let (aad, key) = (what.as_bytes(), signer(&payload)?);
        let verify = || {
            if T::BY_PERSON {
                envelope.verify(aad, &key)
            } else {
                envelope.verify_machine(aad, &key).map(|()| None)
            }
        };
        let presence = match checked {
            None => verify()?,
            Some(checked) => checked.once(what, bytes, verify)?,
        };
        Ok(Self { bytes: bytes.to_vec(), id: Id::of(envelope.payload()?), payload, presence })
    }

    /// SHA-256 of the payload.
    pub fn id(&self) -> Id {
        self.id
    }

    /// The envelope's bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The object.
    pub fn payload(&self) -> &T {
        &self.payload
    }

    /// What a passkey said as it signed; `None` if an Ed25519 key did. Its relying party is not checked yet.
    pub fn presence(&self) -> Option<&Presence> {
        self.presence.as_ref()
    }

    /// The object, without its signature.
    pub fn into_payload(self) -> T {
        self.payload
    }
}

fn signer<T: Object>(payload: &T) -> Result<PublicKey, Error> {
    payload.signer().ok_or(Error::Envelope { what: T::TYPE, reason: "is not signed by one key" })
}
