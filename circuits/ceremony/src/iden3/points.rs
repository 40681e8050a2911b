//! Points in iden3's files: affine Montgomery limbs, little-endian; the identity is all zeros. And the uncompressed
//! big-endian form that transcripts hash.

use super::{Format, FormatError};
use ark_bn254::{Fq, Fq2, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ff::{BigInt, BigInteger, PrimeField, Zero};

pub(crate) struct Writer(pub Vec<u8>);

impl Writer {
    pub fn g1(&mut self, point: &G1Affine) {
        let (x, y) = point.xy().unwrap_or((Fq::zero(), Fq::zero()));
        for coordinate in [x, y] {
            self.0.extend(coordinate.0.to_bytes_le());
        }
    }

    pub fn g1s(points: &[G1Affine]) -> Vec<u8> {
        let mut writer = Self(Vec::with_capacity(points.len() * 64));
        for point in points {
            writer.g1(point);
        }
        writer.0
    }

    pub fn g2s(points: &[G2Affine]) -> Vec<u8> {
        let mut writer = Self(Vec::with_capacity(points.len() * 128));
        for point in points {
            writer.g2(point);
        }
        writer.0
    }

    pub fn g2(&mut self, point: &G2Affine) {
        let (x, y) = point.xy().unwrap_or((Fq2::zero(), Fq2::zero()));
        for coordinate in [x.c0, x.c1, y.c0, y.c1] {
            self.0.extend(coordinate.0.to_bytes_le());
        }
    }
}

/// Reads one section: what is left of it, what it holds, and of which file. Every point is checked for curve and
/// subgroup.
pub(crate) struct Reader<'a> {
    pub rest: &'a [u8],
    pub what: &'static str,
    pub format: Format,
}

impl<'a> Reader<'a> {
    pub fn take(&mut self, length: usize) -> Result<&'a [u8], FormatError> {
        let (taken, rest) =
            self.rest.split_at_checked(length).ok_or_else(|| self.malformed("it is too short"))?;
        self.rest = rest;
        Ok(taken)
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], FormatError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub fn u32(&mut self) -> Result<u32, FormatError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub fn byte(&mut self) -> Result<u8, FormatError> {
        Ok(self.array::<1>()?[0])
    }

    pub fn g1(&mut self) -> Result<G1Affine, FormatError> {
        let [x, y] = [self.coordinate()?, self.coordinate()?];
        if x.is_zero() && y.is_zero() {
            return Ok(G1Affine::identity());
        }
        let point = G1Affine::new_unchecked(x, y);
        // The cofactor is one: a point on the curve is in the group.
        if point.is_on_curve() { Ok(point) } else { Err(self.malformed("a point is not on the curve")) }
    }

    pub fn g2(&mut self) -> Result<G2Affine, FormatError> {
        let [x0, x1, y0, y1] =
            [self.coordinate()?, self.coordinate()?, self.coordinate()?, self.coordinate()?];
        let (x, y) = (Fq2::new(x0, x1), Fq2::new(y0, y1));
        if x.is_zero() && y.is_zero() {
            return Ok(G2Affine::identity());
        }
        let point = G2Affine::new_unchecked(x, y);
        if point.is_on_curve() && point.is_in_correct_subgroup_assuming_on_curve() {
            Ok(point)
        } else {
            Err(self.malformed("a point is not in the group"))
        }
    }

    pub fn g1s(&mut self, count: usize) -> Result<Vec<G1Affine>, FormatError> {
        self.fits(count, 64)?;
        (0..count).map(|_| self.g1()).collect()
    }

    pub fn g2s(&mut self, count: usize) -> Result<Vec<G2Affine>, FormatError> {
        self.fits(count, 128)?;
        (0..count).map(|_| self.g2()).collect()
    }

    pub fn end(&self) -> Result<(), FormatError> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.malformed("it is too long")) }
    }

    pub fn malformed(&self, reason: &str) -> FormatError {
        FormatError { format: self.format, what: self.what, reason: reason.into() }
    }

    /// Before anything is allocated.
    fn fits(&self, count: usize, size: usize) -> Result<(), FormatError> {
        if count <= self.rest.len() / size { Ok(()) } else { Err(self.malformed("it is too short")) }
    }

    fn coordinate(&mut self) -> Result<Fq, FormatError> {
        let (limbs, _) = self.take(32)?.as_chunks::<8>();
        let limbs = BigInt(std::array::from_fn(|limb| u64::from_le_bytes(limbs[limb])));
        if limbs < Fq::MODULUS {
            Ok(Fq::new_unchecked(limbs))
        } else {
            Err(self.malformed("a coordinate is not canonical"))
        }
    }
}

/// Big-endian coordinates, as snarkjs hashes points; of an element of Fq2 the second part first.
pub(crate) trait Uncompressed {
    fn uncompressed(&self) -> Vec<u8>;
}

impl Uncompressed for Fq {
    fn uncompressed(&self) -> Vec<u8> {
        self.into_bigint().to_bytes_be()
    }
}

impl Uncompressed for Fq2 {
    fn uncompressed(&self) -> Vec<u8> {
        [self.c1.uncompressed(), self.c0.uncompressed()].concat()
    }
}

impl<P: SWCurveConfig<BaseField: Uncompressed>> Uncompressed for Affine<P> {
    fn uncompressed(&self) -> Vec<u8> {
        // The identity is zeros: snarkjs hashes whole lists of points, and in a list it sets no flag.
        let (x, y) = self.xy().unwrap_or((P::BaseField::zero(), P::BaseField::zero()));
        [x.uncompressed(), y.uncompressed()].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_is_hashed_as_zeros_without_a_flag() {
        assert_eq!(G1Affine::identity().uncompressed(), [0; 64]);
        assert_eq!(G2Affine::identity().uncompressed(), [0; 128]);
        let generator = G1Affine::generator().uncompressed();
        assert_eq!((generator[31], generator[63]), (1, 2));
    }
}
