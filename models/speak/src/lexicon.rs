//! How words are pronounced.

use std::collections::BTreeMap;

use crate::arpabet::ipa;
use crate::error::SpeakError;
use crate::symbols::numbers;

/// Pronunciations by word: small letters and apostrophes, phonemes as eSpeak writes American English.
///
/// Its form in a file is one word a line, a space, its phonemes: `hello həlˈoʊ`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lexicon(BTreeMap<String, String>);

impl Lexicon {
    /// Reads lines of `word phonemes`. Later lines of a word do not count.
    ///
    /// # Errors
    /// A line of another form, a word with other signs, a phoneme that no voice has a number for.
    pub fn from_lines(lines: &str) -> Result<Self, SpeakError> {
        let mut words = BTreeMap::new();
        for (at, line) in lines.lines().enumerate() {
            let refused = |why: &str| SpeakError::Lexicon { line: at + 1, why: why.to_owned() };
            let (word, phonemes) = line.split_once(' ').ok_or_else(|| refused("has no phonemes"))?;
            if !is_word(word) {
                return Err(refused("its word is not of small letters and apostrophes"));
            }
            numbers(phonemes).map_err(|error| refused(&error.to_string()))?;
            words.entry(word.to_owned()).or_insert_with(|| phonemes.to_owned());
        }
        Ok(Self(words))
    }

    /// Reads the CMU Pronouncing Dictionary as the npm package `cmu-pronouncing-dictionary` has it: lines of
    /// `"word": "HH AH0 L OW1",`. Of several pronunciations the first counts; words with other signs than letters and
    /// apostrophes are passed over, as is what stands before and behind the entries.
    ///
    /// # Errors
    /// A pronunciation that cannot be read.
    pub fn from_cmu(script: &str) -> Result<Self, SpeakError> {
        let mut words = BTreeMap::new();
        for (at, line) in script.lines().enumerate() {
            let entry = line.trim().trim_end_matches(',').split_once("\": \"");
            let entry =
                entry.and_then(|(word, said)| Some((word.strip_prefix('"')?, said.strip_suffix('"')?)));
            let Some((word, said)) = entry.filter(|(word, _)| is_word(word)) else { continue };
            // A few entries end in a remark: `AO1 L B AO0 R G # place, danish`.
            let said = said.split(" #").next().unwrap_or_default();
            let said = ipa(said).ok_or_else(|| SpeakError::Lexicon {
                line: at + 1,
                why: format!("{said:?} is no pronunciation"),
            })?;
            words.insert(word.to_owned(), if WEAK.contains(&word) { unstressed(&said) } else { said });
        }
        Ok(Self(words))
    }

    /// The lexicon as lines, in order of the words.
    pub fn to_lines(&self) -> String {
        self.0.iter().flat_map(|(word, phonemes)| [word, " ", phonemes, "\n"]).collect()
    }

    /// How many words.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it has no word.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The pronunciation of a word in small letters.
    pub fn get(&self, word: &str) -> Option<&str> {
        self.0.get(word).map(String::as_str)
    }
}

/// Words that carry no stress in a sentence; the dictionary has them as they are said alone.
const WEAK: [&str; 40] = [
    "a", "an", "and", "are", "as", "at", "be", "been", "but", "by", "can", "do", "for", "from", "had", "has",
    "have", "he", "her", "his", "if", "in", "into", "is", "it", "its", "of", "on", "or", "our", "she",
    "than", "that", "the", "their", "them", "to", "was", "were", "with",
];

fn unstressed(phonemes: &str) -> String {
    phonemes.chars().filter(|symbol| !matches!(symbol, 'ˈ' | 'ˌ')).collect()
}

fn is_word(word: &str) -> bool {
    word.contains(|c: char| c.is_ascii_lowercase())
        && word.chars().all(|c| c.is_ascii_lowercase() || c == '\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dictionary_is_read_as_its_package_has_it() {
        let script = "/** @type {{ [word: string]: string }} */\nexport const dictionary = {\n  \"'tis\": \"T IH1 Z\",\n  \
                      \"a\": \"AH0\",\n  \"a(2)\": \"EY1\",\n  \"hello\": \"HH AH0 L OW1\",\n  \"of\": \"AH1 V # weak\"\n}\n";
        let lexicon = Lexicon::from_cmu(script).unwrap();
        assert_eq!(lexicon.len(), 4);
        assert_eq!((lexicon.get("a"), lexicon.get("hello")), (Some("ə"), Some("həlˈoʊ")));
        assert_eq!(lexicon.get("of"), Some("ʌv"), "no stress in a sentence");
        assert_eq!(Lexicon::from_lines(&lexicon.to_lines()).unwrap(), lexicon);
        assert!(Lexicon::from_cmu("  \"hello\": \"HH QQ\",").is_err());
    }

    #[test]
    fn a_line_of_another_form_is_refused_with_its_number() {
        for wrong in ["hello", "Hello həlˈoʊ", "1st fˈɜːst", "' ə", "hello 你"] {
            let refused = Lexicon::from_lines(&format!("a ə\n{wrong}")).unwrap_err().to_string();
            assert!(refused.starts_with("line 2 of the lexicon: "), "{refused}");
        }
    }
}
