//! When a phase counts as contributed: one rule for both phases.
//!
//! At least one contribution is secret. A beacon is public: everyone computes its factors, so it hides nothing; it
//! takes from the last contributor the choice among outcomes, and so it is the last of its phase, and recomputed from
//! its value. A contribution adds something: its factor is neither 1 nor -1, nor the beacon's, nor drawn with numbers
//! that were there before, and it does not lead back to where the phase had been.
//!
//! What no check can tell: whether a contribution that calls itself secret was made with randomness that its author
//! kept or published. Who relies on a key contributes, or knows a contributor and finds the hash that this one
//! published.

use super::hash::{Draw, beacon_generator};
use crate::iden3::{Author, ContributionKind};
use ark_bn254::{Fr, G1Affine};
use ark_ec::{AffineRepr, CurveGroup};
use std::collections::{HashMap, HashSet};

/// Most contributions of a phase: each takes some twenty milliseconds to check.
const MOST: usize = 2000;
/// Largest exponent of a beacon: 2^30 hashes take minutes.
const EXPONENT: u8 = 30;

/// A phase's transcript does not show that its secrets are unknown.
#[derive(Debug, thiserror::Error)]
#[error("{phase}: {problem}")]
pub struct TranscriptError {
    /// Which phase.
    pub phase: Phase,
    /// What is wrong with it.
    pub problem: Problem,
}

/// A phase of a ceremony.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Phase 1: tau, alpha and beta.
    Powers,
    /// Phase 2: delta of one circuit's key.
    Key,
}

impl std::fmt::Display for Phase {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Powers => "phase 1 (powers of tau)",
            Self::Key => "phase 2 (the circuit's key)",
        })
    }
}

/// What may be wrong with a transcript. Names are quoted and escaped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Nobody contributed.
    #[error("nobody contributed, so everyone knows its secrets and can forge")]
    Nobody,
    /// Beacons alone.
    #[error(
        "only public beacons contributed ({count}), so everyone can compute its secrets and forge: at least one secret contribution \
         is needed, and before the beacon"
    )]
    OnlyBeacons {
        /// How many.
        count: usize,
    },
    /// More than are checked.
    #[error("{found} contributions, at most {MOST} are checked")]
    TooMany {
        /// How many.
        found: usize,
    },
    /// Something follows the beacon.
    #[error("contribution {number} ({name:?}) comes after the beacon, which has to be the last")]
    AfterBeacon {
        /// Which, from 1.
        number: usize,
        /// Whose.
        name: String,
    },
    /// A beacon that is empty, too long, or takes too long.
    #[error(
        "a beacon is 1 to 255 bytes with an exponent of at most {EXPONENT}; this one has {length} and {exponent}"
    )]
    Beacon {
        /// Bytes of its value.
        length: usize,
        /// Logarithm of its iterations.
        exponent: u8,
    },
    /// A contribution does not hold.
    #[error("contribution {number} ({name:?}) does not hold: {what}")]
    Contribution {
        /// Which, from 1.
        number: usize,
        /// Whose.
        name: String,
        /// What is wrong with it.
        what: &'static str,
    },
}

/// A contribution that was checked, as people are told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Who made it, and from what. The name is foreign text.
    pub author: Author,
    /// BLAKE2b-512 over its points and proofs, so that its author finds it: for phase 2 what `snarkjs` prints too.
    pub hash: [u8; 64],
}

/// A contribution to N secrets.
pub(super) trait Contributed<const N: usize> {
    const PHASE: Phase;
    fn author(&self) -> &Author;
    /// For each secret a point s of G1, and s·factor.
    fn proofs(&self) -> [[G1Affine; 2]; N];
    /// For each secret the generator times all factors so far.
    fn reached(&self) -> [G1Affine; N];
    fn hash(&self) -> [u8; 64];

    fn is_beacon(&self) -> bool {
        matches!(self.author().kind, ContributionKind::Beacon { .. })
    }

    /// The contribution at a place, counted from 0, does not hold.
    fn refuse(&self, at: usize, what: &'static str) -> TranscriptError {
        let name = self.author().name.clone();
        TranscriptError { phase: Self::PHASE, problem: Problem::Contribution { number: at + 1, name, what } }
    }
}

pub(super) fn entries<const N: usize, C: Contributed<N>>(contributions: &[C]) -> Vec<Entry> {
    contributions.iter().map(|one| Entry { author: one.author().clone(), hash: one.hash() }).collect()
}

/// Who contributed, in which order: what needs no arithmetic.
pub(super) fn counts<const N: usize, C: Contributed<N>>(contributions: &[C]) -> Result<(), TranscriptError> {
    let refuse = |problem| Err(TranscriptError { phase: C::PHASE, problem });
    let count = contributions.len();
    if count == 0 {
        return refuse(Problem::Nobody);
    }
    if count > MOST {
        return refuse(Problem::TooMany { found: count });
    }
    if contributions.iter().all(C::is_beacon) {
        return refuse(Problem::OnlyBeacons { count });
    }
    closed(contributions, None)
}

/// Refuses what follows a beacon: the one after it among these, or the next, by `next`.
pub(super) fn closed<const N: usize, C: Contributed<N>>(
    contributions: &[C],
    next: Option<&str>,
) -> Result<(), TranscriptError> {
    let Some(beacon) = contributions.iter().position(C::is_beacon) else { return Ok(()) };
    let name = contributions.get(beacon + 1).map(|after| after.author().name.as_str()).or(next);
    name.map_or(Ok(()), |name| {
        let problem = Problem::AfterBeacon { number: beacon + 2, name: name.into() };
        Err(TranscriptError { phase: C::PHASE, problem })
    })
}

/// The whole rule, but for the proofs of knowledge, which differ between the phases.
pub(super) fn check<const N: usize, C: Contributed<N>>(contributions: &[C]) -> Result<(), TranscriptError> {
    counts(contributions)?;
    let beacon = beacon(contributions)?;
    let mut proofs = HashMap::new();
    let mut reached: HashSet<_> = (0..N).map(|secret| (secret, G1Affine::generator())).collect();
    for (at, contribution) in contributions.iter().enumerate() {
        let refuse = |what| Err(contribution.refuse(at, what));
        for (secret, value) in contribution.reached().into_iter().enumerate() {
            let pair = contribution.proofs()[secret];
            let [base, multiple] = pair;
            if base == multiple || base == -multiple {
                return refuse("its factor is 1 or -1, which adds no secret");
            }
            let public = |factor: Fr| (base * factor).into_affine() == multiple;
            if !contribution.is_beacon() && beacon.iter().flat_map(|drawn| *drawn.factors).any(public) {
                return refuse(
                    "it calls itself secret, but its factor is the beacon's, which everyone can compute",
                );
            }
            if proofs.insert(pair, at).is_some() {
                return refuse("it repeats the numbers of an earlier contribution");
            }
            if !reached.insert((secret, value)) {
                return refuse("it leads back to where the phase had been before");
            }
        }
    }
    Ok(())
}

/// What the beacon draws, if the last is one: it has to be what stands in the transcript.
fn beacon<const N: usize, C: Contributed<N>>(
    contributions: &[C],
) -> Result<Option<Draw<N>>, TranscriptError> {
    let Some(last) = contributions.last() else { return Ok(None) };
    let ContributionKind::Beacon { value, exponent } = &last.author().kind else { return Ok(None) };
    bounded(value, *exponent).map_err(|problem| TranscriptError { phase: C::PHASE, problem })?;
    let drawn = Draw::from(&mut beacon_generator(value, *exponent));
    if drawn.proofs != last.proofs() {
        return Err(
            last.refuse(contributions.len() - 1, "it is not what the beacon's value and iterations give")
        );
    }
    Ok(Some(drawn))
}

/// Refuses a beacon that is empty, too long, or takes too long.
pub(super) fn bounded(value: &[u8], exponent: u8) -> Result<(), Problem> {
    if (1..=255).contains(&value.len()) && exponent <= EXPONENT {
        Ok(())
    } else {
        Err(Problem::Beacon { length: value.len(), exponent })
    }
}
