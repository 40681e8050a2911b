//! The content key, and what follows from it: the key of the chunks, their nonces' prefix, and a commitment.
//!
//! ```text
//! chunk key (32) ‖ prefix (16) ‖ commitment (32) = HKDF-SHA256(key, info = "wetsign/container/1" ‖ id of the facts)
//! ```
//!
//! An authenticated cipher such as ChaCha20-Poly1305 does not fix its key: one ciphertext can be made that opens under
//! two. The commitment fixes it (128 bits against collisions), and the facts with it: under other facts the same key
//! gives another commitment, and other chunks.

use std::fmt;

use hkdf::Hkdf;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use wetsign_attest::id::{Digest, Id};
use zeroize::{Zeroize as _, Zeroizing};

use crate::group::Random;

/// What opens a container: 32 random bytes; wiped when dropped, never shown. It stays where it was made: what moves is
/// a pointer to it.
pub struct ContentKey(Box<Zeroizing<[u8; 32]>>);

/// What follows from a content key, for one container.
pub(crate) struct Derived {
    pub chunk: Box<Zeroizing<[u8; 32]>>,
    pub prefix: [u8; 16],
    pub commitment: Digest,
}

impl ContentKey {
    /// The key with these bytes, which are wiped where they were.
    pub fn take(bytes: &mut [u8; 32]) -> Self {
        let mut key = Self(Box::default());
        key.0.copy_from_slice(&*bytes);
        bytes.zeroize();
        key
    }

    /// A fresh one.
    pub fn fresh(random: Random<'_>) -> Self {
        let mut key = Self(Box::default());
        random(key.0.as_mut_slice());
        key
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn derive(&self, facts: Id) -> Derived {
        let mut okm = Zeroizing::new([0; 80]);
        let info = [b"wetsign/container/1".as_slice(), facts.as_bytes()].concat();
        Hkdf::<Sha256>::new(None, self.as_bytes())
            .expand(&info, okm.as_mut())
            .expect("80 bytes are fewer than HKDF gives");
        let mut derived = Derived { chunk: Box::default(), prefix: [0; 16], commitment: Digest::ZERO };
        derived.chunk.copy_from_slice(&okm[..32]);
        derived.prefix.copy_from_slice(&okm[32..48]);
        derived.commitment.0.copy_from_slice(&okm[48..]);
        derived
    }
}

impl Derived {
    /// Whether this is what a head commits to; takes the same time whichever byte differs.
    pub(crate) fn is(&self, commitment: &Digest) -> bool {
        self.commitment.0.ct_eq(&commitment.0).into()
    }
}

impl fmt::Debug for ContentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContentKey(…)")
    }
}
