//! Many bits at once: 64 rows lie in one word, and a word is shared in three by exclusive or.
//!
//! Replicated sharing: a bit is x0 ⊕ x1 ⊕ x2, and party i holds xi and xi+1. Exclusive or and negation need no message.
//! An "and" needs one, of as many words, from each party to the one before it (T. Araki et al., "High-throughput
//! semi-honest secure three-party computation with an honest majority", CCS 2016).

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use zeroize::Zeroizing;

use crate::ring::Party;

/// Bits of one number.
pub(crate) const BITS: usize = 16;

/// One party's part of shared words. Both lists have one length.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shared {
    /// The part with the party's own index.
    pub own: Vec<u64>,
    /// The part of the next party.
    pub next: Vec<u64>,
}

impl Shared {
    pub(crate) fn len(&self) -> usize {
        self.own.len()
    }

    pub(crate) fn zeros(length: usize) -> Self {
        Self { own: vec![0; length], next: vec![0; length] }
    }

    pub(crate) fn xor(&self, other: &Self) -> Self {
        let each = |a: &[u64], b: &[u64]| a.iter().zip(b).map(|(x, y)| x ^ y).collect();
        Self { own: each(&self.own, &other.own), next: each(&self.next, &other.next) }
    }

    /// Negates every bit: flips the part with index 0, which parties 0 and 2 hold.
    pub(crate) fn not(mut self, party: Party) -> Self {
        match party.index() {
            0 => self.own.iter_mut().for_each(|word| *word = !*word),
            2 => self.next.iter_mut().for_each(|word| *word = !*word),
            _ => {}
        }
        self
    }

    /// Keeps the bits that are set in a public mask.
    pub(crate) fn keep(mut self, mask: &[u64]) -> Self {
        for list in [&mut self.own, &mut self.next] {
            list.iter_mut().zip(mask).for_each(|(word, keep)| *word &= keep);
        }
        self
    }

    pub(crate) fn slice(&self, from: usize, to: usize) -> Self {
        Self { own: self.own[from..to].to_vec(), next: self.next[from..to].to_vec() }
    }

    pub(crate) fn append(&mut self, other: &Self) {
        self.own.extend_from_slice(&other.own);
        self.next.extend_from_slice(&other.next);
    }

    pub(crate) fn shifted(&self, by: u32) -> Self {
        let each = |list: &[u64]| list.iter().map(|word| word >> by).collect();
        Self { own: each(&self.own), next: each(&self.next) }
    }

    /// This party's part of the "and" of two lists, masked so that it says nothing.
    pub(crate) fn and(&self, other: &Self, masks: &Masks, step: u16) -> Vec<u64> {
        let mut product = masks.zeros(step, self.len());
        for (at, word) in product.iter_mut().enumerate() {
            let (a, b) = (self.own[at], other.own[at]);
            *word ^= (a & b) ^ (a & other.next[at]) ^ (self.next[at] & b);
        }
        product
    }
}

/// Two streams of random words: one that a party shares with the one before it, one that it shares with the next.
pub(crate) struct Masks {
    own: Zeroizing<[u8; 32]>,
    next: Zeroizing<[u8; 32]>,
}

impl Masks {
    pub(crate) fn new(own: Zeroizing<[u8; 32]>, next: Zeroizing<[u8; 32]>) -> Self {
        Self { own, next }
    }

    /// Random words that the previous party has too. Each step has a stream of its own.
    pub(crate) fn own(&self, step: u16, words: usize) -> Vec<u64> {
        stream(&self.own, step, words)
    }

    /// Random words that the next party has too.
    pub(crate) fn next(&self, step: u16, words: usize) -> Vec<u64> {
        stream(&self.next, step, words)
    }

    /// A sharing of zero by exclusive or: that of all three parties is zero.
    pub(crate) fn zeros(&self, step: u16, words: usize) -> Vec<u64> {
        let mut zeros = self.own(step, words);
        zeros.iter_mut().zip(self.next(step, words)).for_each(|(word, other)| *word ^= other);
        zeros
    }

    /// Adds a sharing of zero by addition.
    pub(crate) fn hide(&self, step: u16, numbers: &mut [u16]) {
        let words = numbers.len().div_ceil(4);
        let (own, next) = (self.own(step, words), self.next(step, words));
        for (chunk, (own, next)) in numbers.chunks_mut(4).zip(own.iter().zip(&next)) {
            for (lane, number) in chunk.iter_mut().enumerate() {
                let part = |word: u64| (word >> (16 * lane)) as u16;
                *number = number.wrapping_add(part(*own)).wrapping_sub(part(*next));
            }
        }
    }
}

fn stream(key: &[u8; 32], step: u16, words: usize) -> Vec<u64> {
    let mut random = ChaCha20Rng::from_seed(*key);
    random.set_stream(u64::from(step));
    let mut bytes = vec![0; words * 8];
    random.fill_bytes(&mut bytes);
    words_of(&bytes)
}

/// Words of little-endian bytes.
pub(crate) fn words_of(bytes: &[u8]) -> Vec<u64> {
    bytes.chunks_exact(8).map(|word| u64::from_le_bytes(word.try_into().expect("eight bytes"))).collect()
}

/// Bytes of words, little-endian.
pub(crate) fn bytes_of(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// Words that hold one bit of each of `rows` rows.
pub(crate) fn words_for(rows: usize) -> usize {
    rows.div_ceil(64).max(1)
}

/// Bit b of number n goes to bit n of list b: `BITS` lists of [`words_for`] words. Missing numbers are zero.
pub(crate) fn planes(numbers: &[u16]) -> Vec<Vec<u64>> {
    let mut planes = vec![vec![0; words_for(numbers.len())]; BITS];
    for (at, chunk) in numbers.chunks(64).enumerate() {
        let mut bytes = [[0u8; 64]; 2];
        for (lane, number) in chunk.iter().enumerate() {
            [bytes[0][lane], bytes[1][lane]] = number.to_le_bytes();
        }
        for (half, bytes) in bytes.iter().enumerate() {
            let mut words = [[0u8; 8]; 8];
            for (eight, group) in bytes.chunks_exact(8).enumerate() {
                let turned = turn(u64::from_le_bytes(group.try_into().expect("eight bytes")));
                for (bit, byte) in turned.to_le_bytes().into_iter().enumerate() {
                    words[bit][eight] = byte;
                }
            }
            for (bit, word) in words.into_iter().enumerate() {
                planes[8 * half + bit][at] = u64::from_le_bytes(word);
            }
        }
    }
    planes
}

/// Transposes eight bytes as a square of 8 × 8 bits (H. S. Warren, "Hacker's Delight", § 7-3).
fn turn(square: u64) -> u64 {
    [(7, 0x00AA_00AA_00AA_00AA), (14, 0x0000_CCCC_0000_CCCC), (28, 0x0000_0000_F0F0_F0F0)].into_iter().fold(
        square,
        |square, (by, mask): (u32, u64)| {
            let swapped = (square ^ (square >> by)) & mask;
            square ^ swapped ^ (swapped << by)
        },
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn planes_hold_every_bit_of_every_number(numbers in proptest::collection::vec(any::<u16>(), 0..200)) {
            let planes = planes(&numbers);
            for (at, number) in numbers.iter().enumerate() {
                for (bit, plane) in planes.iter().enumerate() {
                    prop_assert_eq!((plane[at / 64] >> (at % 64)) & 1, u64::from((number >> bit) & 1));
                }
            }
        }

        #[test]
        fn masks_of_three_parties_cancel_out(keys: [[u8; 32]; 3], step: u16, count in 0usize..9) {
            let masks: [Masks; 3] =
                std::array::from_fn(|i| Masks::new(Zeroizing::new(keys[i]), Zeroizing::new(keys[(i + 1) % 3])));
            let zeros = masks.each_ref().map(|masks| masks.zeros(step, count));
            let hidden = masks.each_ref().map(|masks| {
                let mut numbers = vec![0; count];
                masks.hide(step, &mut numbers);
                numbers
            });
            for at in 0..count {
                prop_assert_eq!(zeros[0][at] ^ zeros[1][at] ^ zeros[2][at], 0);
                let sum = hidden.iter().fold(0u16, |sum, list| sum.wrapping_add(list[at]));
                prop_assert_eq!(sum, 0);
            }
        }
    }
}
