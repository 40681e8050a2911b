//! Checking many proofs at once.
//!
//! One proof holds when e(A, B) = e(α, β) · e(X, γ) · e(C, δ), with X the combination of the key's input points. With
//! coefficients ρᵢ of 128 bits, many hold when
//!
//! ∏ e(ρᵢAᵢ, Bᵢ) = e(Σρᵢ·α, β) · e(ΣρᵢXᵢ, γ) · e(ΣρᵢCᵢ, δ)
//!
//! (Bellare, Garay, Rabin 1998, small exponents). If one of them does not hold, the equation does with a chance of at
//! most 2^-128, provided that the coefficients were drawn after all proofs were fixed, and that all points lie in their
//! groups of prime order. Both are so here: a [`Proof`] cannot be made of other points, and the coefficients come from
//! the operating system when the batch is closed. A batch that fails is halved until the culprits are found, so it says
//! what one-by-one would say.

use crate::field::EntropyError;
use crate::inputs::PUBLIC_COUNT;
use crate::{Proof, PublicInputs, VerifyingKey, threads, verify};
use ark_bn254::{Bn254, Fr, G1Affine, G1Projective};
use ark_ec::pairing::Pairing;
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM};
use ark_ff::{BigInt, Field, PrimeField, Zero};
use rand::{RngCore, rngs::OsRng};

/// Below this, one by one is as quick.
const LEAST: usize = 3;
/// Proofs that [`BatchVerifier`] gathers before it checks them, about 700 KB.
pub const BATCH: usize = 1024;

/// A statement and its proof.
pub type Claim = (PublicInputs, Proof);

/// Positions of the claims that [`verify`] would refuse, ascending; empty when all hold.
///
/// # Errors
/// The operating system gives no randomness: then nothing was checked.
pub fn refused(key: &VerifyingKey, claims: &[Claim]) -> Result<Vec<usize>, EntropyError> {
    let mut found = Vec::new();
    search(key, claims, 0, &mut found)?;
    Ok(found)
}

fn search(
    key: &VerifyingKey,
    claims: &[Claim],
    offset: usize,
    found: &mut Vec<usize>,
) -> Result<(), EntropyError> {
    if claims.len() < LEAST {
        let bad =
            claims.iter().enumerate().filter(|(_, (public, proof))| verify(key, public, proof).is_err());
        found.extend(bad.map(|(position, _)| offset + position));
        return Ok(());
    }
    if all_hold(key, claims, &coefficients(claims.len())?) {
        return Ok(());
    }
    let (left, right) = claims.split_at(claims.len() / 2);
    search(key, left, offset, found)?;
    search(key, right, offset + left.len(), found)
}

/// 128 random bits a claim.
fn coefficients(count: usize) -> Result<Vec<BigInt<4>>, EntropyError> {
    let mut bytes = vec![0; 16 * count];
    OsRng.try_fill_bytes(&mut bytes).map_err(|error| EntropyError { reason: error.to_string() })?;
    let (halves, _) = bytes.as_chunks::<8>();
    let number = |pair: &[[u8; 8]]| BigInt([u64::from_le_bytes(pair[0]), u64::from_le_bytes(pair[1]), 0, 0]);
    Ok(halves.chunks_exact(2).map(number).collect())
}

fn all_hold(key: &VerifyingKey, claims: &[Claim], coefficients: &[BigInt<4>]) -> bool {
    let points = &key.prepared().vk;
    let numbered: Vec<_> = claims.iter().zip(coefficients).collect();
    let scaled: Vec<G1Projective> =
        threads::map(&numbered, |((_, proof), number)| proof.inner.a.mul_bigint(number));

    let (mut sum, mut inputs) = (Fr::zero(), [Fr::zero(); PUBLIC_COUNT]);
    for ((public, _), number) in claims.iter().zip(coefficients) {
        let number = Fr::from(*number);
        sum += number;
        for (total, input) in inputs.iter_mut().zip(public.to_fields()) {
            *total += number * input;
        }
    }
    let factors: Vec<_> = [sum].iter().chain(&inputs).map(|factor| factor.into_bigint()).collect();
    let x = G1Projective::msm_bigint(&points.gamma_abc_g1, &factors);
    let cs: Vec<G1Affine> = claims.iter().map(|(_, proof)| proof.inner.c).collect();
    let c = G1Projective::msm_bigint(&cs, coefficients);

    let mut left = G1Projective::normalize_batch(&scaled);
    left.extend(G1Projective::normalize_batch(&[-(points.alpha_g1 * sum), -x, -c]));
    let right = claims.iter().map(|(_, proof)| proof.inner.b).chain([
        points.beta_g2,
        points.gamma_g2,
        points.delta_g2,
    ]);
    Bn254::multi_pairing(left, right).0 == <Bn254 as Pairing>::TargetField::ONE
}

/// Checks claims as they come, in batches of [`BATCH`]: memory stays the same, however many there are.
pub struct BatchVerifier<'a> {
    key: &'a VerifyingKey,
    open: Vec<Claim>,
    report: BatchReport,
}

/// What became of a stream of claims.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BatchReport {
    /// How many were checked.
    pub checked: usize,
    /// Positions, from 0, of those that do not hold.
    pub refused: Vec<usize>,
}

impl<'a> BatchVerifier<'a> {
    /// For claims under one key.
    pub fn new(key: &'a VerifyingKey) -> Self {
        Self { key, open: Vec::with_capacity(BATCH), report: BatchReport::default() }
    }

    /// Takes the next claim.
    ///
    /// # Errors
    /// The operating system gives no randomness: then the whole stream counts as unchecked.
    pub fn push(&mut self, public: PublicInputs, proof: Proof) -> Result<(), EntropyError> {
        self.open.push((public, proof));
        if self.open.len() == BATCH { self.close() } else { Ok(()) }
    }

    /// Checks what is left, and tells.
    ///
    /// # Errors
    /// As [`BatchVerifier::push`].
    pub fn finish(mut self) -> Result<BatchReport, EntropyError> {
        self.close()?;
        Ok(self.report)
    }

    fn close(&mut self) -> Result<(), EntropyError> {
        search(self.key, &self.open, self.report.checked, &mut self.report.refused)?;
        self.report.checked += self.open.len();
        self.open.clear();
        Ok(())
    }
}
