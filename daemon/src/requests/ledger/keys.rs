//! What happens to the keys of people who are enrolled here. The rules are everybody's ([`wetsign_attest::terms`]);
//! here events are kept, logged and handed out.

use std::collections::{BTreeMap, BTreeSet};

use wetsign_attest::{
    Endorsed, Object, Signed,
    id::{Blob, Id, PublicKey},
    object::{CoSignature, KeyAct, KeyEvent, RegistryEpoch, StakeSnapshot},
    passkey::Presence,
    terms::{self, Keys, PlacedKeyEvent},
};

use super::{Ledger, uses::present};
use crate::{
    error::LedgerError,
    store::records,
    store::{Batch, Table},
};

/// One person's events in their order, each with its place in the log.
pub struct KeyEvents {
    /// The key of the person's first enrolment.
    pub person: PublicKey,
    events: Vec<(u64, Signed<KeyEvent>)>,
}

impl KeyEvents {
    /// The events as they were signed.
    pub fn signed(&self) -> impl Iterator<Item = &Signed<KeyEvent>> {
        self.events.iter().map(|(_, signed)| signed)
    }

    fn placed(&self) -> Vec<PlacedKeyEvent<'_>> {
        let placed = self.events.iter().map(|(place, signed)| PlacedKeyEvent {
            place: *place,
            id: signed.id(),
            event: signed.payload(),
        });
        placed.collect()
    }

    /// The keys after all of them.
    ///
    /// # Errors
    /// [`LedgerError::Invalid`]: which event cannot be, and why.
    pub fn keys(&self) -> Result<Keys, LedgerError> {
        terms::keys_after(self.person, &self.placed()).map_err(LedgerError::Invalid)
    }

    fn keys_in(&self, epoch: &RegistryEpoch) -> Result<Keys, LedgerError> {
        terms::keys_in(self.person, &self.placed(), epoch).map_err(LedgerError::Invalid)
    }
}

impl Ledger {
    /// Takes an event into the books and the log; answers all events of the person. The same again changes nothing.
    ///
    /// # Errors
    /// [`LedgerError::Invalid`] if nobody signed it who may now, it does not follow the one before, or it is dated
    /// otherwise; [`LedgerError::NotFound`] for the first event of somebody who is not enrolled here.
    pub fn take_key_event(&self, event: &[u8], now: u64) -> Result<KeyEvents, LedgerError> {
        let signed = Signed::<KeyEvent>::decode(event)?;
        let event = signed.payload();
        let _order = self.in_order();
        if self.store().get(Table::Object, &signed.id().0)?.is_some() {
            self.logged([signed.id()])?;
            return self.events_of(&event.person);
        }
        let known = self.events_of(&event.person)?;
        self.whose(event)?;
        // Whoever ends a recovery is believed anywhere.
        if !matches!(event.act, KeyAct::Revert { .. }) {
            self.asked_on_our_pages(signed.presence())?;
        }
        let wrong = |why| LedgerError::Invalid(format!("key event {} is not taken: {why}", event.number));
        present(event.time, now)?;
        let place = self.journal().size();
        if let Some(epoch) = self.registry().current() {
            let one = PlacedKeyEvent { place, id: signed.id(), event };
            terms::dated(&one, &epoch.epoch).require().map_err(wrong)?;
        }
        known.keys()?.after(signed.id(), event).map_err(wrong)?;

        let mut previous: Vec<Id> = event.previous.into_iter().collect();
        if let KeyAct::Support { recovery } | KeyAct::Revert { recovery } = &event.act {
            previous.push(*recovery);
        }
        let mut batch = Batch::new();
        batch.put(Table::KeyEvent, &records::by_number(&event.person, event.number), &signed.id().0);
        if event.act == KeyAct::Accept {
            batch.put(Table::KeyEvent, event.signed_by.as_bytes(), event.person.as_bytes());
        }
        self.at(now);
        self.record(&signed, &previous, batch)?;
        tracing::info!(person = %event.person.short(), number = event.number, what = event.act.words(), "key event");
        self.events_of(&event.person)
    }

    /// All events of the person with this key, whichever of theirs it is.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn key_events(&self, key: &PublicKey) -> Result<KeyEvents, LedgerError> {
        self.events_of(&self.person_of(key)?)
    }

    /// The person with this key: the key itself, unless it says that it is somebody's.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn person_of(&self, key: &PublicKey) -> Result<PublicKey, LedgerError> {
        match self.store().get(Table::KeyEvent, key.as_bytes())? {
            None => Ok(*key),
            Some(person) => PublicKey::try_from(person.as_slice())
                .map_err(|_| LedgerError::stored("person of key", key.as_bytes())),
        }
    }

    /// All keys of the person who is about to be enrolled with this one: enrolments under them are no duplicates.
    ///
    /// # Errors
    /// [`LedgerError::State`] if the key was taken away from its person.
    pub fn all_keys(&self, key: &PublicKey, now: u64) -> Result<BTreeSet<PublicKey>, LedgerError> {
        let keys = self.key_events(key)?.keys()?.at(now);
        keys.may_approve(key).require().map_err(LedgerError::State)?;
        Ok(keys.approving().chain(keys.former()).copied().collect())
    }

    /// Refuses a validator whose key does not approve in this epoch.
    ///
    /// # Errors
    /// [`LedgerError::State`] says why.
    pub fn approves(&self, validator: &PublicKey, epoch: &RegistryEpoch) -> Result<(), LedgerError> {
        let keys = self.key_events(validator)?.keys_in(epoch)?;
        keys.may_approve(validator).require().map_err(LedgerError::State)
    }

    /// Refuses a second co-signature of one person under another key.
    pub(super) fn one_voice(
        &self,
        validator: &PublicKey,
        given: &[Signed<CoSignature>],
    ) -> Result<(), LedgerError> {
        let person = self.person_of(validator)?;
        for other in given.iter().map(|one| one.payload().validator).filter(|other| other != validator) {
            if self.person_of(&other)? == person {
                return Err(LedgerError::State(format!(
                    "this person co-signed it already, with key {}",
                    other.short()
                )));
            }
        }
        Ok(())
    }

    /// Refuses an epoch in which somebody could approve with a key that was taken away.
    pub(super) fn heeds_key_events(&self, endorsed: &[u8], stakes: &[u8]) -> Result<(), LedgerError> {
        let (epoch, stakes) =
            (Endorsed::<RegistryEpoch>::decode(endorsed)?, StakeSnapshot::from_payload(stakes)?);
        let mut former = BTreeMap::new();
        for person in self.people_with_events()? {
            for key in self.events_of(&person)?.keys_in(epoch.payload())?.former() {
                former.insert(*key, self.enrolled(key)?.map(|enrolled| enrolled.leaf));
            }
        }
        terms::heeds(epoch.payload(), &stakes, former).require().map_err(LedgerError::Invalid)
    }

    /// Events of those who co-signed, for a bundle: ids, and bytes in the same order.
    pub(super) fn key_events_for(
        &self,
        validators: &BTreeSet<PublicKey>,
    ) -> Result<Vec<(Id, Blob)>, LedgerError> {
        let people = validators.iter().map(|key| self.person_of(key)).collect::<Result<BTreeSet<_>, _>>()?;
        let mut all = Vec::new();
        for person in people {
            all.extend(self.events_of(&person)?.signed().map(|one| (one.id(), one.bytes().into())));
        }
        Ok(all)
    }

    fn events_of(&self, person: &PublicKey) -> Result<KeyEvents, LedgerError> {
        let mut events = Vec::new();
        for (key, id) in self.store().scan(Table::KeyEvent, person.as_bytes())? {
            // Another person's key may begin with the same bytes.
            if key.len() == person.as_bytes().len() + size_of::<u64>() {
                let signed: Signed<KeyEvent> = self.object("key event", &Id::try_from(id.as_slice())?)?;
                let place = self.journal().index_of(&signed.id())?;
                events.push((place.unwrap_or(self.journal().size()), signed));
            }
        }
        Ok(KeyEvents { person: *person, events })
    }

    fn people_with_events(&self) -> Result<BTreeSet<PublicKey>, LedgerError> {
        let mut people = BTreeSet::new();
        for (key, _) in self.store().scan(Table::KeyEvent, b"")? {
            if let Some(person) = records::numbered(&key) {
                people.insert(person);
            }
        }
        Ok(people)
    }

    /// A first event is of somebody who is enrolled here or has a stake; a key that is somebody's stays theirs.
    fn whose(&self, event: &KeyEvent) -> Result<(), LedgerError> {
        let taken = |key: &PublicKey, person: PublicKey| {
            Err(LedgerError::Invalid(format!("key {key} is person {}'s, and says so itself", person.short())))
        };
        let person = self.person_of(&event.person)?;
        if person != event.person {
            return taken(&event.person, person);
        }
        if event.number == 1 && !self.is_here(&event.person)? {
            return Err(LedgerError::NotFound { what: "person enrolled as", id: event.person.to_string() });
        }
        let by = event.signed_by;
        if event.act == KeyAct::Accept && by != event.person {
            let person = self.person_of(&by)?;
            if person != by {
                return taken(&by, person);
            }
            if self.is_here(&by)? || !self.events_of(&by)?.events.is_empty() {
                return Err(LedgerError::Invalid(format!(
                    "key {by} is enrolled as a person of its own: use a key that nobody is enrolled with"
                )));
            }
        }
        Ok(())
    }

    fn is_here(&self, key: &PublicKey) -> Result<bool, LedgerError> {
        let staked = self.registry().current().is_some_and(|epoch| epoch.stakes.stake_of(key).0 > 0);
        Ok(staked || self.enrolled(key)?.is_some())
    }

    /// Another page could show other words and get the same signature.
    pub(super) fn asked_on_our_pages(&self, presence: Option<&Presence>) -> Result<(), LedgerError> {
        match presence {
            Some(presence) if !self.trust().relying_parties.iter().any(|party| party.asked(presence)) => {
                Err(LedgerError::Invalid(format!(
                    "the passkey was asked at {}, which is no page of hub.relying_parties: sign on one of theirs",
                    presence.origin
                )))
            }
            _ => Ok(()),
        }
    }
}
