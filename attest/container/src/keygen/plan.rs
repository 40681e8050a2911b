//! What a key generation is for: the members, the threshold, what it follows.

use minicbor::{Decode, Encode};
use wetsign_attest::id::{Digest, Id, PublicKey};
use wetsign_attest::object::numbered;
use wetsign_attest::{Error, Object};

use crate::committee::{Member, check_members};

/// A key generation, as somebody proposes it. Keyholders join only a plan that their operators told them to.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Plan {
    /// Number of the committee that it makes: 1, or one more than that of `previous`.
    #[n(1)]
    pub number: u64,
    /// How many shares shall give a key.
    #[n(2)]
    pub threshold: u32,
    /// The members, strictly ascending by keyholder, 16 at most.
    #[n(3)]
    pub members: Vec<Member>,
    /// Id of the committee that hands its key on; absent: a new key is made.
    #[n(4)]
    pub previous: Option<Id>,
    /// Entries of the log for which each phase waits for who is silent, 1 to 1,000,000.
    #[n(5)]
    pub patience: u64,
    /// Random bytes that make the plan unique.
    #[n(6)]
    pub nonce: Digest,
    /// Who proposes it, and signs.
    #[n(7)]
    pub proposed_by: PublicKey,
}

impl Object for Plan {
    const TYPE: &'static str = "wetsign/keygen-plan/1";
    const LIMIT: usize = 4 * 1024;

    fn signer(&self) -> Option<PublicKey> {
        Some(self.proposed_by)
    }

    fn check(&self) -> Result<(), Error> {
        check_members(Self::TYPE, &self.members, self.threshold)?;
        numbered(Self::TYPE, "number", self.number, self.previous.as_ref())?;
        if !(1..=1_000_000).contains(&self.patience) {
            let why = format!("is {}, 1 to 1000000 entries are allowed", self.patience);
            return Err(Error::value(Self::TYPE, "patience", why));
        }
        Ok(())
    }
}
