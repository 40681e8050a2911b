//! What one keyholder gives towards one container's key, with a proof that it is right (TDH2).

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT as G;
use curve25519_dalek::scalar::Scalar;
use minicbor::{Decode, Encode};
use wetsign_attest::id::{Digest, Id, PublicKey};
use wetsign_attest::{Error, Object};
use zeroize::Zeroizing;

use crate::committee::Committee;
use crate::error::Refused;
use crate::group::{Point, Random, scalar};
use crate::head::Head;
use crate::proof::{Proof, Statement};

/// A keyholder's secret: its number in a committee and its share of the committee's key. Wiped when dropped, no Debug.
pub struct ShareKey {
    committee: Committee,
    id: Id,
    index: u32,
    secret: Box<Zeroizing<Scalar>>,
}

/// One keyholder's share of one container's key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Share {
    /// Id of the committee in which it is a share.
    #[n(1)]
    pub committee: Id,
    /// Number of the keyholder in it, from 1.
    #[n(2)]
    pub index: u32,
    /// The container.
    #[n(3)]
    pub container: Digest,
    /// The keyholder's secret times the key part's u.
    #[n(4)]
    pub point: Point,
    /// That it is the secret behind the keyholder's public share key.
    #[n(5)]
    pub proof: Proof,
}

impl Object for Share {
    const TYPE: &'static str = "wetsign/share/1";
    const LIMIT: usize = 512;

    fn signer(&self) -> Option<PublicKey> {
        None
    }

    fn check(&self) -> Result<(), Error> {
        Ok(())
    }
}

impl ShareKey {
    /// A secret that was kept, for this place in this committee.
    ///
    /// # Errors
    /// [`Refused::Plan`] unless it is the secret behind the member's public share key.
    pub fn take(committee: Committee, index: u32, bytes: &Zeroizing<[u8; 32]>) -> Result<Self, Refused> {
        const WHAT: &str = "share key";
        let id = committee.id()?;
        let (_, public) = committee
            .member(index)
            .ok_or_else(|| Refused::plan(WHAT, format!("there is no member {index}")))?;
        let secret = Box::new(Zeroizing::new(
            scalar(**bytes).ok_or_else(|| Refused::plan(WHAT, "is no number below the group's order"))?,
        ));
        if curve25519_dalek::RistrettoPoint::mul_base(&secret) != public.point {
            return Err(Refused::plan(WHAT, format!("is not the one of member {index} of committee {id}")));
        }
        Ok(Self { committee, id, index, secret })
    }

    /// The secret's bytes, to be kept sealed.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.secret.to_bytes())
    }

    /// The committee.
    pub fn committee(&self) -> &Committee {
        &self.committee
    }

    /// Its id.
    pub fn committee_id(&self) -> Id {
        self.id
    }

    /// Number of this keyholder in the committee, from 1.
    pub fn index(&self) -> u32 {
        self.index
    }

    pub(crate) fn secret(&self) -> &Scalar {
        &self.secret
    }

    /// This keyholder's share of the container's key. Whether it may be given is the caller's question; here only a
    /// head whose key part was made for its own asset and container, and for this committee, gets one.
    ///
    /// # Errors
    /// [`Refused::Label`], [`Refused::OtherCommittee`].
    pub fn share(&self, head: &Head, random: Random<'_>) -> Result<Share, Refused> {
        fits(head, &self.committee)?;
        let container = head.digest()?;
        let (_, public) = self.committee.member(self.index).expect("it was looked up when this was made");
        let point = Point::from(head.key.u.point * **self.secret);
        let proof = statement(&self.id, &self.index.to_be_bytes(), &container, head, public, &point)
            .prove(&self.secret, random);
        Ok(Share { committee: self.id, index: self.index, container, point, proof })
    }
}

/// Whether the head is for this committee, and its key part for its own asset and container.
pub(crate) fn fits(head: &Head, committee: &Committee) -> Result<(), Refused> {
    if head.key.committee != committee.key {
        let (found, expected) = (head.key.committee.shown(), committee.key.shown());
        return Err(Refused::OtherCommittee { found, expected });
    }
    head.check_label()
}

impl Share {
    /// Whether this is a good share of the head's key, by a member of the committee with this id.
    ///
    /// # Errors
    /// [`Refused::Share`], which names the keyholder; [`Refused::Plan`] if there is no such member.
    pub fn check_for(
        &self,
        head: &Head,
        container: &Digest,
        committee: &Committee,
        id: &Id,
    ) -> Result<(), Refused> {
        let Some((member, public)) = committee.member(self.index) else {
            return Err(Refused::plan(
                "share",
                format!("there is no member {} in committee {id}", self.index),
            ));
        };
        let no = |why| Err(Refused::Share { index: self.index, keyholder: member.keyholder, why });
        if self.committee != *id {
            return no("it is a share in another committee, such as one that was replaced");
        }
        if self.container != *container {
            return no("it is a share of another container's key");
        }
        let index = self.index.to_be_bytes();
        if !statement(id, &index, container, head, public, &self.point).holds(&self.proof) {
            return no("its proof does not verify under the keyholder's share key");
        }
        Ok(())
    }
}

fn statement<'a>(
    committee: &'a Id,
    index: &'a [u8],
    container: &'a Digest,
    head: &Head,
    public: &Point,
    point: &Point,
) -> Statement<'a, 2> {
    Statement {
        name: "wetsign/container/1 share",
        about: vec![committee.as_bytes(), index, &container.0],
        pairs: [(head.key.u.point, point.point), (G, public.point)],
    }
}
