//! Who was wrong? A party's part of a search, done again.
//!
//! All that a party says follows from its rows, its share of the question, its seed and what it heard. An auditor who
//! is given these, by that party, and what the other two heard from it, with its signatures, does the same and
//! compares. Whoever has one party's part only has learnt nothing of any template: so each of the three is looked at
//! by an auditor of its own, or the shares are renewed between one look and the next.

use std::collections::BTreeMap;
use std::sync::Arc;

use wetsign_attest::id::{Digest, sha256};
use zeroize::Zeroizing;

use crate::ring::Party;
use crate::search::{Message, Rows, Search, SearchError};
use crate::share::Question;
use crate::template::Bounds;

/// All that one party's part of a search follows from.
pub struct Part<'t> {
    /// Which party.
    pub party: Party,
    /// Its rows, which its signed root speaks of.
    pub rows: Rows<'t>,
    /// Its share of the question, which the question's commitment speaks of.
    pub question: &'t Question,
    /// From where on two templates are one person's.
    pub bounds: Bounds,
    /// Its seed.
    pub seed: Zeroizing<[u8; 32]>,
    /// What it heard, in any order, with the signatures of those who said it.
    pub heard: Vec<(Party, u16, Arc<Vec<u8>>)>,
    /// Digests of what the others heard from it: to whom, in which step ([`digest`]).
    pub said: BTreeMap<(Party, u16), Digest>,
}

/// What is wrong with a party's part.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Wrong {
    /// It said something else than what follows from what it had and heard.
    #[error(
        "{party} said to {to}, in step {step}, what does not follow from its rows, its share and what it heard"
    )]
    Said {
        /// Who.
        party: Party,
        /// To whom.
        to: Party,
        /// In which step: the first one.
        step: u16,
    },
    /// It said something in a step in which nothing is said to that party.
    #[error("{party} spoke to {to} in step {step}, where nothing is said")]
    Spoke {
        /// Who.
        party: Party,
        /// To whom.
        to: Party,
        /// In which step.
        step: u16,
    },
    /// What it says it heard does not fit: another party was wrong, or this one hides what it heard.
    #[error("what {party} says it heard does not fit")]
    Heard {
        /// Who says so.
        party: Party,
        /// How.
        source: SearchError,
    },
}

/// What a message is compared by.
pub fn digest(body: &[u8]) -> Digest {
    Digest(sha256(&[body]))
}

/// Does a party's part again; answers the bit that it must have opened, or none if it did not hear enough to end.
///
/// # Errors
/// [`Wrong`], with the first step that is.
pub fn rerun(part: Part<'_>) -> Result<Option<bool>, Wrong> {
    let Part { party, rows, question, bounds, seed, heard, said } = part;
    let (mut search, mut due) = Search::begin(party, rows, question, bounds, seed);
    let mut heard = heard;
    heard.sort_by_key(|(_, step, _)| *step);
    for (from, step, body) in heard {
        let more = search.hear(from, step, body).map_err(|source| Wrong::Heard { party, source })?;
        due.extend(more);
    }
    due.sort_by_key(|message| message.step);
    let mut left = said;
    for Message { to, step, body } in due {
        if left.remove(&(to, step)).is_some_and(|said| said != digest(&body)) {
            return Err(Wrong::Said { party, to, step });
        }
    }
    match left.into_keys().min_by_key(|(_, step)| *step) {
        Some((to, step)) => Err(Wrong::Spoke { party, to, step }),
        None => Ok(search.found()),
    }
}
