//! From an embedding to what is kept: keyed rotation, quantisation, and cosine on the quantised vectors.
//!
//! An embedding is turned by an orthonormal matrix that a secret seed fixes, then quantised to int8. Turning both sides
//! by the same matrix keeps every cosine; without the seed, two templates of one person cannot be linked by their
//! coordinates, and a template is revoked and renewed by drawing another seed. The rotation is no encryption: whoever
//! has seed and template has the embedding.
//!
//! The matrix is Haar-distributed: a product of Householder reflections along independent Gaussian vectors of falling
//! dimension, with random signs (G. W. Stewart, "The efficient generation of random orthogonal matrices", 1980),
//! the Gaussians from ChaCha20 keyed with the seed.
//!
//! `[quantiser]` in the manifest describes this in words; the digest of those words is part of the circuit's
//! `model_id`, so a change here changes them, and with them every template.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A secret orthonormal matrix. Wiped when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Rotation {
    /// Unit vectors of the reflections; the k-th acts on the last `dim − k` coordinates.
    reflections: Vec<Vec<f64>>,
    signs: Vec<f64>,
}

impl Rotation {
    /// The matrix that a seed fixes in `dim` dimensions. The same seed gives another, independent matrix in another
    /// dimension.
    pub fn from_seed(seed: &[u8; 32], dim: usize) -> Self {
        let mut random = ChaCha20Rng::from_seed(*seed);
        random.set_stream(dim as u64);
        let reflections = (0..dim.saturating_sub(1)).map(|k| unit_gaussian(&mut random, dim - k)).collect();
        let signs = (0..dim).map(|_| if random.next_u32() & 1 == 0 { 1.0 } else { -1.0 }).collect();
        Self { reflections, signs }
    }

    /// How many dimensions it acts on.
    pub fn dim(&self) -> usize {
        self.signs.len()
    }

    /// Turns a vector.
    ///
    /// # Panics
    /// If the vector's length is not [`Self::dim`].
    pub fn apply(&self, vector: &[f32]) -> Vec<f32> {
        assert_eq!(vector.len(), self.dim(), "the rotation has {} dimensions", self.dim());
        let mut turned: Vec<f64> =
            vector.iter().zip(&self.signs).map(|(&x, sign)| f64::from(x) * sign).collect();
        for (k, axis) in self.reflections.iter().enumerate() {
            let tail = &mut turned[k..];
            let along: f64 = 2.0 * axis.iter().zip(tail.iter()).map(|(a, x)| a * x).sum::<f64>();
            for (x, a) in tail.iter_mut().zip(axis) {
                *x -= along * a;
            }
        }
        let result = turned.iter().map(|&x| x as f32).collect();
        turned.zeroize();
        result
    }
}

/// A direction drawn uniformly from the sphere.
fn unit_gaussian(random: &mut ChaCha20Rng, dim: usize) -> Vec<f64> {
    loop {
        let mut vector: Vec<f64> = (0..dim).map(|_| gaussian(random)).collect();
        let norm = vector.iter().map(|x| x * x).sum::<f64>().sqrt();
        if norm > 1e-6 {
            for x in &mut vector {
                *x /= norm;
            }
            return vector;
        }
    }
}

/// One standard normal value (Box–Muller).
fn gaussian(random: &mut ChaCha20Rng) -> f64 {
    const STEP: f64 = 1.0 / (1u64 << 53) as f64;
    let radius = ((random.next_u64() >> 11) as f64 + 1.0) * STEP;
    let angle = (random.next_u64() >> 11) as f64 * STEP;
    (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

/// Quantises a vector to int8, its largest coordinate to ±127; −128 is not used. The zero vector, and one with a
/// coordinate that is no number, give zeros, which no proof accepts.
pub fn quantise(vector: &[f32]) -> Vec<i8> {
    let largest = vector.iter().fold(0.0f64, |most, &x| most.max(f64::from(x).abs()));
    if largest <= 0.0 || !vector.iter().all(|x| x.is_finite()) {
        return vec![0; vector.len()];
    }
    vector.iter().map(|&x| (f64::from(x) / largest * 127.0).round() as i8).collect()
}

/// Cosine of two quantised vectors of one length, computed from exact integers; 0 if either is zero or the lengths
/// differ, so that nothing matches.
pub fn cosine_i8(a: &[i8], b: &[i8]) -> f64 {
    let dot =
        |x: &[i8], y: &[i8]| x.iter().zip(y).map(|(&p, &q)| i64::from(p) * i64::from(q)).sum::<i64>() as f64;
    let norms = dot(a, a) * dot(b, b);
    if a.len() != b.len() || norms == 0.0 { 0.0 } else { dot(a, b) / norms.sqrt() }
}

/// A threshold as the circuit takes it: t·2^16, rounded up, t clamped to 0..=1.
pub fn tau(t: f64) -> u32 {
    if t.is_nan() { 1 << 16 } else { (t.clamp(0.0, 1.0) * 65536.0).ceil() as u32 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cosine(a: &[f32], b: &[f32]) -> f64 {
        let dot =
            |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(&p, &q)| f64::from(p) * f64::from(q)).sum::<f64>();
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
    }

    fn embedding(seed: u64, dim: usize) -> Vec<f32> {
        let mut random = ChaCha20Rng::seed_from_u64(seed);
        (0..dim).map(|_| gaussian(&mut random) as f32).collect()
    }

    #[test]
    fn the_matrix_is_orthonormal() {
        let rotation = Rotation::from_seed(&[5; 32], 24);
        let columns: Vec<Vec<f32>> = (0..24)
            .map(|k| rotation.apply(&(0..24).map(|i| f32::from(u8::from(i == k))).collect::<Vec<_>>()))
            .collect();
        for (i, a) in columns.iter().enumerate() {
            for (j, b) in columns.iter().enumerate() {
                let dot: f64 = a.iter().zip(b).map(|(&p, &q)| f64::from(p) * f64::from(q)).sum();
                assert!((dot - f64::from(u8::from(i == j))).abs() < 1e-6, "{i} {j} {dot}");
            }
        }
    }

    #[test]
    fn another_seed_makes_the_same_embedding_unlinkable() {
        let vector = embedding(1, 192);
        let first = quantise(&Rotation::from_seed(&[1; 32], 192).apply(&vector));
        let second = quantise(&Rotation::from_seed(&[2; 32], 192).apply(&vector));
        // 192 dimensions: chance alone gives a standard deviation of 0.072.
        assert!(cosine_i8(&first, &second).abs() < 0.35);
    }

    #[test]
    fn zeros_and_numbers_that_are_none_match_nothing() {
        assert_eq!(quantise(&[0.0; 4]), [0; 4]);
        assert_eq!(quantise(&[1.0, f32::NAN]), [0, 0]);
        assert_eq!(cosine_i8(&[0; 4], &[1; 4]), 0.0);
        assert_eq!(cosine_i8(&[1; 3], &[1; 4]), 0.0);
    }

    #[test]
    fn tau_is_rounded_up_and_clamped() {
        assert_eq!(tau(0.5), 32768);
        assert_eq!(tau(0.75), 49152);
        assert_eq!(tau(1.0), 65536);
        assert_eq!(tau(2.0), 65536);
        assert_eq!(tau(f64::NAN), 65536);
        assert!(f64::from(tau(0.7)) / 65536.0 >= 0.7);
    }

    proptest! {
        #[test]
        fn rotation_and_quantisation_keep_the_cosine(seed: [u8; 32], a: u64, mix in 0.0f32..1.0, wide: bool) {
            let dim = if wide { 256 } else { 192 };
            let (x, other) = (embedding(a, dim), embedding(a ^ 1, dim));
            let y: Vec<f32> = x.iter().zip(&other).map(|(p, q)| mix * p + (1.0 - mix) * q).collect();
            let rotation = Rotation::from_seed(&seed, dim);
            let (rx, ry) = (rotation.apply(&x), rotation.apply(&y));
            let exact = cosine(&x, &y);
            prop_assert!((cosine(&rx, &ry) - exact).abs() < 1e-5);
            // Rounding errs by at most half a step of 1/127 of the largest coordinate, independently in each.
            prop_assert!((cosine_i8(&quantise(&rx), &quantise(&ry)) - exact).abs() < 0.01);
            prop_assert_eq!(quantise(&rx), quantise(&Rotation::from_seed(&seed, dim).apply(&x)));
        }
    }
}
