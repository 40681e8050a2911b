//! A word list as a scorer: transparent, and weak in ways that anyone can see.

use super::tokens::words;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

const POLITICAL: &str = include_str!("political.txt");
const OBJECTION: &str = include_str!("objection_de.txt");
const LONGEST_TERM: usize = 4;

/// Why a word list cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("word list, line {line}: {why}")]
pub struct LexiconError {
    /// Line number, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

/// Weighted words and phrases. The score of a text is the sum of the weights of the *distinct* terms found in it,
/// at most 1000: repeating a word changes nothing, and no word can lower a score.
///
/// The format is one term a line, `<weight 1..1000> <one to four lower-case words>`; `#` opens a comment.
#[derive(Debug, Clone)]
pub struct Lexicon {
    terms: BTreeMap<Vec<String>, i32>,
    digest: [u8; 32],
}

impl Lexicon {
    /// Words of campaigns, parties, parliaments and offices, in English and German.
    ///
    /// It knows no names of people or parties (they change and differ by country), sees nothing in other languages,
    /// and cannot tell a history lesson from an appeal.
    pub fn political() -> Self {
        Self::embedded(POLITICAL)
    }

    /// German insults, threats and obscenities, beside the English classifier.
    pub fn objection() -> Self {
        Self::embedded(OBJECTION)
    }

    fn embedded(source: &str) -> Self {
        Self::parse(source).expect("the embedded word lists are checked by this crate's tests")
    }

    /// Reads a word list.
    ///
    /// # Errors
    /// [`LexiconError`] with the line: no weight, a weight outside 1..=1000, a term that no text could match
    /// (upper case, one-letter words, punctuation, more than four words) or that stands there twice.
    pub fn parse(source: &str) -> Result<Self, LexiconError> {
        let mut terms = BTreeMap::new();
        for (number, line) in source.lines().enumerate() {
            let entry = line.split('#').next().unwrap_or_default().trim();
            if entry.is_empty() {
                continue;
            }
            let refuse = |why: String| LexiconError { line: number + 1, why };
            let (weight, term) =
                entry.split_once(' ').ok_or_else(|| refuse(format!("{entry:?} is not `<weight> <term>`")))?;
            let weight: i32 = weight.parse().map_err(|_| refuse(format!("{weight:?} is no weight")))?;
            if !(1..=1000).contains(&weight) {
                return Err(refuse(format!("weight {weight} is outside 1..=1000")));
            }
            let written: Vec<String> = term.split_whitespace().map(str::to_owned).collect();
            if written != words(term) || !(1..=LONGEST_TERM).contains(&written.len()) {
                return Err(refuse(format!(
                    "{term:?} can never match: lower-case words of two letters or more, at most {LONGEST_TERM}"
                )));
            }
            if terms.insert(written, weight).is_some() {
                return Err(refuse(format!("{term:?} stands there twice")));
            }
        }
        Ok(Self { terms, digest: Sha256::digest(source.as_bytes()).into() })
    }

    /// The terms found in a text with their weights, in alphabetical order: the whole reason for the score.
    pub fn matches(&self, text: &str) -> Vec<(String, i32)> {
        let words = words(text);
        let mut found = BTreeSet::new();
        for length in 1..=LONGEST_TERM {
            for window in words.windows(length) {
                if let Some((term, weight)) = self.terms.get_key_value(window) {
                    found.insert((term.join(" "), *weight));
                }
            }
        }
        found.into_iter().collect()
    }

    /// 0 to 1000. Zero says that no listed word was found, not that the text is free of the matter.
    pub fn score(&self, text: &str) -> i32 {
        self.matches(text).iter().map(|(_, weight)| *weight).sum::<i32>().min(1000)
    }

    /// SHA-256 of the word list's text.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_embedded_lists_are_well_formed() {
        for source in [POLITICAL, OBJECTION] {
            let lexicon = Lexicon::parse(source).unwrap();
            assert!(lexicon.terms.len() > 40, "{} terms", lexicon.terms.len());
        }
    }

    #[test]
    fn campaigns_score_high_and_lessons_about_nature_zero() {
        let political = Lexicon::political();
        for text in [
            "Vote for our candidate in the election on Sunday",
            "Wählt unsere Partei bei der Bundestagswahl",
            "The prime minister must resign, said the opposition party",
        ] {
            assert!(political.score(text) >= 500, "{text}: {:?}", political.matches(text));
        }
        for text in [
            "Rain falls on the hills and rivers carry the water back to the sea.",
            "Der Mond kreist in achtundzwanzig Tagen um die Erde.",
            "Electrons move through the wire when the circuit is closed.",
            "Let us celebrate: the party starts at eight.",
        ] {
            assert!(political.score(text) < 300, "{text}: {:?}", political.matches(text));
        }
    }

    #[test]
    fn a_score_is_explained_by_its_terms() {
        let lexicon = Lexicon::parse("400 vote for # appeal\n\n700 election\n").unwrap();
        assert_eq!(
            lexicon.matches("Vote, for the ELECTION! election"),
            [("election".to_owned(), 700), ("vote for".to_owned(), 400)]
        );
        assert_eq!(lexicon.score("Vote for the election"), 1000);
    }

    #[test]
    fn malformed_lines_are_refused_by_number() {
        for (source, why) in [
            ("\nelection", "not `<weight> <term>`"),
            ("\nx election", "no weight"),
            ("\n0 election", "outside"),
            ("\n1001 election", "outside"),
            ("\n5 Election", "never match"),
            ("\n5 a vote", "never match"),
            ("\n5 one two three four five", "never match"),
            ("5 vote\n6 vote", "twice"),
        ] {
            let error = Lexicon::parse(source).unwrap_err();
            assert_eq!(error.line, 2, "{source}");
            assert!(error.why.contains(why), "{source}: {error}");
        }
    }

    proptest! {
        #[test]
        fn adding_text_never_lowers_a_score(a in "[a-z ]{0,80}", b in "[a-z ]{0,80}") {
            let lexicon = Lexicon::political();
            let longer = format!("{a} {b}");
            prop_assert!(lexicon.score(&longer) >= lexicon.score(&a));
        }
    }
}
