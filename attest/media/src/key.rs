//! Keys of those who mark, and of those who certify them: files as `wetsign key new` makes them.

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use ed25519_dalek::{Signer as _, SigningKey};
use wetsign_attest::id::PublicKey;
use zeroize::Zeroizing;

// The daemon's: what it opens beside secrets is not used here.
#[allow(dead_code)]
#[path = "../../../daemon/secret/src/own_file.rs"]
mod own_file;

/// Bytes that are read of a key file.
const MOST: u64 = 4096;

/// A key that can sign certificates and marks. It is wiped when it is dropped, and has no `Debug`.
pub struct Key {
    secret: SigningKey,
    public: [u8; 32],
}

impl Key {
    /// Reads a key file: 64 hexadecimal digits, its owner's alone.
    ///
    /// # Errors
    /// Others may read it, it is a link, or it holds no key.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let file = own_file::open_secret(path).context("cannot read the key file")?;
        let mut text = Zeroizing::new(Vec::with_capacity(MOST as usize));
        file.take(MOST).read_to_end(&mut text).with_context(|| format!("cannot read {}", path.display()))?;
        let mut seed = Zeroizing::new([0; 32]);
        if hex::decode_to_slice(text.trim_ascii(), seed.as_mut()).is_err() {
            bail!(
                "{} is no key file: 64 hexadecimal digits were expected (make one by `wetsign key new`)",
                path.display()
            );
        }
        Ok(Self::from(SigningKey::from_bytes(&seed)))
    }

    /// Its public half.
    pub fn public(&self) -> PublicKey {
        PublicKey::Ed25519(self.public)
    }

    /// An Ed25519 signature (RFC 8032).
    pub fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.secret.sign(bytes).to_bytes().to_vec()
    }
}

impl From<SigningKey> for Key {
    fn from(secret: SigningKey) -> Self {
        Self { public: secret.verifying_key().to_bytes(), secret }
    }
}

impl rcgen::PublicKeyData for Key {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ED25519
    }
}

impl rcgen::SigningKey for Key {
    fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(self.sign(bytes))
    }
}
