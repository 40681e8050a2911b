//! Text that somebody else wrote: what may be signed as a name, and how any of it is shown.
//!
//! Every terminal, page and log shows foreign text through [`shown`], and nothing else.

use std::fmt::Write as _;

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

/// What keeps a text from being a name that people compare: nothing in it, a character that nobody sees, or space
/// around it.
pub fn unfit_as_name(text: &str, most: usize) -> Option<String> {
    if !(1..=most).contains(&text.len()) {
        Some(format!("has {} bytes, 1 to {most} are allowed", text.len()))
    } else if let Some((at, hidden)) = text.char_indices().find(|(_, c)| invisible(*c)) {
        Some(format!("holds the invisible character U+{:04X} at byte {at}: leave it out", u32::from(hidden)))
    } else if text.trim() != text {
        Some("begins or ends with a space: leave it out".into())
    } else {
        None
    }
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
}
