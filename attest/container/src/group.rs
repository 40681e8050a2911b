//! Points and numbers of ristretto255 (RFC 9496), their one encoding, and hashes into the group.

use std::fmt;
use std::sync::LazyLock;

use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;
use minicbor::encode::Write;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use sha2::{Digest as _, Sha512};
use wetsign_attest::id::Digest;
use zeroize::{Zeroize as _, Zeroizing};

/// Where random bytes come from: fills the slice, or panics.
pub type Random<'a> = &'a mut dyn FnMut(&mut [u8]);

/// A point of the group, never the identity: 32 bytes in its one canonical encoding.
#[derive(Clone, Copy)]
pub struct Point {
    pub(crate) point: RistrettoPoint,
    bytes: [u8; 32],
}

impl Point {
    /// The point's encoding.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// The encoding as a value that is shown in hexadecimal.
    pub fn shown(&self) -> Digest {
        Digest(self.bytes)
    }

    /// The point with this encoding; `None` for the identity and for all that is no canonical encoding.
    pub fn from_bytes(bytes: [u8; 32]) -> Option<Self> {
        let point = CompressedRistretto(bytes).decompress()?;
        (bytes != [0; 32]).then_some(Self { point, bytes })
    }
}

impl From<RistrettoPoint> for Point {
    fn from(point: RistrettoPoint) -> Self {
        Self { point, bytes: point.compress().to_bytes() }
    }
}

impl PartialEq for Point {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Point {}

impl fmt::Debug for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Point({})", self.shown())
    }
}

impl<C> Encode<C> for Point {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.bytes(&self.bytes)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Point {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let position = d.position();
        let failed = |why| decode::Error::message(why).at(position);
        let bytes = d.bytes()?.try_into().map_err(|_| failed("a point has 32 bytes"))?;
        Self::from_bytes(bytes)
            .ok_or_else(|| failed("32 bytes are no point of ristretto255, or the identity"))
    }
}

/// A number modulo the order of the group: 32 bytes, little-endian, reduced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number(pub(crate) Scalar);

impl<C> Encode<C> for Number {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.bytes(self.0.as_bytes())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Number {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let position = d.position();
        let failed = |why| decode::Error::message(why).at(position);
        let bytes = d.bytes()?.try_into().map_err(|_| failed("a number has 32 bytes"))?;
        scalar(bytes).map(Self).ok_or_else(|| failed("32 bytes are no number below the group's order"))
    }
}

/// The number with this encoding, if it is reduced.
pub(crate) fn scalar(bytes: [u8; 32]) -> Option<Scalar> {
    Scalar::from_canonical_bytes(bytes).into_option()
}

/// The second generator, whose logarithm nobody knows.
pub(crate) fn other_generator() -> RistrettoPoint {
    static POINT: LazyLock<RistrettoPoint> = LazyLock::new(|| {
        RistrettoPoint::from_uniform_bytes(&hash("wetsign/container/1 second generator", &[]))
    });
    *POINT
}

/// SHA-512 over a name and some parts, each behind its length in 8 bytes, so that no two lists read alike.
pub(crate) fn hash(name: &str, parts: &[&[u8]]) -> [u8; 64] {
    let mut hasher = Sha512::new();
    for part in std::iter::once(&name.as_bytes()).chain(parts) {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// The same as a number.
pub(crate) fn hash_to_scalar(name: &str, parts: &[&[u8]]) -> Scalar {
    Scalar::from_bytes_mod_order_wide(&hash(name, parts))
}

/// A secret number, drawn evenly.
pub(crate) fn random_scalar(random: Random<'_>) -> Zeroizing<Scalar> {
    let mut wide = Zeroizing::new([0; 64]);
    random(wide.as_mut());
    let mut drawn = Scalar::from_bytes_mod_order_wide(&wide);
    let kept = Zeroizing::new(drawn);
    drawn.zeroize();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_one_encoding_of_a_point_is_read_and_the_identity_is_none() {
        let point = Point::from(other_generator());
        let bytes = minicbor::to_vec(point).unwrap();
        assert_eq!(decode::<Point>(&bytes).unwrap(), point);
        for wrong in [[0; 32], [0xff; 32], [1; 32]] {
            assert!(Point::from_bytes(wrong).is_none(), "{wrong:?}");
            assert!(decode::<Point>(&minicbor::to_vec(Digest(wrong)).unwrap()).is_err());
        }
    }

    #[test]
    fn a_number_over_the_order_is_refused() {
        assert!(scalar([0xff; 32]).is_none());
        assert_eq!(scalar(Scalar::ONE.to_bytes()), Some(Scalar::ONE));
    }

    #[test]
    fn parts_cannot_flow_into_each_other() {
        assert_ne!(hash("a", &[b"bc", b"d"]), hash("a", &[b"b", b"cd"]));
        assert_ne!(hash("a", &[b"b"]), hash("ab", &[]));
    }
}
