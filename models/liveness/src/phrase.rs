//! Was the demanded phrase spoken? Turns what the speech recogniser wrote into words, and counts the differences.
//!
//! The recogniser writes single letters in many ways: `K, f, q.`, `K.F.Q.`, `K-f-q`, `KFQ`, and spells a letter as the
//! word that sounds like it: `Why you see oh` for Y U C O. [`heard`] brings all of them to one form. Each spelling
//! belongs to exactly one letter, so normalising never makes two different phrases equal.
//!
//! **Matching rule.** The number of single-word insertions, deletions and substitutions (Levenshtein) between demanded
//! and heard words is at most [`allowed_errors`]: one for phrases of six words and more, none for shorter ones.
//!
//! **What guessing gains.** For a vocabulary of V words that can be told apart, a phrase of n words without equal
//! neighbours is one of V·(V−1)^(n−1). One recording, of whatever length, lies within one error of at most 1 + n·(V−1)
//! of them (for a recording of n words the Hamming ball; for n−1 words the supersequences, as many; for n+1 words only
//! n+1). So a recording made beforehand is accepted with probability at most (1 + n·(V−1)) / (V·(V−1)^(n−1)): for the
//! live catalogue (V = 12, n = 8) 89 / 233,846,052 = 2^−21.3; for all letters (V = 26, n = 6) 151 / 253,906,250 =
//! 2^−20.7; for fourteen letters and n = 8, 105 / 878,479,238 = 2^−23.0 (with n = 7 it would be 2^−19.5, short of the
//! bound). Movements of the head add to it, those of the mouth do
//! not. [`residual_bits`] computes it, and the `entropy` gate bounds it.
//!
//! Where letters are demanded the recogniser is told how many there are and looks alone for letters that a phrase can
//! have, so that what it writes always has n of them. One sound has one such spelling, whatever was demanded: nothing
//! is gained by guessing. How well that reads letters in noise stands in `models/LIMITS.md`.

/// Longest phrase that is asked, in words.
pub const MAX_WORDS: u8 = 12;

/// Phrases of at least this many words may be read with one error.
const TOLERANT_FROM: usize = 6;

/// Spellings that the recogniser uses for letters and digits. Each appears once.
const SPELLINGS: &[(&str, &[&str])] = &[
    ("a", &["ay"]),
    ("b", &["be", "bee"]),
    ("c", &["see", "sea"]),
    ("d", &["dee", "the"]),
    ("e", &[]),
    ("f", &["ef", "eff"]),
    ("g", &["gee", "ji"]),
    ("h", &["aitch", "haitch", "ige"]),
    ("i", &["eye", "aye"]),
    ("j", &["jay"]),
    ("k", &["kay", "kai"]),
    ("l", &["el", "ell", "hell"]),
    ("m", &["em"]),
    ("n", &["en"]),
    ("o", &["oh", "owe"]),
    ("p", &["pee", "pea"]),
    ("q", &["cue", "queue", "kew", "pew"]),
    ("r", &["are", "ah"]),
    ("s", &["es", "ess", "is"]),
    ("t", &["tee", "tea"]),
    ("u", &["you", "yew", "yoo", "yue"]),
    ("v", &["vee"]),
    ("w", &["doubleyou", "doubleu"]),
    ("x", &["ex"]),
    ("y", &["why", "wye", "rye", "fly"]),
    ("z", &["zee", "zed", "said"]),
    ("zero", &["0"]),
    ("one", &["1"]),
    ("two", &["2", "to", "too"]),
    ("three", &["3"]),
    ("four", &["4", "for"]),
    ("five", &["5"]),
    ("six", &["6"]),
    ("seven", &["7"]),
    ("eight", &["8", "ate"]),
    ("nine", &["9"]),
];

/// The one form of a vocabulary word: lower case, a letter for each spelling of it. `None` for a word without a letter
/// or digit, or with anything else in it: such a word cannot be recognised.
pub fn token(word: &str) -> Option<String> {
    let word = word.trim().to_lowercase();
    if word.is_empty() || !word.chars().all(char::is_alphanumeric) {
        return None;
    }
    Some(canonical(&word).to_owned())
}

fn canonical(word: &str) -> &str {
    SPELLINGS.iter().find(|(_, spellings)| spellings.contains(&word)).map_or(word, |(token, _)| token)
}

/// The words of a transcript, each as [`token`] writes it.
///
/// A run of capitals or digits that is not itself one of the demanded words is read letter by letter (`BMW`, `42`), and
/// so is a short run that is no word where letters were demanded (`Wpx`, `et`).
pub fn heard(transcript: &str, demanded: &[String]) -> Vec<String> {
    let demanded: Vec<String> = demanded.iter().filter_map(|word| token(word)).collect();
    let letters = demanded.iter().all(|word| word.chars().count() == 1);
    let mut words = Vec::new();
    for run in transcript.split(|c: char| !c.is_alphanumeric()).filter(|run| !run.is_empty()) {
        let Some(word) = token(run) else { continue };
        let spelled = run.chars().all(char::is_uppercase)
            || run.chars().all(|c| c.is_ascii_digit())
            || (letters && is_run_of_letters(run));
        if spelled && word.chars().count() > 1 && run.chars().count() > 1 && !demanded.contains(&word) {
            words.extend(run.chars().filter_map(|c| token(&c.to_string())));
        } else {
            words.push(word);
        }
    }
    join_double_u(words)
}

/// Two letters, or up to four consonants: letters that the recogniser wrote together. Two-letter words that are a
/// letter's spelling were recognised before.
fn is_run_of_letters(run: &str) -> bool {
    let consonant = |c: u8| c.is_ascii_alphabetic() && !b"aeiouyAEIOUY".contains(&c);
    run.bytes().all(|c| c.is_ascii_alphabetic())
        && (run.len() == 2 || (run.len() <= 4 && run.bytes().all(consonant)))
}

/// `double you` and `double u` are W; the recogniser also writes `gobble you`.
fn join_double_u(words: Vec<String>) -> Vec<String> {
    let mut joined: Vec<String> = Vec::with_capacity(words.len());
    for word in words {
        if word == "u" && joined.last().is_some_and(|last| last == "double" || last == "gobble") {
            joined.pop();
            joined.push("w".into());
        } else {
            joined.push(word);
        }
    }
    joined
}

/// Insertions, deletions and substitutions of words between what was demanded and what was heard.
pub fn errors(demanded: &[String], transcript: &str) -> usize {
    let heard = heard(transcript, demanded);
    let demanded: Vec<String> = demanded.iter().map(|word| token(word).unwrap_or_default()).collect();
    let mut row: Vec<usize> = (0..=heard.len()).collect();
    for (i, want) in demanded.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, got) in heard.iter().enumerate() {
            let substituted = diagonal + usize::from(want != got);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[heard.len()]
}

/// How many errors a phrase of this length may have.
pub fn allowed_errors(words: usize) -> usize {
    usize::from(words >= TOLERANT_FROM)
}

/// Share of the phrase that was read right, in thousandths: 1000·(n − errors)/n, rounded down, at least 0.
pub fn score(demanded: &[String], transcript: &str) -> i32 {
    let n = demanded.len();
    if n == 0 {
        return 0;
    }
    (1000 * n.saturating_sub(errors(demanded, transcript)) / n) as i32
}

/// The score that a phrase of this many words must reach, in thousandths.
pub fn required_score(words: usize) -> i32 {
    if words == 0 {
        return 1000;
    }
    (1000 * (words - allowed_errors(words)) / words) as i32
}

/// log2 of the number of phrases of `words` words without equal neighbours.
pub fn entropy_bits(vocabulary: usize, words: usize) -> f64 {
    if vocabulary < 2 || words == 0 {
        return 0.0;
    }
    (vocabulary as f64).log2() + (words - 1) as f64 * (vocabulary as f64 - 1.0).log2()
}

/// −log2 of the largest chance that one recording made beforehand is accepted; see the module's text.
pub fn residual_bits(vocabulary: usize, words: usize) -> f64 {
    if allowed_errors(words) == 0 {
        return entropy_bits(vocabulary, words);
    }
    let ball = 1.0 + words as f64 * (vocabulary.max(1) - 1) as f64;
    (entropy_bits(vocabulary, words) - ball.log2()).max(0.0)
}

/// A phrase as a person is shown it: letters as capitals, words as they are.
pub fn spoken(words: &[String]) -> String {
    let shown: Vec<String> = words
        .iter()
        .map(|word| if word.chars().count() == 1 { word.to_uppercase() } else { word.clone() })
        .collect();
    shown.join(" ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn words(phrase: &str) -> Vec<String> {
        phrase.split(' ').map(String::from).collect()
    }

    #[test]
    fn every_way_of_writing_letters_is_read() {
        for transcript in [
            "Y u c o k",
            "Y, u, c, o, k.",
            "Y.U.C.O.K.",
            "Y-u-c-o-k",
            "YUCOK",
            "Why you see oh kay",
            "Why? You sea. O. K",
        ] {
            assert_eq!(errors(&words("y u c o k"), transcript), 0, "{transcript}");
        }
    }

    #[test]
    fn words_in_capitals_stay_words_when_they_were_demanded() {
        assert_eq!(errors(&words("pet no sit"), "PET. No. Sit."), 0);
        assert_eq!(errors(&words("p e t"), "PET"), 0);
        assert_eq!(errors(&words("w p x b s w p"), "Wpx, B-S-W-P"), 0);
        assert_eq!(errors(&words("o f s d e t y"), "O f s the et fly."), 0);
        assert_eq!(errors(&words("b c"), "be see"), 0);
    }

    #[test]
    fn double_u_and_numerals_are_read() {
        assert_eq!(errors(&words("w x w"), "Double you, X, double U."), 0);
        assert_eq!(errors(&words("two nine four"), "2 94"), 0);
        assert_eq!(errors(&words("two nine four"), "To nine, for"), 0);
    }

    #[test]
    fn each_spelling_belongs_to_one_letter() {
        let mut seen = BTreeSet::new();
        for (token, spellings) in SPELLINGS {
            assert!(seen.insert(*token), "{token}");
            for spelling in *spellings {
                assert!(seen.insert(*spelling), "{spelling}");
            }
        }
    }

    #[test]
    fn six_words_may_have_one_error_and_five_none() {
        let six = words("k f q x a m");
        assert!(score(&six, "K f q x a n") >= required_score(6));
        assert!(score(&six, "K f q x a") >= required_score(6));
        assert!(score(&six, "K f q x n n") < required_score(6));
        assert_eq!(required_score(5), 1000);
        assert!(score(&words("k f q x a"), "k f q x n") < required_score(5));
        assert_eq!(score(&[], "anything"), 0);
    }

    #[test]
    fn guessing_is_bounded_by_the_ball_of_one_error() {
        // All phrases over three letters, six words: no recording is accepted for more than 1 + 6·2 of them.
        let mut phrases = vec![vec![]];
        for _ in 0..6 {
            phrases = phrases
                .iter()
                .flat_map(|phrase: &Vec<String>| {
                    ["k", "m", "x"].iter().filter(|w| phrase.last().is_none_or(|l| l != *w)).map(|w| {
                        let mut longer = phrase.clone();
                        longer.push((*w).to_owned());
                        longer
                    })
                })
                .collect();
        }
        assert_eq!((phrases.len() as f64).log2(), entropy_bits(3, 6));
        for recording in ["k m x k m x", "k m k m k m", "k k k k k k", "k m x m k", "x m k x k m k"] {
            let accepted = phrases.iter().filter(|p| score(p, recording) >= required_score(6)).count();
            assert!(accepted <= 13, "{recording}: {accepted}");
        }
    }

    proptest! {
        #[test]
        fn another_phrase_is_refused_unless_it_is_one_error_away(
            a in prop::collection::vec("[a-z]", 6..10), b in prop::collection::vec("[a-z]", 6..10),
        ) {
            let transcript = spoken(&b);
            let accepted = score(&a, &transcript) >= required_score(a.len());
            prop_assert_eq!(accepted, errors(&a, &transcript) <= 1);
            let apart = a.iter().zip(&b).filter(|(x, y)| x != y).count();
            if a.len() == b.len() && apart <= 1 {
                prop_assert!(accepted);
            }
            prop_assert_eq!(score(&b, &transcript), 1000);
        }

        #[test]
        fn any_transcript_is_read_without_a_panic(transcript in ".{0,80}") {
            let demanded = words("a b c d e f");
            prop_assert!((0..=1000).contains(&score(&demanded, &transcript)));
        }
    }
}
