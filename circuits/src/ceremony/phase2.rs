//! Contributions to a key's delta, and checking them.

use super::hash::{beacon_generator, blake2, g1, generator, hash_to_g2, scalar};
use crate::field::EntropyError;
use crate::iden3::{Contribution, ContributionKind, Uncompressed, Zkey};
use ark_bn254::{Bn254, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::pairing::Pairing;
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM};
use ark_ff::{BigInt, Field};
use rand::{RngCore, rngs::OsRng};
use rand_chacha::ChaCha20Rng;
use rayon::prelude::*;
use zeroize::Zeroizing;

/// Most bytes of a contributor's name.
const NAME: usize = 64;
/// Largest exponent of a beacon: 2^40 iterations take days.
const EXPONENT: u8 = 40;

/// A contribution was refused, or could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CeremonyError {
    /// Too long a name.
    #[error("the contributor's name has {found} bytes, at most 64 are allowed")]
    Name {
        /// Its length.
        found: usize,
    },
    /// A beacon that is empty, too long, or takes too long.
    #[error("a beacon is 1 to 255 bytes with an exponent of at most 40")]
    Beacon,
    /// No randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The key does not come from the given start.
    #[error("the key does not follow from the ceremony's start: {what}")]
    Start {
        /// What differs.
        what: &'static str,
    },
    /// A contribution does not hold.
    #[error("contribution {number} ({name}) does not hold: {what}")]
    Contribution {
        /// Which, from 1.
        number: usize,
        /// Whose.
        name: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// Nobody contributed.
    #[error("nobody contributed to this key: anyone can forge under it")]
    Nobody,
}

/// Multiplies a secret into delta that is known to nobody: 64 bytes from the operating system, hashed with `entropy`, which may be
/// empty, then forgotten.
///
/// # Errors
/// Too long a name; no randomness.
pub fn contribute(zkey: &Zkey, name: &str, entropy: &[u8]) -> Result<Zkey, CeremonyError> {
    let mut seed = Zeroizing::new([0; 64]);
    OsRng.try_fill_bytes(seed.as_mut()).map_err(|error| EntropyError { reason: error.to_string() })?;
    let hash = Zeroizing::new(blake2(&[seed.as_ref(), entropy]));
    apply(zkey, name, &mut generator(hash.as_ref()), ContributionKind::Secret)
}

/// The last contribution: a value that nobody could know before, such as a block hash of a height fixed beforehand. It adds no
/// secrecy; it takes from the last contributor the choice among outcomes.
///
/// # Errors
/// Too long a name; a beacon out of bounds.
pub fn beacon(zkey: &Zkey, name: &str, value: &[u8], exponent: u8) -> Result<Zkey, CeremonyError> {
    if value.is_empty() || value.len() > 255 || exponent > EXPONENT {
        return Err(CeremonyError::Beacon);
    }
    let kind = ContributionKind::Beacon { value: value.to_vec(), exponent };
    apply(zkey, name, &mut beacon_generator(value, exponent), kind)
}

/// What a contributor publishes, so that everyone can find the contribution in the final key.
pub fn contribution_hash(contribution: &Contribution) -> [u8; 64] {
    blake2(&[&public_part(contribution)])
}

/// Checks that `zkey` is `start` with nothing but contributions multiplied into its delta, each by somebody who knew the factor.
/// `start` has to be made by the verifier with [`begin`](super::begin) from powers of tau that were checked.
///
/// # Errors
/// [`CeremonyError`] says which contribution or which part does not hold.
pub fn verify(start: &Zkey, zkey: &Zkey) -> Result<(), CeremonyError> {
    let refuse = |what| Err(CeremonyError::Start { what });
    if !start.contributions.is_empty() || start.delta_g1 != G1Affine::generator() {
        return refuse("the start has contributions already");
    }
    let delta = check_contributions(start, zkey)?;
    if zkey.delta_g1 != delta {
        return refuse("delta is not that of the last contribution");
    }
    if !same_ratio((G1Affine::generator(), delta), (G2Affine::generator(), zkey.delta_g2)) {
        return refuse("delta in G2 is not delta in G1");
    }
    let undo = Zkey {
        delta_g1: start.delta_g1,
        delta_g2: start.delta_g2,
        l: start.l.clone(),
        h: start.h.clone(),
        contributions: Vec::new(),
        ..zkey.clone()
    };
    if undo != *start {
        return refuse("another circuit, other powers of tau, or altered points outside L and H");
    }
    for (what, before, after) in
        [("L is not divided by delta", &start.l, &zkey.l), ("H is not divided by delta", &start.h, &zkey.h)]
    {
        if before.len() != after.len() {
            return refuse("its sections have other lengths");
        }
        let coefficients = small_scalars(before.len())?;
        let (before, after) = (combine(before, &coefficients), combine(after, &coefficients));
        if !pairs_equal(before, G2Affine::generator(), after, zkey.delta_g2) {
            return refuse(what);
        }
    }
    Ok(())
}

/// The delta of the last contribution.
fn check_contributions(start: &Zkey, zkey: &Zkey) -> Result<G1Affine, CeremonyError> {
    let mut delta = start.delta_g1;
    let mut transcript = zkey.circuit_hash.to_vec();
    if zkey.contributions.is_empty() {
        return Err(CeremonyError::Nobody);
    }
    for (number, contribution) in zkey.contributions.iter().enumerate() {
        let refuse =
            |what| CeremonyError::Contribution { number: number + 1, name: contribution.name.clone(), what };
        let [base, multiple] = contribution.proof_g1;
        let expected = blake2(&[&transcript, &base.uncompressed(), &multiple.uncompressed()]);
        if contribution.transcript != expected {
            return Err(refuse("its transcript is not the hash of what came before it"));
        }
        let challenge = (hash_to_g2(&expected), contribution.proof_g2);
        if !same_ratio((base, multiple), challenge) {
            return Err(refuse("its author did not show that he knew the factor"));
        }
        if !same_ratio((delta, contribution.delta_g1), challenge) {
            return Err(refuse("delta did not change by the factor shown"));
        }
        if contribution.delta_g1 == delta {
            return Err(refuse("its factor is 1"));
        }
        if let ContributionKind::Beacon { value, exponent } = &contribution.kind {
            if value.is_empty() || *exponent > EXPONENT {
                return Err(CeremonyError::Beacon);
            }
            let mut random = beacon_generator(value, *exponent);
            let factor = scalar(&mut random);
            let expected = g1(&mut random);
            if base != expected || multiple != (expected * factor).into_affine() {
                return Err(refuse("it is not what the beacon gives"));
            }
        }
        transcript.extend(public_part(contribution));
        delta = contribution.delta_g1;
    }
    Ok(delta)
}

fn apply(
    zkey: &Zkey,
    name: &str,
    random: &mut ChaCha20Rng,
    kind: ContributionKind,
) -> Result<Zkey, CeremonyError> {
    if name.len() > NAME {
        return Err(CeremonyError::Name { found: name.len() });
    }
    let factor = Zeroizing::new(scalar(random));
    let base = g1(random);
    let multiple = (base * *factor).into_affine();
    let mut before = zkey.circuit_hash.to_vec();
    before.extend(zkey.contributions.iter().flat_map(public_part));
    let transcript = blake2(&[&before, &base.uncompressed(), &multiple.uncompressed()]);
    let delta_g1 = (zkey.delta_g1 * *factor).into_affine();
    let contribution = Contribution {
        delta_g1,
        proof_g1: [base, multiple],
        proof_g2: (hash_to_g2(&transcript) * *factor).into_affine(),
        transcript,
        name: name.into(),
        kind,
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
    next.delta_g2 = (G2Projective::from(zkey.delta_g2) * *factor).into_affine();
    next.contributions.push(contribution);
    Ok(next)
}

/// What the transcript hashes of a contribution.
fn public_part(contribution: &Contribution) -> Vec<u8> {
    let [base, multiple] = &contribution.proof_g1;
    let mut bytes = contribution.delta_g1.uncompressed();
    bytes.extend(base.uncompressed());
    bytes.extend(multiple.uncompressed());
    bytes.extend(contribution.proof_g2.uncompressed());
    bytes.extend(contribution.transcript);
    bytes
}

/// Whether both pairs have one ratio. A pair with the identity has none.
pub(super) fn same_ratio(g1: (G1Affine, G1Affine), g2: (G2Affine, G2Affine)) -> bool {
    let identity = g1.0.is_zero() || g1.1.is_zero() || g2.0.is_zero() || g2.1.is_zero();
    !identity && pairs_equal(g1.0, g2.1, g1.1, g2.0)
}

/// e(a, b) = e(c, d).
fn pairs_equal(a: G1Affine, b: G2Affine, c: G1Affine, d: G2Affine) -> bool {
    Bn254::multi_pairing([a, -c], [b, d]).0 == <Bn254 as Pairing>::TargetField::ONE
}

fn combine(points: &[G1Affine], coefficients: &[BigInt<4>]) -> G1Affine {
    G1Projective::msm_bigint(points, coefficients).into_affine()
}

/// Random scalars of 128 bits: a combination that should not hold does with a chance of 2^-128.
pub(super) fn small_scalars(count: usize) -> Result<Vec<BigInt<4>>, EntropyError> {
    let mut bytes = vec![0; count * 16];
    OsRng.try_fill_bytes(&mut bytes).map_err(|error| EntropyError { reason: error.to_string() })?;
    let (halves, _) = bytes.as_chunks::<8>();
    Ok(halves
        .chunks_exact(2)
        .map(|pair| BigInt([u64::from_le_bytes(pair[0]), u64::from_le_bytes(pair[1]), 0, 0]))
        .collect())
}
