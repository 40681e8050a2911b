//! Affine additions and Fourier transforms in the lanes of AVX-512, where the processor multiplies numbers of 52 bits (IFMA).
//!
//! Coordinates come and go as canonical values of 256 bits, but of x·2^260 where arkworks holds x·2^256: read by arkworks
//! they are 16x. Tables hold them so, see [`Form`].

#[cfg(target_arch = "x86_64")]
mod extension;
#[cfg(target_arch = "x86_64")]
mod field;
#[cfg(target_arch = "x86_64")]
mod fourier;
#[cfg(target_arch = "x86_64")]
mod sums;
#[cfg(target_arch = "x86_64")]
mod transform;

use super::point::{Coordinate, Point};
use ark_bn254::Fq;
use ark_ff::{Field, MontFp};
use std::sync::LazyLock;
#[cfg(target_arch = "x86_64")]
pub(super) use transform::Transform;
use zeroize::Zeroize;

const SIXTEEN: Fq = MontFp!("16");
static SIXTEENTH: LazyLock<Fq> = LazyLock::new(|| SIXTEEN.inverse().unwrap_or_default());

/// Bytes that the processor fetches at a time. Tables begin at a multiple of it, so that no point in G1 needs two fetches.
pub(super) const CACHE_LINE: usize = 64;

/// What a coordinate is multiplied by in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// By 1: arkworks' own arithmetic adds.
    Plain,
    /// By 16: the lanes add.
    Lanes,
}

impl Form {
    /// The quickest that this processor has.
    pub fn best() -> Self {
        if available() { Self::Lanes } else { Self::Plain }
    }

    /// From a point as arkworks holds it.
    pub fn enter<F: Coordinate>(self, point: Point<F>) -> Point<F> {
        self.scaled(point, &SIXTEEN)
    }

    /// To a point as arkworks holds it.
    pub fn leave<F: Coordinate>(self, point: Point<F>) -> Point<F> {
        self.scaled(point, &SIXTEENTH)
    }

    fn scaled<F: Coordinate>(self, Point { x, y }: Point<F>, factor: &Fq) -> Point<F> {
        match self {
            Self::Plain => Point { x, y },
            Self::Lanes => {
                Point { x: x.mul_by_base_prime_field(factor), y: y.mul_by_base_prime_field(factor) }
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
fn available() -> bool {
    is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512ifma")
}

#[cfg(not(target_arch = "x86_64"))]
fn available() -> bool {
    false
}

/// Asks the processor for memory that is read soon.
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
#[inline]
pub(super) fn prefetch(bytes: &[u8]) {
    use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    for line in bytes.chunks(CACHE_LINE) {
        // SAFETY: a hint, of an address that may be read; every x86-64 has the instruction.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
    }
}

#[cfg(not(target_arch = "x86_64"))]
pub(super) fn prefetch(_: &[u8]) {}

/// Room for a layer. Wiped on drop.
#[derive(Default)]
pub(super) struct Room {
    #[cfg(target_arch = "x86_64")]
    products: Vec<field::Stored>,
    /// Positions of the pairs that the lanes did not add.
    pub odd: Vec<u32>,
}

impl Drop for Room {
    fn drop(&mut self) {
        #[cfg(target_arch = "x86_64")]
        self.products.zeroize();
        self.odd.zeroize();
    }
}

/// Writes the sum of each pair, of points in [`Form::Lanes`]: `from` in `points` and the one behind it, to `to` in `next`. Pairs in
/// `room.odd` are left to the caller: doublings, opposite points, the identity.
#[cfg(target_arch = "x86_64")]
#[allow(unsafe_code)]
pub(super) fn add_pairs<F: Coordinate>(
    points: &[Point<F>],
    next: &mut [Point<F>],
    pairs: &[(u32, u32)],
    room: &mut Room,
) {
    assert!(available(), "lanes are only used where the processor has them");
    room.odd.clear();
    let Room { products, odd } = room;
    // SAFETY: the processor has what the functions are compiled for.
    unsafe {
        match F::DEGREE {
            1 => sums::add_pairs::<F, 1>(points, next, pairs, products, odd),
            _ => sums::add_pairs::<F, 2>(points, next, pairs, products, odd),
        }
    }
}

/// Never reached: [`Form::best`] gives no lanes here.
#[cfg(not(target_arch = "x86_64"))]
pub(super) fn add_pairs<F: Coordinate>(
    _: &[Point<F>],
    _: &mut [Point<F>],
    pairs: &[(u32, u32)],
    room: &mut Room,
) {
    room.odd.clear();
    room.odd.extend(0..pairs.len() as u32);
}
