//! The machine that every reader of the log runs: what was said, whose fault is what, which committee comes of it.

use std::collections::{BTreeMap, BTreeSet};

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use wetsign_attest::id::{Id, PublicKey};
use wetsign_attest::{Error, Object, Signed};

use super::deal::Deal;
use super::plan::Plan;
use super::word::{Answer, Word};
use crate::committee::Committee;
use crate::error::Refused;
use crate::group::Point;
use crate::polynomial::{committed_at, weights};

/// An entry of the log that a key generation listens to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spoken {
    /// A dealer dealt.
    Deal(Signed<Deal>),
    /// A member spoke of its shares.
    Word(Signed<Word>),
    /// A dealer answered.
    Answer(Signed<Answer>),
}

impl Spoken {
    /// Reads a signed deal, word or answer.
    ///
    /// # Errors
    /// [`Refused::Object`] if it is no such object, or its signature does not verify.
    pub fn decode(bytes: &[u8]) -> Result<Self, Refused> {
        let other = |error: &Error| matches!(error, Error::WrongType { .. } | Error::Limit { .. });
        match Signed::decode(bytes) {
            Err(error) if other(&error) => {}
            deal => return Ok(Self::Deal(deal?)),
        }
        match Signed::decode(bytes) {
            Err(error) if other(&error) => Ok(Self::Answer(Signed::decode(bytes)?)),
            word => Ok(Self::Word(word?)),
        }
    }

    /// The signed bytes.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Deal(deal) => deal.bytes(),
            Self::Word(word) => word.bytes(),
            Self::Answer(answer) => answer.bytes(),
        }
    }

    /// Its type string and id, as the log records them.
    pub fn named(&self) -> (&'static str, Id) {
        match self {
            Self::Deal(deal) => (Deal::TYPE, deal.id()),
            Self::Word(word) => (Word::TYPE, word.id()),
            Self::Answer(answer) => (Answer::TYPE, answer.id()),
        }
    }
}

/// Who is awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Dealers.
    Deals,
    /// Members.
    Words,
    /// Accused dealers.
    Answers,
    /// Nobody: [`Record::committee`] says what came of it.
    Done,
}

/// A dealer who is left out, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The dealer.
    pub dealer: PublicKey,
    /// What it did or left undone.
    pub why: &'static str,
}

/// Nothing comes of this key generation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found} dealers remain, {needed} are needed; left out: {}", shown(.faults))]
pub struct Failed {
    /// Dealers without a fault.
    pub found: usize,
    /// How many it takes.
    pub needed: usize,
    /// Who was left out.
    pub faults: Vec<Fault>,
}

fn shown(faults: &[Fault]) -> String {
    let one = |fault: &Fault| format!("{} ({})", fault.dealer, fault.why);
    faults.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// A key generation, as its log shows it.
pub struct Record {
    plan: Plan,
    id: Id,
    old: Option<Committee>,
    phase: Phase,
    /// Log index at which the phase began.
    began: u64,
    deals: BTreeMap<u32, Deal>,
    /// Members who spoke.
    spoke: BTreeSet<u32>,
    /// For each accused dealer, the members who accuse it.
    accused: BTreeMap<u32, BTreeSet<u32>>,
    answers: BTreeMap<u32, Answer>,
    faults: BTreeMap<u32, &'static str>,
}

impl Record {
    /// One whose plan stands at `index` in the log. `old` is the committee that hands on, where the plan names one.
    ///
    /// # Errors
    /// [`Refused::Plan`] if the plan follows another committee than `old`, or has another number than the next.
    pub fn new(plan: &Signed<Plan>, index: u64, old: Option<Committee>) -> Result<Self, Refused> {
        let follows = old.as_ref().map(Object::id).transpose()?;
        let (id, plan) = (plan.id(), plan.payload().clone());
        if follows != plan.previous {
            let why = format!("follows the committee {:?}, and not {follows:?}", plan.previous);
            return Err(Refused::plan("plan", why));
        }
        if let Some(old) = old.as_ref().filter(|old| old.number + 1 != plan.number) {
            return Err(Refused::plan(
                "plan",
                format!("has the number {} after {}", plan.number, old.number),
            ));
        }
        Ok(Self {
            plan,
            id,
            old,
            phase: Phase::Deals,
            began: index + 1,
            deals: BTreeMap::new(),
            spoke: BTreeSet::new(),
            accused: BTreeMap::new(),
            answers: BTreeMap::new(),
            faults: BTreeMap::new(),
        })
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Its id.
    pub fn id(&self) -> Id {
        self.id
    }

    /// The committee that hands on, if one does.
    pub fn old(&self) -> Option<&Committee> {
        self.old.as_ref()
    }

    /// Who is awaited.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Who is left out so far.
    pub fn faults(&self) -> Vec<Fault> {
        let one =
            |(index, why): (&u32, &&'static str)| Fault { dealer: self.dealers()[*index as usize - 1], why };
        self.faults.iter().map(one).collect()
    }

    /// The log has grown to this size: a phase whose time is over ends.
    pub fn grown(&mut self, size: u64) {
        while self.phase != Phase::Done && size >= self.began.saturating_add(self.plan.patience) {
            let at = self.began.saturating_add(self.plan.patience);
            self.end_phase(at);
        }
    }

    /// The phase is over for whoever is silent: what waiting for `patience` entries would do.
    pub fn close(&mut self) {
        self.grown(self.began.saturating_add(self.plan.patience));
    }

    /// Log index at which the phase began.
    pub fn began(&self) -> u64 {
        self.began
    }

    /// An entry at this index of the log; entries come in order.
    ///
    /// # Errors
    /// [`Refused::Plan`] says why an entry changes nothing: another plan, another phase, somebody who is not asked, or
    /// who spoke already.
    pub fn hear(&mut self, index: u64, spoken: &Spoken) -> Result<(), Refused> {
        self.grown(index);
        match spoken {
            Spoken::Deal(deal) => self.deal(deal.payload()),
            Spoken::Word(word) => self.word(word.payload()),
            Spoken::Answer(answer) => self.answer(answer.payload()),
        }?;
        if self.all_spoke() {
            self.end_phase(index + 1);
        }
        Ok(())
    }

    /// The committee that came of it, once the phase is [`Phase::Done`].
    ///
    /// # Errors
    /// [`Failed`] if too few dealers remain.
    pub fn committee(&self) -> Option<Result<Committee, Failed>> {
        (self.phase == Phase::Done).then(|| self.result())
    }

    /// The dealers, in order: the old committee's members, or the plan's.
    pub(crate) fn dealers(&self) -> Vec<PublicKey> {
        let members = self.old.as_ref().map_or(&self.plan.members, |old| &old.members);
        members.iter().map(|member| member.keyholder).collect()
    }

    /// Number of this dealer, from 1.
    pub(crate) fn dealer(&self, key: &PublicKey) -> Option<u32> {
        self.dealers().iter().position(|dealer| dealer == key).map(|at| at as u32 + 1)
    }

    /// Number of this member, from 1.
    pub(crate) fn member(&self, key: &PublicKey) -> Option<u32> {
        self.plan.members.iter().position(|member| member.keyholder == *key).map(|at| at as u32 + 1)
    }

    pub(crate) fn has_dealt(&self, dealer: u32) -> bool {
        self.deals.contains_key(&dealer) || self.faults.contains_key(&dealer)
    }

    pub(crate) fn has_spoken(&self, member: u32) -> bool {
        self.spoke.contains(&member)
    }

    pub(crate) fn has_answered(&self, dealer: u32) -> bool {
        self.answers.contains_key(&dealer)
    }

    /// Members who accuse this dealer.
    pub(crate) fn accusers(&self, dealer: u32) -> Option<&BTreeSet<u32>> {
        self.accused.get(&dealer)
    }

    /// Deals without a fault so far, and what each counts for.
    pub(crate) fn counted(&self) -> Vec<(Scalar, &Deal, Option<&Answer>)> {
        let indices: Vec<u32> =
            self.deals.keys().copied().filter(|dealer| !self.faults.contains_key(dealer)).collect();
        let weights =
            if self.old.is_some() { weights(&indices, 0) } else { vec![Scalar::ONE; indices.len()] };
        let one = |(index, weight)| (weight, &self.deals[index], self.answers.get(index));
        indices.iter().zip(weights).map(one).collect()
    }

    fn deal(&mut self, deal: &Deal) -> Result<(), Refused> {
        let dealer = self.asked(Phase::Deals, deal.plan, self.dealer(&deal.dealer), "dealer")?;
        if self.has_dealt(dealer) {
            return Err(Refused::plan(
                "deal",
                format!("dealer {dealer} dealt before; the first deal counts"),
            ));
        }
        let old_key = self.old.as_ref().map(|old| &old.share_keys[dealer as usize - 1]);
        match deal.amiss(&self.plan, self.id, old_key) {
            Some(why) => drop(self.faults.insert(dealer, why)),
            None => drop(self.deals.insert(dealer, deal.clone())),
        }
        Ok(())
    }

    fn word(&mut self, word: &Word) -> Result<(), Refused> {
        let member = self.asked(Phase::Words, word.plan, self.member(&word.member), "member")?;
        if !self.spoke.insert(member) {
            return Err(Refused::plan(
                "word",
                format!("member {member} spoke before; its first word counts"),
            ));
        }
        let against: Vec<u32> = word.against.iter().filter_map(|key| self.dealer(key)).collect();
        for dealer in against {
            if self.deals.contains_key(&dealer) {
                self.accused.entry(dealer).or_default().insert(member);
            }
        }
        Ok(())
    }

    fn answer(&mut self, answer: &Answer) -> Result<(), Refused> {
        let dealer = self.asked(Phase::Answers, answer.plan, self.dealer(&answer.dealer), "dealer")?;
        if self.has_answered(dealer) || !self.accused.contains_key(&dealer) {
            return Err(Refused::plan(
                "answer",
                format!("dealer {dealer} answered before, or is not accused"),
            ));
        }
        self.answers.insert(dealer, answer.clone());
        Ok(())
    }

    fn asked(&self, phase: Phase, plan: Id, who: Option<u32>, what: &'static str) -> Result<u32, Refused> {
        if plan != self.id {
            return Err(Refused::plan(what, format!("speaks of the plan {plan}, this is {}", self.id)));
        }
        if phase != self.phase {
            return Err(Refused::plan(
                what,
                format!("speaks in the phase {:?}, and not {phase:?}", self.phase),
            ));
        }
        who.ok_or_else(|| Refused::plan(what, "does not belong to this plan"))
    }

    fn all_spoke(&self) -> bool {
        match self.phase {
            Phase::Deals => (1..=self.dealers().len() as u32).all(|dealer| self.has_dealt(dealer)),
            Phase::Words => self.spoke.len() == self.plan.members.len(),
            Phase::Answers => self.accused.keys().all(|dealer| self.has_answered(*dealer)),
            Phase::Done => false,
        }
    }

    fn end_phase(&mut self, at: u64) {
        self.began = at;
        self.phase = match self.phase {
            Phase::Deals => {
                for dealer in 1..=self.dealers().len() as u32 {
                    if !self.has_dealt(dealer) {
                        self.faults.insert(dealer, "it dealt nothing in time");
                    }
                }
                Phase::Words
            }
            Phase::Words if !self.accused.is_empty() => Phase::Answers,
            Phase::Words => Phase::Done,
            Phase::Answers => {
                self.judge();
                Phase::Done
            }
            Phase::Done => return,
        };
    }

    fn judge(&mut self) {
        for (dealer, accusers) in &self.accused {
            let fits = |member: &u32, answer: &Answer| {
                let shown = answer.shares.iter().find(|opened| opened.member == *member);
                shown.is_some_and(|opened| self.deals[dealer].fits(*member, &opened.share.0))
            };
            match self.answers.get(dealer) {
                None => drop(self.faults.insert(*dealer, "it did not answer who accused it")),
                Some(answer) if !accusers.iter().all(|member| fits(member, answer)) => {
                    self.faults.insert(*dealer, "what it showed as a share does not fit its commitments");
                }
                Some(_) => {}
            }
        }
    }

    fn result(&self) -> Result<Committee, Failed> {
        let counted = self.counted();
        let needed = self.old.as_ref().map_or(self.plan.threshold, |old| old.threshold) as usize;
        let failed = || Failed { found: counted.len(), needed, faults: self.faults() };
        if counted.len() < needed {
            return Err(failed());
        }
        let at = |index: u32| -> Point {
            let value =
                |(weight, deal, _): &(Scalar, &Deal, _)| weight * committed_at(&deal.commitments, index);
            counted.iter().map(value).sum::<RistrettoPoint>().into()
        };
        let members = self.plan.members.clone();
        Ok(Committee {
            plan: self.id,
            number: self.plan.number,
            threshold: self.plan.threshold,
            key: at(0),
            share_keys: (1..=members.len() as u32).map(at).collect(),
            members,
        })
    }
}
