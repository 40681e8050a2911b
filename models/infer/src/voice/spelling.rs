//! Which letters were spoken, where it is known how many there are: the recogniser chooses among letters alone.
//!
//! Left free, it turns letters in noise into words ("You have the g m x"), runs in circles or finds no end. Here each
//! step of a beam search offers the letters that any phrase can have and nothing else, never one twice in a row, which
//! no phrase has. It is told how many letters there are, never which: what is spelled follows from the sound alone, so
//! that one recording still answers no more phrases than before. Where consent is said before the letters, the
//! recogniser is left free until it has written it, and only then told to look for letters: whether somebody consents
//! is never suggested to it.

use super::decoder::{Begun, Decoder, END};
use super::tokens::Tokens;
use crate::error::{InferError, Result};

/// Beginnings that go on side by side.
const BEAM: usize = 4;
/// Most letters that are spelled.
const MOST: usize = 16;

/// The tokens of single letters and of what ends them.
pub(super) struct Alphabet {
    /// A letter at the beginning is a capital.
    first: Vec<i64>,
    rest: Vec<i64>,
    stop: i64,
}

impl Alphabet {
    pub(super) fn of(tokens: &Tokens) -> Result<Self> {
        let find = |text: &str| tokens.find(text).ok_or(InferError::Tokenizer("a letter is missing"));
        let letters = |shown: fn(&char) -> char| -> Result<Vec<i64>> {
            ('a'..='z').map(|letter| find(&format!(" {}", shown(&letter)))).collect()
        };
        let (first, rest) = (letters(char::to_ascii_uppercase)?, letters(|letter| *letter)?);
        Ok(Self { first, rest, stop: find(".")? })
    }
}

/// Letters and how sure the recogniser is of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Spelled {
    /// Lower case, spaces between them.
    pub text: String,
    /// Mean log-likelihood of a letter, the end included: 0 is certain; noise alone has less than speech.
    pub certainty: f32,
}

/// What is known of letters before they are heard, whatever the challenge was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Letters {
    /// How many there are.
    pub count: usize,
    /// Which of the 26 a phrase can have, a bit each.
    among: u32,
}

impl Letters {
    const ALL: u32 = (1 << 26) - 1;

    /// So many of all 26.
    pub fn any(count: usize) -> Self {
        Self { count, among: Self::ALL }
    }

    /// As many as these of the vocabulary that they were drawn from; `None`: they are not letters alone, so that other
    /// words have to be looked for. A vocabulary that lacks one of them says nothing of which a phrase can have.
    pub fn of(asked: &[String], vocabulary: &[String]) -> Option<Self> {
        let letter = |word: &String| match word.as_bytes() {
            [byte @ b'a'..=b'z'] => Some(1 << (byte - b'a')),
            _ => None,
        };
        let asked_for: u32 = asked.iter().map(letter).try_fold(0, |all, one| Some(all | one?))?;
        let among = vocabulary.iter().filter_map(letter).fold(0, |all, one| all | one);
        let known = asked_for & !among == 0 && among.count_ones() > 1;
        (1..=MOST)
            .contains(&asked.len())
            .then_some(Self { count: asked.len(), among: if known { among } else { Self::ALL } })
    }

    fn has(self, letter: usize) -> bool {
        self.among >> letter & 1 == 1
    }
}

#[derive(Clone, Default)]
struct Beginning {
    letters: Vec<usize>,
    likelihood: f64,
}

/// The likeliest spelling with this many letters behind what was given: `next` is what the decoder says of the token
/// that follows it, and how many tokens there are.
pub(super) fn spell(
    decoder: &mut Decoder,
    begun: &mut Begun,
    alphabet: &Alphabet,
    letters: Letters,
    next: (Vec<f32>, usize),
) -> Result<Spelled> {
    let count = letters.count.clamp(1, MOST);
    let mut beam = vec![Beginning::default()];
    let mut given = Vec::new();
    let mut next = Some(next);
    for step in 0..count {
        let (logits, width) = match next.take() {
            Some(next) => next,
            None => decoder.go_on(begun, &given)?,
        };
        let tokens = if step == 0 { &alphabet.first } else { &alphabet.rest };
        let next = best(&beam, (&logits, width), tokens, letters);
        begun.keep(&next.iter().map(|(row, _)| *row).collect::<Vec<_>>())?;
        beam = next.into_iter().map(|(_, beginning)| beginning).collect();
        given = beam.iter().filter_map(|one| Some(tokens[*one.letters.last()?])).collect();
    }
    let (logits, width) = decoder.go_on(begun, &given)?;
    for (one, row) in beam.iter_mut().zip(logits.chunks_exact(width)) {
        let all = log_sum(row);
        let ends = [END, alphabet.stop].map(|token| likelihood(row, token, all));
        one.likelihood += ends[0].max(ends[1]);
    }
    let best = beam.into_iter().max_by(|a, b| a.likelihood.total_cmp(&b.likelihood)).unwrap_or_default();
    let text: Vec<String> =
        best.letters.iter().map(|letter| char::from(b'a' + *letter as u8).to_string()).collect();
    let certainty = (best.likelihood / (count + 1) as f64) as f32;
    Ok(Spelled { text: text.join(" "), certainty })
}

/// The likeliest ways to go on by one letter, each with the row that it goes on from.
fn best(
    beam: &[Beginning],
    (logits, width): (&[f32], usize),
    tokens: &[i64],
    letters: Letters,
) -> Vec<(usize, Beginning)> {
    let mut ways: Vec<(usize, usize, f64)> = Vec::with_capacity(beam.len() * tokens.len());
    for (row, (one, logits)) in beam.iter().zip(logits.chunks_exact(width.max(1))).enumerate() {
        let all = log_sum(logits);
        let allowed =
            (0..tokens.len()).filter(|letter| letters.has(*letter) && one.letters.last() != Some(letter));
        ways.extend(
            allowed.map(|letter| (row, letter, one.likelihood + likelihood(logits, tokens[letter], all))),
        );
    }
    ways.sort_by(|a, b| b.2.total_cmp(&a.2));
    ways.truncate(BEAM);
    let go_on = |(row, letter, likelihood): (usize, usize, f64)| {
        let letters = [&beam[row].letters[..], &[letter]].concat();
        (row, Beginning { letters, likelihood })
    };
    ways.into_iter().map(go_on).collect()
}

fn likelihood(logits: &[f32], token: i64, all: f64) -> f64 {
    let logit = usize::try_from(token).ok().and_then(|token| logits.get(token));
    logit.map_or(f64::NEG_INFINITY, |logit| f64::from(*logit) - all)
}

/// ln Σ exp.
fn log_sum(logits: &[f32]) -> f64 {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    f64::from(most) + logits.iter().map(|logit| f64::from(logit - most).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(String::from).collect()
    }

    #[test]
    fn no_letter_comes_twice_in_a_row_however_likely() {
        let beam = [Beginning { letters: vec![1], likelihood: -1.0 }];
        let logits = [0.0, 9.0, 1.0, 8.0];
        let ways = best(&beam, (&logits, 4), &[0, 1, 2], Letters::any(2));
        let letters: Vec<_> = ways.iter().map(|(_, one)| one.letters.clone()).collect();
        assert_eq!(letters, [[1, 2], [1, 0]]);
        assert!(ways.iter().all(|(row, one)| *row == 0 && one.likelihood < -1.0));
    }

    #[test]
    fn the_likeliest_beginnings_go_on_whichever_row_they_are_in() {
        let beam = [
            Beginning { letters: vec![0], likelihood: -5.0 },
            Beginning { letters: vec![1], likelihood: -0.1 },
        ];
        let ways = best(&beam, (&[0.0; 6], 3), &[0, 1, 2], Letters::any(2));
        assert_eq!(ways.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [1, 1, 0, 0]);
    }

    #[test]
    fn letters_are_spelled_and_words_are_not() {
        let all = words("a b c d e f g h i j k l m n o p q r s t u v w x y z");
        assert_eq!(Letters::of(&words("k f b"), &all), Some(Letters::any(3)));
        for other in ["k fox b", "k 7", "pet no sit", "é b", "a b c d e f g h i j k l m n o p q"] {
            assert_eq!(Letters::of(&words(other), &all), None, "{other}");
        }
        assert_eq!(Letters::of(&[], &all), None);
    }

    #[test]
    fn a_letter_that_no_phrase_has_is_never_spelled() {
        let letters = Letters::of(&words("a c"), &words("a c fox")).unwrap();
        let beam = [Beginning::default()];
        let ways = best(&beam, (&[1.0, 9.0, 2.0, 8.0], 4), &[0, 1, 2, 3], letters);
        assert_eq!(ways.iter().map(|(_, one)| one.letters[0]).collect::<Vec<_>>(), [2, 0]);
        assert_eq!(Letters::of(&words("a c"), &words("a b")), Some(Letters::any(2)), "the list is another's");
    }

    #[test]
    fn a_token_that_there_is_not_is_never_likely() {
        assert_eq!(likelihood(&[0.0], 7, log_sum(&[0.0])), f64::NEG_INFINITY);
        assert!((log_sum(&[0.0, 0.0]) - 2f64.ln()).abs() < 1e-9);
    }
}
