//! A key generation with all keyholders in one place: for tests, benches, and for trying things out. Whoever runs it
//! has every share, so nothing is safe with its committee.

use ed25519_dalek::SigningKey;
use wetsign_attest::id::{ChannelKey, Digest, PublicKey};
use wetsign_attest::{Endorsed, Object, Signed};
use wetsign_pair::SealKey;
use zeroize::Zeroizing;

use super::party::{Party, Say};
use super::plan::Plan;
use super::record::{Record, Spoken};
use crate::committee::{Committee, Member};
use crate::error::Refused;
use crate::group::Random;
use crate::share::ShareKey;

/// What a rehearsal leaves.
pub struct Rehearsed {
    /// The committee, signed by all of its members.
    pub committee: Endorsed<Committee>,
    /// Each member's signing key and share, in order.
    pub keyholders: Vec<(SigningKey, ShareKey)>,
}

/// Makes a committee of `members` keyholders, of whom `threshold` give a key; after another one, if given: then its
/// public key stays.
///
/// # Errors
/// [`Refused`] if there can be no such committee.
pub fn rehearse(
    threshold: u32,
    members: u32,
    old: Option<&Rehearsed>,
    random: Random<'_>,
) -> Result<Rehearsed, Refused> {
    let mut draw = || {
        let mut bytes = [0; 32];
        random(&mut bytes);
        bytes
    };
    let mut keys: Vec<(SigningKey, SealKey)> = (0..members)
        .map(|_| (SigningKey::from_bytes(&draw()), SealKey::of(Zeroizing::new(draw()))))
        .collect();
    keys.sort_by_key(|(key, _)| PublicKey::from(key));
    let member = |(key, seal): &(SigningKey, SealKey)| Member {
        keyholder: PublicKey::from(key),
        seal: ChannelKey(seal.public().0),
    };
    let proposer = SigningKey::from_bytes(&draw());
    let plan = Plan {
        number: old.map_or(1, |old| old.committee.payload().number + 1),
        threshold,
        members: keys.iter().map(member).collect(),
        previous: old.map(|old| old.committee.id()),
        patience: 100,
        nonce: Digest(draw()),
        proposed_by: PublicKey::from(&proposer),
    };
    let plan = Signed::sign(plan, &proposer)?;
    let mut record = Record::new(&plan, 0, old.map(|old| old.committee.payload().clone()))?;
    let seed = Zeroizing::new(draw());
    let nothing = SealKey::of(Zeroizing::new(draw()));
    let dealers: Vec<_> = old.iter().flat_map(|old| &old.keyholders).collect();
    let mut index = 1;
    for _phase in 0..2 {
        let as_member = keys.iter().map(|(key, seal)| (key, seal, None));
        let as_dealer = dealers.iter().map(|(key, share)| (key, &nothing, Some(share)));
        for (key, seal, old) in as_member.chain(as_dealer) {
            let party = Party { me: PublicKey::from(key), seal, seed: &seed, old };
            if let Some(say) = party.next(&record, random)? {
                record.hear(index, &say.sign(key)?)?;
                index += 1;
            }
        }
    }
    let mut keyholders = Vec::new();
    for (key, seal) in keys {
        let party = Party { me: PublicKey::from(&key), seal: &seal, seed: &seed, old: None };
        keyholders.extend(party.share(&record)?.map(|share| (key, share)));
    }
    let signers: Vec<_> = keyholders.iter().map(|(key, _)| key).collect();
    let committee = keyholders[0].1.committee().clone();
    Ok(Rehearsed { committee: Endorsed::sign(committee, &signers)?, keyholders })
}

impl Say {
    /// Signs it, as it stands in the log.
    ///
    /// # Errors
    /// [`Refused::Object`] if the key is not the keyholder's.
    pub fn sign(self, key: &SigningKey) -> Result<Spoken, Refused> {
        fn signed<T: Object>(said: T, key: &SigningKey) -> Result<Signed<T>, Refused> {
            Ok(Signed::sign(said, key)?)
        }
        Ok(match self {
            Self::Deal(deal) => Spoken::Deal(signed(deal, key)?),
            Self::Word(word) => Spoken::Word(signed(word, key)?),
            Self::Answer(answer) => Spoken::Answer(signed(answer, key)?),
        })
    }
}
