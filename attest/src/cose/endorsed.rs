//! One object, signed by several keys.

use ed25519_dalek::SigningKey;
use minicbor::{Decode, Encode};

use super::checked::Checked;
use super::envelope::{open, seal};
use crate::error::Error;
use crate::id::PublicKey;
use crate::id::{Blob, Id};
use crate::limits;
use crate::object::{Object, ascending, within};

/// One signature among several over the same payload.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct Endorsement {
    #[n(0)]
    key: PublicKey,
    #[n(1)]
    envelope: Blob,
}

/// An object that several machines' keys sign, each in an envelope of its own over the same payload.
///
/// In bytes: an array of pairs [key, COSE_Sign1], strictly ascending by key, 1 to 16.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endorsed<T> {
    bytes: Vec<u8>,
    payload: T,
    id: Id,
    signers: Vec<PublicKey>,
}

impl<T: Object> Endorsed<T> {
    /// Signs with each key.
    pub fn sign(payload: T, keys: &[&SigningKey]) -> Result<Self, Error> {
        let encoded = payload.to_payload()?;
        let mut endorsements = keys
            .iter()
            .map(|key| {
                let envelope = seal(T::TYPE, encoded.clone(), T::TYPE.as_bytes(), key)?;
                Ok(Endorsement { key: PublicKey::from(*key), envelope: Blob(envelope) })
            })
            .collect::<Result<Vec<_>, Error>>()?;
        endorsements.sort_by_key(|endorsement| endorsement.key);
        let bytes = minicbor::to_vec(&endorsements)
            .map_err(|e| Error::Decode { what: T::TYPE, reason: e.to_string() })?;
        Self::decode(&bytes)
    }

    /// Puts signatures together that were made apart, over one payload; a key that signed twice counts once.
    ///
    /// # Errors
    /// [`Error::Envelope`] if they are over different payloads, or there is none.
    pub fn join(parts: &[Self]) -> Result<Self, Error> {
        let failed = |e: minicbor::decode::Error| Error::Decode { what: T::TYPE, reason: e.to_string() };
        let mut all: Vec<Endorsement> = Vec::new();
        for part in parts {
            all.extend(minicbor::decode::<Vec<Endorsement>>(&part.bytes).map_err(failed)?);
        }
        all.sort_by_key(|endorsement| endorsement.key);
        all.dedup_by_key(|endorsement| endorsement.key);
        let bytes =
            minicbor::to_vec(&all).map_err(|e| Error::Decode { what: T::TYPE, reason: e.to_string() })?;
        Self::decode(&bytes)
    }

    /// Reads the signatures and checks every one of them. Whether the signers are trusted is another question.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        Self::decode_once(bytes, None)
    }

    /// The same, with signatures that were checked before not checked again.
    pub fn decode_once(bytes: &[u8], checked: Option<&Checked>) -> Result<Self, Error> {
        let what = T::TYPE;
        within(what, bytes.len(), T::LIMIT)?;
        let failed = |reason: String| Error::Decode { what, reason };
        let list: Vec<Endorsement> = minicbor::decode(bytes).map_err(|e| failed(e.to_string()))?;
        if minicbor::to_vec(&list).map_err(|e| failed(e.to_string()))? != bytes {
            return Err(Error::NotCanonical { what });
        }
        ascending(what, "signers", &list, limits::REGISTRARS, |endorsement| &endorsement.key)?;
        let mut payload: Option<Vec<u8>> = None;
        for Endorsement { key, envelope } in &list {
            let sealed = &envelope.0;
            let envelope = open(what, sealed)?;
            let verify = || envelope.verify_machine(what.as_bytes(), key);
            match checked {
                None => verify()?,
                // The key stands beside the envelope, and not in it. No envelope begins with a plus sign.
                Some(checked) => {
                    let both = [b"+", key.as_bytes(), sealed].concat();
                    checked.once(what, &both, || verify().map(|()| None))?;
                }
            }
            let signed = envelope.payload()?;
            if payload.get_or_insert_with(|| signed.to_vec()) != signed {
                return Err(Error::Envelope { what, reason: "has signatures over different payloads" });
            }
        }
        let encoded = payload.ok_or(Error::Envelope { what, reason: "has no signature" })?;
        Ok(Self {
            bytes: bytes.to_vec(),
            payload: T::from_payload(&encoded)?,
            id: Id::of(&encoded),
            signers: list.iter().map(|endorsement| endorsement.key).collect(),
        })
    }

    /// SHA-256 of the payload.
    pub fn id(&self) -> Id {
        self.id
    }

    /// The bytes as they are stored and sent.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The object.
    pub fn payload(&self) -> &T {
        &self.payload
    }

    /// Keys whose signatures verify, ascending.
    pub fn signers(&self) -> &[PublicKey] {
        &self.signers
    }
}
