//! One party of a search, without I/O: messages come in, messages go out, one bit is opened.
//!
//! 1. *Products*: each row times the question, locally: an additive share of how alike the two are.
//! 2. *Reshare*: the shares, masked, become two numbers A and B whose sum it is, less the bound. Parties 0 and 2 know
//!    A, party 1 knows B; each is uniformly random to whoever knows it.
//! 3. *Compare*: the sign of A + B, by a ripple of carries over shared bits, 64 rows a word, both bounds at once.
//! 4. *Or*: whether any row that is kept meets a bound, in a tree.
//! 5. *Open*: that bit, which each party hears from both others.
//!
//! Parties are taken to follow the protocol. One that does not is found afterwards: all that a party sends follows from
//! its table, its share of the question, its seed and what it heard ([`crate::rerun`]).

use std::collections::BTreeMap;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::bits::{BITS, Masks, Shared, bytes_of, planes, words_for, words_of};
use crate::ring::Party;
use crate::share::Question;
use crate::steps::{AHEAD, CARRY, EITHER, RESHARE, SEED, SEED_BYTES, Steps};
use crate::template::{Bounds, DIM};

/// What one party tells another in a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Who hears it.
    pub to: Party,
    /// Which step of the search it belongs to.
    pub step: u16,
    /// What is said.
    pub body: Arc<Vec<u8>>,
}

/// Why a search cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// A step that there is not, or that is too far ahead.
    #[error("{from} speaks of step {step}, and step {at} is being worked on")]
    Step {
        /// Who.
        from: Party,
        /// Of which step.
        step: u16,
        /// The step that this party is at.
        at: u16,
    },
    /// The message has another size than its step asks for.
    #[error("{from} sent {found} bytes in step {step}, not {expected}")]
    Length {
        /// Who.
        from: Party,
        /// In which step.
        step: u16,
        /// Bytes sent.
        found: usize,
        /// Bytes of such a message.
        expected: usize,
    },
    /// It was said before, and otherwise.
    #[error("{from} said two different things in step {step}")]
    Twice {
        /// Who.
        from: Party,
        /// In which step.
        step: u16,
    },
    /// The other two do not open one bit.
    #[error(
        "the other two searchers say different things of the result: run the search again before an auditor"
    )]
    Disagree,
}

/// What a party compares with: its shares of all templates.
#[derive(Clone, Copy)]
pub struct Rows<'t> {
    /// [`DIM`] numbers a row.
    pub shares: &'t [u16],
    /// A bit a row: whether it counts.
    pub kept: &'t [u64],
}

impl Rows<'_> {
    fn count(&self) -> usize {
        self.shares.len() / DIM
    }
}

/// One party of one search.
pub struct Search {
    party: Party,
    steps: Steps,
    kept: Vec<u64>,
    /// Additive shares of what is compared: for each bound, one for each row.
    sums: Vec<u16>,
    seed: Zeroizing<[u8; 32]>,
    masks: Option<Masks>,
    step: u16,
    heard: BTreeMap<(u16, Party), Arc<Vec<u8>>>,
    stage: Stage,
}

/// What was worked out so far.
enum Stage {
    Seed,
    Reshare,
    Carry { a: Vec<Shared>, b: Vec<Shared>, carry: Shared, sent: Vec<u64> },
    Either { sent: Vec<u64> },
    Tree { pairs: [Shared; 2], over: Option<Shared>, sent: Vec<u64> },
    Open { bit: Shared },
    Done(bool),
}

impl Search {
    /// Begins a search; `seed` is fresh, and random. The products are made here.
    ///
    /// # Panics
    /// If the rows are not whole, or the list of those that count is too short.
    pub fn begin(
        party: Party,
        rows: Rows<'_>,
        question: &Question,
        bounds: Bounds,
        seed: Zeroizing<[u8; 32]>,
    ) -> (Self, Vec<Message>) {
        let count = rows.count();
        assert!(rows.shares.len().is_multiple_of(DIM) && rows.kept.len() >= words_for(count));
        let mut sums = vec![0; 2 * count];
        let (face, both) = sums.split_at_mut(count);
        for ((row, face), both) in rows.shares.chunks_exact(DIM).zip(face).zip(both) {
            [*face, *both] = question.products(row);
        }
        if party.index() == 0 {
            let [face, both] = bounds.steps();
            for (sums, bound) in sums.chunks_mut(count.max(1)).zip([face, both]) {
                for sum in sums.iter_mut() {
                    *sum = sum.wrapping_sub(bound);
                }
            }
        }
        let kept = rows.kept[..words_for(count)].to_vec();
        let out = vec![Message { to: party.previous(), step: SEED, body: Arc::new(seed.to_vec()) }];
        let (masks, heard, stage) = (None, BTreeMap::new(), Stage::Seed);
        (
            Self {
                party,
                steps: Steps::new(party, count),
                kept,
                sums,
                seed,
                masks,
                step: SEED,
                heard,
                stage,
            },
            out,
        )
    }

    /// The bit, once it is open: whether a row that counts meets a bound.
    pub fn found(&self) -> Option<bool> {
        if let Stage::Done(found) = self.stage { Some(found) } else { None }
    }

    /// Hears a message; answers what is to be sent. The same one twice is heard once.
    ///
    /// # Errors
    /// [`SearchError`]; the search is over then.
    pub fn hear(&mut self, from: Party, step: u16, body: Arc<Vec<u8>>) -> Result<Vec<Message>, SearchError> {
        if step < self.step || matches!(self.stage, Stage::Done(_)) {
            // It was worked with already.
            return Ok(Vec::new());
        }
        let known = self.steps.length(from, step).filter(|_| step <= self.step + AHEAD);
        let Some(expected) = known else {
            return Err(SearchError::Step { from, step, at: self.step });
        };
        if body.len() != expected {
            return Err(SearchError::Length { from, step, found: body.len(), expected });
        }
        if let Some(before) = self.heard.get(&(step, from)) {
            return if *before == body { Ok(Vec::new()) } else { Err(SearchError::Twice { from, step }) };
        }
        self.heard.insert((step, from), body);
        let mut out = Vec::new();
        while self.ready() {
            self.advance(&mut out)?;
        }
        Ok(out)
    }

    fn ready(&self) -> bool {
        let others = [self.party.next(), self.party.previous()];
        !matches!(self.stage, Stage::Done(_))
            && others.into_iter().all(|other| {
                self.steps.length(other, self.step).is_none() || self.heard.contains_key(&(self.step, other))
            })
    }

    fn take(&mut self, from: Party) -> Arc<Vec<u8>> {
        self.heard.remove(&(self.step, from)).unwrap_or_default()
    }

    /// Ends the step, and begins the next one.
    fn advance(&mut self, out: &mut Vec<Message>) -> Result<(), SearchError> {
        let stage = std::mem::replace(&mut self.stage, Stage::Seed);
        self.stage = match stage {
            Stage::Seed => self.reshare(out),
            Stage::Reshare => {
                let [a, b] = self.halves();
                let carry = Shared::zeros(2 * self.steps.words());
                self.ripple(a, b, carry, CARRY, out)
            }
            Stage::Carry { a, b, carry, sent } => {
                let carry = self.product(sent).xor(&carry);
                self.ripple(a, b, carry, self.step + 1, out)
            }
            Stage::Either { sent } => {
                let neither = self.product(sent);
                let kept = std::mem::take(&mut self.kept);
                self.fold(neither.not(self.party).keep(&kept), out)
            }
            Stage::Tree { pairs: [x, y], over, sent } => {
                let mut hits = x.xor(&y).xor(&self.product(sent));
                if let Some(over) = over {
                    hits.append(&over);
                }
                self.fold(hits, out)
            }
            Stage::Open { bit } => {
                let (one, other) = (self.take(self.party.next()), self.take(self.party.previous()));
                if one != other {
                    return Err(SearchError::Disagree);
                }
                Stage::Done((bit.own[0] ^ bit.next[0] ^ u64::from(one[0])) & 1 == 1)
            }
            done @ Stage::Done(_) => done,
        };
        self.step += 1;
        Ok(())
    }

    fn masks(&self) -> &Masks {
        self.masks.as_ref().expect("both seeds are known after the first step")
    }

    fn reshare(&mut self, out: &mut Vec<Message>) -> Stage {
        let mut next = Zeroizing::new([0; SEED_BYTES]);
        next.copy_from_slice(&self.take(self.party.next()));
        let masks = Masks::new(std::mem::take(&mut self.seed), next);
        masks.hide(RESHARE, &mut self.sums);
        self.masks = Some(masks);
        match self.party.index() {
            1 => {
                // B in bits, less what parties 0 and 1 share, to party 2.
                let sent = self.own_planes().into_iter().zip(self.pad_of_b());
                let body: Vec<u64> =
                    sent.flat_map(|(bits, pad)| bits.into_iter().zip(pad).map(|(x, y)| x ^ y)).collect();
                send(self.party.next(), RESHARE, bytes_of(&body), out);
            }
            index => {
                let other = if index == 0 { self.party.previous() } else { self.party.next() };
                let body = self.sums.iter().flat_map(|sum| sum.to_le_bytes()).collect();
                send(other, RESHARE, body, out);
            }
        }
        Stage::Reshare
    }

    /// Both bounds' planes in one: for each bit, words for the face, then words for both.
    fn own_planes(&self) -> Vec<Vec<u64>> {
        let (face, both) = self.sums.split_at(self.steps.rows());
        planes(face).into_iter().zip(planes(both)).map(|(face, both)| [face, both].concat()).collect()
    }

    /// What hides B from party 2: parties 0 and 1 draw it from the seed that they share.
    fn pad_of_b(&self) -> Vec<Vec<u64>> {
        let words = 2 * self.steps.words();
        // A stream of its own, beyond all steps.
        let all = if self.party.index() == 1 {
            self.masks().own(u16::MAX, BITS * words)
        } else {
            self.masks().next(u16::MAX, BITS * words)
        };
        all.chunks_exact(words).map(<[u64]>::to_vec).collect()
    }

    /// A and B in shared bits: A lies in part 0 alone, B in parts 1 and 2.
    fn halves(&mut self) -> [Vec<Shared>; 2] {
        let words = 2 * self.steps.words();
        let nothing = || vec![vec![0; words]; BITS];
        let shared = |own: Vec<Vec<u64>>, next: Vec<Vec<u64>>| {
            own.into_iter().zip(next).map(|(own, next)| Shared { own, next }).collect()
        };
        let halves = match self.party.index() {
            1 => {
                let pad = self.pad_of_b();
                let mut rest = self.own_planes();
                for (bits, pad) in rest.iter_mut().zip(&pad) {
                    bits.iter_mut().zip(pad).for_each(|(bits, pad)| *bits ^= pad);
                }
                [shared(nothing(), nothing()), shared(pad, rest)]
            }
            index => {
                let other = if index == 0 { self.party.previous() } else { self.party.next() };
                let theirs = self.take(other);
                for (sum, pair) in self.sums.iter_mut().zip(theirs.chunks_exact(2)) {
                    *sum = sum.wrapping_add(u16::from_le_bytes([pair[0], pair[1]]));
                }
                let a = self.own_planes();
                if index == 0 {
                    [shared(a, nothing()), shared(nothing(), self.pad_of_b())]
                } else {
                    let rest = words_of(&self.take(self.party.previous()));
                    let rest = rest.chunks_exact(words).map(<[u64]>::to_vec).collect();
                    [shared(nothing(), a), shared(rest, nothing())]
                }
            }
        };
        self.sums = Vec::new();
        halves
    }

    /// One bit of the adder: the carry out of it, or after the last one the signs.
    fn ripple(
        &self,
        mut a: Vec<Shared>,
        mut b: Vec<Shared>,
        carry: Shared,
        step: u16,
        out: &mut Vec<Message>,
    ) -> Stage {
        let bit = usize::from(step - CARRY);
        let (x, y) = (a[bit].xor(&carry), b[bit].xor(&carry));
        if step == EITHER {
            // The sum is negative: below the bound.
            let signs = x.xor(&b[bit]);
            let words = self.steps.words();
            let [face, both] = [signs.slice(0, words), signs.slice(words, 2 * words)];
            return Stage::Either { sent: self.offer(&face, &both, step, out) };
        }
        (a[bit], b[bit]) = (Shared::default(), Shared::default());
        let sent = self.offer(&x, &y, step, out);
        Stage::Carry { a, b, carry, sent }
    }

    /// One step of the tree, or the opening.
    fn fold(&self, hits: Shared, out: &mut Vec<Message>) -> Stage {
        let step = self.step + 1;
        if step == self.steps.open() {
            for (to, part) in [(self.party.next(), &hits.own), (self.party.previous(), &hits.next)] {
                send(to, step, vec![(part[0] & 1) as u8], out);
            }
            return Stage::Open { bit: hits };
        }
        let (pairs, over) = if hits.len() > 1 {
            let half = hits.len() / 2;
            let over = (hits.len() % 2 == 1).then(|| hits.slice(2 * half, 2 * half + 1));
            ([hits.slice(0, half), hits.slice(half, 2 * half)], over)
        } else {
            let by = 32 >> (5 - u32::from(self.steps.open() - 1 - step));
            ([hits.clone(), hits.shifted(by)], None)
        };
        let sent = self.offer(&pairs[0], &pairs[1], step, out);
        Stage::Tree { pairs, over, sent }
    }

    /// Sends this party's part of an "and" to the party before it.
    fn offer(&self, x: &Shared, y: &Shared, step: u16, out: &mut Vec<Message>) -> Vec<u64> {
        let sent = x.and(y, self.masks(), step);
        send(self.party.previous(), step, bytes_of(&sent), out);
        sent
    }

    /// The "and", with the next party's part of it.
    fn product(&mut self, sent: Vec<u64>) -> Shared {
        let next = words_of(&self.take(self.party.next()));
        Shared { own: sent, next }
    }
}

fn send(to: Party, step: u16, body: Vec<u8>, out: &mut Vec<Message>) {
    out.push(Message { to, step, body: Arc::new(body) });
}
