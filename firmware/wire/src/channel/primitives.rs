//! What `noise-protocol` asks for: X25519, ChaCha20-Poly1305 and SHA-256, each by the crate that the rest of the
//! workspace uses, in types that wipe what they held.

use chacha20poly1305::{
    ChaCha20Poly1305, KeyInit,
    aead::{AeadInOut, inout::InOutBuf},
};
use noise_protocol::{Cipher, DH, Hash, U8Array};
use sha2::Digest;
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::ZeroizeOnDrop;

use crate::limits::TAG;

/// Bytes that are wiped when dropped. No `Debug`.
#[derive(ZeroizeOnDrop)]
pub struct Secret<const N: usize>([u8; N]);

impl<const N: usize> U8Array for Secret<N> {
    fn new() -> Self {
        Self([0; N])
    }

    fn new_with(byte: u8) -> Self {
        Self([byte; N])
    }

    fn from_slice(bytes: &[u8]) -> Self {
        let mut array = Self::new();
        array.0.copy_from_slice(bytes);
        array
    }

    fn len() -> usize {
        N
    }

    fn as_slice(&self) -> &[u8] {
        &self.0
    }

    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

/// Noise's `25519` (RFC 7748).
pub enum X25519 {}

impl DH for X25519 {
    type Key = Secret<32>;
    type Pubkey = [u8; 32];
    type Output = Secret<32>;

    fn name() -> &'static str {
        "25519"
    }

    fn genkey() -> Self::Key {
        unreachable!("both ends bring an ephemeral key: there is no global random source here")
    }

    fn pubkey(key: &Self::Key) -> Self::Pubkey {
        PublicKey::from(&StaticSecret::from(key.0)).to_bytes()
    }

    fn dh(key: &Self::Key, public: &Self::Pubkey) -> Result<Self::Output, ()> {
        let shared = StaticSecret::from(key.0).diffie_hellman(&PublicKey::from(*public));
        // A point of small order would make the result known to everybody (RFC 7748 § 6.1).
        if shared.was_contributory() { Ok(Secret::from_slice(shared.as_bytes())) } else { Err(()) }
    }
}

/// Noise's `ChaChaPoly` (Noise revision 34 § 12.3): 32 zero bits, then the nonce, little-endian.
pub enum ChaChaPoly {}

fn nonce(counter: u64) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&counter.to_le_bytes());
    nonce
}

impl Cipher for ChaChaPoly {
    type Key = Secret<32>;

    fn name() -> &'static str {
        "ChaChaPoly"
    }

    fn encrypt(key: &Self::Key, counter: u64, ad: &[u8], plaintext: &[u8], out: &mut [u8]) {
        out[..plaintext.len()].copy_from_slice(plaintext);
        Self::encrypt_in_place(key, counter, ad, out, plaintext.len());
    }

    fn encrypt_in_place(
        key: &Self::Key,
        counter: u64,
        ad: &[u8],
        in_out: &mut [u8],
        plaintext_len: usize,
    ) -> usize {
        let (text, rest) = in_out.split_at_mut(plaintext_len);
        let tag = ChaCha20Poly1305::new((&key.0).into())
            .encrypt_inout_detached(&nonce(counter).into(), ad, InOutBuf::from(text))
            .expect("a frame is far below ChaCha20's bound of 256 GiB");
        rest[..TAG].copy_from_slice(&tag);
        plaintext_len + TAG
    }

    fn decrypt(
        key: &Self::Key,
        counter: u64,
        ad: &[u8],
        ciphertext: &[u8],
        out: &mut [u8],
    ) -> Result<(), ()> {
        let (text, tag) = ciphertext.split_last_chunk::<TAG>().ok_or(())?;
        out.copy_from_slice(text);
        open(key, counter, ad, out, tag)
    }

    fn decrypt_in_place(
        key: &Self::Key,
        counter: u64,
        ad: &[u8],
        in_out: &mut [u8],
        ciphertext_len: usize,
    ) -> Result<usize, ()> {
        let sealed = in_out.get_mut(..ciphertext_len).ok_or(())?;
        let (text, tag) = sealed.split_last_chunk_mut::<TAG>().ok_or(())?;
        open(key, counter, ad, text, tag)?;
        Ok(text.len())
    }
}

fn open(key: &Secret<32>, counter: u64, ad: &[u8], text: &mut [u8], tag: &[u8; TAG]) -> Result<(), ()> {
    ChaCha20Poly1305::new((&key.0).into())
        .decrypt_inout_detached(&nonce(counter).into(), ad, InOutBuf::from(text), tag.into())
        .map_err(|_| ())
}

/// Noise's `SHA256` (FIPS 180-4).
#[derive(Default)]
pub struct Sha256(sha2::Sha256);

impl Hash for Sha256 {
    type Block = Secret<64>;
    type Output = Secret<32>;

    fn name() -> &'static str {
        "SHA256"
    }

    fn input(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn result(&mut self) -> Self::Output {
        Secret::from_slice(&self.0.finalize_reset())
    }
}
