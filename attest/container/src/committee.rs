//! The keyholders of a committee and their public keys.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use wetsign_attest::id::{ChannelKey, Id, PublicKey};
use wetsign_attest::{Error, Object};
use wetsign_pair::SealPublic;

use crate::group::Point;
use crate::polynomial::interpolated;

/// Most members of a committee.
pub const MEMBERS: usize = 16;

/// A keyholder in a plan: who signs for it, and to whom its shares are sealed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Member {
    /// The keyholder's signing key (Ed25519).
    #[n(1)]
    pub keyholder: PublicKey,
    /// The X25519 key that dealers seal its shares to.
    #[n(2)]
    pub seal: ChannelKey,
}

impl Member {
    /// What is sealed to it.
    pub fn seal(&self) -> SealPublic {
        SealPublic(self.seal.0)
    }
}

/// A committee, as a key generation leaves it: signed by each of its members, who all computed the same.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Committee {
    /// Id of the plan that it came from.
    #[n(1)]
    pub plan: Id,
    /// Number, from 1, one more with each resharing. Only the newest one's shares count.
    #[n(2)]
    pub number: u64,
    /// How many shares give a key.
    #[n(3)]
    pub threshold: u32,
    /// Public key Y: containers are locked for it.
    #[n(4)]
    pub key: Point,
    /// The members, strictly ascending by keyholder; member i (from 1) is the one at i − 1.
    #[n(5)]
    pub members: Vec<Member>,
    /// Each member's share times the generator, in the same order.
    #[n(6)]
    pub share_keys: Vec<Point>,
}

impl Committee {
    /// Number of the member with this key, from 1.
    pub fn index_of(&self, keyholder: &PublicKey) -> Option<u32> {
        self.members.iter().position(|member| member.keyholder == *keyholder).map(|at| at as u32 + 1)
    }

    /// The member with this number, and its share key.
    pub(crate) fn member(&self, index: u32) -> Option<(&Member, &Point)> {
        let at = (index as usize).checked_sub(1)?;
        self.members.get(at).zip(self.share_keys.get(at))
    }
}

impl Object for Committee {
    const TYPE: &'static str = "wetsign/committee/1";
    const LIMIT: usize = 64 * 1024;

    fn signer(&self) -> Option<PublicKey> {
        None
    }

    fn check(&self) -> Result<(), Error> {
        check_members(Self::TYPE, &self.members, self.threshold)?;
        let refused = |field, why: &str| Err(Error::value(Self::TYPE, field, why));
        if self.number == 0 {
            return refused("number", "must be 1 or more");
        }
        if self.share_keys.len() != self.members.len() {
            return refused("share_keys", "must be one for each member");
        }
        // All of them lie on one polynomial of the right degree, whose value at 0 is the public key.
        let values: Vec<_> = (1..).zip(self.share_keys.iter().map(|key| key.point)).collect();
        let (first, rest) = values.split_at(self.threshold as usize);
        if interpolated(first, 0) != self.key.point {
            return refused("share_keys", "do not give the public key");
        }
        if rest.iter().any(|(index, key)| interpolated(first, *index) != *key) {
            return refused("share_keys", "do not fit together at this threshold");
        }
        Ok(())
    }
}

/// Members of a plan or a committee: distinct, with distinct keys, in order, and enough of them.
pub(crate) fn check_members(what: &'static str, members: &[Member], threshold: u32) -> Result<(), Error> {
    let refused = |field, why: String| Err(Error::value(what, field, why));
    if members.len() > MEMBERS {
        return Err(Error::Limit { what: "members", found: members.len(), bound: MEMBERS });
    }
    if !members.windows(2).all(|pair| pair[0].keyholder < pair[1].keyholder) {
        return refused("members", "must be strictly ascending by keyholder, without repeats".into());
    }
    if members.iter().any(|member| member.keyholder.ed25519().is_none()) {
        return refused("members", "must have Ed25519 keys: machines sign for them".into());
    }
    if threshold == 0 || threshold as usize > members.len() {
        return refused("threshold", format!("is {threshold} of {} members", members.len()));
    }
    Ok(())
}
