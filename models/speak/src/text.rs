//! From a text to the phonemes of its sentences: every word in its place, or a refusal.

use crate::error::SpeakError;
use crate::lexicon::Lexicon;
use crate::spell::spelled;

/// Bytes of the longest text.
pub const MOST: usize = 64 * 1024;
/// Phonemes after which a sentence is said in two breaths: the network's work grows with the square of it.
const BREATH: usize = 400;
/// Words that a refusal names.
const NAMED: usize = 8;
/// Letters of the longest abbreviation that is spelled.
const ABBREVIATION: usize = 5;

impl Lexicon {
    /// The phonemes of each sentence, with its marks. Quotation marks and brackets are silent, a dash is a comma. A
    /// word in capitals that the lexicon does not know is spelled; any other that it does not know is refused.
    ///
    /// # Errors
    /// Words without a pronunciation, signs that nobody can say, a text without a word or over [`MOST`] bytes.
    pub fn sentences(&self, text: &str) -> Result<Vec<String>, SpeakError> {
        if text.len() > MOST {
            return Err(SpeakError::Long { found: text.len(), bound: MOST });
        }
        let mut reading = Reading::default();
        let mut word = String::new();
        for sign in text.chars() {
            let sign = if matches!(sign, '\u{2019}' | '\u{2018}') { '\'' } else { sign };
            if sign.is_alphanumeric() || sign == '\'' || sign == '-' {
                word.push(sign);
                continue;
            }
            self.take(&mut reading, &std::mem::take(&mut word));
            reading.mark(sign)?;
        }
        self.take(&mut reading, &word);
        reading.end('.');
        if !reading.unknown.is_empty() {
            return Err(SpeakError::Words { words: reading.unknown });
        }
        if reading.sentences.is_empty() { Err(SpeakError::Empty) } else { Ok(reading.sentences) }
    }

    /// A word as it is written, with apostrophes and hyphens.
    fn take(&self, reading: &mut Reading, written: &str) {
        // Apostrophes around it are quotation marks, unless the word is known with them.
        let bare = written.trim_matches('-');
        let inner = bare.trim_matches('\'');
        if inner.is_empty() {
            return;
        }
        let known = |word: &str| self.get(&word.to_ascii_lowercase()).map(str::to_owned);
        let whole = known(bare).or_else(|| known(inner)).or_else(|| abbreviation(inner));
        let parts = || inner.split('-').map(|part| known(part).or_else(|| abbreviation(part))).collect();
        match whole.map(|word| vec![word]).or_else(parts) {
            Some(words) => words.iter().for_each(|word| reading.word(word)),
            None if reading.unknown.len() < NAMED => reading.unknown.push(inner.to_owned()),
            None => {}
        }
    }
}

fn abbreviation(word: &str) -> Option<String> {
    let letters: Vec<String> = word.chars().map(|c| c.to_ascii_lowercase().to_string()).collect();
    let capitals = word.chars().all(|c| c.is_ascii_uppercase());
    (capitals && (2..=ABBREVIATION).contains(&letters.len())).then(|| spelled(&letters).ok())?
}

/// A text as far as it is read.
#[derive(Default)]
struct Reading {
    sentences: Vec<String>,
    sentence: String,
    unknown: Vec<String>,
}

impl Reading {
    fn word(&mut self, phonemes: &str) {
        if self.sentence.chars().count() + 1 + phonemes.chars().count() > BREATH {
            self.end(',');
        }
        if !self.sentence.is_empty() {
            self.sentence.push(' ');
        }
        self.sentence.push_str(phonemes);
    }

    fn mark(&mut self, sign: char) -> Result<(), SpeakError> {
        match sign {
            '.' | '!' | '?' => self.end(sign),
            '\u{2026}' => self.end('.'),
            ',' | ';' | ':' => self.pause(sign),
            '\u{2013}' | '\u{2014}' => self.pause(','),
            '"' | '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{ab}' | '\u{bb}' | '(' | ')' => {}
            sign if sign.is_whitespace() => {}
            sign => return Err(SpeakError::Sign(sign)),
        }
        Ok(())
    }

    fn pause(&mut self, mark: char) {
        if !self.sentence.is_empty() && !self.sentence.ends_with([',', ';', ':']) {
            self.sentence.push(mark);
        }
    }

    fn end(&mut self, mark: char) {
        let mut sentence = std::mem::take(&mut self.sentence);
        if !sentence.is_empty() {
            sentence.truncate(sentence.trim_end_matches([',', ';', ':']).len());
            sentence.push(mark);
            self.sentences.push(sentence);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lexicon() -> Lexicon {
        Lexicon::from_lines("it ɪt\nit's ɪts\nis ɪz\nlight lˈaɪt\nwell wˈɛl\nlit lˈɪt\n'tis tɪz\n").unwrap()
    }

    #[test]
    fn every_word_stands_in_its_place_and_marks_with_it() {
        let said =
            lexicon().sentences("It is “light” \u{2014} is it? 'Tis well-lit; it\u{2019}s 'light'").unwrap();
        assert_eq!(said, ["ɪt ɪz lˈaɪt, ɪz ɪt?", "tɪz wˈɛl lˈɪt; ɪts lˈaɪt."]);
        assert_eq!(lexicon().sentences("IBM is").unwrap(), ["ˈaɪ, bˈiː, ˈɛm ɪz."]);
    }

    #[test]
    fn what_cannot_be_said_is_refused_and_named() {
        let refused = |text: &str| lexicon().sentences(text).unwrap_err().to_string();
        assert!(refused("it is 12 zorbs").contains("\"12\", \"zorbs\""));
        assert!(refused("it is light-years").contains("\"light-years\""));
        assert!(refused("it is 5 %").contains("'%'"));
        assert!(refused(" \u{2014} \u{2026} ").contains("no word"));
        assert!(refused(&"it ".repeat(MOST)).contains("at most 65536"));
    }

    #[test]
    fn a_long_sentence_is_said_in_breaths_and_loses_no_word() {
        let said = lexicon().sentences(&"light ".repeat(500)).unwrap();
        assert!(said.len() > 1 && said.iter().all(|one| one.chars().count() <= BREATH + 1));
        assert_eq!(said.iter().map(|one| one.matches("lˈaɪt").count()).sum::<usize>(), 500);
    }

    proptest! {
        #[test]
        fn any_text_is_spoken_word_by_word_or_refused(text in "\\PC{0,80}") {
            if let Ok(said) = lexicon().sentences(&text) {
                prop_assert!(said.iter().all(|one| crate::numbers(one).is_ok()));
            }
        }

        #[test]
        fn as_many_words_are_said_as_were_written(
            words in prop::collection::vec(prop::sample::select(vec!["it", "is", "light", "well"]), 1..60),
            mark in prop::sample::select(vec![" ", ", ", ". ", " (", "\n"]),
        ) {
            let said = lexicon().sentences(&words.join(mark)).unwrap().join(" ");
            prop_assert_eq!(said.split(' ').count(), words.len());
        }
    }
}
