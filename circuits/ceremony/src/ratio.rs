//! Whether points stand in the ratio that they should, by pairings and random sums.

use ark_bn254::{Bn254, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ec::pairing::Pairing;
use ark_ff::{BigInt, Field};
use rand::{RngCore, rngs::OsRng};
use wetsign_circuits::field::EntropyError;

/// Whether both pairs have one ratio. A pair with the identity has none.
pub(super) fn same_ratio(g1: (G1Affine, G1Affine), g2: (G2Affine, G2Affine)) -> bool {
    let identity = g1.0.is_zero() || g1.1.is_zero() || g2.0.is_zero() || g2.1.is_zero();
    !identity && pairs_equal(g1.0, g2.1, g1.1, g2.0)
}

/// e(a, b) = e(c, d).
pub(super) fn pairs_equal(a: G1Affine, b: G2Affine, c: G1Affine, d: G2Affine) -> bool {
    Bn254::multi_pairing([a, -c], [b, d]).0 == <Bn254 as Pairing>::TargetField::ONE
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
