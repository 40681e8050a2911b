//! Elements of the BN254 scalar field, and the ways in which bytes become one.
//!
//! Every byte form here is 32 bytes, big-endian and canonical: a value at or above the field order r =
//! 21888242871839275222246405745257275088548364400416034343698204186575808495617 is refused rather than reduced,
//! because `n` and `n + r` would otherwise be two spellings of one nullifier.

use ark_bn254::Fr;
use ark_ff::{BigInteger, PrimeField};
use rand::{RngCore, rngs::OsRng};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Bytes that spell no element of the BN254 scalar field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "32 bytes starting {start:02x?} are at or above the order of the BN254 scalar field; write the value reduced, big-endian"
)]
pub struct NotCanonical {
    /// The first four bytes as they were given.
    pub start: [u8; 4],
}

/// The operating system gave no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("the operating system's random source gave no bytes for a field element: {reason}")]
pub struct EntropyError {
    /// What the random source answered.
    pub reason: String,
}

/// First 31 bytes of SHA-256 of `bytes`, read big-endian. Always below r, so no two digests share an element by
/// reduction.
pub fn field31(bytes: &[u8]) -> Fr {
    first31(&Sha256::digest(bytes).into())
}

/// First 31 bytes of an identifier (itself a SHA-256), read big-endian. Always below r.
pub fn first31(id: &[u8; 32]) -> Fr {
    Fr::from_be_bytes_mod_order(&id[..31])
}

/// The canonical big-endian form of `element`.
pub fn to_bytes(element: &Fr) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(&element.into_bigint().to_bytes_be());
    bytes
}

/// Reads the canonical big-endian form.
///
/// # Errors
/// [`NotCanonical`] when the number is r or above.
pub fn from_bytes(bytes: &[u8; 32]) -> Result<Fr, NotCanonical> {
    let element = Fr::from_be_bytes_mod_order(bytes);
    if to_bytes(&element) == *bytes {
        Ok(element)
    } else {
        Err(NotCanonical { start: [bytes[0], bytes[1], bytes[2], bytes[3]] })
    }
}

/// A uniform element from the operating system's random source (512 bits reduced, so the bias is below 2^-256).
/// For secrets and blindings.
///
/// # Errors
/// [`EntropyError`] when the operating system refuses.
pub fn random() -> Result<Fr, EntropyError> {
    let mut wide = Zeroizing::new([0u8; 64]);
    OsRng.try_fill_bytes(wide.as_mut()).map_err(|error| EntropyError { reason: error.to_string() })?;
    Ok(Fr::from_be_bytes_mod_order(wide.as_ref()))
}
