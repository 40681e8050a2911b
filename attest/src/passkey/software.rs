//! A passkey in a program. It answers as a device does and proves no device: whoever has the program has the key. So
//! what it signs says [`crate::object::Custody::SoftwarePasskey`], and no verifier takes it who does not take simulated
//! parts.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};

use super::Assertion;
use super::authenticator::{AT, UP, UV};
use crate::id::PublicKey;
use crate::id::{Digest, sha256};

/// A program's passkey at one relying party.
pub struct SoftwarePasskey {
    key: SigningKey,
    rp_id: String,
    origin: String,
}

/// authenticatorData, clientDataJSON and (for a use) the DER signature, as a browser hands them out.
pub struct Answer {
    /// authenticatorData.
    pub authenticator_data: Vec<u8>,
    /// clientDataJSON.
    pub client_data: Vec<u8>,
    /// The signature in DER; empty where a passkey was made.
    pub signature: Vec<u8>,
}

impl SoftwarePasskey {
    /// From a secret of 32 random bytes; `None` for the few values that are no scalar of P-256.
    pub fn new(secret: &[u8; 32], rp_id: &str, origin: &str) -> Option<Self> {
        let key = SigningKey::from_slice(secret).ok()?;
        Some(Self { key, rp_id: rp_id.to_owned(), origin: origin.to_owned() })
    }

    /// Its public key.
    pub fn public(&self) -> PublicKey {
        PublicKey::from(self.key.verifying_key())
    }

    /// What the credential is called: a digest of the key.
    pub fn credential(&self) -> [u8; 32] {
        sha256(&[self.public().as_bytes()])
    }

    /// Answers a creation.
    pub fn create(&self, challenge: &Digest) -> Answer {
        let mut data = self.head(UP | UV | AT);
        let credential = self.credential();
        data.extend([0; 16]);
        data.extend([0, 32]);
        data.extend(credential);
        let point = self.key.verifying_key().to_sec1_point(false);
        let (x, y) = point.as_bytes()[1..].split_at(32);
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(x);
        data.extend([0x22, 0x58, 0x20]);
        data.extend(y);
        let client_data = self.client_data("webauthn.create", challenge);
        Answer { authenticator_data: data, client_data, signature: Vec::new() }
    }

    /// Answers a use.
    pub fn get(&self, challenge: &Digest) -> Answer {
        let authenticator_data = self.head(UP | UV);
        let client_data = self.client_data("webauthn.get", challenge);
        let signed = [&authenticator_data[..], &sha256(&[&client_data])].concat();
        let signature: Signature = self.key.sign(&signed);
        Answer { authenticator_data, client_data, signature: signature.to_der().as_bytes().to_vec() }
    }

    /// The same, ready for an envelope.
    pub fn assert(&self, challenge: &Digest) -> Result<Assertion, String> {
        let Answer { authenticator_data, client_data, signature } = self.get(challenge);
        Assertion::from_browser(authenticator_data, client_data, &signature)
    }

    fn head(&self, flags: u8) -> Vec<u8> {
        let mut data = sha256(&[self.rp_id.as_bytes()]).to_vec();
        data.push(flags);
        data.extend([0; 4]);
        data
    }

    fn client_data(&self, kind: &str, challenge: &Digest) -> Vec<u8> {
        let challenge = URL_SAFE_NO_PAD.encode(challenge.0);
        // The order of members that the standard asks browsers for (§ 5.8.1.1).
        let origin = serde_json::Value::from(self.origin.as_str());
        format!(r#"{{"type":"{kind}","challenge":"{challenge}","origin":{origin},"crossOrigin":false}}"#)
            .into_bytes()
    }
}
