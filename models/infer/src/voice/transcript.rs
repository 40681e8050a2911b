//! What was said: Moonshine by greedy decoding, for any words, and by [`spelling`](super::spelling) for letters.

use wetsign_liveness::consent;

use super::decoder::{Begun, Decoder, END, START};
use super::spelling::{Alphabet, Letters, Spelled, spell};
use super::tokens::Tokens;
use crate::audio::RATE;
use crate::error::Result;
use crate::runtime::Net;

/// Speech holds no more tokens a second than this; more is the network running in circles.
const TOKENS_PER_SECOND: f32 = 6.5;
/// Repeats of a pattern of tokens that count as a circle: of a short one four, of a long one ("I'm going to be right
/// here.") three.
const REPEATS: usize = 4;
const REPEATS_OF_LONG: usize = 3;
/// The longest short pattern, and the longest that is looked for.
const SHORT_PATTERN: usize = 6;
const LONGEST_PATTERN: usize = 16;

/// Consent is written with this many tokens at the most.
const LONGEST_CONSENT: usize = 8;

/// Encoder, decoder and vocabulary.
pub(crate) struct Transcriber {
    decoder: Decoder,
    tokens: Tokens,
    alphabet: Alphabet,
}

impl Transcriber {
    pub(crate) fn new(encoder: Net, decoder: Net, tokens: Tokens) -> Result<Self> {
        let alphabet = Alphabet::of(&tokens)?;
        Ok(Self { decoder: Decoder::new(encoder, decoder), tokens, alphabet })
    }

    /// English text of 16 kHz sound, as the network writes it (capitals and punctuation included). `None`: it ran in
    /// circles or found no end, as it does in noise and in babble, so nothing was understood.
    pub(crate) fn transcribe(&mut self, samples: &[f32]) -> Result<Option<String>> {
        let mut begun = self.decoder.hear(samples)?;
        let most = (begun.samples as f32 / RATE as f32 * TOKENS_PER_SECOND) as usize + 2;
        let mut said = vec![START];
        for _ in 0..most {
            let (logits, _) = self.decoder.go_on(&mut begun, &said[said.len() - 1..])?;
            let best = likeliest(&logits);
            if best == END {
                return Ok(Some(self.tokens.text(&said[1..])));
            }
            said.push(best);
            if circles(&said) {
                return Ok(None);
            }
        }
        Ok(None)
    }

    /// The encoder's states of 16 kHz sound, one after the other, and how many numbers a state has.
    pub(crate) fn states(&mut self, samples: &[f32]) -> Result<(Vec<f32>, usize)> {
        self.decoder.hear(samples).map(Begun::into_states)
    }

    /// Spells the letters of 16 kHz sound of which it is known how many they are, and not which.
    pub(crate) fn spell(&mut self, samples: &[f32], letters: Letters) -> Result<Spelled> {
        let mut begun = self.decoder.hear(samples)?;
        let next = self.decoder.go_on(&mut begun, &[START])?;
        spell(&mut self.decoder, &mut begun, &self.alphabet, letters, next)
    }

    /// Spells the letters behind the words of consent. `None`: something else was said before them, as the recogniser
    /// writes it by itself.
    pub(crate) fn spell_after_consent(
        &mut self,
        samples: &[f32],
        letters: Letters,
    ) -> Result<Option<Spelled>> {
        let mut begun = self.decoder.hear(samples)?;
        let mut said = vec![START];
        while said.len() <= LONGEST_CONSENT {
            let next = self.decoder.go_on(&mut begun, &said[said.len() - 1..])?;
            let best = likeliest(&next.0);
            let consented = consent::heard(&self.tokens.text(&said[1..])).is_some();
            said.push(best);
            if !consented || self.tokens.goes_on(best) {
                continue;
            }
            if self.tokens.text(&[best]).chars().any(char::is_alphanumeric) {
                return spell(&mut self.decoder, &mut begun, &self.alphabet, letters, next).map(Some);
            }
            let next = self.decoder.go_on(&mut begun, &[best])?;
            return spell(&mut self.decoder, &mut begun, &self.alphabet, letters, next).map(Some);
        }
        Ok(None)
    }
}

/// The token that is likeliest to follow.
fn likeliest(logits: &[f32]) -> i64 {
    logits.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(END, |(i, _)| i as i64)
}

/// Greedy decoding can run in a circle ("c, e, e, e, e, …"): the last tokens are repeats of one pattern.
fn circles(said: &[i64]) -> bool {
    (1..=LONGEST_PATTERN).any(|period| {
        let repeats = if period <= SHORT_PATTERN { REPEATS } else { REPEATS_OF_LONG };
        let tail = said.len().checked_sub(period * repeats).map(|start| &said[start..]);
        tail.is_some_and(|tail| tail.iter().zip(&tail[period..]).all(|(a, b)| a == b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_rounds_are_a_circle_and_of_a_sentence_three() {
        let mut said = vec![1, 50, 7, 60];
        for token in [7, 61, 7, 61, 7, 61, 7] {
            said.push(token);
            assert!(!circles(&said));
        }
        said.push(61);
        assert!(circles(&said));

        let sentence: Vec<i64> = (100..109).collect();
        assert!(!circles(&[vec![1], sentence.repeat(2)].concat()));
        assert!(circles(&[vec![1], sentence.repeat(3)].concat()));
    }

    #[test]
    fn three_repeats_are_speech() {
        assert!(!circles(&[1, 9, 9, 9]));
    }
}
