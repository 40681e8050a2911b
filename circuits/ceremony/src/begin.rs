//! The start of phase 2: a circuit's key under powers of tau, with delta = 1.

use super::combine::combine;
use super::hash::blake2;
use super::lagrange::Lagrange;
use super::phase1::PowersOfTau;
use super::transcript::Entry;
use crate::iden3;
use crate::iden3::{Uncompressed, Zkey};
use ark_bn254::{Fr, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::One;
use rayon::prelude::*;
use wetsign_circuits::Rows;
use wetsign_circuits::inputs::PUBLIC_COUNT;
use wetsign_circuits::{Shape, ShapeError, rows};

/// The start of phase 2: a key that nobody has contributed to, and what it comes from.
pub struct Start {
    pub(super) zkey: Zkey,
    pub(super) shape: Shape,
    pub(super) phase_1: Vec<Entry>,
}

impl Start {
    /// The key: `snarkjs groth16 setup` makes the same bytes. Anyone can forge under it.
    pub fn zkey(&self) -> &Zkey {
        &self.zkey
    }
}

/// No key can be begun.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// The shape is impossible.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// The powers of tau do not suffice.
    #[error(
        "the powers of tau are for 2^{found} points, the circuit needs 2^{needed}: take a larger .ptau file"
    )]
    TooFew {
        /// Logarithm of the points that are there.
        found: u32,
        /// Logarithm of the points needed.
        needed: u32,
    },
}

/// Begins phase 2 for the circuit of `shape`.
///
/// # Errors
/// An impossible shape; powers of tau that are too few for it.
pub fn begin(tau: &PowersOfTau, shape: &Shape) -> Result<Start, BeginError> {
    shape.check()?;
    let rows = rows(shape);
    let needed = (rows.constraints() + PUBLIC_COUNT + 1).next_power_of_two();
    if needed.ilog2() > tau.power() {
        return Err(BeginError::TooFew { found: tau.power(), needed: needed.ilog2() });
    }
    let phase_1 = tau.contributions();
    let zkey = key(tau, &rows, needed);
    Ok(Start { zkey, shape: *shape, phase_1 })
}

/// With delta = 1, over a domain of `size` points.
fn key(tau: &PowersOfTau, rows: &Rows, size: usize) -> Zkey {
    // Of τ^(2n-1) there is none where the powers just suffice; iden3's tools take the identity for it.
    let powers = &tau.powers;
    let high = |at: usize| powers.tau_g1.get(at).copied().unwrap_or(G1Affine::identity());
    let quotient: Vec<_> =
        (0..size).into_par_iter().map(|at| high(size + at) - powers.tau_g1[at].into_group()).collect();
    let quotient = G1Projective::normalize_batch(&quotient);
    let Lagrange { tau_g1: one, tau_g2: g2, alpha_tau_g1: alpha, beta_tau_g1: beta, odd } =
        tau.lagrange(size, &quotient);

    let columns = Columns::of(rows);
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
        alpha_g1: powers.alpha_tau_g1[0],
        beta_g1: powers.beta_tau_g1[0],
        beta_g2: powers.beta_g2,
        gamma_g2: G2Affine::generator(),
        delta_g1: G1Affine::generator(),
        delta_g2: G2Affine::generator(),
        inputs,
        coefficients: iden3::coefficients(rows),
        a,
        b_g1,
        b_g2,
        l,
        h: odd,
        circuit_hash: [0; 64],
        contributions: Vec::new(),
    };
    zkey.circuit_hash = circuit_hash(&zkey, &quotient[..size - 1]);
    zkey
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
