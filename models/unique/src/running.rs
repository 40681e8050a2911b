//! A search that runs: what the other two say of it, and its result. What this searcher can show of it afterwards.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use wetsign_attest::id::{Digest, Id, PublicKey};
use wetsign_attest::object::{SearchedTable, UniquenessResult};
use zeroize::Zeroizing;

use crate::ring::{PARTIES, Party};
use crate::search::{Message, Search, SearchError};
use crate::share::Question;
use crate::table::Table;
use crate::template::Bounds;
use crate::wire::{Said, UniquenessQuestion};

/// Searches of which a searcher can show its part.
const SHOWN: usize = 4;

/// A search that runs.
pub struct Running {
    /// The question.
    pub id: Id,
    /// When it began, UTC seconds, by searcher 0's clock.
    pub time: u64,
    /// Root and templates of this searcher's table when it began.
    pub table: (Digest, u64),
    search: Search,
    roots: BTreeMap<Party, Digest>,
}

impl Running {
    /// Begins a search in a table, with a fresh random seed; what is to be said for it, and what can be shown of it.
    pub fn begin(
        party: Party,
        (id, time): (Id, u64),
        question: Question,
        (table, bounds): (&Table, Bounds),
        seed: Zeroizing<[u8; 32]>,
    ) -> (Self, Vec<Message>, Shown) {
        let (search, said) = Search::begin(party, table.view(), &question, bounds, seed.clone());
        let table = (table.root(), table.len() as u64);
        let shown = Shown { id, question, seed, heard: Vec::new() };
        (Self { id, time, table, search, roots: BTreeMap::new() }, said, shown)
    }

    /// Hears which table another searcher searches.
    ///
    /// # Errors
    /// It has another number of templates.
    pub fn root(&mut self, from: Party, root: Digest, rows: u64) -> Result<(), String> {
        let (_, own) = self.table;
        if rows != own {
            return Err(format!("{from} has {rows} templates, and here are {own}"));
        }
        self.roots.insert(from, root);
        Ok(())
    }

    /// Hears a message of the search; answers what is to be said.
    ///
    /// # Errors
    /// [`SearchError`]; the search is over then.
    pub fn hear(&mut self, from: Party, step: u16, body: Vec<u8>) -> Result<Vec<Message>, SearchError> {
        self.search.hear(from, step, Arc::new(body))
    }

    /// What is to be signed, once the bit is open and both other roots are known.
    pub fn result(
        &self,
        question: &UniquenessQuestion,
        searchers: &[PublicKey; 3],
        bounds: Bounds,
    ) -> Option<UniquenessResult> {
        let found = self.search.found().filter(|_| self.roots.len() == 2)?;
        let (own, compared) = self.table;
        let searchers = PARTIES.map(|party| SearchedTable {
            searcher: searchers[party.index()],
            root: self.roots.get(&party).copied().unwrap_or(own),
        });
        Some(UniquenessResult {
            question: Digest(self.id.0),
            consent: question.consent,
            kiosk: question.kiosk,
            searchers: searchers.into(),
            compared,
            face_bound: u32::from(bounds.face),
            both_bound: u32::from(bounds.both),
            found,
            time: self.time,
        })
    }
}

/// One party's part of a search: what [`crate::rerun`] wants.
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

/// What can be shown of the last searches, the newest first.
#[derive(Default)]
pub struct Shelf(VecDeque<Shown>);

impl Shelf {
    /// Puts a search there; the oldest one falls off.
    pub fn put(&mut self, shown: Shown) {
        self.0.truncate(SHOWN - 1);
        self.0.push_front(shown);
    }

    /// Adds what was heard in a search.
    pub fn hear(&mut self, from: Party, said: Said) {
        if let Some(shown) = self.0.iter_mut().find(|shown| shown.id == said.question) {
            shown.heard.push((from, said));
        }
    }

    /// This party's part of a search.
    pub fn of(&self, id: &Id) -> Option<&Shown> {
        self.0.iter().find(|shown| shown.id == *id)
    }
}
