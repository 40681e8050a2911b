//! Are the co-signatures of one request enough, and which are taken?

use std::collections::BTreeSet;

use wetsign_attest::id::{Blob, Id, PublicKey};
use wetsign_attest::object::Quorum;
use wetsign_attest::terms::{Place, spread};

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The strictest quorum among its assets' rules.
    pub quorum: Quorum,
    /// Log entries for which a kiosk may keep a question before it is offered to others.
    pub lease: u64,
    /// Index in the log from which on nobody is asked any more.
    pub deadline: u64,
}

/// A co-signature that was fetched and verified, and stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosigned {
    /// Its identifier.
    pub id: Id,
    /// Who signed.
    pub validator: PublicKey,
    /// Universal identifier of the kiosk's secure element.
    pub kiosk: Blob,
    /// Who runs that kiosk, as this hub knows.
    pub operator: Option<String>,
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With these co-signatures, ascending.
    Approved(Vec<Id>),
    /// Its deadline came first.
    Expired,
}

/// What has to be in the log, or is there: all that a decision follows from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A request is open.
    Opened(Id, Terms),
    /// Somebody co-signed it.
    Cosigned(Id, Cosigned),
    /// A co-signature is too old by now, or was never one that a verifier would take.
    Spoilt(Id, Id),
    /// It ended.
    Settled(Id, Outcome),
}

/// Co-signatures of one request: one for each validator, in the order of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gathered {
    given: Vec<Cosigned>,
    /// Those that were dropped: one that comes again does not count.
    spoilt: BTreeSet<Id>,
}

impl Gathered {
    /// Takes one; false if this validator's is here already, or if it was dropped.
    pub(crate) fn take(&mut self, given: Cosigned) -> bool {
        let other = |one: &Cosigned| one.validator != given.validator && one.id != given.id;
        let new = !self.spoilt.contains(&given.id) && self.given.iter().all(other);
        if new {
            self.given.push(given);
        }
        new
    }

    /// Drops one, for good.
    pub(crate) fn drop(&mut self, id: &Id) {
        self.spoilt.insert(*id);
        self.given.retain(|one| one.id != *id);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Cosigned> {
        self.given.iter()
    }

    /// As few as are enough, ascending; none if there are not enough. The rule itself is [`spread`].
    pub(crate) fn enough(&self, quorum: &Quorum) -> Option<Vec<Id>> {
        let k = quorum.k as usize;
        let mut taken: Vec<&Cosigned> = Vec::new();
        // First those that bring an operator, then those that bring a kiosk, then the oldest: a kiosk has one
        // operator, so that the quorum is reached with k of them whenever it is reached with all.
        let operators = quorum.min_operators.unwrap_or(0) as usize;
        let mut seen = BTreeSet::new();
        for one in &self.given {
            if let Some(operator) = &one.operator
                && seen.len() < operators
                && seen.insert(operator)
            {
                taken.push(one);
            }
        }
        let kiosks = quorum.min_kiosks.unwrap_or(0) as usize;
        let mut places: BTreeSet<_> = taken.iter().map(|one| &one.kiosk).collect();
        for one in &self.given {
            if places.len() < kiosks && places.insert(&one.kiosk) {
                taken.push(one);
            }
        }
        for one in &self.given {
            if taken.len() < k && taken.iter().all(|other| other.id != one.id) {
                taken.push(one);
            }
        }
        let places = taken.iter().map(|one| Place { ueid: &one.kiosk.0, operator: one.operator.as_deref() });
        let places: Vec<_> = places.collect();
        let mut ids: Vec<Id> = taken.iter().map(|one| one.id).collect();
        ids.sort_unstable();
        (k > 0 && ids.len() == k && spread(quorum, &places).holds).then_some(ids)
    }
}
