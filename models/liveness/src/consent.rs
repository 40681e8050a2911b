//! Consent in the phrase: who approves says so, right before the letters that the challenge asks for.
//!
//! The words are no secret and guard against no recording: the letters behind them do, and they alone count as entropy.
//! What consent adds is that the person's own voice, heard for this challenge, says what it is for. Which words were
//! recognised is kept as a digest in the signed report. One that was read with the error that a phrase may have is one
//! of [`readings`], so that whoever checks can tell it from a digest of anything else.

use std::collections::BTreeSet;

use crate::phrase;

/// What is said before the letters.
pub const WORDS: [&str; 2] = ["i", "approve"];
/// Stands for a word that is not of the vocabulary.
const OTHER: &str = "?";

/// The phrase with the words of consent before it.
pub fn before(phrase: Vec<String>) -> Vec<String> {
    WORDS.iter().map(|word| (*word).to_owned()).chain(phrase).collect()
}

/// What follows the words of consent; `None`: the words begin with others.
pub fn after(words: &[String]) -> Option<&[String]> {
    let (said, rest) = words.split_at_checked(WORDS.len())?;
    said.iter().map(String::as_str).eq(WORDS).then_some(rest)
}

/// What of a transcript follows the words of consent; `None`: it begins with others.
pub fn heard(transcript: &str) -> Option<&str> {
    WORDS.iter().try_fold(transcript, |rest, word| {
        let rest = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
        let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        rest[..end].eq_ignore_ascii_case(word).then_some(&rest[end..])
    })
}

/// The words behind consent as a transcript has them, each as [`phrase::token`] writes it; a question mark stands for
/// what is not of the vocabulary. `None`: there was no consent.
pub fn recognised(demanded: &[String], vocabulary: &[String], transcript: &str) -> Option<Vec<String>> {
    let known: BTreeSet<String> = vocabulary.iter().filter_map(|word| phrase::token(word)).collect();
    let said = phrase::heard(heard(transcript)?, demanded);
    Some(said.into_iter().map(|word| if known.contains(&word) { word } else { OTHER.to_owned() }).collect())
}

/// Every reading of a phrase that is accepted: as it was demanded, and where it is long enough with one word left out,
/// put in or exchanged.
pub fn readings(demanded: &[String], vocabulary: &[String]) -> impl Iterator<Item = Vec<String>> {
    let words: Vec<String> = demanded.iter().filter_map(|word| phrase::token(word)).collect();
    let mut others: BTreeSet<String> = vocabulary.iter().filter_map(|word| phrase::token(word)).collect();
    others.insert(OTHER.to_owned());
    let places = if phrase::allowed_errors(words.len()) == 0 { 0 } else { words.len() + 1 };
    let exact = std::iter::once(words.clone());
    let wrong = (0..places).flat_map(move |place| {
        let (words, others) = (words.clone(), others.clone());
        let with = move |taken: usize, put: Option<&String>| {
            let rest = words.get(place + taken..).unwrap_or(&[]);
            words[..place].iter().chain(put).chain(rest).cloned().collect::<Vec<_>>()
        };
        let mut found = vec![with(1, None)];
        found.extend(others.iter().flat_map(|other| [with(0, Some(other)), with(1, Some(other))]));
        found
    });
    exact.chain(wrong)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(String::from).collect()
    }

    fn letters() -> Vec<String> {
        ('a'..='z').map(String::from).collect()
    }

    #[test]
    fn consent_is_heard_however_it_is_written() {
        for transcript in
            ["I approve, K b f.", "i approve k b f", "I, approve. K, B, F", " \"I APPROVE: k b f"]
        {
            let rest = heard(transcript).unwrap_or_else(|| panic!("{transcript}"));
            assert_eq!(phrase::errors(&words("k b f"), rest), 0, "{transcript}");
        }
    }

    #[test]
    fn what_is_no_consent_is_not_heard_as_one() {
        for transcript in [
            "K b f",
            "I do not approve, k b f",
            "I disapprove k b f",
            "I approved k b f",
            "I'm approve",
            "approve k b f",
            "I",
            "",
            "I refuse. I approve k b f",
            "İ approve",
        ] {
            assert_eq!(heard(transcript), None, "{transcript}");
        }
    }

    #[test]
    fn the_phrase_behind_consent_is_what_was_demanded() {
        let phrase = words("k b f x");
        assert_eq!(after(&before(phrase.clone())), Some(phrase.as_slice()));
        assert_eq!(after(&phrase), None);
        assert_eq!(after(&words("i")), None);
    }

    #[test]
    fn a_short_phrase_has_one_reading() {
        assert_eq!(readings(&words("k b f"), &letters()).collect::<Vec<_>>(), [words("k b f")]);
    }

    proptest! {
        /// Whatever a transcript has behind consent: it is accepted if and only if it is one of the readings.
        #[test]
        fn what_is_accepted_is_a_reading_and_nothing_else(
            demanded in prop::collection::vec("[a-z]", 1..9),
            errors in prop::collection::vec((0usize..12, prop::option::of("[a-z]|zebra"), any::<bool>()), 0..3),
        ) {
            let mut said = demanded.clone();
            for (place, put, take) in errors {
                let place = place.min(said.len());
                if take && place < said.len() {
                    said.remove(place);
                }
                if let Some(put) = put {
                    said.insert(place, put);
                }
            }
            let transcript = format!("I approve, {}.", said.join(", "));
            let accepted = phrase::score(&demanded, heard(&transcript).unwrap())
                >= phrase::required_score(demanded.len());
            let found = recognised(&demanded, &letters(), &transcript).unwrap();
            prop_assert_eq!(readings(&demanded, &letters()).any(|reading| reading == found), accepted);
        }

        #[test]
        fn any_transcript_is_looked_at_without_a_panic(transcript in ".{0,80}") {
            let _ = recognised(&words("a b c"), &letters(), &transcript);
        }
    }
}
