//! Which questions wait for their search, and who may ask?

use std::collections::BTreeMap;

use wetsign_attest::id::{Blob, Digest, Id, PublicKey, sha256};
use wetsign_attest::limits::CLOCK_SKEW_S;
use wetsign_attest::{Object, Signed};
use wetsign_pair::SealKey;

use crate::budget::Budgets;
use crate::record::Record;
use crate::ring::Party;
use crate::share::{SHARE, Share};
use crate::table::Table;
use crate::wire::{self, UniquenessQuestion};

/// Seconds for which a question waits for its other parts, and for which a search may take.
pub const PATIENCE_S: u64 = 30;
/// Questions that may wait at once.
pub const WAITING: usize = 64;

/// Whether something that began at `since` has waited, or taken, too long.
pub fn late(since: u64, now: u64) -> bool {
    now.saturating_sub(since) > PATIENCE_S
}

/// A question, and this searcher's part of it.
pub struct Waiting {
    /// The question.
    pub question: UniquenessQuestion,
    /// What is searched for: gone once the search has begun, and after a restart.
    pub asked: Option<Share>,
    /// What is kept if nobody is found.
    pub template: Share,
    /// On which line the kiosk waits for an answer; on none after a restart.
    pub line: Option<u64>,
    since: u64,
}

/// Whom a searcher hears, and what they asked.
pub struct Desk {
    party: Party,
    seal: SealKey,
    kiosks: BTreeMap<PublicKey, String>,
    budgets: Budgets,
    waiting: BTreeMap<Id, Waiting>,
}

impl Desk {
    /// A searcher's desk: its key to which parts are sealed, kiosks with their registrars, and how often these may ask.
    /// `waiting` is what was written down before a restart.
    pub fn new(
        (party, seal): (Party, SealKey),
        kiosks: BTreeMap<PublicKey, String>,
        budgets: Budgets,
        waiting: BTreeMap<Id, (UniquenessQuestion, Share)>,
    ) -> Self {
        let waiting = waiting.into_iter().map(|(id, (question, template))| {
            (id, Waiting { question, asked: None, template, line: None, since: 0 })
        });
        Self { party, seal, kiosks, budgets, waiting: waiting.collect() }
    }

    /// Reads what a known kiosk signed just now.
    ///
    /// # Errors
    /// It cannot be read, its kiosk is not known, or its time is another than `now`. Why, in words.
    pub fn admit<T: Object>(
        &self,
        bytes: &[u8],
        time: impl Fn(&T) -> u64,
        now: u64,
    ) -> Result<Signed<T>, String> {
        let signed = Signed::<T>::decode(bytes).map_err(|error| error.to_string())?;
        let kiosk = signed.payload().signer().ok_or("nobody signed it")?;
        if !self.kiosks.contains_key(&kiosk) {
            return Err(format!("kiosk {kiosk} may not ask here"));
        }
        let made = time(signed.payload());
        if made.abs_diff(now) > CLOCK_SKEW_S {
            return Err(format!("it is of {made}, and it is {now} here: {CLOCK_SKEW_S} s apart are allowed"));
        }
        Ok(signed)
    }

    /// Takes a question that was asked on `line`; answers its name, and what is to be written down.
    ///
    /// # Errors
    /// Why it is not taken, in words.
    pub fn take(
        &mut self,
        line: u64,
        (question, sealed): (&[u8], &[u8]),
        table: &Table,
        now: u64,
    ) -> Result<(Id, Vec<Record>), String> {
        let signed = self.admit::<UniquenessQuestion>(question, |question| question.time, now)?;
        let (id, payload) = (signed.id(), signed.payload().clone());
        if self.waiting.contains_key(&id) {
            return Err("this question was asked already".into());
        }
        if self.waiting.values().filter(|waiting| waiting.line.is_some()).count() >= WAITING {
            return Err(format!("{WAITING} questions wait here: ask again later"));
        }
        if payload.keep.is_some_and(|handle| table.has(&handle)) {
            return Err("a template has this name already".into());
        }
        let (asked, template) = self.open(&id, &payload, sealed)?;
        let registrar = self.kiosks[&payload.kiosk].clone();
        self.budgets.take(&registrar, now).map_err(|spent| spent.to_string())?;
        let (day, _) = self.budgets.used();
        let mut records = vec![Record::Used(registrar, day)];
        if payload.keep.is_some() {
            let share = Blob(template.to_bytes().to_vec());
            records.push(Record::Waiting(Blob(signed.bytes().to_vec()), share));
        }
        let waiting =
            Waiting { question: payload, asked: Some(asked), template, line: Some(line), since: now };
        self.waiting.insert(id, waiting);
        Ok((id, records))
    }

    /// Opens this searcher's part: shares of the question and of the template.
    fn open(&self, id: &Id, question: &UniquenessQuestion, sealed: &[u8]) -> Result<(Share, Share), String> {
        let info = wire::part_info(id, self.party);
        let part = self.seal.open(&info, sealed).map_err(|error| error.to_string())?;
        if question.parts[self.party.index()] != Digest(sha256(&[&part])) {
            return Err("the part is not the one that the question speaks of".into());
        }
        let shares = (part.len() == 2 * SHARE + 32)
            .then(|| (Share::from_bytes(&part[..SHARE]), &part[SHARE..2 * SHARE]));
        let Some((Some(asked), rest)) = shares else {
            return Err(format!("the part has {} bytes, not {}", part.len(), 2 * SHARE + 32));
        };
        let template = Share::from_bytes(rest).ok_or("the part has no share of a template")?;
        Ok((asked, template))
    }

    /// A question that waits.
    pub fn get(&self, id: &Id) -> Option<&Waiting> {
        self.waiting.get(id)
    }

    /// What is searched for, for the one search that there is of it.
    pub fn search(&mut self, id: &Id) -> Option<Share> {
        self.waiting.get_mut(id)?.asked.take()
    }

    /// Lets go of a question.
    pub fn remove(&mut self, id: &Id) -> Option<Waiting> {
        self.waiting.remove(id)
    }

    /// Questions for which no search has begun, the oldest first.
    pub fn unsearched(&self) -> Vec<Id> {
        let mut found: Vec<_> = self.waiting.iter().filter(|(_, waiting)| waiting.asked.is_some()).collect();
        found.sort_by_key(|(_, waiting)| waiting.since);
        found.into_iter().map(|(id, _)| *id).collect()
    }

    /// Questions that were asked before a restart.
    pub fn left(&self) -> Vec<Id> {
        self.of(|waiting| waiting.line.is_none())
    }

    /// Questions that have waited too long.
    pub fn late(&self, now: u64) -> Vec<Id> {
        self.of(|waiting| waiting.line.is_some() && late(waiting.since, now))
    }

    fn of(&self, which: impl Fn(&Waiting) -> bool) -> Vec<Id> {
        self.waiting.iter().filter(|(_, waiting)| which(waiting)).map(|(id, _)| *id).collect()
    }
}
