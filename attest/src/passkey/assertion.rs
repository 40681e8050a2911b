//! One use of a passkey: the bytes that stand in an envelope's signature field, and their check.

use minicbor::{Decode, Encode};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{DerSignature, Signature, VerifyingKey};

use super::Presence;
use super::authenticator::{AT, AuthenticatorData};
use super::client::{self, Ceremony};
use crate::id::{Blob, Digest, sha256};
use crate::limits;

/// COSE algorithm number of a passkey's assertion, from the range for private use (RFC 9053 § 2, below −65536).
pub const ALG: i64 = -65_537;

/// What a device answered, with which page asked.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Assertion {
    /// authenticatorData.
    #[n(0)]
    pub authenticator_data: Blob,
    /// clientDataJSON.
    #[n(1)]
    pub client_data: Blob,
    /// r ‖ s, 64 bytes.
    #[n(2)]
    pub signature: Blob,
}

impl Assertion {
    /// From what a browser hands out, whose signature is in ASN.1 DER. Written with the lower of the two values of s,
    /// which every reader takes.
    pub fn from_browser(
        authenticator_data: Vec<u8>,
        client_data: Vec<u8>,
        signature: &[u8],
    ) -> Result<Self, String> {
        let signature = DerSignature::from_bytes(signature)
            .and_then(Signature::try_from)
            .map_err(|_| "the signature is no ECDSA signature in DER with r and s in range")?;
        Ok(Self {
            authenticator_data: authenticator_data.into(),
            client_data: client_data.into(),
            signature: signature.normalize_s().to_bytes().to_vec().into(),
        })
    }

    /// The signature field.
    pub fn to_bytes(&self) -> Vec<u8> {
        // A vector takes every write, and none of the three refuses to be encoded.
        minicbor::to_vec(self).unwrap_or_default()
    }

    /// Reads the signature field, within its bound, in its one encoding.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let bound = limits::ASSERTION;
        if bytes.len() > bound {
            return Err(format!("it has {} bytes, the limit is {bound}", bytes.len()));
        }
        let read: Self = minicbor::decode(bytes).map_err(|e| format!("it cannot be decoded: {e}"))?;
        if read.to_bytes() != bytes {
            return Err("it is not in its canonical encoding (length form, count or trailing bytes)".into());
        }
        Ok(read)
    }

    /// Checks all that holds for every reader: form, UP and UV, type, challenge, no other site's frame, signature. Both
    /// values of s are taken. The error says which rule is broken.
    pub fn check(&self, challenge: &Digest, key: &VerifyingKey) -> Result<Presence, String> {
        let Self { authenticator_data, client_data, signature } = self;
        let data = AuthenticatorData::read(&authenticator_data.0)?;
        if data.has(AT) {
            return Err("its flags say that a passkey was made (AT), not used".into());
        }
        data.extensions(data.rest)?;
        let origin = client::origin(&client_data.0, Ceremony::Get, challenge)?;
        let signature = Signature::from_slice(&signature.0)
            .map_err(|_| "the signature is no pair of r and s in range, of 32 bytes each")?;
        let signed = [&authenticator_data.0[..], &sha256(&[&client_data.0])].concat();
        key.verify(&signed, &signature).map_err(|_| "the signature does not verify under the key")?;
        Ok(Presence {
            rp_id_hash: data.rp_id_hash,
            origin,
            counter: data.counter,
            backed_up: data.backed_up(),
        })
    }
}
