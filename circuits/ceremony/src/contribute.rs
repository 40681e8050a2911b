//! Contributions to a key's delta.

use super::hash::{Draw, beacon_generator, blake2, generator, hash_to_g2};
use super::transcript::{self, Contributed, Phase, TranscriptError};
use crate::iden3::{Author, Contribution, ContributionKind, Uncompressed, Zkey};
use ark_bn254::{G1Affine, G1Projective, G2Projective};
use ark_ec::CurveGroup;
use ark_ff::Field;
use rand::{RngCore, rngs::OsRng};
use rand_chacha::ChaCha20Rng;
use rayon::prelude::*;
use wetsign_circuits::field::EntropyError;
use zeroize::Zeroizing;

/// Most bytes of a contributor's name.
const NAME: usize = 64;

/// A contribution could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ContributeError {
    /// A name that is too long, or would run over lines of a transcript.
    #[error(
        "the contributor's name {name:?} has {found} bytes; at most {NAME} are allowed, none of them a control character"
    )]
    Name {
        /// The name.
        name: String,
        /// Its length.
        found: usize,
    },
    /// The key does not take it: a beacon has closed its transcript, or this one would close it too early.
    #[error(transparent)]
    Transcript(#[from] TranscriptError),
    /// No randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

/// Multiplies a secret into delta that is known to nobody: 64 bytes from the operating system, hashed with `entropy`,
/// which may be empty, then forgotten.
///
/// # Errors
/// A name that is too long or has control characters; a beacon before it; no randomness.
pub fn contribute(zkey: &Zkey, name: &str, entropy: &[u8]) -> Result<Zkey, ContributeError> {
    let author = author(name, ContributionKind::Secret)?;
    transcript::closed(&zkey.contributions, Some(name))?;
    let mut seed = Zeroizing::new([0; 64]);
    OsRng.try_fill_bytes(seed.as_mut()).map_err(|error| EntropyError { reason: error.to_string() })?;
    let hash = Zeroizing::new(blake2(&[seed.as_ref(), entropy]));
    Ok(apply(zkey, author, &mut generator(hash.as_ref())))
}

/// The last contribution: a value that nobody could know before, such as a block hash of a height fixed beforehand. It
/// adds no secrecy; it takes from the last contributor the choice among outcomes.
///
/// # Errors
/// As [`contribute`]; a beacon out of bounds, or before any secret contribution.
pub fn beacon(zkey: &Zkey, name: &str, value: &[u8], exponent: u8) -> Result<Zkey, ContributeError> {
    let author = author(name, ContributionKind::Beacon { value: value.to_vec(), exponent })?;
    transcript::bounded(value, exponent).map_err(|problem| TranscriptError { phase: Phase::Key, problem })?;
    transcript::counts(&zkey.contributions)?;
    transcript::closed(&zkey.contributions, Some(name))?;
    Ok(apply(zkey, author, &mut beacon_generator(value, exponent)))
}

/// What a contributor publishes, so that everyone can find the contribution in the final key.
pub fn contribution_hash(contribution: &Contribution) -> [u8; 64] {
    blake2(&[&public_part(contribution)])
}

/// What the transcript hashes of a contribution.
pub(super) fn public_part(contribution: &Contribution) -> Vec<u8> {
    let [base, multiple] = &contribution.proof_g1;
    let mut bytes = contribution.delta_g1.uncompressed();
    bytes.extend(base.uncompressed());
    bytes.extend(multiple.uncompressed());
    bytes.extend(contribution.proof_g2.uncompressed());
    bytes.extend(contribution.transcript);
    bytes
}

impl Contributed<1> for Contribution {
    const PHASE: Phase = Phase::Key;

    fn author(&self) -> &Author {
        &self.author
    }

    fn proofs(&self) -> [[G1Affine; 2]; 1] {
        [self.proof_g1]
    }

    fn reached(&self) -> [G1Affine; 1] {
        [self.delta_g1]
    }

    fn hash(&self) -> [u8; 64] {
        contribution_hash(self)
    }
}

fn author(name: &str, kind: ContributionKind) -> Result<Author, ContributeError> {
    if name.len() <= NAME && !name.contains(char::is_control) {
        Ok(Author { name: name.into(), kind })
    } else {
        Err(ContributeError::Name { name: name.into(), found: name.len() })
    }
}

/// Whatever the transcript says so far: tests make with it what nobody should.
pub(super) fn apply(zkey: &Zkey, author: Author, random: &mut ChaCha20Rng) -> Zkey {
    let Draw { factors, proofs: [[base, multiple]] } = Draw::<1>::from(random);
    let factor = &factors[0];
    let mut before = zkey.circuit_hash.to_vec();
    before.extend(zkey.contributions.iter().flat_map(public_part));
    let transcript = blake2(&[&before, &base.uncompressed(), &multiple.uncompressed()]);
    let delta_g1 = (zkey.delta_g1 * factor).into_affine();
    let contribution = Contribution {
        delta_g1,
        proof_g1: [base, multiple],
        proof_g2: (hash_to_g2(&transcript) * factor).into_affine(),
        transcript,
        author,
    };
    // A factor of 0 is drawn once in 2^254 times; the key would be refused.
    let inverse = Zeroizing::new(factor.inverse().unwrap_or_default());
    let divide = |points: &[G1Affine]| {
        let divided: Vec<G1Projective> = points.par_iter().map(|point| *point * *inverse).collect();
        G1Projective::normalize_batch(&divided)
    };
    let mut next = zkey.clone();
    next.l = divide(&zkey.l);
    next.h = divide(&zkey.h);
    next.delta_g1 = delta_g1;
    next.delta_g2 = (G2Projective::from(zkey.delta_g2) * factor).into_affine();
    next.contributions.push(contribution);
    next
}
