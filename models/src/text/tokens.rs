//! Which texts can be scored at all, and how they fall into words.

use thiserror::Error;

/// Longest text that is scored, in bytes of UTF-8: the largest request that may be signed.
pub const MAX_TEXT_BYTES: usize = 64 * 1024;

/// Why a text has no score. A text that nobody can read is refused, not waved through.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unreadable {
    /// Longer than [`MAX_TEXT_BYTES`].
    #[error("text has {bytes} bytes and at most {MAX_TEXT_BYTES} are scored: shorten it")]
    TooLong {
        /// Size found.
        bytes: usize,
    },
    /// No letter in it.
    #[error("text has no letters: there is nothing to score")]
    Empty,
    /// A letter or digit outside the Latin script: no scorer here reads it, and look-alike letters hide words.
    #[error("text holds {letter:?} (U+{:04X}) at byte {at}: only Latin script is scored", u32::from(*letter))]
    Script {
        /// The first such letter.
        letter: char,
        /// Its offset in bytes.
        at: usize,
    },
    /// A control, zero-width, soft-hyphen or combining character, which can split a word unseen.
    #[error("text holds the hidden character U+{:04X} at byte {at}: remove it (use composed letters, NFC)", u32::from(*character))]
    Hidden {
        /// The first such character.
        character: char,
        /// Its offset in bytes.
        at: usize,
    },
}

/// Whether the scorers can read a text: Latin letters (up to U+024F and U+1E00–U+1EFF), any visible punctuation and
/// symbols, no hidden characters, 1 to [`MAX_TEXT_BYTES`] bytes.
pub fn readable(text: &str) -> Result<(), Unreadable> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(Unreadable::TooLong { bytes: text.len() });
    }
    for (at, character) in text.char_indices() {
        if is_hidden(character) {
            return Err(Unreadable::Hidden { character, at });
        }
        if character.is_alphanumeric() && !is_latin(character) {
            return Err(Unreadable::Script { letter: character, at });
        }
    }
    if text.chars().any(char::is_alphabetic) { Ok(()) } else { Err(Unreadable::Empty) }
}

fn is_latin(c: char) -> bool {
    // Superscripts and fractions (², ½) are numeric and harmless; they sit in Latin-1.
    matches!(u32::from(c), 0..=0x024F | 0x1E00..=0x1EFF)
}

/// Whether a character draws nothing, moves the cursor, turns the direction of what follows, or has no agreed glyph.
///
/// Unicode's categories Cc, Zl and Zp, `Default_Ignorable_Code_Point` (soft hyphen, fillers, zero widths, variation
/// selectors, tags), `Bidi_Control`, the format characters that draw nothing, the blank braille pattern, private use,
/// noncharacters. Line feed and tab are among them: where they belong, the caller says so.
pub fn invisible(c: char) -> bool {
    let code = u32::from(c);
    let listed = matches!(code,
        0x00AD | 0x034F | 0x061C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F | 0x200B..=0x200F
        | 0x2028..=0x202E | 0x2060..=0x206F | 0x2800 | 0x3164 | 0xE000..=0xF8FF | 0xFDD0..=0xFDEF
        | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFC | 0x13430..=0x1345F | 0x1BCA0..=0x1BCA3
        | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF | 0xF0000..=0x10FFFF);
    listed || code & 0xFFFE == 0xFFFE || c.is_control()
}

fn is_hidden(c: char) -> bool {
    let combining = matches!(u32::from(c),
        0x0300..=0x036F | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF | 0xFE20..=0xFE2F);
    combining || (invisible(c) && !matches!(c, '\n' | '\r' | '\t'))
}

/// Lower-cased words of two or more word characters: scikit-learn's `\b\w\w+\b` on `text.lower()`.
///
/// `\w` is read as "alphabetic, numeric or underscore"; it differs from Python's for some combining vowel signs of
/// scripts that [`readable`] refuses.
pub(super) fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| word.chars().nth(1).is_some())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_those_of_scikit_learn() {
        assert_eq!(words("I'll KILL you_2, a x"), ["ll", "kill", "you_2"]);
        assert_eq!(words("Straße über"), ["straße", "über"]);
    }

    #[test]
    fn zero_width_and_look_alike_letters_are_refused() {
        assert!(matches!(readable("k\u{200B}ill"), Err(Unreadable::Hidden { at: 1, .. })));
        assert!(matches!(readable("k\u{456}ll"), Err(Unreadable::Script { at: 1, .. })));
        assert!(matches!(readable("\u{FF4B}ill"), Err(Unreadable::Script { at: 0, .. })));
        assert!(matches!(readable("u\u{308}ber"), Err(Unreadable::Hidden { .. })));
        assert!(matches!(readable("  3.14 "), Err(Unreadable::Empty)));
    }

    #[test]
    fn what_draws_nothing_is_invisible() {
        let hidden = "\0\u{7}\n\u{1b}\u{7f}\u{85}\u{ad}\u{61c}\u{180e}\u{200b}\u{200d}\u{200f}\u{2028}\u{2029}\
                      \u{202e}\u{2060}\u{2066}\u{2800}\u{3164}\u{fe0f}\u{feff}\u{ffa0}\u{fff9}\u{ffff}\u{e0001}\
                      \u{e0041}\u{e0100}\u{f8ff}";
        for c in hidden.chars() {
            assert!(invisible(c), "U+{:04X}", u32::from(c));
        }
        for c in "aß é中かم—“”€½🙂\u{fffd}\u{a0}".chars() {
            assert!(!invisible(c), "U+{:04X}", u32::from(c));
        }
    }

    #[test]
    fn ordinary_english_and_german_are_readable() {
        assert_eq!(readable("“Größe” — 20 °C, naïve, x² …\n\tdone!"), Ok(()));
    }

    #[test]
    fn length_is_bounded_inclusively() {
        assert_eq!(readable(&"a".repeat(MAX_TEXT_BYTES)), Ok(()));
        assert!(matches!(readable(&"a".repeat(MAX_TEXT_BYTES + 1)), Err(Unreadable::TooLong { .. })));
    }

    proptest! {
        #[test]
        fn no_text_panics_and_no_word_is_short(text in "\\PC*") {
            let _ = readable(&text);
            for word in words(&text) {
                prop_assert!(word.chars().count() >= 2);
            }
        }
    }
}
