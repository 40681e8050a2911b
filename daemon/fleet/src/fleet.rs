//! Which kiosk is asked next, and who is asked no more?

use std::collections::{BTreeMap, BTreeSet};

use wetsign_attest::id::{Blob, Id};

use crate::gather::{Cosigned, Fact, Gathered, Outcome, Terms};

/// Says which of several questions to one kiosk is meant: grows with each one, over restarts too. It goes into the
/// session's signed record, so that an answer to an older one shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lease {
    /// How often the hub was started.
    pub start: u64,
    /// Which question since.
    pub number: u64,
}

/// What is to be sent. Orders may be lost, or come twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// A person at this kiosk is asked.
    Ask {
        /// The kiosk.
        kiosk: Blob,
        /// About what.
        request: Id,
        /// Under which lease.
        lease: Lease,
    },
    /// Nobody needs to be asked under this lease any more.
    Withdraw {
        /// The kiosk.
        kiosk: Blob,
        /// About what.
        request: Id,
        /// Under which lease.
        lease: Lease,
    },
}

/// What follows from what happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "facts have to be logged before orders are sent"]
pub struct Step {
    /// To be logged first, in this order.
    pub facts: Vec<Fact>,
    /// To be sent then.
    pub orders: Vec<Order>,
}

struct Kiosk {
    operator: Option<String>,
    /// Questions that it takes at once.
    room: usize,
}

struct Asked {
    request: Id,
    kiosk: Blob,
    /// Index of the log from which on it is offered to others.
    until: u64,
}

struct Open {
    terms: Terms,
    gathered: Gathered,
    /// Kiosks that had the question and gave no co-signature, and the index from which on they may be asked again.
    tried: BTreeMap<Blob, u64>,
}

/// All open requests of a hub, and the kiosks that it may ask.
pub struct Fleet {
    index: u64,
    start: u64,
    number: u64,
    kiosks: BTreeMap<Blob, Kiosk>,
    open: BTreeMap<Id, Open>,
    settled: BTreeMap<Id, Outcome>,
    asked: BTreeMap<Lease, Asked>,
}

impl Fleet {
    /// A hub without requests. `start`: how often it was started, by its store.
    pub fn new(start: u64) -> Self {
        Self {
            index: 0,
            start,
            number: 0,
            kiosks: BTreeMap::new(),
            open: BTreeMap::new(),
            settled: BTreeMap::new(),
            asked: BTreeMap::new(),
        }
    }

    /// A hub as its log says, at this index. Kiosks have to join again.
    pub fn restored<'f>(start: u64, index: u64, facts: impl IntoIterator<Item = &'f Fact>) -> (Self, Step) {
        let mut fleet = Self::new(start);
        for fact in facts {
            fleet.remember(fact);
        }
        // What the log has, and the hub did not come to see.
        let mut step = Step::default();
        for request in fleet.open.keys().copied().collect::<Vec<_>>() {
            fleet.settle(request, &mut step);
        }
        let late = fleet.advanced(index);
        step.facts.extend(late.facts);
        step.orders.extend(late.orders);
        (fleet, step)
    }

    fn remember(&mut self, fact: &Fact) {
        match fact {
            Fact::Opened(request, terms) => {
                if !self.settled.contains_key(request) {
                    self.open.entry(*request).or_insert_with(|| Open {
                        terms: terms.clone(),
                        gathered: Gathered::default(),
                        tried: BTreeMap::new(),
                    });
                }
            }
            Fact::Cosigned(request, given) => {
                if let Some(open) = self.open.get_mut(request) {
                    open.gathered.take(given.clone());
                }
            }
            Fact::Spoilt(request, id) => {
                if let Some(open) = self.open.get_mut(request) {
                    open.gathered.drop(id);
                }
            }
            Fact::Settled(request, outcome) => {
                self.open.remove(request);
                self.settled.entry(*request).or_insert_with(|| outcome.clone());
            }
        }
    }

    /// How a request ended, if it did.
    pub fn outcome(&self, request: &Id) -> Option<&Outcome> {
        self.settled.get(request)
    }

    /// Requests that are open.
    pub fn open_requests(&self) -> usize {
        self.open.len()
    }

    /// Questions that are out.
    pub fn asked(&self) -> usize {
        self.asked.len()
    }

    /// A request that the rules permit. One that is known is not opened again.
    pub fn open(&mut self, request: Id, terms: Terms) -> Step {
        let mut step = Step::default();
        if self.open.contains_key(&request) || self.settled.contains_key(&request) {
            return step;
        }
        self.note(Fact::Opened(request, terms), &mut step);
        self.settle(request, &mut step);
        self.offer(&mut step);
        step
    }

    /// A kiosk is here, with an operator whom this hub knows and a number of questions that it takes at once. What it
    /// had before is asked anew: it may have forgotten it.
    pub fn join(&mut self, kiosk: Blob, operator: Option<String>, room: usize) -> Step {
        let mut step = Step::default();
        self.asked.retain(|_, asked| asked.kiosk != kiosk);
        for open in self.open.values_mut() {
            open.tried.remove(&kiosk);
        }
        self.kiosks.insert(kiosk, Kiosk { operator, room });
        self.offer(&mut step);
        step
    }

    /// A kiosk is away: what it was asked is offered to others. An answer that it brings back later counts.
    pub fn leave(&mut self, kiosk: &Blob) -> Step {
        let mut step = Step::default();
        self.kiosks.remove(kiosk);
        self.asked.retain(|_, asked| asked.kiosk != *kiosk);
        self.offer(&mut step);
        step
    }

    /// A co-signature was verified. It counts whoever was asked, and under whichever lease: it is signed.
    pub fn cosigned(&mut self, request: Id, given: Cosigned) -> Step {
        let mut step = Step::default();
        let kiosk = given.kiosk.clone();
        let known = self.open.get(&request).map(|open| open.gathered.clone());
        if known.is_some_and(|mut gathered| gathered.take(given.clone())) {
            self.note(Fact::Cosigned(request, given), &mut step);
            let answered =
                self.asked.iter().find(|(_, asked)| asked.request == request && asked.kiosk == kiosk);
            if let Some(lease) = answered.map(|(lease, _)| *lease) {
                self.asked.remove(&lease);
            }
            self.settle(request, &mut step);
            self.offer(&mut step);
        }
        step
    }

    /// A co-signature can no more be part of an approval: it is too old, or the hub's own check refuses it.
    pub fn spoilt(&mut self, request: Id, id: Id) -> Step {
        let mut step = Step::default();
        let held = self.open.get(&request).is_some_and(|open| open.gathered.iter().any(|one| one.id == id));
        if held {
            self.note(Fact::Spoilt(request, id), &mut step);
            self.offer(&mut step);
        }
        step
    }

    /// Nobody at this kiosk co-signs: the person declined, was refused, or there is none. Under an older lease it says
    /// nothing any more.
    pub fn passed(&mut self, request: Id, lease: Lease) -> Step {
        let mut step = Step::default();
        if self.asked.get(&lease).is_some_and(|asked| asked.request == request) {
            self.give_up(lease);
            self.offer(&mut step);
        }
        step
    }

    /// The log has grown: leases and deadlines pass.
    pub fn advanced(&mut self, index: u64) -> Step {
        let mut step = Step::default();
        self.index = self.index.max(index);
        let over: Vec<Id> = self
            .open
            .iter()
            .filter(|(_, open)| self.index >= open.terms.deadline)
            .map(|(id, _)| *id)
            .collect();
        for request in over {
            self.end(request, Outcome::Expired, &mut step);
        }
        let late: Vec<Lease> = self
            .asked
            .iter()
            .filter(|(_, asked)| self.index >= asked.until)
            .map(|(lease, _)| *lease)
            .collect();
        for lease in late {
            if let Some(Asked { request, kiosk, .. }) = self.give_up(lease) {
                step.orders.push(Order::Withdraw { kiosk, request, lease });
            }
        }
        self.offer(&mut step);
        step
    }

    fn note(&mut self, fact: Fact, step: &mut Step) {
        self.remember(&fact);
        step.facts.push(fact);
    }

    fn give_up(&mut self, lease: Lease) -> Option<Asked> {
        let asked = self.asked.remove(&lease)?;
        if let Some(open) = self.open.get_mut(&asked.request) {
            open.tried.insert(asked.kiosk.clone(), self.index.saturating_add(open.terms.lease.max(1)));
        }
        Some(asked)
    }

    fn settle(&mut self, request: Id, step: &mut Step) {
        let enough = self.open.get(&request).and_then(|open| open.gathered.enough(&open.terms.quorum));
        if let Some(ids) = enough {
            self.end(request, Outcome::Approved(ids), step);
        }
    }

    fn end(&mut self, request: Id, outcome: Outcome, step: &mut Step) {
        self.note(Fact::Settled(request, outcome), step);
        let over: Vec<Lease> = self
            .asked
            .iter()
            .filter(|(_, asked)| asked.request == request)
            .map(|(lease, _)| *lease)
            .collect();
        for lease in over {
            if let Some(Asked { kiosk, .. }) = self.asked.remove(&lease) {
                step.orders.push(Order::Withdraw { kiosk, request, lease });
            }
        }
    }

    /// Asks as many as are still needed, oldest deadline first.
    fn offer(&mut self, step: &mut Step) {
        let mut requests: Vec<_> = self.open.iter().map(|(id, open)| (open.terms.deadline, *id)).collect();
        requests.sort_unstable();
        for (_, request) in requests {
            while let Some(kiosk) = self.next(request) {
                self.number += 1;
                let lease = Lease { start: self.start, number: self.number };
                let Some(open) = self.open.get(&request) else { break };
                let until = self.index.saturating_add(open.terms.lease.max(1));
                self.asked.insert(lease, Asked { request, kiosk: kiosk.clone(), until });
                step.orders.push(Order::Ask { kiosk, request, lease });
            }
        }
    }

    /// Whom to ask next about a request; nobody if all that is out would be enough, or nobody has room.
    fn next(&self, request: Id) -> Option<Blob> {
        let open = self.open.get(&request)?;
        let quorum = &open.terms.quorum;
        let out = self.asked.values().filter(|asked| asked.request == request).map(|asked| &asked.kiosk);
        let out: Vec<&Blob> = out.collect();
        let operator = |kiosk: &Blob| self.kiosks.get(kiosk).and_then(|kiosk| kiosk.operator.as_ref());
        let kiosks: BTreeSet<&Blob> =
            open.gathered.iter().map(|one| &one.kiosk).chain(out.iter().copied()).collect();
        let operators: BTreeSet<&String> = open
            .gathered
            .iter()
            .filter_map(|one| one.operator.as_ref())
            .chain(out.iter().copied().filter_map(operator))
            .collect();
        let lacks = |found: usize, least: Option<u32>| least.is_some_and(|least| found < least as usize);
        let more_operators = lacks(operators.len(), quorum.min_operators);
        let more_kiosks = lacks(kiosks.len(), quorum.min_kiosks);
        let people = open.gathered.iter().count() + out.len();
        if people >= quorum.k as usize && !more_operators && !more_kiosks {
            return None;
        }
        let fits = |kiosk: &Blob, here: &Kiosk| {
            let busy = self.asked.values().filter(|asked| asked.kiosk == *kiosk).count();
            let new_operator = here.operator.as_ref().is_some_and(|name| !operators.contains(name));
            busy < here.room
                && (!more_operators || new_operator)
                && (more_operators || !more_kiosks || !kiosks.contains(kiosk))
        };
        let rests = |kiosk: &Blob| open.tried.get(kiosk).is_some_and(|until| self.index < *until);
        let busy = |kiosk: &Blob| self.asked.values().filter(|asked| asked.kiosk == *kiosk).count();
        let candidates = self.kiosks.iter().filter(|(kiosk, here)| fits(kiosk, here) && !rests(kiosk));
        candidates.map(|(kiosk, _)| kiosk).min_by_key(|kiosk| (busy(kiosk), *kiosk)).cloned()
    }
}
