//! The Galois ring GR(2^16, 2) = Z_2^16[X] / (X² + X + 1).
//!
//! Shamir's sharing wants three points and zero whose differences are units. Z_2^16 has two such points only; this ring
//! has four, as its residue field has four elements. (H. Cohen, "A Course in Computational Algebraic Number Theory",
//! § 4; M. Abspoel et al., "Efficient information-theoretic secure multiparty computation over Z/p^kZ via Galois
//! rings", TCC 2019.)

/// A party of three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Party(u8);

/// All three.
pub const PARTIES: [Party; 3] = [Party(0), Party(1), Party(2)];

impl Party {
    /// The party with this index, 0 to 2.
    pub fn new(index: u8) -> Option<Self> {
        PARTIES.get(usize::from(index)).copied()
    }

    /// 0 to 2.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The party after this one, in a ring.
    pub fn next(self) -> Self {
        Self((self.0 + 1) % 3)
    }

    /// The party before this one, in a ring.
    pub fn previous(self) -> Self {
        Self((self.0 + 2) % 3)
    }

    /// Where its shares are evaluated: 1, X, 1 + X.
    pub(crate) fn point(self) -> Element {
        [Element(1, 0), Element(0, 1), Element(1, 1)][self.index()]
    }

    /// Its weight when a polynomial of degree 2 is read off at zero from all three.
    pub(crate) fn weight(self) -> Element {
        let own = self.point();
        let others = PARTIES.into_iter().filter(|other| *other != self).map(Self::point);
        others.fold(Element(1, 0), |weight, other| {
            weight.times(Element(0, 0).minus(other)).times(own.minus(other).inverse())
        })
    }
}

impl std::fmt::Display for Party {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "searcher {}", self.0)
    }
}

/// a + b·X.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Element(pub u16, pub u16);

impl Element {
    pub(crate) fn plus(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0), self.1.wrapping_add(other.1))
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        Self(self.0.wrapping_sub(other.0), self.1.wrapping_sub(other.1))
    }

    /// X² is −1 − X.
    pub(crate) fn times(self, other: Self) -> Self {
        let (low, high) = (self.0.wrapping_mul(other.0), self.1.wrapping_mul(other.1));
        let cross = self.0.wrapping_mul(other.1).wrapping_add(self.1.wrapping_mul(other.0));
        Self(low.wrapping_sub(high), cross.wrapping_sub(high))
    }

    /// The inverse of a unit: its conjugate over its norm a² − ab + b².
    fn inverse(self) -> Self {
        let conjugate = Self(self.0.wrapping_sub(self.1), self.1.wrapping_neg());
        let norm = self.times(conjugate).0;
        debug_assert!(norm & 1 == 1, "{self:?} is no unit");
        // Newton's iteration doubles the bits that are right: three, six, twelve, all.
        let inverse = (0..3).fold(norm, |x, _| x.wrapping_mul(2u16.wrapping_sub(norm.wrapping_mul(x))));
        Self(conjugate.0.wrapping_mul(inverse), conjugate.1.wrapping_mul(inverse))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn all_differences_of_points_are_units() {
        let points = [Element(0, 0), Element(1, 0), Element(0, 1), Element(1, 1)];
        for (i, a) in points.iter().enumerate() {
            for b in &points[..i] {
                let difference = a.minus(*b);
                assert_eq!(difference.times(difference.inverse()), Element(1, 0));
            }
        }
    }

    #[test]
    fn parties_stand_in_a_ring() {
        assert!(Party::new(3).is_none());
        for party in PARTIES {
            assert_eq!(party.next().previous(), party);
            assert_eq!(party.next().next().next(), party);
        }
    }

    proptest! {
        #[test]
        fn a_polynomial_of_degree_two_is_read_off_at_zero(a: [u16; 2], b: [u16; 2], c: [u16; 2]) {
            let [a, b, c] = [a, b, c].map(|[low, high]| Element(low, high));
            let at = |z: Element| a.plus(b.times(z)).plus(c.times(z.times(z)));
            let read = PARTIES.iter().fold(Element(0, 0), |sum, party| {
                sum.plus(party.weight().times(at(party.point())))
            });
            prop_assert_eq!(read, a);
        }
    }
}
