//! Who may say what of a person's keys, and which of them may approve.
//!
//! A state and what follows it, without a clock: events come in their order, and each says its time. Lost phone, stolen
//! phone and new phone are told in `tests/keys.rs`.

use std::collections::{BTreeMap, BTreeSet};

use super::Ruling;
use crate::id::{Id, PublicKey};
use crate::limits::{AGENT_PAUSE_S, KEY_EVENTS, KEY_EVENTS_OWN, RECOVERY_S};
use crate::object::{KeyAct, KeyEvent, KeySet};

/// A person's keys after some events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    person: PublicKey,
    set: KeySet,
    /// Those of the set that said themselves that they are this person's.
    approving: BTreeSet<PublicKey>,
    /// Those that approved once and never will again.
    former: BTreeSet<PublicKey>,
    newest: Option<(u64, Id)>,
    time: u64,
    recoveries: Vec<Recovery>,
    spoke: BTreeMap<PublicKey, u64>,
}

/// A recovery that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovery {
    /// The event that began it.
    pub id: Id,
    /// The keys that it sets.
    pub keys: KeySet,
    /// Agents who want it.
    pub agents: BTreeSet<PublicKey>,
    /// UTC seconds from which on it holds unless an admin key ends it; none while too few agents want it.
    pub effective: Option<u64>,
}

impl Keys {
    /// Of a person who never said anything: the key of their enrolment does everything.
    pub fn enrolled(person: PublicKey) -> Self {
        Self {
            person,
            set: KeySet::of(person),
            approving: BTreeSet::from([person]),
            former: BTreeSet::new(),
            newest: None,
            time: 0,
            recoveries: Vec::new(),
            spoke: BTreeMap::new(),
        }
    }

    /// The person: the key of their first enrolment.
    pub fn person(&self) -> PublicKey {
        self.person
    }

    /// Which keys there are.
    pub fn set(&self) -> &KeySet {
        &self.set
    }

    /// Keys that may approve, ascending.
    pub fn approving(&self) -> impl Iterator<Item = &PublicKey> {
        self.approving.iter()
    }

    /// Keys that approved once and never will again, ascending.
    pub fn former(&self) -> impl Iterator<Item = &PublicKey> {
        self.former.iter()
    }

    /// Recoveries that wait, the oldest first.
    pub fn recoveries(&self) -> &[Recovery] {
        &self.recoveries
    }

    /// Number and id of the newest event.
    pub fn newest(&self) -> Option<(u64, Id)> {
        self.newest
    }

    /// Whether this key approves for the person, or did so once.
    pub fn knows(&self, key: &PublicKey) -> bool {
        self.approving.contains(key) || self.former.contains(key)
    }

    /// The key may approve for the person.
    pub fn may_approve(&self, key: &PublicKey) -> Ruling {
        let after = self.newest.map_or(0, |(number, _)| number);
        let stands = if self.approving.contains(key) {
            "approves"
        } else if self.former.contains(key) {
            "was taken away, and approves no more"
        } else if self.set.approving.contains(key) {
            "is named, and has not accepted that yet"
        } else {
            "does not belong to this person"
        };
        let compared = format!(
            "after key event {after} of person {}, key {} {stands}",
            self.person.short(),
            key.short()
        );
        Ruling::new(self.approving.contains(key), compared)
    }

    /// The keys at `time`, UTC seconds: a recovery that nobody ended in time holds.
    #[must_use]
    pub fn at(&self, time: u64) -> Self {
        let due = |recovery: &&Recovery| recovery.effective.is_some_and(|effective| effective <= time);
        let first = self.recoveries.iter().filter(due).min_by_key(|recovery| recovery.effective);
        let mut keys = self.clone();
        if let Some(recovery) = first {
            keys.take(recovery.keys.clone());
        }
        keys
    }

    /// The keys after an event with this id.
    ///
    /// # Errors
    /// Why it changes nothing: who signed it may not, or it does not follow what was before.
    pub fn after(&self, id: Id, event: &KeyEvent) -> Result<Self, String> {
        self.follows(event)?;
        let mut keys = self.at(event.time);
        let by = event.signed_by;
        match &event.act {
            KeyAct::Set(set) => {
                keys.admin(&by)?;
                keys.fit(set)?;
                keys.take(set.clone());
            }
            KeyAct::Accept => keys.accept(by)?,
            KeyAct::Recover(set) => {
                keys.agent(&by, event)?;
                keys.fit(set)?;
                keys.leave(&by);
                let recovery = Recovery { id, keys: set.clone(), agents: BTreeSet::new(), effective: None };
                keys.recoveries.push(recovery);
                keys.join(&id, by, event.time);
            }
            KeyAct::Support { recovery } => {
                if keys.waiting(recovery)?.agents.contains(&by) {
                    return Err(format!(
                        "agent {} wants this recovery already: one agent counts once",
                        by.short()
                    ));
                }
                keys.agent(&by, event)?;
                keys.leave(&by);
                keys.join(recovery, by, event.time);
            }
            KeyAct::Revert { recovery } => {
                keys.admin(&by)?;
                keys.waiting(recovery)?;
                keys.recoveries.retain(|waiting| waiting.id != *recovery);
            }
        }
        keys.newest = Some((event.number, id));
        keys.time = event.time;
        Ok(keys)
    }

    fn follows(&self, event: &KeyEvent) -> Result<(), String> {
        if event.person != self.person {
            return Err(format!(
                "it is of person {}, and these are the keys of {}",
                event.person, self.person
            ));
        }
        let (number, previous) = self.newest.map_or((1, None), |(number, id)| (number + 1, Some(id)));
        if event.number != number || event.previous != previous {
            return Err(format!(
                "it is event {}, and event {number} comes next, with the id of the one before",
                event.number
            ));
        }
        if event.time < self.time {
            return Err(format!("it is dated {}, before the event before it ({})", event.time, self.time));
        }
        if number > KEY_EVENTS as u64 {
            return Err(format!("{KEY_EVENTS} events are the most that one person's keys have"));
        }
        Ok(())
    }

    fn admin(&self, key: &PublicKey) -> Result<(), String> {
        if self.set.admins.contains(key) {
            return Ok(());
        }
        Err(format!("it is signed by {key}, which is no admin key of person {}", self.person.short()))
    }

    fn agent(&self, key: &PublicKey, event: &KeyEvent) -> Result<(), String> {
        if !self.set.agents.contains(key) {
            return Err(format!("it is signed by {key}, who is no agent of person {}", self.person.short()));
        }
        let most = KEY_EVENTS - KEY_EVENTS_OWN;
        if event.number > most as u64 {
            return Err(format!("agents have {most} events; the others are the person's own"));
        }
        match self.spoke.get(key) {
            Some(last) if event.time < last.saturating_add(AGENT_PAUSE_S) => Err(format!(
                "agent {} spoke at {last}, and may again after a day; it is {}",
                key.short(),
                event.time
            )),
            _ => Ok(()),
        }
    }

    /// What was taken away does not come back in any part.
    fn fit(&self, set: &KeySet) -> Result<(), String> {
        let named = set.admins.iter().chain(&set.approving).chain(&set.agents);
        match named.into_iter().find(|key| self.former.contains(key)) {
            Some(key) => Err(format!("it names {key}, which was taken away: make a new key")),
            None => Ok(()),
        }
    }

    fn accept(&mut self, key: PublicKey) -> Result<(), String> {
        if !self.set.approving.contains(&key) {
            return Err(format!("no admin key of person {} named {key}", self.person.short()));
        }
        if !self.approving.insert(key) {
            return Err(format!("key {} approves for this person already", key.short()));
        }
        Ok(())
    }

    fn waiting(&self, recovery: &Id) -> Result<&Recovery, String> {
        let found = self.recoveries.iter().find(|waiting| waiting.id == *recovery);
        found.ok_or_else(|| {
            format!("no recovery {} waits: it is over, in force, or never began", recovery.short())
        })
    }

    /// Whoever has an admin key needs no recovery, and whom a recovery helped needs no other: none waits after this.
    fn take(&mut self, set: KeySet) {
        let (stay, gone): (BTreeSet<_>, BTreeSet<_>) =
            self.approving.iter().copied().partition(|key| set.approving.contains(key));
        (self.approving, self.set) = (stay, set);
        self.former.extend(gone);
        self.recoveries.clear();
    }

    /// An agent wants one recovery at a time.
    fn leave(&mut self, agent: &PublicKey) {
        for recovery in &mut self.recoveries {
            if recovery.agents.remove(agent) && recovery.agents.len() < self.set.needed as usize {
                recovery.effective = None;
            }
        }
        self.recoveries.retain(|recovery| !recovery.agents.is_empty());
    }

    fn join(&mut self, id: &Id, agent: PublicKey, time: u64) {
        self.spoke.insert(agent, time);
        let needed = self.set.needed as usize;
        if let Some(recovery) = self.recoveries.iter_mut().find(|recovery| recovery.id == *id) {
            recovery.agents.insert(agent);
            if recovery.agents.len() >= needed && recovery.effective.is_none() {
                recovery.effective = Some(time.saturating_add(RECOVERY_S));
            }
        }
    }
}
