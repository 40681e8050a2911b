//! The start of phase 2: a circuit's key under powers of tau, with delta = 1.

use super::combine::combine;
use super::hash::blake2;
use super::lagrange::Lagrange;
use super::{CeremonyError, PowersOfTau, verify};
use crate::builder::Rows;
use crate::iden3::{Uncompressed, Zkey, ZkeyError};
use crate::inputs::PUBLIC_COUNT;
use crate::{Shape, circuit, iden3};
use ark_bn254::{Fr, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::One;
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use rayon::prelude::*;

/// A key that nobody has contributed to: `snarkjs groth16 setup` makes the same bytes. Anyone can forge under it, and
/// [`Zkey::to_key`] refuses it.
///
/// # Errors
/// An impossible shape; powers of tau that are too few for it.
pub fn begin(tau: &PowersOfTau, shape: &Shape) -> Result<Zkey, ZkeyError> {
    shape.check()?;
    let rows = circuit::rows(shape);
    let domain = Radix2EvaluationDomain::<Fr>::new(rows.constraints() + PUBLIC_COUNT + 1)
        .filter(|domain| domain.size() <= tau.tau_g2.len())
        .ok_or(ZkeyError::Circuit { what: "the powers of tau are too few for it" })?;
    let size = domain.size();
    // Of τ^(2n-1) there is none where the powers just suffice; iden3's tools take the identity for it.
    let high = |at: usize| tau.tau_g1.get(at).copied().unwrap_or(G1Affine::identity());
    let quotient: Vec<_> =
        (0..size).into_par_iter().map(|at| high(size + at) - tau.tau_g1[at].into_group()).collect();
    let quotient = G1Projective::normalize_batch(&quotient);
    let Lagrange { tau_g1: one, tau_g2: g2, alpha_tau_g1: alpha, beta_tau_g1: beta, odd } =
        tau.lagrange(size, &quotient);

    let columns = Columns::of(&rows);
    let a = combine::<G1Projective>(&columns.a, &one);
    let b_g1 = combine::<G1Projective>(&columns.b, &one);
    let b_g2 = combine::<G2Projective>(&columns.b, &g2);
    // β·A + α·B + C, in one sum a wire.
    let joined: Vec<Vec<_>> = (0..rows.wires())
        .map(|wire| {
            let parts = [(&columns.a, 0), (&columns.b, 1), (&columns.c, 2)];
            let tagged = parts.into_iter().flat_map(|(matrix, tag)| {
                matrix[wire].iter().map(move |(factor, row)| (*factor, row + tag * size))
            });
            tagged.collect()
        })
        .collect();
    let bases = [beta, alpha, one].concat();
    let mut inputs = combine::<G1Projective>(&joined, &bases);
    let l = inputs.split_off(PUBLIC_COUNT + 1);

    let mut zkey = Zkey {
        domain: size,
        alpha_g1: tau.alpha_tau_g1[0],
        beta_g1: tau.beta_tau_g1[0],
        beta_g2: tau.beta_g2,
        gamma_g2: G2Affine::generator(),
        delta_g1: G1Affine::generator(),
        delta_g2: G2Affine::generator(),
        inputs,
        coefficients: iden3::coefficients(&rows),
        a,
        b_g1,
        b_g2,
        l,
        h: odd,
        circuit_hash: [0; 64],
        contributions: Vec::new(),
    };
    zkey.circuit_hash = circuit_hash(&zkey, &quotient[..size - 1]);
    Ok(zkey)
}

/// A key does not follow from powers of tau, or cannot be compared with them.
#[derive(Debug, thiserror::Error)]
pub enum VerifyFromError {
    /// It does not follow.
    #[error(transparent)]
    Ceremony(#[from] CeremonyError),
    /// No key can be begun from these powers for this shape.
    #[error(transparent)]
    Begin(#[from] ZkeyError),
}

/// [`begin`] and [`verify`] in one: that `zkey` is for the circuit of `shape`, comes from these powers of tau, and was changed by
/// nothing but contributions. What can be refused without the work of [`begin`] is refused before it.
///
/// # Errors
/// [`VerifyFromError`].
pub fn verify_from(tau: &PowersOfTau, shape: &Shape, zkey: &Zkey) -> Result<(), VerifyFromError> {
    if zkey.contributions.is_empty() {
        return Err(CeremonyError::Nobody.into());
    }
    let in_g1 = (zkey.alpha_g1, zkey.beta_g1) == (tau.alpha_tau_g1[0], tau.beta_tau_g1[0]);
    if !in_g1 || zkey.beta_g2 != tau.beta_g2 {
        return Err(CeremonyError::Start { what: "it comes from other powers of tau" }.into());
    }
    Ok(verify(&begin(tau, shape)?, zkey)?)
}

/// For each wire, the factors and rows in which it occurs.
struct Columns {
    a: Vec<Vec<(Fr, usize)>>,
    b: Vec<Vec<(Fr, usize)>>,
    c: Vec<Vec<(Fr, usize)>>,
}

impl Columns {
    fn of(rows: &Rows) -> Self {
        let transposed = |matrix: &Vec<Vec<(Fr, usize)>>| {
            let mut columns = vec![Vec::new(); rows.wires()];
            for (number, row) in matrix.iter().enumerate() {
                for (factor, wire) in row {
                    columns[*wire].push((*factor, number));
                }
            }
            columns
        };
        let [a, b, c] = [0, 1, 2].map(|matrix| transposed(&rows.matrices()[matrix]));
        let mut columns = Self { a, b, c };
        for wire in 0..=PUBLIC_COUNT {
            columns.a[wire].push((Fr::one(), rows.constraints() + wire));
        }
        columns
    }
}

/// What a ceremony is for: iden3's hash over the points with delta = 1.
fn circuit_hash(zkey: &Zkey, quotient: &[G1Affine]) -> [u8; 64] {
    fn list<P: Uncompressed>(points: &[P]) -> Vec<u8> {
        let count = (points.len() as u32).to_be_bytes();
        count.into_iter().chain(points.iter().flat_map(Uncompressed::uncompressed)).collect()
    }
    blake2(&[
        &zkey.alpha_g1.uncompressed(),
        &zkey.beta_g1.uncompressed(),
        &zkey.beta_g2.uncompressed(),
        &zkey.gamma_g2.uncompressed(),
        &zkey.delta_g1.uncompressed(),
        &zkey.delta_g2.uncompressed(),
        &list(&zkey.inputs),
        &list(quotient),
        &list(&zkey.l),
        &list(&zkey.a),
        &list(&zkey.b_g1),
        &list(&zkey.b_g2),
    ])
}
