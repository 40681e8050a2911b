//! Which templates are kept, for whom, and which changes led there?

use std::collections::BTreeMap;

use wetsign_attest::Signed;
use wetsign_attest::id::{Blob, Digest, Id, PublicKey};

use crate::share::Share;
use crate::table::Table;
use crate::wire::{Change, TemplateRemoval, UniquenessQuestion};

/// A searcher's table, who had each template kept, and the changes in their order.
#[derive(Default)]
pub struct Kept {
    table: Table,
    owners: BTreeMap<Digest, PublicKey>,
    /// Changes before the first of `changes`: those of a table that was given whole.
    before: u64,
    changes: Vec<Change>,
}

impl Kept {
    /// A table that is given whole, with the number of changes that led to it.
    pub fn whole(table: Table, before: u64) -> Self {
        Self { table, before, ..Self::default() }
    }

    /// The table.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Number of all changes so far.
    pub fn applied(&self) -> u64 {
        self.before + self.changes.len() as u64
    }

    /// The changes after the first `applied`, with their numbers; none if they are not all known here.
    pub fn after(&self, applied: u64) -> Option<impl Iterator<Item = (u64, &Change)>> {
        let known = applied.checked_sub(self.before).filter(|_| applied <= self.applied())?;
        Some((applied + 1..).zip(self.changes.iter().skip(known as usize)))
    }

    /// Keeps the template that came with a question.
    ///
    /// # Errors
    /// It was asked only, or the table does not take it.
    pub fn add(&mut self, id: Id, question: &UniquenessQuestion, template: &Share) -> Result<Change, String> {
        let handle = question.keep.ok_or("it was asked only, not to be kept")?;
        self.table.add(handle, template).map_err(|error| error.to_string())?;
        self.owners.insert(handle, question.kiosk);
        Ok(self.made(Change::Add(id)))
    }

    /// Takes a template out, by a signed [`TemplateRemoval`].
    ///
    /// # Errors
    /// See [`Kept::removable`].
    pub fn remove(&mut self, removal: &Blob) -> Result<Change, String> {
        let handle = self.removable(&removal.0)?;
        self.table.remove(&handle).map_err(|error| error.to_string())?;
        self.owners.remove(&handle);
        Ok(self.made(Change::Remove(removal.clone())))
    }

    /// The name of the template that a removal speaks of.
    ///
    /// # Errors
    /// It cannot be read, there is no such template, or it was kept for another kiosk than the one that signed.
    pub fn removable(&self, removal: &[u8]) -> Result<Digest, String> {
        let signed = Signed::<TemplateRemoval>::decode(removal).map_err(|error| error.to_string())?;
        let TemplateRemoval { handle, kiosk, .. } = *signed.payload();
        match self.owners.get(&handle) {
            Some(owner) if *owner == kiosk => Ok(handle),
            Some(_) => Err(format!("template {handle} was kept for another kiosk")),
            None => Err(format!("there is no template {handle}")),
        }
    }

    fn made(&mut self, change: Change) -> Change {
        self.changes.push(change.clone());
        change
    }
}
