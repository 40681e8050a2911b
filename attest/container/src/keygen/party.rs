//! What a keyholder does in a key generation: deal, look at what it got, answer, and keep its share.

use curve25519_dalek::scalar::Scalar;
use wetsign_attest::id::PublicKey;
use wetsign_pair::SealKey;
use zeroize::Zeroizing;

use super::deal::{Deal, polynomial};
use super::record::{Phase, Record};
use super::word::{Answer, Opened, Word};
use crate::error::Refused;
use crate::group::{Number, Random};
use crate::polynomial::Polynomial;
use crate::share::ShareKey;

/// A keyholder's own part: its keys, and the seed of what it deals.
pub struct Party<'a> {
    /// Its signing key's public half.
    pub me: PublicKey,
    /// What its shares are sealed to.
    pub seal: &'a SealKey,
    /// 32 random bytes of this plan alone, kept until it is done: what it deals follows from them.
    pub seed: &'a [u8; 32],
    /// Its share in the committee that hands on.
    pub old: Option<&'a ShareKey>,
}

/// What a keyholder has to sign and log now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Say {
    /// A deal.
    Deal(Deal),
    /// A word on its shares.
    Word(Word),
    /// An answer.
    Answer(Answer),
}

impl Party<'_> {
    /// What it has to say now; `None` if it is not asked, or said it.
    ///
    /// # Errors
    /// [`Refused::Plan`] if it deals an old share and has none, a member's key is unusable, or this keyholder's shares
    /// are to be sealed to another key than its own.
    pub fn next(&self, record: &Record, random: Random<'_>) -> Result<Option<Say>, Refused> {
        let (dealer, member) = (record.dealer(&self.me), record.member(&self.me));
        // Whoever proposes a plan could else have this keyholder's shares sealed to a key of his own.
        let planned = member.map(|member| record.plan().members[member as usize - 1].seal);
        if planned.is_some_and(|seal| seal.0 != self.seal.public().0) {
            return Err(Refused::plan(
                "plan",
                "has this keyholder's shares sealed to a key that is not its own",
            ));
        }
        match (record.phase(), dealer, member) {
            (Phase::Deals, Some(dealer), _) if !record.has_dealt(dealer) => {
                let secret = self.polynomial(record)?;
                Deal::make(record.plan(), record.id(), self.me, &secret, random).map(Say::Deal).map(Some)
            }
            (Phase::Words, _, Some(member)) if !record.has_spoken(member) => {
                let bad = |deal: &&Deal| deal.share_for(member, self.seal).is_none();
                let mut against: Vec<PublicKey> = record
                    .counted()
                    .iter()
                    .map(|(_, deal, _)| *deal)
                    .filter(bad)
                    .map(|deal| deal.dealer)
                    .collect();
                against.sort_unstable();
                Ok(Some(Say::Word(Word { plan: record.id(), member: self.me, against })))
            }
            (Phase::Answers, Some(dealer), _) if !record.has_answered(dealer) => {
                let Some(accusers) = record.accusers(dealer) else { return Ok(None) };
                let secret = self.polynomial(record)?;
                let shares = accusers
                    .iter()
                    .map(|member| Opened { member: *member, share: Number(*secret.at(*member)) });
                let shares = shares.collect();
                Ok(Some(Say::Answer(Answer { plan: record.id(), dealer: self.me, shares })))
            }
            _ => Ok(None),
        }
    }

    /// Its share, once the key generation is done; `None` if it is no member.
    ///
    /// # Errors
    /// [`Refused::Plan`] if nothing came of it.
    pub fn share(&self, record: &Record) -> Result<Option<ShareKey>, Refused> {
        const WHAT: &str = "key generation";
        let Some(index) = record.member(&self.me) else { return Ok(None) };
        let committee = record
            .committee()
            .ok_or_else(|| Refused::plan(WHAT, "is not done"))?
            .map_err(|failed| Refused::plan(WHAT, failed.to_string()))?;
        let mut sum = Zeroizing::new(Scalar::ZERO);
        for (weight, deal, answer) in record.counted() {
            let shown = answer.and_then(|answer| answer.shares.iter().find(|opened| opened.member == index));
            let share =
                deal.share_for(index, self.seal).or_else(|| deal.opened(index, &shown?.share)).ok_or_else(
                    || Refused::plan(WHAT, format!("dealer {} gave this keyholder no share", deal.dealer)),
                )?;
            *sum += weight * *share;
        }
        ShareKey::take(committee, index, &Zeroizing::new(sum.to_bytes())).map(Some)
    }

    fn polynomial(&self, record: &Record) -> Result<Polynomial, Refused> {
        let old = match record.plan().previous {
            None => None,
            Some(previous) => {
                let share = self.old.filter(|share| share.committee_id() == previous);
                let missing =
                    || Refused::plan("deal", format!("this keyholder has no share in committee {previous}"));
                Some(share.ok_or_else(missing)?.secret())
            }
        };
        Ok(polynomial(self.seed, record.id(), record.plan().threshold, old))
    }
}
