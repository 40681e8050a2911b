//! One chunk: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03), in the order of STREAM (Hoang, Reyhanitabar, Rogaway,
//! Vizár 2015): the nonce says which chunk it is, and whether it is the last.
//!
//! ```text
//! nonce (24) = prefix (16) ‖ index (7, big-endian) ‖ 1 for the last chunk, else 0 (1)
//! ```
//!
//! The first 16 bytes of the nonce are the same for a whole container, so HChaCha20 is computed once; what remains is
//! ChaCha20-Poly1305 (RFC 8439) with four zero bytes before the last eight, which `ring` does at the machine's speed.

use std::hint::black_box;

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroizing;

use crate::lock::Derived;

/// Bytes of contents in a chunk; the last one has what remains.
pub const CHUNK: usize = 64 * 1024;

/// Bytes that sealing adds to a chunk.
pub(crate) const TAG: usize = 16;

/// Seals and opens the chunks of one container.
pub(crate) struct Chunks(Box<LessSafeKey>);

impl Chunks {
    pub(crate) fn new(derived: &Derived) -> Self {
        let key = chacha20::Key::from(**derived.chunk);
        let subkey = chacha20::hchacha::<chacha20::R20>(&key, &derived.prefix.into());
        Self(Box::new(keyed(&Zeroizing::new(subkey.into()))))
    }

    /// Encrypts `chunk` in place and gives its tag.
    pub(crate) fn seal(&self, index: u64, last: bool, chunk: &mut [u8]) -> [u8; TAG] {
        let tag = self
            .0
            .seal_in_place_separate_tag(nonce(index, last), Aad::empty(), chunk)
            .expect("a chunk is far shorter than the cipher's limit");
        tag.as_ref().try_into().expect("a tag has 16 bytes")
    }

    /// Decrypts `sealed`, which ends in its tag, in place; the length of what it held, `None` if it is not authentic.
    pub(crate) fn open(&self, index: u64, last: bool, sealed: &mut [u8]) -> Option<usize> {
        self.0.open_in_place(nonce(index, last), Aad::empty(), sealed).ok().map(|chunk| chunk.len())
    }
}

impl Drop for Chunks {
    /// `ring` wipes no keys, so another one is written over it.
    fn drop(&mut self) {
        *self.0 = keyed(&[0; 32]);
        black_box(&self.0);
    }
}

fn keyed(bytes: &[u8; 32]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, bytes).expect("a key has 32 bytes"))
}

fn nonce(index: u64, last: bool) -> Nonce {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&(index << 8 | u64::from(last)).to_be_bytes());
    Nonce::assume_unique_for_key(nonce)
}

#[cfg(test)]
mod tests {
    use chacha20poly1305::XChaCha20Poly1305;
    use chacha20poly1305::aead::{AeadInOut as _, KeyInit as _};
    use wetsign_attest::id::Id;

    use super::*;
    use crate::lock::ContentKey;

    #[test]
    fn another_implementation_of_xchacha20_poly1305_gives_the_same_bytes() {
        let derived = ContentKey::take(&mut [7; 32]).derive(Id([1; 32]));
        let other = XChaCha20Poly1305::new(&(**derived.chunk).into());
        for (index, last, length) in [(0, false, 65_536), (1, true, 0), (300, true, 77)] {
            let mut chunk: Vec<u8> = (0..length).map(|at| at as u8).collect();
            let mut twin = chunk.clone();
            let tag = Chunks::new(&derived).seal(index, last, &mut chunk);
            let mut nonce = [0; 24];
            nonce[..16].copy_from_slice(&derived.prefix);
            nonce[16..].copy_from_slice(&(index << 8 | u64::from(last)).to_be_bytes());
            let expected =
                other.encrypt_inout_detached(&nonce.into(), b"", twin.as_mut_slice().into()).unwrap();
            assert_eq!((chunk, tag.as_slice()), (twin, expected.as_slice()));
        }
    }
}
