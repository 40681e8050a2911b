//! Keys: everything is derived from one root secret.

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// HKDF salt; changes only with the derivation.
const SALT: &[u8] = b"wetsign/element/1";

/// What a derived key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Seed of the Ed25519 attestation key.
    Attest,
    /// ChaCha20-Poly1305 key.
    Seal,
    /// X25519 secret of the host channel.
    Channel,
}

/// The root secret: 32 random bytes, drawn by the element for itself.
#[derive(Clone, PartialEq, Eq, ZeroizeOnDrop, zeroize::Zeroize)]
pub struct Root(pub [u8; 32]);

impl Root {
    /// HKDF-SHA256 (RFC 5869) with the purpose as info.
    pub fn derive(&self, purpose: Purpose) -> Zeroizing<[u8; 32]> {
        let info: &[u8] = match purpose {
            Purpose::Attest => b"attest",
            Purpose::Seal => b"seal",
            Purpose::Channel => b"channel",
        };
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(Some(SALT), &self.0)
            .expand(info, key.as_mut())
            .expect("32 bytes are within HKDF's bound of 8160");
        key
    }
}

/// X25519 public key (RFC 7748 § 6.1) of the element's end of the host channel.
pub fn channel_public(root: &Root) -> [u8; 32] {
    wetsign_wire::channel::public_key(&root.derive(Purpose::Channel))
}
