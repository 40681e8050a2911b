//! What can a source show? The catalogue for a living person, and the less that a replayed subject declares.
//!
//! A living person is asked from [`Repertoire::live`], or from [`Repertoire::live_for`] what they cannot do. A replayed
//! subject (a test double made of recordings) declares what its recordings show; that declaration travels in the
//! liveness report, where everything but the live catalogue counts as simulated. Whoever chose the repertoire after
//! seeing the challenge could steer the prompts; that is why only the live catalogue is accepted for anything that is
//! not labelled so.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::consent;
use crate::needs::Needs;
use crate::phrase;
use crate::prompts::{Part, Prompt};

/// Largest vocabulary that counts; further words are ignored.
pub const MAX_VOCABULARY: usize = 1024;

/// Most head movements that one capture asks for.
pub const HEAD_MOVES: usize = 3;

/// Letters of which a recogniser, an accent and a telephone's band leave each apart from the others: of those that
/// rhyme (B C D E G P T V Z, A H J K, Q U W) or differ by one weak sound (M N, F S X, I Y) a few that differ by more. B
/// and M shut the lips.
const LETTERS: [&str; 12] = ["b", "h", "k", "l", "m", "o", "q", "r", "s", "w", "x", "y"];

/// A movement of the head, in the person's own directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeadMove {
    /// To the person's left.
    Left,
    /// To the person's right.
    Right,
    /// Chin up.
    Up,
    /// Chin down.
    Down,
    /// Towards the camera: what has depth changes its perspective.
    Closer,
}

/// A movement of the mouth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MouthMove {
    /// Wide open.
    Open,
    /// A broad smile.
    Smile,
}

/// A movement of the eyelids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EyeMove {
    /// Both eyes shut for a moment, twice.
    BlinkTwice,
    /// The same three times.
    BlinkThrice,
}

impl From<HeadMove> for Prompt {
    fn from(head: HeadMove) -> Self {
        match head {
            HeadMove::Left => Self::HeadLeft,
            HeadMove::Right => Self::HeadRight,
            HeadMove::Up => Self::HeadUp,
            HeadMove::Down => Self::HeadDown,
            HeadMove::Closer => Self::HeadCloser,
        }
    }
}

impl From<MouthMove> for Prompt {
    fn from(mouth: MouthMove) -> Self {
        match mouth {
            MouthMove::Open => Self::MouthOpen,
            MouthMove::Smile => Self::Smile,
        }
    }
}

impl From<EyeMove> for Prompt {
    fn from(eyes: EyeMove) -> Self {
        match eyes {
            EyeMove::BlinkTwice => Self::BlinkTwice,
            EyeMove::BlinkThrice => Self::BlinkThrice,
        }
    }
}

/// What a source can show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repertoire {
    /// Head movements.
    pub head: Vec<HeadMove>,
    /// Mouth movements.
    pub mouth: Vec<MouthMove>,
    /// Movements of the eyelids.
    #[serde(default)]
    pub eyes: Vec<EyeMove>,
    /// Letters or words that can be spoken, in any order.
    pub vocabulary: Vec<String>,
    /// How many of them make a phrase; at most [`phrase::MAX_WORDS`] are asked.
    pub phrase_len: u8,
    /// Lips and sound come from one recording, in step.
    pub lips_in_step: bool,
    /// Consent is said before the phrase ([`crate::consent`]): what an owner's rules ask for, whatever the source.
    #[serde(default)]
    pub consent: bool,
    /// Who says so: `catalogue` for the live one, else the subject's name.
    pub declared_by: String,
}

impl Repertoire {
    /// The full catalogue: what a living person is asked from. Five head movements, two mouth movements, two of the
    /// eyelids, phrases of eight of twelve letters of the English alphabet that are hard to mistake.
    pub fn live() -> Self {
        Self {
            head: vec![HeadMove::Left, HeadMove::Right, HeadMove::Up, HeadMove::Down, HeadMove::Closer],
            mouth: vec![MouthMove::Open, MouthMove::Smile],
            eyes: vec![EyeMove::BlinkTwice, EyeMove::BlinkThrice],
            vocabulary: LETTERS.map(String::from).to_vec(),
            phrase_len: 8,
            lips_in_step: true,
            consent: false,
            declared_by: "catalogue".into(),
        }
    }

    /// The catalogue without what a person cannot do, and with as many more letters in the phrase as make up for it:
    /// neither entropy of a plan is lower than the full catalogue's, the worth of a choice among all catalogues
    /// deducted.
    pub fn live_for(needs: &Needs) -> Self {
        let full = Self::live();
        if needs.is_empty() {
            return full;
        }
        let mut left = full.clone();
        left.head.retain(|head| needs.allow(&(*head).into()));
        left.mouth.retain(|mouth| needs.allow(&(*mouth).into()));
        left.eyes.retain(|eyes| needs.allow(&(*eyes).into()));
        let [wanted, wanted_residual] = full.strength().map(|bits| bits + (Needs::CHOICES as f64).log2());
        left.phrase_len = (full.phrase_len..=phrase::MAX_WORDS)
            .find(|&phrase_len| {
                let [bits, residual] = Self { phrase_len, ..left.clone() }.strength();
                bits >= wanted && residual >= wanted_residual
            })
            .unwrap_or(phrase::MAX_WORDS);
        left
    }

    /// Whether this is a live catalogue, the full one or one for somebody's needs, with or without consent before the
    /// phrase: all of them are known beforehand.
    pub fn is_live(&self) -> bool {
        Needs::all().any(|needs| *self == Self { consent: self.consent, ..Self::live_for(&needs) })
    }

    /// Entropy of a plan from this repertoire, and what remains of it against a recording, bits.
    pub(crate) fn strength(&self) -> [f64; 2] {
        let bits_of = |count: usize| (count.max(1) as f64).log2();
        let heads = self.distinct_heads().len();
        let movements = [
            (Part::Head, (0..HEAD_MOVES.min(heads)).map(|taken| bits_of(heads - taken)).sum()),
            (Part::Mouth, bits_of(self.distinct_mouths().len())),
            (Part::Eyes, bits_of(self.distinct_eyes().len())),
        ];
        let sum = |counted: fn(Part) -> bool| -> f64 {
            movements.iter().filter(|(part, _)| counted(*part)).map(|(_, bits)| bits).sum()
        };
        let vocabulary = self.distinct_vocabulary().len();
        let length = self.phrase_len.min(phrase::MAX_WORDS) as usize;
        [
            sum(|_| true) + phrase::entropy_bits(vocabulary, length),
            sum(Part::counts) + phrase::residual_bits(vocabulary, length),
        ]
    }

    /// The head movements, each once, in the order of [`HeadMove`].
    pub fn distinct_heads(&self) -> Vec<HeadMove> {
        sorted(&self.head)
    }

    /// The mouth movements, each once, in the order of [`MouthMove`].
    pub fn distinct_mouths(&self) -> Vec<MouthMove> {
        sorted(&self.mouth)
    }

    /// The movements of the eyelids, each once, in the order of [`EyeMove`].
    pub fn distinct_eyes(&self) -> Vec<EyeMove> {
        sorted(&self.eyes)
    }

    /// The words that can be told apart, as [`phrase::token`] writes them, sorted. The one that ends consent is left
    /// out, so that no phrase begins as consent does.
    pub fn distinct_vocabulary(&self) -> Vec<String> {
        let tokens: BTreeSet<String> =
            self.vocabulary.iter().take(MAX_VOCABULARY).filter_map(|word| phrase::token(word)).collect();
        tokens.into_iter().filter(|word| *word != consent::WORDS[1]).collect()
    }
}

fn sorted<T: Copy + Ord>(entries: &[T]) -> Vec<T> {
    let mut entries = entries.to_vec();
    entries.sort_unstable();
    entries.dedup();
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::needs::Ability;

    #[test]
    fn only_the_unchanged_catalogue_is_live() {
        assert!(Repertoire::live().is_live());
        let fewer = Repertoire { phrase_len: 4, ..Repertoire::live() };
        assert!(!fewer.is_live());
        let approving = Repertoire { consent: true, ..Repertoire::live() };
        assert!(approving.is_live() && approving.strength() == Repertoire::live().strength());
    }

    #[test]
    fn who_cannot_do_something_is_asked_for_no_less() {
        let full = Repertoire::live().strength();
        let mut longest = 0;
        for needs in Needs::all().filter(|needs| !needs.is_empty()) {
            let asked = Repertoire::live_for(&needs);
            assert!(asked.is_live() && asked != Repertoire::live(), "{needs:?}");
            assert!(asked.head.iter().any(|head| *head != HeadMove::Closer), "{needs:?} shows no depth");
            for (bits, wanted) in asked.strength().into_iter().zip(full) {
                assert!(bits - (Needs::CHOICES as f64).log2() >= wanted, "{needs:?}: {bits} bits");
            }
            longest = longest.max(asked.phrase_len);
        }
        assert_eq!(longest, 12);
    }

    #[test]
    fn nobody_is_asked_for_what_they_cannot_do() {
        let needs = Needs::new([Ability::Turn, Ability::Blink]).unwrap();
        let asked = Repertoire::live_for(&needs);
        assert_eq!(asked.head, [HeadMove::Up, HeadMove::Down, HeadMove::Closer]);
        assert_eq!((asked.mouth.len(), asked.eyes.len()), (2, 0));
        let shorter = Repertoire { phrase_len: asked.phrase_len - 1, ..asked };
        assert!(!shorter.is_live(), "the longer phrase is part of the catalogue");
    }

    #[test]
    fn every_letter_of_the_catalogue_can_be_told_apart() {
        assert_eq!(Repertoire::live().distinct_vocabulary().len(), LETTERS.len());
    }
}
