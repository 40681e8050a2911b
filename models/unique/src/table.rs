//! One party's table: a share of each template that is kept, and the history of its changes.
//!
//! The root is that of a Merkle tree (RFC 6962 § 2.1) over all changes, in order: so it says of which templates a
//! search was made, it grows with each enrolment, and whoever has the rows can make it again. It says nothing of
//! them: shares are random.

use wetsign_attest::id::{Digest, sha256};
use wetsign_attest::log::tree::{MerkleTree, leaf_hash};
use zeroize::Zeroize;

use crate::bits::words_for;
use crate::ring::Party;
use crate::search::Rows;
use crate::share::{SHARE, Share, nothing};
use crate::template::DIM;

/// Most templates in one table.
pub const ROWS: usize = 4_000_000;

/// First bytes of the leaves: added (name, SHA-256 of the share), removed (name), renewed (SHA-256 of all rows).
const ADDED: u8 = 1;
const REMOVED: u8 = 2;
const RENEWED: u8 = 3;

/// Why a table cannot be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// It is full.
    #[error("the table has {ROWS} templates, and takes no more")]
    Full,
    /// One name, twice.
    #[error("template {0} is in the table already")]
    Known(Digest),
    /// There is no such template, or not any more.
    #[error("there is no template {0} in the table")]
    Unknown(Digest),
    /// A renewal for another number of rows.
    #[error("a renewal of {found} numbers came for {expected}")]
    Renewal {
        /// Numbers that came.
        found: usize,
        /// Numbers that the table has.
        expected: usize,
    },
}

/// One party's shares of all templates. Wiped when dropped.
#[derive(Default)]
pub struct Table {
    shares: Vec<u16>,
    kept: Vec<u64>,
    handles: std::collections::HashMap<Digest, usize>,
    history: MerkleTree,
}

impl Table {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty one with room for this many rows.
    pub fn with_capacity(rows: usize) -> Self {
        let mut table = Self::default();
        table.shares.reserve_exact(rows.min(ROWS) * DIM);
        table
    }

    /// Templates that count.
    pub fn len(&self) -> usize {
        self.handles.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.handles.is_empty()
    }

    /// Rows, those of removed templates too.
    pub fn rows(&self) -> usize {
        self.shares.len() / DIM
    }

    /// Whether a template with this name counts.
    pub fn has(&self, handle: &Digest) -> bool {
        self.handles.contains_key(handle)
    }

    /// Root of all changes so far.
    pub fn root(&self) -> Digest {
        self.history.root()
    }

    /// Adds a template.
    ///
    /// # Errors
    /// [`TableError::Full`], [`TableError::Known`].
    pub fn add(&mut self, handle: Digest, share: &Share) -> Result<(), TableError> {
        if self.rows() >= ROWS {
            return Err(TableError::Full);
        }
        if self.has(&handle) {
            return Err(TableError::Known(handle));
        }
        let row = self.rows();
        self.history.push(leaf_hash(&[&[ADDED], &handle.0[..], &sha256(&[&share.to_bytes()])].concat()));
        self.shares.extend_from_slice(&share.0);
        self.kept.resize(words_for(row + 1), 0);
        self.kept[row / 64] |= 1 << (row % 64);
        self.handles.insert(handle, row);
        Ok(())
    }

    /// Removes a template: its row counts no more, and holds zeros.
    ///
    /// # Errors
    /// [`TableError::Unknown`].
    pub fn remove(&mut self, handle: &Digest) -> Result<(), TableError> {
        let row = self.handles.remove(handle).ok_or(TableError::Unknown(*handle))?;
        self.history.push(leaf_hash(&[&[REMOVED], &handle.0[..]].concat()));
        self.kept[row / 64] &= !(1 << (row % 64));
        self.shares[row * DIM..][..DIM].zeroize();
        Ok(())
    }

    /// Gives every row other shares of the same template: `slopes` are the sums of what all three parties drew, [`DIM`]
    /// numbers a row, each already times this party's point ([`Table::slopes_for`]). Shares from before and from after
    /// do not fit together: whoever took a table yesterday and another one today has nothing.
    ///
    /// # Errors
    /// [`TableError::Renewal`].
    pub fn renew(&mut self, slopes: &[u16]) -> Result<(), TableError> {
        if slopes.len() != self.shares.len() {
            return Err(TableError::Renewal { found: slopes.len(), expected: self.shares.len() });
        }
        for (at, (row, slopes)) in self.shares.chunks_exact_mut(DIM).zip(slopes.chunks_exact(DIM)).enumerate()
        {
            if self.kept[at / 64] >> (at % 64) & 1 == 1 {
                row.iter_mut().zip(slopes).for_each(|(share, slope)| *share = share.wrapping_add(*slope));
            }
        }
        let rows = self.digest();
        self.history.push(leaf_hash(&[&[RENEWED], &rows.0[..]].concat()));
        Ok(())
    }

    /// What a party has to be sent of slopes that another one drew.
    pub fn slopes_for(party: Party, slopes: &[u16]) -> Vec<u16> {
        let mut out = vec![0; slopes.len()];
        nothing(party, slopes, &mut out);
        out
    }

    /// What a search compares with.
    pub fn view(&self) -> Rows<'_> {
        const NONE: &[u64] = &[0];
        Rows { shares: &self.shares, kept: if self.kept.is_empty() { NONE } else { &self.kept } }
    }

    /// Every change that leads to this table, for whoever writes it down anew. Removed rows are left out.
    pub fn shares(&self) -> impl Iterator<Item = (Digest, Share)> + '_ {
        let mut rows: Vec<_> = self.handles.iter().collect();
        rows.sort_unstable_by_key(|(_, row)| **row);
        rows.into_iter().map(|(handle, row)| {
            let mut share = Share([0; DIM]);
            share.0.copy_from_slice(&self.shares[row * DIM..][..DIM]);
            (*handle, share)
        })
    }

    fn digest(&self) -> Digest {
        let rows = self.shares.chunks_exact(DIM);
        let digests: Vec<[u8; 32]> = rows
            .map(|row| {
                let mut bytes = Vec::with_capacity(SHARE);
                bytes.extend(row.iter().flat_map(|x| x.to_le_bytes()));
                sha256(&[&bytes])
            })
            .collect();
        Digest(sha256(&digests.iter().map(<[u8; 32]>::as_slice).collect::<Vec<_>>()))
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        self.shares.zeroize();
    }
}
