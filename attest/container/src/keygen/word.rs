//! What members say of the shares that they got, and what dealers answer.

use minicbor::{Decode, Encode};
use wetsign_attest::id::{Id, PublicKey};
use wetsign_attest::{Error, Object};

use crate::committee::MEMBERS;
use crate::group::Number;

/// A member says whose shares do not open or do not fit.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Word {
    /// Id of the plan.
    #[n(1)]
    pub plan: Id,
    /// Who says it, and signs.
    #[n(2)]
    pub member: PublicKey,
    /// The dealers, strictly ascending; none if all is well.
    #[n(3)]
    pub against: Vec<PublicKey>,
}

/// A dealer shows the shares that it is said to have dealt wrongly.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Answer {
    /// Id of the plan.
    #[n(1)]
    pub plan: Id,
    /// Who answers, and signs.
    #[n(2)]
    pub dealer: PublicKey,
    /// The shares, strictly ascending by member.
    #[n(3)]
    pub shares: Vec<Opened>,
}

/// A share that everybody may see now.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Opened {
    /// Number of the member, from 1.
    #[n(1)]
    pub member: u32,
    /// Value of the dealer's polynomial there.
    #[n(2)]
    pub share: Number,
}

impl Object for Word {
    const TYPE: &'static str = "wetsign/keygen-word/1";
    const LIMIT: usize = 1024;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.member)
    }

    fn check(&self) -> Result<(), Error> {
        listed(Self::TYPE, "against", &self.against)
    }
}

impl Object for Answer {
    const TYPE: &'static str = "wetsign/keygen-answer/1";
    const LIMIT: usize = 2 * 1024;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.dealer)
    }

    fn check(&self) -> Result<(), Error> {
        let members: Vec<_> = self.shares.iter().map(|opened| opened.member).collect();
        listed(Self::TYPE, "shares", &members)
    }
}

fn listed<T: Ord>(what: &'static str, field: &'static str, list: &[T]) -> Result<(), Error> {
    if list.len() > MEMBERS {
        return Err(Error::Limit { what: field, found: list.len(), bound: MEMBERS });
    }
    if !list.windows(2).all(|pair| pair[0] < pair[1]) {
        return Err(Error::value(what, field, "must be strictly ascending, without repeats"));
    }
    Ok(())
}
