//! A key encrypted to a committee and bound to a label: TDH2 (Shoup and Gennaro, "Securing Threshold Cryptosystems
//! against Chosen Ciphertext Attack", 2002, § 3), on ristretto255 with SHA-512.
//!
//! With plain threshold ElGamal, the owner of any asset could copy another's u into a head of his own, times a number
//! that he knows, have *that* approved, and open both. Here u comes with a proof of its logarithm that is bound to the
//! label, so nobody can make one for another label without knowing the key already.

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT as G;
use curve25519_dalek::ristretto::RistrettoPoint;
use minicbor::{Decode, Encode};
use wetsign_attest::id::Digest;
use zeroize::Zeroizing;

use crate::group::{Point, Random, hash, other_generator, random_scalar};
use crate::lock::ContentKey;
use crate::proof::{Proof, Statement};

/// A content key, encrypted to a committee: key 3 of a head.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct KeyPart {
    /// The committee's public key Y. It stays the same when its members change.
    #[n(1)]
    pub committee: Point,
    /// The content key, XOR a mask that follows from r·Y.
    #[n(2)]
    pub masked: Digest,
    /// r times the generator.
    #[n(3)]
    pub u: Point,
    /// r times the second generator.
    #[n(4)]
    pub other_u: Point,
    /// That it is the same r, for this label.
    #[n(5)]
    pub proof: Proof,
}

impl KeyPart {
    pub(crate) fn encrypt(committee: &Point, key: &ContentKey, label: &[u8], random: Random<'_>) -> Self {
        let r = random_scalar(&mut *random);
        let (u, other_u) = (RistrettoPoint::mul_base(&r), other_generator() * *r);
        let mut masked = mask(&(committee.point * *r), &u.into());
        masked.iter_mut().zip(key.as_bytes()).for_each(|(mask, key)| *mask ^= key);
        let masked = Digest(*masked);
        let proof = statement(committee, &masked, &u, &other_u, label).prove(&r, random);
        Self { committee: *committee, masked, u: u.into(), other_u: other_u.into(), proof }
    }

    /// Whether its proof holds for this label.
    pub(crate) fn is_for(&self, label: &[u8]) -> bool {
        statement(&self.committee, &self.masked, &self.u.point, &self.other_u.point, label).holds(&self.proof)
    }

    /// The key under the mask that follows from r·Y.
    pub(crate) fn unmask(&self, shared: &RistrettoPoint) -> ContentKey {
        let mut key = mask(shared, &self.u);
        key.iter_mut().zip(&self.masked.0).for_each(|(key, masked)| *key ^= masked);
        ContentKey::take(&mut key)
    }
}

fn statement<'a>(
    committee: &'a Point,
    masked: &'a Digest,
    u: &RistrettoPoint,
    other_u: &RistrettoPoint,
    label: &'a [u8],
) -> Statement<'a, 2> {
    Statement {
        name: "wetsign/container/1 key part",
        about: vec![committee.bytes(), &masked.0, label],
        pairs: [(G, *u), (other_generator(), *other_u)],
    }
}

fn mask(shared: &RistrettoPoint, u: &Point) -> Zeroizing<[u8; 32]> {
    let shared = Zeroizing::new(shared.compress().to_bytes());
    let wide = Zeroizing::new(hash("wetsign/container/1 mask", &[shared.as_ref(), u.bytes()]));
    let mut mask = Zeroizing::new([0; 32]);
    mask.copy_from_slice(&wide[..32]);
    mask
}
