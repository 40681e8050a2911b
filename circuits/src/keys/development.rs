//! The development key: the same everywhere, known to everyone, protecting nothing.

use super::{DEVELOPMENT_KEY_DIGEST, DEVELOPMENT_SEED, KeyError, ProvingKey, file, short_digest};
use crate::builder::Rows;
use crate::{Shape, circuit};
use ark_bn254::{Bn254, Fr, G1Projective, G2Projective};
use ark_ec::PrimeGroup;
use ark_ff::UniformRand;
use ark_groth16::Groth16;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use sha2::{Digest, Sha256};
use std::path::Path;

/// SHA-256 at the end of the development key's file: fixes every point of the proving key.
pub const DEVELOPMENT_FILE_DIGEST: [u8; 32] = [
    0xe1, 0x45, 0x43, 0xa6, 0xdf, 0x1e, 0xc9, 0x34, 0x08, 0x9e, 0xef, 0xcc, 0x44, 0x48, 0x12, 0x6a, 0x67,
    0xe8, 0x11, 0xd8, 0x4e, 0x3e, 0xd7, 0x94, 0x71, 0xf0, 0x94, 0xee, 0x88, 0xaa, 0x44, 0x68,
];

/// The development key from `<cache>/keys/match-dev-<digest>.pk`, or made anew and kept there.
///
/// The file is taken only if its SHA-256 is the pinned one; any other content is replaced. Two processes at once do no
/// harm: each writes its own temporary file and renames it.
///
/// # Errors
/// The cache cannot be written, or the key made here differs from the pinned one.
pub fn development_key(cache: &Path) -> Result<ProvingKey, KeyError> {
    let name = format!("match-dev-{}.pk", short_digest(&DEVELOPMENT_KEY_DIGEST));
    let path = cache.join("keys").join(name);
    if let Ok(key) = file::read(&path, Some(DEVELOPMENT_FILE_DIGEST))
        && check(&key).is_ok()
    {
        return Ok(key);
    }
    let key = ProvingKey::development()?;
    key.write(&path)?;
    Ok(key)
}

impl ProvingKey {
    /// The development key at the frozen size, made anew from [`DEVELOPMENT_SEED`]: some seconds of work.
    /// [`development_key`] keeps it on disk.
    ///
    /// # Errors
    /// [`KeyError::Development`] when it does not have the digest that it has everywhere else.
    pub fn development() -> Result<Self, KeyError> {
        let key = Self::from_seed(Shape::DEFAULT, DEVELOPMENT_SEED)?;
        check(&key)?;
        Ok(key)
    }

    /// A key of any shape from any published seed. Whoever knows the seed can forge: for tests and development.
    ///
    /// # Errors
    /// An impossible shape, or a failure of the proof system.
    pub fn from_seed(shape: Shape, seed: &str) -> Result<Self, KeyError> {
        shape.check()?;
        let rows = circuit::rows(&shape);
        let groth16 = set_up(&rows, seed)?;
        Self::assemble(shape, true, rows, groth16)
    }
}

/// Refuses a key that is not the development key.
fn check(key: &ProvingKey) -> Result<(), KeyError> {
    let found = key.verifying_key().digest();
    if found == DEVELOPMENT_KEY_DIGEST {
        Ok(())
    } else {
        Err(KeyError::Development {
            found: short_digest(&found),
            expected: short_digest(&DEVELOPMENT_KEY_DIGEST),
        })
    }
}

/// What a ceremony would have nobody know (alpha, beta, gamma, delta), and where the rest comes from.
pub(super) fn secrets(seed: &str) -> ([Fr; 4], ChaCha20Rng) {
    let mut random = ChaCha20Rng::from_seed(Sha256::digest(seed.as_bytes()).into());
    (std::array::from_fn(|_| Fr::rand(&mut random)), random)
}

/// Groth16 set-up with all randomness from `seed`. The standard generators; no step depends on the number of threads,
/// because points are written in affine form and field sums are exact in any order.
fn set_up(rows: &Rows, seed: &str) -> Result<ark_groth16::ProvingKey<Bn254>, KeyError> {
    let ([alpha, beta, gamma, delta], mut random) = secrets(seed);
    Groth16::<Bn254>::generate_parameters_with_qap(
        rows,
        alpha,
        beta,
        gamma,
        delta,
        G1Projective::generator(),
        G2Projective::generator(),
        &mut random,
    )
    .map_err(|error| KeyError::Setup { reason: error.to_string() })
}
