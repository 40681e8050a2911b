//! A signer in software, for elements whose key lies in memory.

use ed25519_dalek::{Signer as _, SigningKey};

use crate::hardware::{NoKey, Signer};

/// Ed25519 in software, by `ed25519-dalek`; the key is wiped when erased or dropped.
#[derive(Default)]
pub struct SoftSigner(Option<SigningKey>);

impl Signer for SoftSigner {
    fn install(&mut self, seed: &[u8; 32]) {
        self.0 = Some(SigningKey::from_bytes(seed));
    }

    fn public_key(&self) -> Result<[u8; 32], NoKey> {
        self.0.as_ref().map(|key| key.verifying_key().to_bytes()).ok_or(NoKey)
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], NoKey> {
        self.0.as_ref().map(|key| key.sign(message).to_bytes()).ok_or(NoKey)
    }

    fn erase(&mut self) {
        self.0 = None;
    }
}
