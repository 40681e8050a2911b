//! Letters that are spelled.

use crate::error::SpeakError;

/// Names of the letters a to z as eSpeak writes them for American English.
const LETTERS: [&str; 26] = [
    "ˈeɪ",
    "bˈiː",
    "sˈiː",
    "dˈiː",
    "ˈiː",
    "ˈɛf",
    "dʒˈiː",
    "ˈeɪtʃ",
    "ˈaɪ",
    "dʒˈeɪ",
    "kˈeɪ",
    "ˈɛl",
    "ˈɛm",
    "ˈɛn",
    "ˈoʊ",
    "pˈiː",
    "kjˈuː",
    "ˈɑːɹ",
    "ˈɛs",
    "tˈiː",
    "jˈuː",
    "vˈiː",
    "dˈʌbəljˌuː",
    "ˈɛks",
    "wˈaɪ",
    "zˈiː",
];

/// Each letter's phonemes, a comma between letters.
///
/// # Errors
/// A word that is not one letter of a to z.
pub fn spelled<S: AsRef<str>>(letters: &[S]) -> Result<String, SpeakError> {
    let name = |letter: &S| match letter.as_ref().as_bytes() {
        [byte @ b'a'..=b'z'] => Ok(LETTERS[usize::from(byte - b'a')]),
        _ => Err(SpeakError::Letter(letter.as_ref().to_owned())),
    };
    Ok(letters.iter().map(name).collect::<Result<Vec<_>, _>>()?.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_has_its_phonemes_and_nothing_else_is_spelled() {
        let alphabet: Vec<String> = ('a'..='z').map(String::from).collect();
        assert_eq!(spelled(&alphabet).unwrap().matches(',').count(), 25);
        assert_eq!(spelled(&["b"]).unwrap(), "bˈiː");
        for word in ["no", "A", "", "ä", "1"] {
            assert!(spelled(&[word]).is_err(), "{word}");
        }
    }
}
