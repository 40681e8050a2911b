//! A proof that a number is known, and that it is one and the same in two places (Chaum and Pedersen 1992), made
//! non-interactive by a hash over everything that it speaks of (Fiat and Shamir).

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::VartimeMultiscalarMul as _;
use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use crate::group::{Number, Random, hash_to_scalar, random_scalar};

/// That one secret number x gives `image` from `base`, for each pair.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Proof {
    /// The challenge.
    #[n(1)]
    pub challenge: Number,
    /// The answer.
    #[n(2)]
    pub answer: Number,
}

/// What a proof speaks of: its name, what it is bound to, and pairs of base and image.
pub(crate) struct Statement<'a, const N: usize> {
    pub name: &'static str,
    pub about: Vec<&'a [u8]>,
    pub pairs: [(RistrettoPoint, RistrettoPoint); N],
}

impl<const N: usize> Statement<'_, N> {
    pub(crate) fn prove(&self, secret: &Scalar, random: Random<'_>) -> Proof {
        let blind = random_scalar(random);
        let challenge = self.challenge(self.pairs.map(|(base, _)| base * *blind));
        let product = Zeroizing::new(challenge * secret);
        Proof { challenge: Number(challenge), answer: Number(*blind + *product) }
    }

    pub(crate) fn holds(&self, proof: &Proof) -> bool {
        let (challenge, answer) = (proof.challenge.0, proof.answer.0);
        let first = self.pairs.map(|(base, image)| {
            RistrettoPoint::vartime_multiscalar_mul([answer, -challenge], [base, image])
        });
        self.challenge(first) == challenge
    }

    fn challenge(&self, first: [RistrettoPoint; N]) -> Scalar {
        let points = self.pairs.iter().flat_map(|(base, image)| [base, image]).chain(&first);
        let points: Vec<u8> = points.flat_map(|point| point.compress().to_bytes()).collect();
        let parts: Vec<&[u8]> = self.about.iter().copied().chain([points.as_slice()]).collect();
        hash_to_scalar(self.name, &parts)
    }
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT as G;

    use super::*;
    use crate::group::other_generator;

    #[test]
    fn a_proof_holds_for_its_statement_and_for_no_other() {
        let mut random = |bytes: &mut [u8]| bytes.fill(9);
        let (x, h) = (Scalar::from(7_u8), other_generator());
        let pairs = [(G, G * x), (h, h * x)];
        let statement = Statement { name: "n", about: vec![b"a"], pairs };
        let proof = statement.prove(&x, &mut random);
        assert!(statement.holds(&proof));
        assert!(!Statement { name: "m", about: vec![b"a"], pairs }.holds(&proof));
        assert!(!Statement { name: "n", about: vec![b"b"], pairs }.holds(&proof));
        let two = [(G, G * x), (h, h * Scalar::from(8_u8))];
        let lie = Statement { name: "n", about: vec![b"a"], pairs: two };
        assert!(!lie.holds(&proof) && !lie.holds(&lie.prove(&x, &mut random)));
    }
}
