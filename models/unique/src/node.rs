//! One searcher, without I/O: what kiosks and the other two say comes in; what is written down, told and answered goes
//! out, in that order.
//!
//! Searcher 0 sets the order of changes and searches. A template is kept by all three or by none: searcher 0 begins a
//! search once both others say that they wrote their part down, and they make its changes, in its order, as soon as
//! they are told or meet it again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use ed25519_dalek::SigningKey;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::RngCore;
use wetsign_attest::Endorsed;
use wetsign_attest::id::{Blob, Id, PublicKey};
use wetsign_attest::limits::CLOCK_SKEW_S;
use wetsign_pair::{SealKey, SealPublic};
use zeroize::Zeroizing;

use crate::budget::Budgets;
use crate::desk::{Desk, WAITING, late};
use crate::kept::Kept;
use crate::record::{Record, Restored};
use crate::ring::{PARTIES, Party};
use crate::running::{Running, Shelf, Shown};
use crate::search::Message;
use crate::share::Question;
use crate::table::Table;
use crate::template::Bounds;
use crate::wire::{self, Answer, Change, KioskWord, PeerWord, RotationQuestion, Said, TemplateRemoval};

/// Messages of a search that may come before its beginning.
const EARLY: usize = 16;

/// What a searcher is set up with.
pub struct Setup {
    /// Which of the three it is.
    pub party: Party,
    /// Keys of all three.
    pub searchers: [PublicKey; 3],
    /// Its own.
    pub key: SigningKey,
    /// To which parts are sealed.
    pub seal: SealKey,
    /// What it contributes to the fleet's rotation.
    pub contribution: Zeroizing<[u8; 32]>,
    /// Who may ask: kiosks, each with its registrar.
    pub kiosks: BTreeMap<PublicKey, String>,
    /// How often.
    pub budgets: Budgets,
    /// From where on two templates are one person's.
    pub bounds: Bounds,
}

/// What is to be done, in this order.
#[derive(Debug)]
pub enum Effect {
    /// Write it down, durably.
    Keep(Record),
    /// Tell another searcher.
    Tell(Party, PeerWord),
    /// Answer a kiosk, on its line.
    Answer(u64, Answer),
}

/// A searcher.
pub struct Node {
    party: Party,
    searchers: [PublicKey; 3],
    key: SigningKey,
    contribution: Zeroizing<[u8; 32]>,
    bounds: Bounds,
    random: ChaCha20Rng,
    kept: Kept,
    desk: Desk,
    /// Who else has its part of a question.
    have: BTreeMap<Id, BTreeSet<Party>>,
    early: Vec<(Party, PeerWord)>,
    running: Option<Running>,
    /// Results that wait for the change that follows from them.
    results: BTreeMap<Id, Blob>,
    shown: Shelf,
    /// Since when searcher 0 is met: its changes are known here.
    synced: Option<u64>,
    /// What searcher 0 ordered while a search was still running here.
    held: VecDeque<PeerWord>,
}

impl Node {
    /// A searcher with what was written down before; `random` is for seeds.
    pub fn new(setup: Setup, restored: Restored, random: ChaCha20Rng) -> Self {
        let Restored { kept, waiting, used } = restored;
        let Setup { party, searchers, key, seal, contribution, kiosks, mut budgets, bounds } = setup;
        if let Some((day, used)) = used {
            budgets.resume(day, used);
        }
        Self {
            party,
            searchers,
            key,
            contribution,
            bounds,
            random,
            kept,
            desk: Desk::new((party, seal), kiosks, budgets, waiting),
            have: BTreeMap::new(),
            early: Vec::new(),
            running: None,
            results: BTreeMap::new(),
            shown: Shelf::default(),
            synced: None,
            held: VecDeque::new(),
        }
    }

    /// Its table.
    pub fn table(&self) -> &Table {
        self.kept.table()
    }

    /// Its part of a late search.
    pub fn shown(&self, id: &Id) -> Option<&Shown> {
        self.shown.of(id)
    }

    /// What is said first to a searcher that was met, again or for the first time.
    pub fn met(&mut self, other: Party) -> Vec<Effect> {
        let mut out = vec![Effect::Tell(other, PeerWord::Hello(self.kept.applied()))];
        if other.index() == 0 {
            let have = self.desk.unsearched();
            out.extend(have.into_iter().map(|id| Effect::Tell(other, PeerWord::Have(id))));
        }
        out
    }

    /// A searcher is gone: what was being searched for cannot be.
    pub fn lost(&mut self, other: Party) -> Vec<Effect> {
        if other.index() == 0 {
            // It says again what was ordered when it is met again.
            self.synced = None;
            self.held.clear();
        }
        let why = format!("{other} went away in the middle of the search: ask again");
        self.running.as_ref().map(|running| running.id).map_or_else(Vec::new, |id| self.stop(id, &why, true))
    }

    /// Hears a kiosk. `now`: UTC seconds.
    pub fn asked(&mut self, line: u64, word: KioskWord, now: u64) -> Vec<Effect> {
        let answered = match word {
            KioskWord::Ask { question, sealed } => self.ask(line, (&question.0, &sealed.0), now),
            KioskWord::Remove(removal) => self.remove(line, removal, now),
            KioskWord::Rotation(question) => self.contribute(line, &question.0, now),
        };
        answered.unwrap_or_else(|why| vec![Effect::Answer(line, Answer::Refused(why))])
    }

    /// Lets go of what has waited or taken too long.
    pub fn tick(&mut self, now: u64) -> Vec<Effect> {
        let mut out = Vec::new();
        if let Some(running) = self.running.as_ref().filter(|running| late(running.time, now)) {
            let id = running.id;
            out.extend(self.stop(id, "the search took too long: ask again", true));
        }
        // What waited when this searcher was stopped, and is no change of searcher 0's, never will be one.
        if self.party.index() == 0 {
            self.synced.get_or_insert(now);
        }
        if self.synced.is_some_and(|since| late(since, now)) {
            for id in self.desk.left() {
                out.extend(self.stop(id, "it was asked before a restart", false));
            }
        }
        let mut stale = self.desk.late(now);
        stale.retain(|id| !self.results.contains_key(id));
        for id in stale {
            let why = "the question's other parts did not come to the other searchers in time: ask again";
            out.extend(self.stop(id, why, true));
        }
        out.extend(self.release(now));
        out
    }

    fn ask(&mut self, line: u64, asked: (&[u8], &[u8]), now: u64) -> Result<Vec<Effect>, String> {
        let (id, records) = self.desk.take(line, asked, self.kept.table(), now)?;
        let mut out: Vec<_> = records.into_iter().map(Effect::Keep).collect();
        if self.party.index() == 0 {
            out.extend(self.begin_next(now));
        } else {
            out.push(Effect::Tell(PARTIES[0], PeerWord::Have(id)));
        }
        Ok(out)
    }

    fn contribute(&mut self, line: u64, question: &[u8], now: u64) -> Result<Vec<Effect>, String> {
        let signed = self.desk.admit::<RotationQuestion>(question, |question| question.time, now)?;
        let payload = signed.payload();
        let sealed = SealPublic(payload.seal.0)
            .seal(&wire::contribution_info(&payload.kiosk), &*self.contribution)
            .map_err(|_| "nothing can be sealed to the key that was named")?;
        Ok(vec![Effect::Answer(line, Answer::Contribution(Blob(sealed)))])
    }

    fn remove(&mut self, line: u64, removal: Blob, now: u64) -> Result<Vec<Effect>, String> {
        if self.party.index() != 0 {
            return Err("removals go to searcher 0, who sets the order".into());
        }
        self.desk.admit::<TemplateRemoval>(&removal.0, |removal| removal.time, now)?;
        self.kept.removable(&removal.0)?;
        let mut out = self.order(Change::Remove(removal));
        out.push(Effect::Answer(line, Answer::Removed));
        Ok(out)
    }

    /// Searcher 0 makes a change, and has the others make it.
    fn order(&mut self, change: Change) -> Vec<Effect> {
        let mut out = match self.apply(&change) {
            Ok(out) => out,
            Err(why) => {
                tracing::error!(%why, "a change that was about to be ordered cannot be made");
                return Vec::new();
            }
        };
        let number = self.kept.applied();
        out.extend(
            PARTIES[1..].iter().map(|other| Effect::Tell(*other, PeerWord::Apply(number, change.clone()))),
        );
        out
    }

    fn apply(&mut self, change: &Change) -> Result<Vec<Effect>, String> {
        match change {
            Change::Add(id) => {
                let waiting = self.desk.remove(id).ok_or("its part of the template is not here")?;
                let made = self.kept.add(*id, &waiting.question, &waiting.template)?;
                let mut out = vec![Effect::Keep(Record::Changed(made))];
                if let (Some(line), Some(signed)) = (waiting.line, self.results.remove(id)) {
                    out.push(Effect::Answer(line, Answer::Result { signed, kept: true }));
                }
                Ok(out)
            }
            Change::Remove(removal) => Ok(vec![Effect::Keep(Record::Changed(self.kept.remove(removal)?))]),
        }
    }

    /// Hears another searcher.
    pub fn told(&mut self, from: Party, word: PeerWord, now: u64) -> Vec<Effect> {
        let mut out = self.heard(from, word, now);
        out.extend(self.release(now));
        out
    }

    /// What searcher 0 ordered before this one had heard the last word of a search.
    fn release(&mut self, now: u64) -> Vec<Effect> {
        let mut out = Vec::new();
        while self.running.is_none()
            && let Some(word) = self.held.pop_front()
        {
            out.extend(self.heard(PARTIES[0], word, now));
        }
        out
    }

    fn heard(&mut self, from: Party, word: PeerWord, now: u64) -> Vec<Effect> {
        match word {
            PeerWord::Apply(..) | PeerWord::Begin(..) if from.index() == 0 && self.running.is_some() => {
                if self.held.len() < WAITING {
                    self.held.push_back(word);
                }
                Vec::new()
            }
            PeerWord::Hello(applied) => {
                if from.index() == 0 {
                    self.synced = Some(now);
                }
                self.catch_up(from, applied)
            }
            PeerWord::Have(id) if self.party.index() == 0 => {
                if self.have.len() >= 4 * WAITING {
                    self.have.clear();
                }
                self.have.entry(id).or_default().insert(from);
                self.begin_next(now)
            }
            PeerWord::Apply(number, change) if from.index() == 0 => self.follow(number, &change),
            PeerWord::Begin(id, number, time) if from.index() == 0 => self.begin(id, number, time, now),
            PeerWord::Root(id, ..) | PeerWord::Said(Said { question: id, .. })
                if self.running.as_ref().is_none_or(|running| running.id != id) =>
            {
                // The other one heard of the beginning first.
                if self.desk.get(&id).is_some() && self.early.len() < EARLY {
                    self.early.push((from, word));
                }
                Vec::new()
            }
            PeerWord::Root(id, root, rows) => {
                let Some(running) = &mut self.running else { return Vec::new() };
                match running.root(from, root, rows) {
                    Ok(()) => self.finish(),
                    Err(why) => self.stop(id, &why, true),
                }
            }
            PeerWord::Said(said) => self.said(from, said),
            PeerWord::Stop(id, why) => self.stop(id, &format!("{from}: {why}"), false),
            PeerWord::Have(_) | PeerWord::Apply(..) | PeerWord::Begin(..) => Vec::new(),
        }
    }

    fn catch_up(&mut self, other: Party, applied: u64) -> Vec<Effect> {
        if self.party.index() != 0 {
            return Vec::new();
        }
        let Some(missing) = self.kept.after(applied) else {
            tracing::error!(%other, applied, here = self.kept.applied(), "its table cannot be brought up to this one");
            return Vec::new();
        };
        missing.map(|(number, change)| Effect::Tell(other, PeerWord::Apply(number, change.clone()))).collect()
    }

    fn follow(&mut self, number: u64, change: &Change) -> Vec<Effect> {
        let here = self.kept.applied();
        if number <= here {
            return Vec::new();
        }
        if number > here + 1 {
            tracing::warn!(number, here, "a change came before those in front of it");
            return vec![Effect::Tell(PARTIES[0], PeerWord::Hello(here))];
        }
        self.apply(change).unwrap_or_else(|why| {
            tracing::error!(%why, number, "a change cannot be made: no search holds until it is");
            Vec::new()
        })
    }

    /// Searcher 0 begins the oldest question whose parts are all here.
    fn begin_next(&mut self, now: u64) -> Vec<Effect> {
        if self.party.index() != 0 || self.running.is_some() {
            return Vec::new();
        }
        let whole = |id: &Id| self.have.get(id).is_some_and(|others| others.len() == 2);
        let Some(id) = self.desk.unsearched().into_iter().find(whole) else {
            return Vec::new();
        };
        self.have.remove(&id);
        let number = self.kept.applied();
        let mut out: Vec<_> =
            PARTIES[1..].iter().map(|other| Effect::Tell(*other, PeerWord::Begin(id, number, now))).collect();
        out.extend(self.begin(id, number, now, now));
        out
    }

    fn begin(&mut self, id: Id, number: u64, time: u64, now: u64) -> Vec<Effect> {
        let mut out = Vec::new();
        if let Some(stale) = self.running.as_ref().map(|running| running.id) {
            out.extend(self.stop(stale, "another search began", false));
        }
        let here = self.kept.applied();
        if number != here || time.abs_diff(now) > CLOCK_SKEW_S {
            let why = format!(
                "it begins after {number} changes at {time}; here are {here} changes, and it is {now}"
            );
            out.extend(self.stop(id, &why, true));
            return out;
        }
        let Some(asked) = self.desk.search(&id) else {
            out.extend(self.stop(id, "its part of the question is not here", true));
            return out;
        };
        let mut seed = Zeroizing::new([0; 32]);
        self.random.fill_bytes(&mut *seed);
        let question = Question::of(self.party, &asked);
        let searched = (self.kept.table(), self.bounds);
        let (running, said, shown) = Running::begin(self.party, (id, time), question, searched, seed);
        let (root, rows) = running.table;
        self.shown.put(shown);
        self.running = Some(running);
        out.extend(self.tell_both(&PeerWord::Root(id, root, rows)));
        out.extend(said.into_iter().map(|message| self.say(id, message)));
        for (from, word) in std::mem::take(&mut self.early) {
            out.extend(self.heard(from, word, now));
        }
        out
    }

    fn say(&self, id: Id, message: Message) -> Effect {
        Effect::Tell(message.to, PeerWord::Said(Said::sign(&self.key, id, self.party, message)))
    }

    fn tell_both(&self, word: &PeerWord) -> [Effect; 2] {
        [self.party.next(), self.party.previous()].map(|other| Effect::Tell(other, word.clone()))
    }

    fn said(&mut self, from: Party, said: Said) -> Vec<Effect> {
        let (id, step) = (said.question, said.step);
        if !said.is_signed(&self.searchers[from.index()], from, self.party) {
            return self.stop(id, &format!("{from} did not sign what it said in step {step}"), true);
        }
        let Some(running) = &mut self.running else { return Vec::new() };
        let heard = running.hear(from, step, said.body.0.clone());
        self.shown.hear(from, said);
        match heard {
            Ok(messages) => {
                let mut out: Vec<_> = messages.into_iter().map(|message| self.say(id, message)).collect();
                out.extend(self.finish());
                out
            }
            Err(error) => self.stop(id, &error.to_string(), true),
        }
    }

    /// Signs the result, once the bit is open and both other roots are known.
    fn finish(&mut self) -> Vec<Effect> {
        let Some(running) = &self.running else { return Vec::new() };
        let (id, time) = (running.id, running.time);
        let Some(waiting) = self.desk.get(&id) else { return Vec::new() };
        let to_keep = waiting.question.keep.is_some();
        let Some(result) = running.result(&waiting.question, &self.searchers, self.bounds) else {
            return Vec::new();
        };
        self.running = None;
        let keep = to_keep && !result.found;
        let signed = match Endorsed::sign(result, &[&self.key]) {
            Ok(signed) => Blob(signed.bytes().to_vec()),
            Err(error) => return self.stop(id, &error.to_string(), true),
        };
        let mut out = Vec::new();
        if keep {
            self.results.insert(id, signed);
            if self.party.index() == 0 {
                out.extend(self.order(Change::Add(id)));
            }
        } else if let Some(waiting) = self.desk.remove(&id) {
            if waiting.question.keep.is_some() {
                out.push(Effect::Keep(Record::Dropped(id)));
            }
            if let Some(line) = waiting.line {
                out.push(Effect::Answer(line, Answer::Result { signed, kept: false }));
            }
        }
        out.extend(self.begin_next(time));
        out
    }

    /// Ends a question without a result.
    fn stop(&mut self, id: Id, why: &str, tell: bool) -> Vec<Effect> {
        let mut out = Vec::new();
        if self.running.as_ref().is_some_and(|running| running.id == id) {
            self.running = None;
        }
        self.have.remove(&id);
        if self.results.contains_key(&id) {
            // The search is over: what follows from it comes from searcher 0.
            return out;
        }
        let Some(waiting) = self.desk.remove(&id) else { return out };
        tracing::warn!(question = %id.short(), why, "a question ends without a result");
        if waiting.question.keep.is_some() {
            out.push(Effect::Keep(Record::Dropped(id)));
        }
        if tell {
            out.extend(self.tell_both(&PeerWord::Stop(id, why.to_owned())));
        }
        if let Some(line) = waiting.line {
            out.push(Effect::Answer(line, Answer::Refused(why.to_owned())));
        }
        out
    }
}
