//! Bytes of an envelope: how it is made, opened and checked.

use coset::{CoseSign1, TaggedCborSerializable, iana};
use ed25519_dalek::{Signature, Signer, SigningKey};

use crate::error::Error;
use crate::id::PublicKey;
use crate::id::{Digest, sha256};
use crate::passkey::{self, Assertion, Presence};

/// COSE algorithm number of an Ed25519 signature: EdDSA (RFC 9053 § 2.2), always over Ed25519. The fully specified −19
/// (RFC 9864) says no more here, as no other curve is admitted, and readers in use today know −8.
pub const ALG: i64 = iana::Algorithm::EdDSA as i64;

/// How an envelope begins: tag 18, an array of four, the protected header {1: -8}, the empty unprotected header.
const HEAD: &[u8] = &[0xd2, 0x84, 0x43, 0xa1, 0x01, 0x27, 0xa0];

/// The same with a passkey's {1: -65537}.
const PASSKEY_HEAD: &[u8] = &[0xd2, 0x84, 0x47, 0xa1, 0x01, 0x3a, 0x00, 0x01, 0x00, 0x00, 0xa0];

/// Puts a payload into its envelope.
pub fn seal(what: &'static str, payload: Vec<u8>, aad: &[u8], key: &SigningKey) -> Result<Vec<u8>, Error> {
    let mut envelope = unsigned(iana::Algorithm::EdDSA.into(), payload);
    envelope.signature = key.sign(&envelope.tbs_data(aad)).to_bytes().to_vec();
    encoded(what, envelope)
}

/// What a passkey is asked to answer so that it signs this payload.
pub(super) fn challenge(payload: Vec<u8>, aad: &[u8]) -> Digest {
    Digest(sha256(&[&unsigned(passkey_alg(), payload).tbs_data(aad)]))
}

/// Puts a payload and a passkey's answer into their envelope. Whether it answers is for [`Envelope::verify`] to say.
pub(super) fn assemble(what: &'static str, payload: Vec<u8>, answer: &Assertion) -> Result<Vec<u8>, Error> {
    let mut envelope = unsigned(passkey_alg(), payload);
    envelope.signature = answer.to_bytes();
    encoded(what, envelope)
}

fn passkey_alg() -> coset::Algorithm {
    coset::Algorithm::PrivateUse(passkey::ALG)
}

fn unsigned(alg: coset::Algorithm, payload: Vec<u8>) -> CoseSign1 {
    let header = coset::Header { alg: Some(alg), ..coset::Header::default() };
    coset::CoseSign1Builder::new().protected(header).payload(payload).build()
}

fn encoded(what: &'static str, envelope: CoseSign1) -> Result<Vec<u8>, Error> {
    envelope.to_tagged_vec().map_err(|_| Error::Envelope { what, reason: "cannot be encoded" })
}

/// Payload and signature of an envelope, its form checked byte by byte, its signature not yet.
pub fn open(what: &'static str, bytes: &[u8]) -> Result<Envelope, Error> {
    let refused = |reason| Error::Envelope { what, reason };
    let by_passkey = bytes.starts_with(PASSKEY_HEAD);
    if !by_passkey && !bytes.starts_with(HEAD) {
        return Err(refused(
            "does not begin with tag 18, header {1: -8} or {1: -65537} and an empty unprotected header",
        ));
    }
    let envelope = CoseSign1::from_tagged_slice(bytes).map_err(|_| refused("is no COSE_Sign1"))?;
    let canonical = envelope.clone().to_tagged_vec().map_err(|_| refused("cannot be encoded"))?;
    if canonical != bytes {
        return Err(Error::NotCanonical { what });
    }
    Ok(Envelope { what, by_passkey, inner: envelope })
}

/// An envelope whose signature is still to be checked.
pub struct Envelope {
    what: &'static str,
    by_passkey: bool,
    inner: CoseSign1,
}

impl Envelope {
    /// The payload, not yet to be believed.
    pub fn payload(&self) -> Result<&[u8], Error> {
        let missing = Error::Envelope { what: self.what, reason: "has no payload" };
        self.inner.payload.as_deref().ok_or(missing)
    }

    /// Checks the signature. An Ed25519 key has to have signed with Ed25519, strictly (no small-order or mixed-order
    /// keys, canonical S); a P-256 key by a passkey's assertion, whose moment is the answer.
    pub fn verify(&self, aad: &[u8], key: &PublicKey) -> Result<Option<Presence>, Error> {
        let what = self.what;
        let unusable = |kind| Error::Key { what, kind, key: key.to_string() };
        if !self.by_passkey {
            let verifying = key.ed25519().ok_or_else(|| unusable("Ed25519"))?;
            self.inner.verify_signature(aad, |signature, data| {
                Signature::from_slice(signature)
                    .and_then(|signature| verifying.verify_strict(data, &signature))
                    .map_err(|_| Error::Signature { what, key: key.to_string() })
            })?;
            return Ok(None);
        }
        let verifying = key.p256().ok_or_else(|| unusable("P-256"))?;
        let challenge = Digest(sha256(&[&self.inner.tbs_data(aad)]));
        Assertion::from_bytes(&self.inner.signature)
            .and_then(|assertion| assertion.check(&challenge, &verifying))
            .map(Some)
            .map_err(|reason| Error::Passkey { what, reason })
    }

    /// The same for the keys of machines, which never are passkeys.
    pub fn verify_machine(&self, aad: &[u8], key: &PublicKey) -> Result<(), Error> {
        if self.by_passkey {
            return Err(Error::Key { what: self.what, kind: "Ed25519", key: key.to_string() });
        }
        self.verify(aad, key).map(|_| ())
    }
}
