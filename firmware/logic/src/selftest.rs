//! Known-answer tests, run on request.

use chacha20poly1305::{
    ChaCha20Poly1305, KeyInit,
    aead::{AeadInOut, inout::InOutBuf},
};
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::hardware::Signer;

pub(crate) const HASH: u8 = 1;
pub(crate) const CIPHER: u8 = 2;
pub(crate) const SIGNATURE: u8 = 4;
pub(crate) const RANDOM: u8 = 8;

/// FIPS 180-4, SHA-256 of "abc".
const ABC: [u8; 32] = [
    0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0,
    0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
];

/// RFC 8439 § 2.8.2.
const PLAIN: &[u8; 114] =
    b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the \
future, sunscreen would be it.";
const AAD: [u8; 12] = [0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7];
const NONCE: [u8; 12] = [0x07, 0, 0, 0, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47];
const TAG: [u8; 16] =
    [0x1a, 0xe1, 0x0b, 0x59, 0x4f, 0x09, 0xe2, 0x6a, 0x7e, 0x90, 0x2e, 0xcb, 0xd0, 0x60, 0x06, 0x91];

/// Can never be taken for a token: those sign a CBOR array (RFC 9052 § 4.4), this begins with a letter.
const MESSAGE: &[u8] = b"wetsign/self-test/1";

/// Bit mask of the tests that failed.
pub(crate) fn failed<S: Signer>(signer: &S) -> u8 {
    let mut failed = 0;
    if Sha256::digest(b"abc")[..] != ABC {
        failed |= HASH;
    }
    if !cipher_passes() {
        failed |= CIPHER;
    }
    if !signature_passes(signer) {
        failed |= SIGNATURE;
    }
    failed
}

fn cipher_passes() -> bool {
    let key: [u8; 32] = core::array::from_fn(|index| 0x80 + index as u8);
    let mut text = *PLAIN;
    ChaCha20Poly1305::new(&key.into())
        .encrypt_inout_detached(&NONCE.into(), &AAD, InOutBuf::from(&mut text[..]))
        .is_ok_and(|tag| tag[..] == TAG)
}

// A check of a signature takes kilobytes of stack, which no other request shall have to find room for.
#[inline(never)]
fn signature_passes<S: Signer>(signer: &S) -> bool {
    let (Ok(public), Ok(signature)) = (signer.public_key(), signer.sign(MESSAGE)) else { return false };
    VerifyingKey::from_bytes(&public)
        .is_ok_and(|key| key.verify_strict(MESSAGE, &Signature::from_bytes(&signature)).is_ok())
}
