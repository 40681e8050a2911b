//! Which steps has a search, and how long is each message?

use crate::bits::{BITS, words_for};
use crate::ring::Party;

/// Each party tells its seed to the one before it.
pub const SEED: u16 = 0;
/// Masked shares become the numbers A and B.
pub const RESHARE: u16 = 1;
/// The first carry; one step follows for each bit.
pub const CARRY: u16 = 2;
/// Where both bounds are put together.
pub const EITHER: u16 = CARRY + BITS as u16 - 1;
/// The first step of the tree.
const TREE: u16 = EITHER + 1;
/// Bytes of a seed.
pub const SEED_BYTES: usize = 32;
/// How far ahead of this party another one can be.
pub const AHEAD: u16 = 3;

/// The steps of a search of so many rows, as one party has them.
#[derive(Clone, Copy)]
pub struct Steps {
    party: Party,
    rows: usize,
}

impl Steps {
    /// Those of a party with so many rows.
    pub fn new(party: Party, rows: usize) -> Self {
        Self { party, rows }
    }

    /// Rows of the table.
    pub fn rows(self) -> usize {
        self.rows
    }

    /// Words that hold a bit for each row.
    pub fn words(self) -> usize {
        words_for(self.rows)
    }

    /// Words of each step of the tree: halves of halves, then six within the last word.
    fn tree(self) -> Vec<usize> {
        let mut left = self.words();
        let mut steps = Vec::new();
        while left > 1 {
            steps.push(left / 2);
            left = left.div_ceil(2);
        }
        steps.extend([1; 6]);
        steps
    }

    /// The step in which the bit is opened.
    pub fn open(self) -> u16 {
        TREE + self.tree().len() as u16
    }

    /// Bytes that this party hears from another in a step; none if it hears nothing.
    pub fn length(self, from: Party, step: u16) -> Option<usize> {
        let (next, both) = (from == self.party.next(), 2 * self.words());
        match step {
            SEED => next.then_some(SEED_BYTES),
            RESHARE => match (self.party.index(), from.index()) {
                // A number of 16 bits for each row and each of the two bounds.
                (0, 2) | (2, 0) => Some(2 * 2 * self.rows),
                (2, 1) => Some(8 * BITS * both),
                _ => None,
            },
            CARRY..EITHER => next.then_some(8 * both),
            EITHER => next.then_some(8 * self.words()),
            _ if step < self.open() => {
                self.tree().get(usize::from(step - TREE)).filter(|_| next).map(|words| 8 * words)
            }
            _ if step == self.open() => (from != self.party).then_some(1),
            _ => None,
        }
    }
}
