//! Affine points as two coordinates, in memory and in a table's bytes.

use ark_bn254::{Fq, Fq2};
use ark_ec::AffineRepr;
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ff::{BigInt, Field};
use zeroize::Zeroize;

/// A coordinate with a byte form that is read without arithmetic: Montgomery limbs, little-endian.
pub(super) trait Coordinate: Field<BasePrimeField = Fq> {
    /// Length of the byte form.
    const BYTES: usize;

    /// Reads [`Coordinate::store`]. Bytes that it did not write give a wrong element, never undefined behaviour.
    fn load(bytes: &[u8]) -> Self;

    /// Appends the byte form.
    fn store(&self, bytes: &mut Vec<u8>);

    /// Degree over the base field, 1 or 2.
    const DEGREE: usize;

    /// Montgomery limbs of a component.
    fn limbs(&self, component: usize) -> &[u64; 4];

    /// From the Montgomery limbs of all components, each below the modulus.
    fn of_limbs(component: impl Fn(usize) -> [u64; 4]) -> Self;
}

impl Coordinate for Fq {
    const BYTES: usize = 32;

    fn load(bytes: &[u8]) -> Self {
        let (limbs, _) = bytes.as_chunks::<8>();
        Self::new_unchecked(BigInt(std::array::from_fn(|limb| u64::from_le_bytes(limbs[limb]))))
    }

    fn store(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.0.0.iter().flat_map(|limb| limb.to_le_bytes()));
    }

    const DEGREE: usize = 1;

    #[inline]
    fn limbs(&self, _: usize) -> &[u64; 4] {
        &self.0.0
    }

    #[inline]
    fn of_limbs(component: impl Fn(usize) -> [u64; 4]) -> Self {
        Self::new_unchecked(BigInt(component(0)))
    }
}

impl Coordinate for Fq2 {
    const BYTES: usize = 64;

    fn load(bytes: &[u8]) -> Self {
        Self::new(Fq::load(&bytes[..32]), Fq::load(&bytes[32..64]))
    }

    fn store(&self, bytes: &mut Vec<u8>) {
        self.c0.store(bytes);
        self.c1.store(bytes);
    }

    const DEGREE: usize = 2;

    #[inline]
    fn limbs(&self, component: usize) -> &[u64; 4] {
        let Self { c0, c1 } = self;
        if component == 0 { &c0.0.0 } else { &c1.0.0 }
    }

    #[inline]
    fn of_limbs(component: impl Fn(usize) -> [u64; 4]) -> Self {
        let part = |number| Fq::new_unchecked(BigInt(component(number)));
        Self::new(part(0), part(1))
    }
}

/// A point of a short Weierstrass curve y² = x³ + b, b ≠ 0. The identity is written (0, 0), which is on no such curve.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Zeroize)]
pub(super) struct Point<F: Coordinate> {
    pub x: F,
    pub y: F,
}

impl<F: Coordinate> Point<F> {
    /// Length of the byte form.
    pub const BYTES: usize = 2 * F::BYTES;

    pub fn identity() -> Self {
        Self { x: F::zero(), y: F::zero() }
    }

    pub fn is_identity(&self) -> bool {
        self.x.is_zero() && self.y.is_zero()
    }

    pub fn negated(self) -> Self {
        Self { x: self.x, y: -self.y }
    }

    pub fn of<P: SWCurveConfig<BaseField = F>>(point: &Affine<P>) -> Self {
        point.xy().map_or_else(Self::identity, |(x, y)| Self { x, y })
    }

    pub fn affine<P: SWCurveConfig<BaseField = F>>(&self) -> Affine<P> {
        if self.is_identity() { Affine::identity() } else { Affine::new_unchecked(self.x, self.y) }
    }

    pub fn load(bytes: &[u8]) -> Self {
        Self { x: F::load(bytes), y: F::load(&bytes[F::BYTES..]) }
    }

    pub fn store(&self, bytes: &mut Vec<u8>) {
        self.x.store(bytes);
        self.y.store(bytes);
    }
}
