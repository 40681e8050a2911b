//! One template, split in three: who has one share knows nothing, who has two knows all.
//!
//! Shamir's sharing (1979) of degree 1 over GR(2^16, 2): two coordinates lie in one element of the ring, and a party
//! holds one element for it. A replicated sharing over Z_2^16 holds two: it costs twice the memory and twice the time,
//! and hides no more. The product of two such sharings has degree 2, so that all three parties read it off together.
//!
//! A template packs coordinates p, q as p + q·X; a question packs them as p − q·X: the constant term of the product is
//! the sum of both products then, and a scalar product of 448 numbers is a sum of constant terms.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{CryptoRng, RngCore, SeedableRng};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::ring::{Element, PARTIES, Party};
use crate::template::{DIM, FACE, Template};

/// Bytes of one share.
pub const SHARE: usize = 2 * DIM;

/// One party's share of a template or of a question: 448 numbers of 16 bits. Wiped when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Share(pub(crate) [u16; DIM]);

impl Share {
    /// In bytes, little-endian.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.iter().flat_map(|x| x.to_le_bytes()).collect())
    }

    /// From [`SHARE`] bytes; none for another length. Every content is a share.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != SHARE {
            return None;
        }
        let mut share = Self([0; DIM]);
        for (x, pair) in share.0.iter_mut().zip(bytes.chunks_exact(2)) {
            *x = u16::from_le_bytes([pair[0], pair[1]]);
        }
        Some(share)
    }
}

impl std::fmt::Debug for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Share")
    }
}

/// A generator for secrets, seeded from the operating system.
///
/// # Errors
/// If that gives no random bytes.
pub fn random() -> Result<ChaCha20Rng, getrandom::Error> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *seed)?;
    Ok(ChaCha20Rng::from_seed(*seed))
}

/// Splits a template that is to be kept.
pub fn split_template(template: &Template, random: &mut (impl RngCore + CryptoRng)) -> [Share; 3] {
    split(template, Element, random)
}

/// Splits a template that is to be looked for.
pub fn split_question(template: &Template, random: &mut (impl RngCore + CryptoRng)) -> [Share; 3] {
    split(template, |p, q| Element(p, q.wrapping_neg()), random)
}

fn split(
    template: &Template,
    pack: impl Fn(u16, u16) -> Element,
    random: &mut (impl RngCore + CryptoRng),
) -> [Share; 3] {
    let mut shares = [(); 3].map(|()| Share([0; DIM]));
    for (pair, at) in template.coordinates().chunks_exact(2).zip((0..DIM).step_by(2)) {
        let packed = pack(i16::from(pair[0]) as u16, i16::from(pair[1]) as u16);
        let slope = random.next_u32();
        let slope = Element(slope as u16, (slope >> 16) as u16);
        for party in PARTIES {
            let Element(low, high) = packed.plus(slope.times(party.point()));
            let share = &mut shares[party.index()].0;
            (share[at], share[at + 1]) = (low, high);
        }
    }
    shares
}

/// What a party multiplies each of its rows with. Wiped when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Question([u16; DIM]);

impl Question {
    /// Its share of a question, times its weight; the second half of each element is negated, as X² has the constant
    /// term −1.
    pub fn of(party: Party, share: &Share) -> Self {
        let mut factors = [0; DIM];
        for (into, pair) in factors.chunks_exact_mut(2).zip(share.0.chunks_exact(2)) {
            let Element(low, high) = party.weight().times(Element(pair[0], pair[1]));
            (into[0], into[1]) = (low, high.wrapping_neg());
        }
        Self(factors)
    }

    /// Its share of how alike a row is, additive over the three parties: face; face and voice together.
    pub(crate) fn products(&self, row: &[u16]) -> [u16; 2] {
        let face = dot(&row[..FACE], &self.0[..FACE]);
        [face, face.wrapping_add(dot(&row[FACE..], &self.0[FACE..]))]
    }
}

fn dot(a: &[u16], b: &[u16]) -> u16 {
    a.iter().zip(b).fold(0, |sum: u16, (x, y)| sum.wrapping_add(x.wrapping_mul(*y)))
}

/// A fresh sharing of nothing for each of a table's rows: added to a share, it makes another one of the same template.
/// `slopes` has to hold [`DIM`] random numbers for each row.
pub(crate) fn nothing(party: Party, slopes: &[u16], into: &mut [u16]) {
    let point = party.point();
    for (into, pair) in into.chunks_exact_mut(2).zip(slopes.chunks_exact(2)) {
        let Element(low, high) = Element(pair[0], pair[1]).times(point);
        (into[0], into[1]) = (into[0].wrapping_add(low), into[1].wrapping_add(high));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::template::tests::stranger;

    #[test]
    fn bytes_of_another_length_are_no_share() {
        let mut random = ChaCha20Rng::from_seed([1; 32]);
        let [share, ..] = split_template(&stranger(&mut random), &mut random);
        let bytes = share.to_bytes();
        assert!(Share::from_bytes(&bytes).unwrap() == share);
        assert!(Share::from_bytes(&bytes[1..]).is_none());
    }

    #[test]
    fn one_share_is_as_likely_for_one_template_as_for_any_other() {
        // Whatever the template is, there is one slope for each element that gives the share.
        let mut random = ChaCha20Rng::from_seed([2; 32]);
        let (one, other) = (stranger(&mut random), stranger(&mut random));
        let shares = split_template(&one, &mut random);
        for party in PARTIES {
            let share = &shares[party.index()].0;
            for (at, pair) in other.coordinates().chunks_exact(2).enumerate() {
                let held = Element(share[2 * at], share[2 * at + 1]);
                let packed = Element(i16::from(pair[0]) as u16, i16::from(pair[1]) as u16);
                // point · slope = held − packed has a solution, as the point is a unit: point³ = 1 for X, −1 for 1 + X.
                let point = party.point();
                let cube = point.times(point).times(point);
                let slope = held.minus(packed).times(point.times(point)).times(cube);
                assert_eq!(packed.plus(slope.times(point)), held);
            }
        }
    }

    proptest! {
        #[test]
        fn products_of_all_three_add_up_to_how_alike_the_templates_are(seed: [u8; 32], again: bool) {
            let mut random = ChaCha20Rng::from_seed(seed);
            let (kept, asked) = (stranger(&mut random), stranger(&mut random));
            let asked = if again { kept.clone() } else { asked };
            let (rows, questions) = (split_template(&kept, &mut random), split_question(&asked, &mut random));
            let mut sums = [0u16; 2];
            for party in PARTIES {
                let mut row = rows[party.index()].0;
                let slopes: Vec<u16> = (0..DIM).map(|at| (at * 31) as u16).collect();
                nothing(party, &slopes, &mut row);
                let products = Question::of(party, &questions[party.index()]).products(&row);
                sums = std::array::from_fn(|at| sums[at].wrapping_add(products[at]));
            }
            let alike = kept.alike(&asked);
            prop_assert_eq!(sums.map(|sum| i32::from(sum as i16)), [alike.face, alike.face + alike.voice]);
        }
    }
}
