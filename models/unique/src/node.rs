//! One searcher, without I/O: what kiosks and the other two say comes in; what is written down, told and answered goes
//! out, in that order.
//!
//! Searcher 0 sets the order of changes and searches. A template is kept by all three or by none: searcher 0 begins a
//! search once both others say that they wrote their part down, and they make its changes, in its order, as soon as
//! they are told or meet it again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use ed25519_dalek::{Signature, Signer as _, SigningKey, Verifier as _, VerifyingKey};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::RngCore;
use wetsign_attest::id::{Blob, Digest, Id, PublicKey, sha256};
use wetsign_attest::limits::CLOCK_SKEW_S;
use wetsign_attest::object::{SearchedTable, UniquenessResult};
use wetsign_attest::{Endorsed, Object, Signed};
use wetsign_pair::{SealKey, SealPublic};
use zeroize::Zeroizing;

use crate::budget::Budgets;
use crate::record::{Record, Restored};
use crate::ring::{PARTIES, Party};
use crate::search::{Message, Search};
use crate::share::{Question, SHARE, Share};
use crate::table::Table;
use crate::template::Bounds;
use crate::wire::{
    self, Answer, Change, KioskWord, PeerWord, RotationQuestion, Said, TemplateRemoval, UniquenessQuestion,
};

/// Seconds for which a question waits for its other parts, and for which a search may take.
pub const PATIENCE_S: u64 = 30;
/// Questions that may wait at once.
const WAITING: usize = 64;
/// Messages of a search that may come before its beginning.
const EARLY: usize = 16;
/// Searches of which a searcher can show its part.
const SHOWN: usize = 4;

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

struct Waiting {
    question: UniquenessQuestion,
    asked: Option<Share>,
    template: Share,
    line: Option<u64>,
    since: u64,
}

struct Running {
    id: Id,
    search: Search,
    time: u64,
    /// Of this searcher's table as it was when the search began.
    root: Digest,
    rows: u64,
    roots: BTreeMap<Party, (Digest, u64)>,
    found: Option<bool>,
}

/// One party's part of a search that is over: what [`crate::rerun`] wants.
pub struct Shown {
    /// The question.
    pub id: Id,
    /// What the rows were multiplied with.
    pub question: Question,
    /// Seed.
    pub seed: Zeroizing<[u8; 32]>,
    /// What was heard: from whom, with their signatures.
    pub heard: Vec<(Party, Said)>,
}

/// A searcher.
pub struct Node {
    setup: Setup,
    random: ChaCha20Rng,
    table: Table,
    /// Who had a template kept.
    owners: BTreeMap<Digest, PublicKey>,
    /// Changes before the first of `changes`.
    before: u64,
    changes: Vec<Change>,
    waiting: BTreeMap<Id, Waiting>,
    have: BTreeMap<Id, BTreeSet<Party>>,
    early: Vec<(Party, PeerWord)>,
    running: Option<Running>,
    /// Results that wait for the change that follows from them.
    results: BTreeMap<Id, Blob>,
    shown: Vec<Shown>,
    /// Since when searcher 0 is met: its changes are known here.
    synced: Option<u64>,
    /// What searcher 0 ordered while a search was still running here.
    held: VecDeque<PeerWord>,
}

impl Node {
    /// A searcher with what was written down before; `random` is for seeds.
    pub fn new(mut setup: Setup, restored: Restored, random: ChaCha20Rng) -> Self {
        let Restored { table, owners, before, changes, waiting, used } = restored;
        if let Some((day, used)) = used {
            setup.budgets.resume(day, used);
        }
        let waiting = waiting.into_iter().map(|(id, (question, template))| {
            (id, Waiting { question, asked: None, template, line: None, since: 0 })
        });
        Self {
            setup,
            random,
            table,
            owners,
            before,
            changes,
            waiting: waiting.collect(),
            have: BTreeMap::new(),
            early: Vec::new(),
            running: None,
            results: BTreeMap::new(),
            shown: Vec::new(),
            synced: None,
            held: VecDeque::new(),
        }
    }

    /// Its table.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Its part of a late search.
    pub fn shown(&self, id: &Id) -> Option<&Shown> {
        self.shown.iter().find(|shown| shown.id == *id)
    }

    /// What is said first to a searcher that was met, again or for the first time.
    pub fn met(&mut self, other: Party) -> Vec<Effect> {
        let mut out = vec![Effect::Tell(other, PeerWord::Hello(self.applied()))];
        if other.index() == 0 {
            let have = self.waiting.iter().filter(|(_, waiting)| waiting.asked.is_some());
            out.extend(have.map(|(id, _)| Effect::Tell(other, PeerWord::Have(*id))));
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
            KioskWord::Ask { question, sealed } => self.ask(line, &question.0, &sealed.0, now),
            KioskWord::Remove(removal) => self.remove(line, removal, now),
            KioskWord::Rotation(question) => self.contribute(line, &question.0, now),
        };
        answered.unwrap_or_else(|why| vec![Effect::Answer(line, Answer::Refused(why))])
    }

    /// Lets go of what has waited or taken too long.
    pub fn tick(&mut self, now: u64) -> Vec<Effect> {
        let late = |since: u64| now.saturating_sub(since) > PATIENCE_S;
        let mut out = Vec::new();
        if let Some(running) = self.running.as_ref().filter(|running| late(running.time)) {
            let id = running.id;
            out.extend(self.stop(id, "the search took too long: ask again", true));
        }
        // What waited when this searcher was stopped, and is no change of searcher 0's, never will be one.
        if self.setup.party.index() == 0 {
            self.synced.get_or_insert(now);
        }
        if self.synced.is_some_and(late) {
            let left = self.waiting.iter().filter(|(_, waiting)| waiting.line.is_none()).map(|(id, _)| *id);
            for id in left.collect::<Vec<_>>() {
                out.extend(self.stop(id, "it was asked before a restart", false));
            }
        }
        let stale: Vec<Id> = self
            .waiting
            .iter()
            .filter(|(id, waiting)| {
                waiting.line.is_some() && late(waiting.since) && !self.results.contains_key(id)
            })
            .map(|(id, _)| *id)
            .collect();
        for id in stale {
            let why = "the question's other parts did not come to the other searchers in time: ask again";
            out.extend(self.stop(id, why, true));
        }
        out.extend(self.release(now));
        out
    }

    fn applied(&self) -> u64 {
        self.before + self.changes.len() as u64
    }

    fn registrar<T: Object>(
        &self,
        bytes: &[u8],
        time: impl Fn(&T) -> u64,
        now: u64,
    ) -> Result<Signed<T>, String> {
        let signed = Signed::<T>::decode(bytes).map_err(|error| error.to_string())?;
        let kiosk = signed.payload().signer().ok_or("nobody signed it")?;
        if !self.setup.kiosks.contains_key(&kiosk) {
            return Err(format!("kiosk {kiosk} may not ask here"));
        }
        let made = time(signed.payload());
        if made.abs_diff(now) > CLOCK_SKEW_S {
            return Err(format!("it is of {made}, and it is {now} here: {CLOCK_SKEW_S} s apart are allowed"));
        }
        Ok(signed)
    }

    fn ask(&mut self, line: u64, question: &[u8], sealed: &[u8], now: u64) -> Result<Vec<Effect>, String> {
        let signed = self.registrar::<UniquenessQuestion>(question, |question| question.time, now)?;
        let (id, payload) = (signed.id(), signed.payload().clone());
        if self.waiting.contains_key(&id) {
            return Err("this question was asked already".into());
        }
        if self.waiting.values().filter(|waiting| waiting.line.is_some()).count() >= WAITING {
            return Err(format!("{WAITING} questions wait here: ask again later"));
        }
        if payload.keep.is_some_and(|handle| self.table.has(&handle)) {
            return Err("a template has this name already".into());
        }
        let party = self.setup.party;
        let part =
            self.setup.seal.open(&wire::part_info(&id, party), sealed).map_err(|error| error.to_string())?;
        if payload.parts[party.index()] != Digest(sha256(&[&part])) {
            return Err("the part is not the one that the question speaks of".into());
        }
        let shares = (part.len() == 2 * SHARE + 32)
            .then(|| (Share::from_bytes(&part[..SHARE]), &part[SHARE..2 * SHARE]));
        let Some((Some(asked), rest)) = shares else {
            return Err(format!("the part has {} bytes, not {}", part.len(), 2 * SHARE + 32));
        };
        let template = Share::from_bytes(rest).ok_or("the part has no share of a template")?;
        let registrar = self.setup.kiosks[&payload.kiosk].clone();
        self.setup.budgets.take(&registrar, now).map_err(|spent| spent.to_string())?;
        let (day, _) = self.setup.budgets.used();
        let mut out = vec![Effect::Keep(Record::Used(registrar, day))];
        if payload.keep.is_some() {
            let share = Blob(template.to_bytes().to_vec());
            out.push(Effect::Keep(Record::Waiting(Blob(signed.bytes().to_vec()), share)));
        }
        let waiting =
            Waiting { question: payload, asked: Some(asked), template, line: Some(line), since: now };
        self.waiting.insert(id, waiting);
        if party.index() == 0 {
            out.extend(self.begin_next(now));
        } else {
            out.push(Effect::Tell(PARTIES[0], PeerWord::Have(id)));
        }
        Ok(out)
    }

    fn contribute(&mut self, line: u64, question: &[u8], now: u64) -> Result<Vec<Effect>, String> {
        let signed = self.registrar::<RotationQuestion>(question, |question| question.time, now)?;
        let payload = signed.payload();
        let sealed = SealPublic(payload.seal.0)
            .seal(&wire::contribution_info(&payload.kiosk), &*self.setup.contribution)
            .map_err(|_| "nothing can be sealed to the key that was named")?;
        Ok(vec![Effect::Answer(line, Answer::Contribution(Blob(sealed)))])
    }

    fn remove(&mut self, line: u64, removal: Blob, now: u64) -> Result<Vec<Effect>, String> {
        if self.setup.party.index() != 0 {
            return Err("removals go to searcher 0, who sets the order".into());
        }
        self.registrar::<TemplateRemoval>(&removal.0, |removal| removal.time, now)?;
        self.removable(&removal.0)?;
        let mut out = self.order(Change::Remove(removal));
        out.push(Effect::Answer(line, Answer::Removed));
        Ok(out)
    }

    /// The name of a template that whoever signed may take back.
    fn removable(&self, removal: &[u8]) -> Result<Digest, String> {
        let signed = Signed::<TemplateRemoval>::decode(removal).map_err(|error| error.to_string())?;
        let TemplateRemoval { handle, kiosk, .. } = *signed.payload();
        match self.owners.get(&handle) {
            Some(owner) if *owner == kiosk => Ok(handle),
            Some(_) => Err(format!("template {handle} was kept for another kiosk")),
            None => Err(format!("there is no template {handle}")),
        }
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
        let number = self.applied();
        out.extend(
            PARTIES[1..].iter().map(|other| Effect::Tell(*other, PeerWord::Apply(number, change.clone()))),
        );
        out
    }

    fn apply(&mut self, change: &Change) -> Result<Vec<Effect>, String> {
        let mut out = Vec::new();
        match change {
            Change::Add(id) => {
                let waiting = self.waiting.remove(id).ok_or("its part of the template is not here")?;
                let handle = waiting.question.keep.ok_or("it was asked only, not to be kept")?;
                self.table.add(handle, &waiting.template).map_err(|error| error.to_string())?;
                self.owners.insert(handle, waiting.question.kiosk);
                out.push(Effect::Keep(Record::Changed(change.clone())));
                if let (Some(line), Some(signed)) = (waiting.line, self.results.remove(id)) {
                    out.push(Effect::Answer(line, Answer::Result { signed, kept: true }));
                }
            }
            Change::Remove(removal) => {
                let handle = self.removable(&removal.0)?;
                self.table.remove(&handle).map_err(|error| error.to_string())?;
                self.owners.remove(&handle);
                out.push(Effect::Keep(Record::Changed(change.clone())));
            }
        }
        self.changes.push(change.clone());
        Ok(out)
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
            PeerWord::Have(id) if self.setup.party.index() == 0 => {
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
                if self.waiting.contains_key(&id) && self.early.len() < EARLY {
                    self.early.push((from, word));
                }
                Vec::new()
            }
            PeerWord::Root(id, root, rows) => {
                let Some(running) = &mut self.running else { return Vec::new() };
                if rows != running.rows {
                    let why = format!("{from} has {rows} templates, and here are {}", running.rows);
                    return self.stop(id, &why, true);
                }
                running.roots.insert(from, (root, rows));
                self.finish()
            }
            PeerWord::Said(said) => self.said(from, said),
            PeerWord::Stop(id, why) => self.stop(id, &format!("{from}: {why}"), false),
            PeerWord::Have(_) | PeerWord::Apply(..) | PeerWord::Begin(..) => Vec::new(),
        }
    }

    fn catch_up(&mut self, other: Party, applied: u64) -> Vec<Effect> {
        if self.setup.party.index() != 0 {
            return Vec::new();
        }
        if applied < self.before || applied > self.applied() {
            tracing::error!(%other, applied, here = self.applied(), "its table cannot be brought up to this one");
            return Vec::new();
        }
        let missing = self.changes.iter().enumerate().skip((applied - self.before) as usize);
        missing
            .map(|(at, change)| {
                Effect::Tell(other, PeerWord::Apply(self.before + at as u64 + 1, change.clone()))
            })
            .collect()
    }

    fn follow(&mut self, number: u64, change: &Change) -> Vec<Effect> {
        if number <= self.applied() {
            return Vec::new();
        }
        if number > self.applied() + 1 {
            tracing::warn!(number, here = self.applied(), "a change came before those in front of it");
            return vec![Effect::Tell(PARTIES[0], PeerWord::Hello(self.applied()))];
        }
        self.apply(change).unwrap_or_else(|why| {
            tracing::error!(%why, number, "a change cannot be made: no search holds until it is");
            Vec::new()
        })
    }

    /// Searcher 0 begins the oldest question whose parts are all here.
    fn begin_next(&mut self, now: u64) -> Vec<Effect> {
        if self.setup.party.index() != 0 || self.running.is_some() {
            return Vec::new();
        }
        let whole = |id: &Id| self.have.get(id).is_some_and(|others| others.len() == 2);
        let next = self.waiting.iter().filter(|(id, waiting)| waiting.asked.is_some() && whole(id));
        let Some(id) = next.min_by_key(|(_, waiting)| waiting.since).map(|(id, _)| *id) else {
            return Vec::new();
        };
        self.have.remove(&id);
        let number = self.applied();
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
        if number != self.applied() || time.abs_diff(now) > CLOCK_SKEW_S {
            let why = format!(
                "it begins after {number} changes at {time}; here are {} changes, and it is {now}",
                self.applied()
            );
            out.extend(self.stop(id, &why, true));
            return out;
        }
        let asked = self.waiting.get_mut(&id).and_then(|waiting| waiting.asked.take());
        let Some(asked) = asked else {
            out.extend(self.stop(id, "its part of the question is not here", true));
            return out;
        };
        let party = self.setup.party;
        let question = Question::of(party, &asked);
        let mut seed = Zeroizing::new([0; 32]);
        self.random.fill_bytes(&mut *seed);
        let (search, said) =
            Search::begin(party, self.table.view(), &question, self.setup.bounds, seed.clone());
        self.shown.truncate(SHOWN - 1);
        self.shown.insert(0, Shown { id, question, seed, heard: Vec::new() });
        let (root, rows) = (self.table.root(), self.table.len() as u64);
        self.running = Some(Running { id, search, time, root, rows, roots: BTreeMap::new(), found: None });
        let others = [party.next(), party.previous()];
        out.extend(others.map(|other| Effect::Tell(other, PeerWord::Root(id, root, rows))));
        out.extend(said.into_iter().map(|message| self.sign(id, message)));
        for (from, word) in std::mem::take(&mut self.early) {
            out.extend(self.heard(from, word, now));
        }
        out
    }

    fn sign(&self, id: Id, message: Message) -> Effect {
        let Message { to, step, body } = message;
        let signature = self.setup.key.sign(&wire::said(&id, self.setup.party, to, step, &body));
        let signature = Blob(signature.to_bytes().to_vec());
        let body = Blob(Arc::unwrap_or_clone(body));
        Effect::Tell(to, PeerWord::Said(Said { question: id, step, body, signature }))
    }

    fn said(&mut self, from: Party, said: Said) -> Vec<Effect> {
        let (id, step) = (said.question, said.step);
        if !self.signed(from, &said) {
            return self.stop(id, &format!("{from} did not sign what it said in step {step}"), true);
        }
        let Some(running) = &mut self.running else { return Vec::new() };
        let heard = running.search.hear(from, step, Arc::new(said.body.0.clone()));
        running.found = running.search.found();
        if let Some(shown) = self.shown.iter_mut().find(|shown| shown.id == id) {
            shown.heard.push((from, said));
        }
        match heard {
            Ok(messages) => {
                let mut out: Vec<_> = messages.into_iter().map(|message| self.sign(id, message)).collect();
                out.extend(self.finish());
                out
            }
            Err(error) => self.stop(id, &error.to_string(), true),
        }
    }

    fn signed(&self, from: Party, said: &Said) -> bool {
        let digest = wire::said(&said.question, from, self.setup.party, said.step, &said.body.0);
        let PublicKey::Ed25519(key) = self.setup.searchers[from.index()] else { return false };
        let (Ok(key), Ok(signature)) =
            (VerifyingKey::from_bytes(&key), Signature::from_slice(&said.signature.0))
        else {
            return false;
        };
        key.verify(&digest, &signature).is_ok()
    }

    /// Signs the result, once the bit is open and both other roots are known.
    fn finish(&mut self) -> Vec<Effect> {
        let ready = self.running.as_ref().filter(|running| running.roots.len() == 2);
        let Some(found) = ready.and_then(|running| running.found) else { return Vec::new() };
        let Some(Running { id, time, root, rows, roots, .. }) = self.running.take() else {
            return Vec::new();
        };
        let Some(waiting) = self.waiting.get(&id) else { return Vec::new() };
        let searchers = PARTIES.map(|party| SearchedTable {
            searcher: self.setup.searchers[party.index()],
            root: roots.get(&party).map_or(root, |(root, _)| *root),
        });
        let result = UniquenessResult {
            question: Digest(id.0),
            consent: waiting.question.consent,
            kiosk: waiting.question.kiosk,
            searchers: searchers.into(),
            compared: rows,
            face_bound: u32::from(self.setup.bounds.face),
            both_bound: u32::from(self.setup.bounds.both),
            found,
            time,
        };
        let signed = match Endorsed::sign(result, &[&self.setup.key]) {
            Ok(signed) => Blob(signed.bytes().to_vec()),
            Err(error) => return self.stop(id, &error.to_string(), true),
        };
        let keep = waiting.question.keep.is_some() && !found;
        let mut out = Vec::new();
        if keep {
            self.results.insert(id, signed);
            if self.setup.party.index() == 0 {
                out.extend(self.order(Change::Add(id)));
            }
        } else if let Some(waiting) = self.waiting.remove(&id) {
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
        let Some(waiting) = self.waiting.remove(&id) else { return out };
        tracing::warn!(question = %id.short(), why, "a question ends without a result");
        if waiting.question.keep.is_some() {
            out.push(Effect::Keep(Record::Dropped(id)));
        }
        if tell {
            let others = [self.setup.party.next(), self.setup.party.previous()];
            out.extend(others.map(|other| Effect::Tell(other, PeerWord::Stop(id, why.to_owned()))));
        }
        if let Some(line) = waiting.line {
            out.push(Effect::Answer(line, Answer::Refused(why.to_owned())));
        }
        out
    }
}
