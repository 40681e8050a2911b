//! What a dealer says: commitments to its polynomial, and a share for each member.

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT as G;
use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use minicbor::{Decode, Encode};
use wetsign_attest::id::{Blob, Id, PublicKey};
use wetsign_attest::{Error, Object};
use wetsign_pair::SealKey;
use zeroize::Zeroizing;

use super::plan::Plan;
use crate::committee::MEMBERS;
use crate::error::Refused;
use crate::group::{Number, Point, Random, hash_to_scalar, scalar};
use crate::polynomial::{Polynomial, committed_at};
use crate::proof::{Proof, Statement};

/// A dealer's commitments and sealed shares.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Deal {
    /// Id of the plan.
    #[n(1)]
    pub plan: Id,
    /// Who deals, and signs.
    #[n(2)]
    pub dealer: PublicKey,
    /// Each coefficient of its polynomial times the generator, the constant one first; as many as the threshold.
    #[n(3)]
    pub commitments: Vec<Point>,
    /// That it knows the constant one.
    #[n(4)]
    pub proof: Proof,
    /// The polynomial's value at i for member i, sealed to it (HPKE), in the order of the members.
    #[n(5)]
    pub shares: Vec<Blob>,
}

impl Object for Deal {
    const TYPE: &'static str = "wetsign/keygen-deal/1";
    const LIMIT: usize = 4 * 1024;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.dealer)
    }

    fn check(&self) -> Result<(), Error> {
        for (what, found) in [("commitments", self.commitments.len()), ("sealed shares", self.shares.len())] {
            if found > MEMBERS {
                return Err(Error::Limit { what, found, bound: MEMBERS });
            }
        }
        Ok(())
    }
}

/// The dealer's polynomial: it follows from a seed, so that a restart loses nothing. Where a committee hands on, its
/// value at 0 is the dealer's old share.
pub(crate) fn polynomial(seed: &[u8; 32], plan: Id, threshold: u32, old: Option<&Scalar>) -> Polynomial {
    let coefficient = |degree: u32| {
        let drawn = || {
            hash_to_scalar("wetsign/keygen/1 coefficient", &[seed, plan.as_bytes(), &degree.to_be_bytes()])
        };
        Zeroizing::new(old.filter(|_| degree == 0).copied().unwrap_or_else(drawn))
    };
    Polynomial::of((0..threshold).map(coefficient))
}

impl Deal {
    /// Deals.
    ///
    /// # Errors
    /// [`Refused::Plan`] if nothing can be sealed to a member's key.
    pub(crate) fn make(
        plan: &Plan,
        id: Id,
        dealer: PublicKey,
        secret: &Polynomial,
        random: Random<'_>,
    ) -> Result<Self, Refused> {
        let commitments = secret.commitments();
        let proof = statement(&id, &dealer, &commitments[0]).prove(secret.secret(), random);
        let seal = |(index, member): (u32, &crate::committee::Member)| {
            let share = secret.at(index);
            member
                .seal()
                .seal(&info(id, &dealer, index), share.as_bytes())
                .map(Blob)
                .map_err(|_| Refused::plan("plan", format!("nothing can be sealed to member {index}")))
        };
        let shares = (1..).zip(&plan.members).map(seal).collect::<Result<_, _>>()?;
        Ok(Self { plan: id, dealer, commitments, proof, shares })
    }

    /// What is wrong with it, as everybody can see.
    pub(crate) fn amiss(&self, plan: &Plan, id: Id, old_share_key: Option<&Point>) -> Option<&'static str> {
        if self.commitments.len() != plan.threshold as usize {
            return Some("it commits to a polynomial of another degree");
        }
        if self.shares.len() != plan.members.len() {
            return Some("it deals shares to another number of members");
        }
        if old_share_key.is_some_and(|key| *key != self.commitments[0]) {
            return Some("it divides another number than its share in the committee before");
        }
        (!statement(&id, &self.dealer, &self.commitments[0]).holds(&self.proof))
            .then_some("it does not show that it knows what it divides")
    }

    /// The share that was sealed to this member, if it opens and fits.
    pub(crate) fn share_for(&self, index: u32, seal: &SealKey) -> Option<Zeroizing<Scalar>> {
        let sealed = self.shares.get((index as usize).checked_sub(1)?)?;
        let bytes = seal.open(&info(self.plan, &self.dealer, index), &sealed.0).ok()?;
        let bytes = Zeroizing::new(<[u8; 32]>::try_from(bytes.as_slice()).ok()?);
        let share = Zeroizing::new(scalar(*bytes)?);
        self.fits(index, &share).then_some(share)
    }

    /// Whether this is the share of that member.
    pub(crate) fn fits(&self, index: u32, share: &Scalar) -> bool {
        RistrettoPoint::mul_base(share) == committed_at(&self.commitments, index)
    }

    /// The share that the dealer shows.
    pub(crate) fn opened(&self, index: u32, share: &Number) -> Option<Zeroizing<Scalar>> {
        self.fits(index, &share.0).then_some(Zeroizing::new(share.0))
    }
}

fn statement<'a>(plan: &'a Id, dealer: &'a PublicKey, first: &Point) -> Statement<'a, 1> {
    Statement {
        name: "wetsign/keygen/1 secret known",
        about: vec![plan.as_bytes(), dealer.as_bytes()],
        pairs: [(G, first.point)],
    }
}

fn info(plan: Id, dealer: &PublicKey, index: u32) -> Vec<u8> {
    let parts =
        [b"wetsign/keygen-deal/1".as_slice(), plan.as_bytes(), dealer.as_bytes(), &index.to_be_bytes()];
    parts.concat()
}
