//! Randomness and hashing as snarkjs does them: ChaCha20 from eight 32-bit words, points of G2 from a hash,
//! BLAKE2b-512.

use ark_bn254::{Fq, Fq2, Fr, G1Affine, G2Affine, G2Projective, g1, g2};
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ec::{CurveConfig, CurveGroup, PrimeGroup};
use ark_ff::{BigInt, Field, Fp, FpConfig, PrimeField, Zero};
use blake2::{Blake2b512, Digest as _};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use sha2::{Digest as _, Sha256};
use std::marker::PhantomData;
use zeroize::Zeroizing;

/// BLAKE2b-512 of the parts, one behind the other.
pub(super) fn blake2(parts: &[&[u8]]) -> [u8; 64] {
    blake2_stream(parts.iter().copied())
}

/// The same of many.
pub(super) fn blake2_stream<'a>(parts: impl Iterator<Item = &'a [u8]>) -> [u8; 64] {
    let mut hasher = Blake2b512::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// The generator whose key is the first 32 bytes, as eight big-endian words.
pub(super) fn generator(seed: &[u8]) -> ChaCha20Rng {
    let mut key = [0; 32];
    for (word, bytes) in key.chunks_exact_mut(4).zip(seed.chunks_exact(4)) {
        word.copy_from_slice(bytes);
        word.reverse();
    }
    ChaCha20Rng::from_seed(key)
}

/// The generator of a beacon: SHA-256 applied 2^`exponent` times.
pub(super) fn beacon_generator(value: &[u8], exponent: u8) -> ChaCha20Rng {
    let mut hash = Sha256::digest(value);
    for _ in 1..1u64 << exponent {
        hash = Sha256::digest(hash);
    }
    generator(&hash)
}

/// What a contribution to N secrets draws.
pub(super) struct Draw<const N: usize> {
    pub factors: Zeroizing<[Fr; N]>,
    /// For each factor a point s of G1, and s·factor.
    pub proofs: [[G1Affine; 2]; N],
}

impl<const N: usize> Draw<N> {
    pub fn from(random: &mut ChaCha20Rng) -> Self {
        let factors = Zeroizing::new(std::array::from_fn(|_| element(random)));
        let proofs = std::array::from_fn(|secret| {
            let base = g1(random);
            [base, (base * factors[secret]).into_affine()]
        });
        Self { factors, proofs }
    }
}

/// An element whose Montgomery limbs are drawn.
fn element<P: FpConfig<4>>(random: &mut ChaCha20Rng) -> Fp<P, 4> {
    loop {
        let mut limbs = [0u64; 4];
        for limb in &mut limbs {
            let high = u64::from(random.next_u32());
            *limb = (high << 32) | u64::from(random.next_u32());
        }
        // Both fields of BN254 have 254 bits.
        limbs[3] &= u64::MAX >> 2;
        if BigInt(limbs) < P::MODULUS {
            return Fp(BigInt(limbs), PhantomData);
        }
    }
}

/// A point of G1.
fn g1(random: &mut ChaCha20Rng) -> G1Affine {
    point::<g1::Config>(random, element, Fq::zero(), is_negative)
}

/// A point of G2 from the first 32 bytes of a hash.
pub(super) fn hash_to_g2(hash: &[u8; 64]) -> G2Affine {
    let draw = |random: &mut ChaCha20Rng| {
        let c0 = element(random);
        Fq2::new(c0, element(random))
    };
    let point = point::<g2::Config>(&mut generator(hash), draw, Fq2::zero(), is_negative_g2);
    // By the cofactor itself: arkworks' faster way clears it by another multiple.
    G2Projective::from(point).mul_bigint(<g2::Config as CurveConfig>::COFACTOR).into_affine()
}

/// Draws x and a sign until x is on the curve.
fn point<P: SWCurveConfig>(
    random: &mut ChaCha20Rng,
    draw: impl Fn(&mut ChaCha20Rng) -> P::BaseField,
    zero: P::BaseField,
    negative: impl Fn(&P::BaseField) -> bool,
) -> Affine<P> {
    loop {
        let x = draw(random);
        let greatest = random.next_u32() & 1 == 1;
        let Some(y) = (x.square() * x + P::COEFF_B).sqrt() else { continue };
        let y = if y != zero && negative(&y) != greatest { -y } else { y };
        return Affine::new_unchecked(x, y);
    }
}

/// Whether the ordinate is the greater of the two.
pub(super) fn is_negative(y: &Fq) -> bool {
    y.into_bigint() > Fq::MODULUS_MINUS_ONE_DIV_TWO
}

/// The same for G2.
pub(super) fn is_negative_g2(y: &Fq2) -> bool {
    if y.c1.is_zero() { is_negative(&y.c0) } else { is_negative(&y.c1) }
}
