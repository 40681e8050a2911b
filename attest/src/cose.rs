//! The envelope: COSE_Sign1 (RFC 9052 § 4.2), tag 18, protected header `{1: -8}`, empty unprotected header, Ed25519.
//!
//! The type string of the payload is the external_aad, so that a signature over one kind of object is never one over
//! another. The key comes from the payload; there is no `kid` to believe.

use coset::{CoseSign1, TaggedCborSerializable, iana};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use minicbor::{Decode, Encode};

use crate::error::Error;
use crate::id::{Blob, Id, PublicKey};
use crate::limits;
use crate::object::{Object, ascending, within};

/// COSE algorithm number of every signature: EdDSA (RFC 9053 § 2.2), always over Ed25519. The fully specified −19 (RFC
/// 9864) says no more here, as no other curve is admitted, and readers in use today know −8.
pub const ALG: i64 = iana::Algorithm::EdDSA as i64;

/// How each envelope begins: tag 18, an array of four, the protected header, the empty unprotected header.
const HEAD: [u8; 7] = [0xd2, 0x84, 0x43, 0xa1, 0x01, 0x27, 0xa0];

/// Puts a payload into its envelope.
pub fn seal(what: &'static str, payload: Vec<u8>, aad: &[u8], key: &SigningKey) -> Result<Vec<u8>, Error> {
    let header = coset::HeaderBuilder::new().algorithm(iana::Algorithm::EdDSA).build();
    coset::CoseSign1Builder::new()
        .protected(header)
        .payload(payload)
        .create_signature(aad, |data| key.sign(data).to_bytes().to_vec())
        .build()
        .to_tagged_vec()
        .map_err(|_| Error::Envelope { what, reason: "cannot be encoded" })
}

/// Payload and signature of an envelope, its form checked byte by byte, its signature not yet.
pub fn open(what: &'static str, bytes: &[u8]) -> Result<Envelope, Error> {
    let refused = |reason| Error::Envelope { what, reason };
    if !bytes.starts_with(&HEAD) {
        return Err(refused("does not begin with tag 18, header {1: -8} and an empty unprotected header"));
    }
    let envelope = CoseSign1::from_tagged_slice(bytes).map_err(|_| refused("is no COSE_Sign1"))?;
    let canonical = envelope.clone().to_tagged_vec().map_err(|_| refused("cannot be encoded"))?;
    if canonical != bytes {
        return Err(Error::NotCanonical { what });
    }
    Ok(Envelope { what, inner: envelope })
}

/// An envelope whose signature is still to be checked.
pub struct Envelope {
    what: &'static str,
    inner: CoseSign1,
}

impl Envelope {
    /// The payload, not yet to be believed.
    pub fn payload(&self) -> Result<&[u8], Error> {
        let missing = Error::Envelope { what: self.what, reason: "has no payload" };
        self.inner.payload.as_deref().ok_or(missing)
    }

    /// Checks the signature strictly (no small-order or mixed-order keys, canonical S).
    pub fn verify(&self, aad: &[u8], key: &PublicKey) -> Result<(), Error> {
        let unusable = Error::Key { what: self.what, key: *key };
        let verifying = VerifyingKey::from_bytes(&key.0).map_err(|_| unusable)?;
        self.inner.verify_signature(aad, |signature, data| {
            Signature::from_slice(signature)
                .and_then(|signature| verifying.verify_strict(data, &signature))
                .map_err(|_| Error::Signature { what: self.what, key: *key })
        })
    }
}

/// An object with the signature of the key that it names, and its bytes as they are stored and sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed<T> {
    bytes: Vec<u8>,
    payload: T,
    id: Id,
}

impl<T: Object> Signed<T> {
    /// Signs. Refuses a key that is not the one in the payload.
    pub fn sign(payload: T, key: &SigningKey) -> Result<Self, Error> {
        let what = T::TYPE;
        let unsigned = Error::Envelope { what, reason: "is not signed by one key" };
        let signer = payload.signer().ok_or(unsigned)?;
        if signer != PublicKey::from(key) {
            return Err(Error::Signature { what, key: signer });
        }
        let encoded = payload.to_payload()?;
        let id = Id::of(&encoded);
        let bytes = seal(what, encoded, what.as_bytes(), key)?;
        within(what, bytes.len(), T::LIMIT)?;
        Ok(Self { bytes, payload, id })
    }

    /// Reads an envelope: limit, form, type, canonical encoding, the object's own rules, signature.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let what = T::TYPE;
        within(what, bytes.len(), T::LIMIT)?;
        let envelope = open(what, bytes)?;
        let payload = T::from_payload(envelope.payload()?)?;
        let unsigned = Error::Envelope { what, reason: "is not signed by one key" };
        envelope.verify(what.as_bytes(), &payload.signer().ok_or(unsigned)?)?;
        Ok(Self { bytes: bytes.to_vec(), id: Id::of(envelope.payload()?), payload })
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

    /// The object, without its signature.
    pub fn into_payload(self) -> T {
        self.payload
    }
}

/// One signature among several over the same payload.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct Endorsement {
    #[n(0)]
    key: PublicKey,
    #[n(1)]
    envelope: Blob,
}

/// An object that several keys sign, each in an envelope of its own over the same payload.
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

    /// Reads the signatures and checks every one of them. Whether the signers are trusted is another question.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
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
            let envelope = open(what, &envelope.0)?;
            envelope.verify(what.as_bytes(), key)?;
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
