//! Fourier transforms over the scalar field, eight elements at a time.
//!
//! Values keep arkworks' form x·2^256: a product with a factor held as w·2^260 keeps it too. The inverse transform goes
//! from natural to bit-reversed order (decimation in frequency), the forward one back (decimation in time), so nothing
//! is ever permuted but what leaves at the end.
//!
//! In the first three layers of the way down, and the last three of the way up, partners are at least eight apart, so
//! neighbours share a vector and each lane has its own factor. In all others lane j holds the j-th eighth of the
//! values, so each eighth is transformed by itself and all lanes share a factor. Every value stays below 2p.

use super::field::{self, Lanes, Scalar, Stored, WIDTH};
use ark_bn254::Fr;
use ark_ff::{BigInt, Field, One};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use zeroize::Zeroizing;

/// Smallest size: an eighth is to have two values.
const LEAST: usize = 64;

/// What transforms of one size need.
pub(super) struct Fourier {
    size: usize,
    /// ωⁱ and ω⁻ⁱ for i below half the size, times 2^260.
    forward: Vec<Fr>,
    backward: Vec<Fr>,
    /// In bit-reversed order: gⁱ/n, and g⁻ⁱ/n with what turns values on the coset to quotients.
    to_coset: Vec<Fr>,
    from_coset: Vec<Fr>,
}

impl Fourier {
    /// `None` for sizes that are too small, or no powers of two.
    pub fn new(domain: &Radix2EvaluationDomain<Fr>, coset: Fr) -> Option<Self> {
        let size = domain.size();
        if size < LEAST {
            return None;
        }
        let sixteen = Fr::from(16u64);
        let powers = |first: Fr, base: Fr, count: usize| {
            let mut power = first;
            (0..count)
                .map(|_| {
                    let own = power;
                    power *= base;
                    own
                })
                .collect::<Vec<_>>()
        };
        let reversed = |powers: Vec<Fr>| (0..size).map(|at| powers[reverse(at, size)]).collect::<Vec<_>>();
        let vanishing = (coset.pow([size as u64]) - Fr::one()).inverse()?;
        let over_size = sixteen * domain.size_inv;
        Some(Self {
            size,
            forward: powers(sixteen, domain.group_gen, size / 2),
            backward: powers(sixteen, domain.group_gen_inv, size / 2),
            to_coset: reversed(powers(over_size, coset, size)),
            // The product of two values loses a factor of 16 on the way, which comes back here.
            from_coset: reversed(powers(over_size * sixteen * vanishing, coset.inverse()?, size)),
        })
    }

    /// From values on the domain to values on its coset, each less than 2p.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub fn to_coset(&self, values: &[Fr]) -> Zeroizing<Vec<Stored>> {
        let mut lanes = pack(values);
        self.down(&mut lanes);
        scale(&mut lanes, &self.to_coset);
        self.up(&mut lanes);
        lanes
    }

    /// The coefficients of (a·b - c)/(xⁿ - 1), given on the coset.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub fn quotient(&self, a: &mut [Stored], b: &[Stored], c: &[Stored]) -> Zeroizing<Vec<Fr>> {
        // c/16, to stand beside a·b/16.
        let sixteenth = field::every(&Fr::one().0.0);
        for ((a, b), c) in a.iter_mut().zip(b).zip(c) {
            let product = field::multiply::<Scalar>(&field::load(a), &field::load(b));
            let c = field::multiply::<Scalar>(&field::load(c), &sixteenth);
            *a = field::store(&field::less::<Scalar, 2>(&field::subtract::<Scalar, 2>(&product, &c)));
        }
        self.down(a);
        scale(a, &self.from_coset);
        let mut out = Zeroizing::new(vec![Fr::default(); self.size]);
        for (number, stored) in a.iter().enumerate() {
            let rows = field::rows(&field::reduce::<Scalar>(&field::load(stored)));
            for (lane, row) in rows.into_iter().enumerate() {
                out[reverse(lane * self.size / WIDTH + number, self.size)] = Fr::new_unchecked(BigInt(row));
            }
        }
        out
    }

    /// The inverse transform without its division, from neighbours in a vector to eighths in lanes.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn down(&self, lanes: &mut [Stored]) {
        let mut half = self.size / 2;
        while half >= self.size / WIDTH {
            let vectors = half / WIDTH;
            for block in lanes.chunks_exact_mut(2 * vectors) {
                let (low, high) = block.split_at_mut(vectors);
                for (number, (low, high)) in low.iter_mut().zip(high).enumerate() {
                    frequency(low, high, &own(&self.backward, number * WIDTH, self.size / 2 / half));
                }
            }
            half /= 2;
        }
        to_eighths(lanes);
        while half > 0 {
            for block in lanes.chunks_exact_mut(2 * half) {
                let (low, high) = block.split_at_mut(half);
                for (number, (low, high)) in low.iter_mut().zip(high).enumerate() {
                    let factor = &self.backward[number * (self.size / 2 / half)];
                    frequency(low, high, &field::every(&factor.0.0));
                }
            }
            half /= 2;
        }
    }

    /// The forward transform, from eighths in lanes to neighbours in a vector.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn up(&self, lanes: &mut [Stored]) {
        let mut half = 1;
        while half < self.size / WIDTH {
            for block in lanes.chunks_exact_mut(2 * half) {
                let (low, high) = block.split_at_mut(half);
                for (number, (low, high)) in low.iter_mut().zip(high).enumerate() {
                    let factor = &self.forward[number * (self.size / 2 / half)];
                    time(low, high, &field::every(&factor.0.0));
                }
            }
            half *= 2;
        }
        to_neighbours(lanes);
        while half < self.size {
            let vectors = half / WIDTH;
            for block in lanes.chunks_exact_mut(2 * vectors) {
                let (low, high) = block.split_at_mut(vectors);
                for (number, (low, high)) in low.iter_mut().zip(high).enumerate() {
                    time(low, high, &own(&self.forward, number * WIDTH, self.size / 2 / half));
                }
            }
            half *= 2;
        }
    }
}

/// (u, v) becomes (u + v, (u - v)·w).
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn frequency(low: &mut Stored, high: &mut Stored, factor: &Lanes) {
    let (u, v) = (field::load(low), field::load(high));
    *low = field::store(&field::less::<Scalar, 2>(&field::add(&u, &v)));
    *high = field::store(&field::multiply::<Scalar>(&field::subtract::<Scalar, 2>(&u, &v), factor));
}

/// (u, v) becomes (u + v·w, u - v·w).
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn time(low: &mut Stored, high: &mut Stored, factor: &Lanes) {
    let (u, v) = (field::load(low), field::multiply::<Scalar>(&field::load(high), factor));
    *low = field::store(&field::less::<Scalar, 2>(&field::add(&u, &v)));
    *high = field::store(&field::less::<Scalar, 2>(&field::subtract::<Scalar, 2>(&u, &v)));
}

/// Each lane's own factor: `step` apart from `start`·`step` on.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn own(factors: &[Fr], start: usize, step: usize) -> Lanes {
    let rows: [&[u64; 4]; WIDTH] = std::array::from_fn(|lane| &factors[(start + lane) * step].0.0);
    field::split(&field::words(rows))
}

/// Multiplies eighths in lanes by one factor each.
#[target_feature(enable = "avx512f,avx512ifma")]
fn scale(lanes: &mut [Stored], factors: &[Fr]) {
    let eighth = lanes.len();
    for (number, stored) in lanes.iter_mut().enumerate() {
        let rows: [&[u64; 4]; WIDTH] = std::array::from_fn(|lane| &factors[lane * eighth + number].0.0);
        let factor = field::split(&field::words(rows));
        *stored = field::store(&field::multiply::<Scalar>(&field::load(stored), &factor));
    }
}

/// Neighbours in a vector.
#[target_feature(enable = "avx512f,avx512ifma")]
fn pack(values: &[Fr]) -> Zeroizing<Vec<Stored>> {
    let vectors = values.as_chunks::<WIDTH>().0.iter().map(|chunk| {
        let rows: [&[u64; 4]; WIDTH] = std::array::from_fn(|lane| &chunk[lane].0.0);
        field::store(&field::split(&field::words(rows)))
    });
    Zeroizing::new(vectors.collect())
}

/// From neighbours in a vector to eighths in lanes.
fn to_eighths(lanes: &mut [Stored]) {
    let (before, eighth) = (Zeroizing::new(lanes.to_vec()), lanes.len());
    for (number, stored) in lanes.iter_mut().enumerate() {
        for lane in 0..WIDTH {
            let at = lane * eighth + number;
            for limb in 0..stored.len() {
                stored[limb][lane] = before[at / WIDTH][limb][at % WIDTH];
            }
        }
    }
}

/// The way back.
fn to_neighbours(lanes: &mut [Stored]) {
    let (before, eighth) = (Zeroizing::new(lanes.to_vec()), lanes.len());
    for (number, stored) in lanes.iter_mut().enumerate() {
        for lane in 0..WIDTH {
            let at = number * WIDTH + lane;
            for limb in 0..stored.len() {
                stored[limb][lane] = before[at % eighth][limb][at / eighth];
            }
        }
    }
}

/// The number with its bits in the opposite order, below `size`.
fn reverse(number: usize, size: usize) -> usize {
    number.reverse_bits() >> (usize::BITS - size.ilog2())
}
