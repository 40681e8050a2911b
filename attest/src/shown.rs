//! Text that somebody else wrote: what may be signed as a name, and how any of it is shown.
//!
//! Every terminal, page and log shows foreign text through [`shown`], and nothing else.

use std::fmt::Write as _;

use unicode_normalization::{UnicodeNormalization as _, is_nfc};
pub use wetsign_models::text::invisible;

/// A text with a visible sign (U+FFFD) for each character that draws nothing, moves the cursor or turns the direction
/// of what follows; on one line.
pub fn shown(text: &str) -> String {
    text.chars().map(|c| if invisible(c) { '\u{FFFD}' } else { c }).collect()
}

/// JSON as a terminal may show it: the same values, with each such character escaped. They stand in strings only; line
/// feeds between members stay.
pub fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && invisible(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // A string takes whatever is written.
                let _ = write!(text, "\\u{unit:04x}");
            }
        } else {
            text.push(c);
        }
    }
    text
}

/// What keeps a text from being a name that people compare: nothing in it, what [`unfit_in_name`] says, or space around
/// it.
pub fn unfit_as_name(text: &str, most: usize) -> Option<String> {
    if !(1..=most).contains(&text.len()) {
        Some(format!("has {} bytes, 1 to {most} are allowed", text.len()))
    } else if let Some(why) = unfit_in_name(text) {
        Some(why)
    } else if text.trim() != text {
        Some("begins or ends with a space: leave it out".into())
    } else {
        None
    }
}

/// What keeps a text from being part of a name that people compare: two texts that look alike must be alike. So it
/// holds no character that nobody sees, no space that looks like an ordinary one, and letters in Unicode's composed
/// form (NFC).
pub fn unfit_in_name(text: &str) -> Option<String> {
    let found = |wanted: fn(char) -> bool| {
        text.char_indices()
            .find(|(_, c)| wanted(*c))
            .map(|(at, c)| format!("U+{:04X} at byte {at}", u32::from(c)))
    };
    if let Some(hidden) = found(invisible) {
        Some(format!("holds the invisible character {hidden}: leave it out"))
    } else if let Some(space) = found(odd_space) {
        Some(format!("holds the space {space}: write an ordinary one"))
    } else if !is_nfc(text) {
        let composed: String = text.nfc().collect();
        Some(format!("is not in Unicode's composed form (NFC): write {composed:?}"))
    } else {
        None
    }
}

/// Spaces that look like another character. The ideographic space is as wide as a letter, and seen.
fn odd_space(c: char) -> bool {
    c.is_whitespace() && !matches!(c, ' ' | '\u{3000}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_stays_on_its_line_and_hides_nothing() {
        assert_eq!(shown("a\u{1b}[2Jb\u{202E}c\nd\u{2028}e"), "a\u{FFFD}[2Jb\u{FFFD}c\u{FFFD}d\u{FFFD}e");
        assert_eq!(shown("Größe 中 🙂"), "Größe 中 🙂");
    }

    #[test]
    fn a_name_is_what_people_see() {
        for fit in ["a", "museum-guide", "Größe", "名前", "a b"] {
            assert_eq!(unfit_as_name(fit, 16), None, "{fit}");
        }
        for unfit in
            ["", " ", " a", "a\u{a0}", "a\nb", "a\u{200b}", "\u{202e}a", "a\u{e0041}", "0123456789abcdefg"]
        {
            assert!(unfit_as_name(unfit, 16).is_some(), "{unfit:?}");
        }
    }

    #[test]
    fn names_that_look_alike_are_alike() {
        for (other, why) in [
            ("Gro\u{308}\u{df}e", "write \"Grö\u{df}e\""),
            ("\u{212b}ngstr\u{f6}m", "write \"\u{c5}ngstr\u{f6}m\""),
            ("a\u{a0}b", "U+00A0"),
            ("a\u{2009}b", "U+2009"),
            ("a\u{202f}b", "U+202F"),
        ] {
            assert!(unfit_as_name(other, 32).unwrap().contains(why), "{other:?}");
        }
        for fit in ["Größe", "山田\u{3000}太郎", "한글", "नमस्ते"] {
            assert_eq!(unfit_as_name(fit, 32), None, "{fit}");
        }
    }
}
