//! Checking a whole ceremony: the way to a key that is not for development.

use super::begin::{BeginError, Start, begin};
use super::contribute::public_part;
use super::hash::hash_to_g2;
use super::phase1::PowersOfTau;
use super::ratio::{pairs_equal, same_ratio, small_scalars};
use super::transcript::{self, Contributed, Entry, TranscriptError};
use crate::iden3::{Uncompressed, Zkey, ZkeyError};
use ark_bn254::{G1Affine, G1Projective, G2Affine};
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM};
use ark_ff::BigInt;
use blake2::{Blake2b512, Digest};
use wetsign_circuits::field::EntropyError;
use wetsign_circuits::{ProvingKey, Shape};

/// A ceremony was refused.
#[derive(Debug, thiserror::Error)]
pub enum CeremonyError {
    /// The transcript does not show that delta is unknown.
    #[error(transparent)]
    Transcript(#[from] TranscriptError),
    /// The key does not come from the given start.
    #[error("the key does not follow from the ceremony's start: {what}")]
    Start {
        /// What differs.
        what: &'static str,
    },
    /// No randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
}

/// A key does not follow from powers of tau, or cannot be compared with them.
#[derive(Debug, thiserror::Error)]
pub enum VerifyFromError {
    /// It does not follow.
    #[error(transparent)]
    Ceremony(#[from] CeremonyError),
    /// No key can be begun from these powers for this shape.
    #[error(transparent)]
    Begin(#[from] BeginError),
}

/// A key whose ceremony was checked from the powers of tau on: at least one secret contribution to each phase.
pub struct Ceremony<'a> {
    zkey: &'a Zkey,
    shape: Shape,
    phase_1: Vec<Entry>,
}

impl Ceremony<'_> {
    /// Who contributed to the powers of tau, first to last.
    pub fn phase_1(&self) -> &[Entry] {
        &self.phase_1
    }

    /// Who contributed to this circuit's key, first to last.
    pub fn phase_2(&self) -> Vec<Entry> {
        transcript::entries(&self.zkey.contributions)
    }

    /// The proving key: no other way leads to one that is not marked as for development.
    ///
    /// # Errors
    /// [`ZkeyError`].
    pub fn to_key(&self) -> Result<ProvingKey, ZkeyError> {
        self.zkey.assemble(&self.shape, false)
    }
}

/// [`begin`] and [`verify`] in one: that `zkey` is for the circuit of `shape`, comes from these powers of tau, and was
/// changed by nothing but contributions. What can be refused without the work of [`begin`] is refused before it.
///
/// # Errors
/// [`VerifyFromError`].
pub fn verify_from<'a>(
    tau: &PowersOfTau,
    shape: &Shape,
    zkey: &'a Zkey,
) -> Result<Ceremony<'a>, VerifyFromError> {
    transcript::counts(&zkey.contributions).map_err(CeremonyError::from)?;
    let in_g1 = (zkey.alpha_g1, zkey.beta_g1) == (tau.powers.alpha_tau_g1[0], tau.powers.beta_tau_g1[0]);
    if !in_g1 || zkey.beta_g2 != tau.powers.beta_g2 {
        return Err(CeremonyError::Start { what: "it comes from other powers of tau" }.into());
    }
    Ok(verify(&begin(tau, shape)?, zkey)?)
}

/// Checks that `zkey` is `start` with nothing but contributions multiplied into its delta, each by somebody who knew
/// the factor, at least one of them secret, a beacon only at the end and recomputed from its value.
///
/// # Errors
/// [`CeremonyError`] says which contribution or which part does not hold.
pub fn verify<'a>(start: &Start, zkey: &'a Zkey) -> Result<Ceremony<'a>, CeremonyError> {
    let refuse = |what| Err(CeremonyError::Start { what });
    let Start { zkey: start, shape, phase_1 } = start;
    transcript::check(&zkey.contributions)?;
    let delta = follow(start, zkey)?;
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
    Ok(Ceremony { zkey, shape: *shape, phase_1: phase_1.clone() })
}

/// The delta to which the contributions lead, each of which shows its factor.
fn follow(start: &Zkey, zkey: &Zkey) -> Result<G1Affine, TranscriptError> {
    let mut delta = start.delta_g1;
    let mut transcript = Blake2b512::new_with_prefix(zkey.circuit_hash);
    for (at, contribution) in zkey.contributions.iter().enumerate() {
        let refuse = |what| Err(contribution.refuse(at, what));
        let [base, multiple] = contribution.proof_g1;
        let own = transcript.clone().chain_update(base.uncompressed()).chain_update(multiple.uncompressed());
        let expected: [u8; 64] = own.finalize().into();
        if contribution.transcript != expected {
            return refuse("its transcript is not the hash of what came before it");
        }
        let challenge = (hash_to_g2(&expected), contribution.proof_g2);
        if !same_ratio((base, multiple), challenge) {
            return refuse("its author did not show that he knew the factor");
        }
        if !same_ratio((delta, contribution.delta_g1), challenge) {
            return refuse("delta did not change by the factor shown");
        }
        transcript.update(public_part(contribution));
        delta = contribution.delta_g1;
    }
    Ok(delta)
}

fn combine(points: &[G1Affine], coefficients: &[BigInt<4>]) -> G1Affine {
    G1Projective::msm_bigint(points, coefficients).into_affine()
}
