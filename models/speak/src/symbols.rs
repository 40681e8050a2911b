//! What the network takes for phonemes.

use crate::error::SpeakError;

/// Numbers of the phonemes that eSpeak has for American English, and of what stands between them
/// (`en_US-joe-medium.onnx.json`, `phoneme_id_map`).
const PHONEMES: [(char, i64); 58] = [
    (' ', 3),
    ('!', 4),
    (',', 8),
    ('.', 10),
    (':', 11),
    (';', 12),
    ('?', 13),
    ('a', 14),
    ('b', 15),
    ('d', 17),
    ('e', 18),
    ('f', 19),
    ('i', 21),
    ('j', 22),
    ('k', 23),
    ('l', 24),
    ('m', 25),
    ('n', 26),
    ('o', 27),
    ('p', 28),
    ('s', 31),
    ('t', 32),
    ('u', 33),
    ('v', 34),
    ('w', 35),
    ('z', 38),
    ('ɑ', 51),
    ('ə', 59),
    ('ɛ', 61),
    ('ɪ', 74),
    ('ɹ', 88),
    ('ʃ', 96),
    ('ʊ', 100),
    ('ʌ', 102),
    ('ʒ', 108),
    ('ˈ', 120),
    ('ˌ', 121),
    ('ː', 122),
    ('h', 20),
    ('r', 30),
    ('x', 36),
    ('y', 37),
    ('æ', 39),
    ('ð', 41),
    ('ŋ', 44),
    ('ɐ', 50),
    ('ɔ', 54),
    ('ɚ', 60),
    ('ɜ', 62),
    ('ɡ', 66),
    ('ɬ', 76),
    ('ɾ', 92),
    ('ʔ', 109),
    ('ʲ', 119),
    ('θ', 126),
    ('ᵻ', 128),
    ('\u{303}', 141),
    ('\u{329}', 144),
];
const BEGIN: i64 = 1;
const END: i64 = 2;
/// Stands between any two phonemes.
const PAD: i64 = 0;

/// The network's input: begin, each phoneme with a pad before it, a pad, end.
///
/// # Errors
/// A phoneme that has no number.
pub fn numbers(phonemes: &str) -> Result<Vec<i64>, SpeakError> {
    let mut numbers = vec![BEGIN];
    for symbol in phonemes.chars() {
        let known = PHONEMES.iter().find(|(known, _)| *known == symbol);
        numbers.extend([PAD, known.ok_or(SpeakError::Phoneme(symbol))?.1]);
    }
    numbers.extend([PAD, END]);
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phonemes_become_numbers_with_a_pad_between_any_two() {
        assert_eq!(numbers("bˈiː.").unwrap(), [1, 0, 15, 0, 120, 0, 21, 0, 122, 0, 10, 0, 2]);
        assert!(numbers("\u{4e00}").is_err());
    }
}
