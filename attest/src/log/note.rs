//! Signed notes (C2SP signed-note v1.0.0): a text, an empty line, and one line for each signature.
//!
//! ```text
//! <text, ending in a line feed>
//!
//! — <key name> <base64 of key id (4 bytes) ‖ signature>
//! ```

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::limits;
use crate::shown::invisible;

/// Signature lines read at most: a checkpoint with the log's own and those of 32 witnesses, and as many of others.
pub const SIGNATURES: usize = 64;

/// Why a text is no signed note, or no part of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoteError(pub &'static str);

/// A note taken apart. Nothing in it is believed before a signature of a known key has been verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note<'a> {
    /// What is signed, with its last line feed.
    pub text: &'a str,
    /// The signature lines, in their order.
    pub lines: Vec<SignatureLine<'a>>,
}

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureLine<'a> {
    /// Name of the key.
    pub name: &'a str,
    /// Id of the key.
    pub id: [u8; 4],
    /// What follows the id.
    pub signature: Vec<u8>,
    /// The line as it stands there, with its line feed.
    pub line: &'a str,
}

impl<'a> Note<'a> {
    /// Takes a note of at most [`limits::NOTE`] bytes apart.
    ///
    /// # Errors
    /// [`NoteError`] for whatever is no signed note in the standard's form.
    pub fn parse(note: &'a str) -> Result<Self, NoteError> {
        if note.len() > limits::NOTE {
            return Err(NoteError("it is too long"));
        }
        if note.bytes().any(|byte| byte < b' ' && byte != b'\n') {
            return Err(NoteError("it has control characters"));
        }
        let blank = note.rfind("\n\n").ok_or(NoteError("no signatures"))?;
        let (text, signatures) = (&note[..=blank], &note[blank + 2..]);
        Ok(Self { text, lines: lines(signatures)? })
    }
}

/// Takes signature lines apart, as a witness answers them without a text.
///
/// # Errors
/// [`NoteError`].
pub fn lines(signatures: &str) -> Result<Vec<SignatureLine<'_>>, NoteError> {
    if signatures.is_empty() || !signatures.ends_with('\n') {
        return Err(NoteError("the last line does not end"));
    }
    let mut lines = Vec::new();
    for line in signatures.split_inclusive('\n') {
        if lines.len() == SIGNATURES {
            return Err(NoteError("it has too many signatures"));
        }
        lines.push(signature_line(line)?);
    }
    Ok(lines)
}

fn signature_line(line: &str) -> Result<SignatureLine<'_>, NoteError> {
    let rest = line.trim_end_matches('\n').strip_prefix("— ");
    let rest = rest.ok_or(NoteError("a signature line does not begin with a dash"))?;
    let (name, encoded) = rest.split_once(' ').ok_or(NoteError("a signature line has no name"))?;
    if name.is_empty() || name.chars().any(char::is_whitespace) || name.contains('+') {
        return Err(NoteError("a key name is empty or has spaces or +"));
    }
    let bytes = STANDARD.decode(encoded).map_err(|_| NoteError("a signature is not base64"))?;
    let (id, signature) = bytes.split_first_chunk().ok_or(NoteError("a signature is too short"))?;
    if signature.is_empty() {
        return Err(NoteError("a signature is too short"));
    }
    Ok(SignatureLine { name, id: *id, signature: signature.to_vec(), line })
}

/// One signature line, with its line feed.
pub fn line(name: &str, id: [u8; 4], signature: &[u8]) -> String {
    let bytes = [&id[..], signature].concat();
    format!("— {name} {}\n", STANDARD.encode(bytes))
}

/// Whether a log or a key can have this name: a word that people compare.
pub fn usable(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= limits::NAME
        && !name.chars().any(|c| c.is_whitespace() || invisible(c) || c == '+')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_may_have_empty_lines_of_its_own() {
        let note = Note::parse("one\n\ntwo\n\n— a.example AAAAAAA=\n— b AAAAAAE=\n").unwrap();
        assert_eq!((note.text, note.lines.len()), ("one\n\ntwo\n", 2));
        assert_eq!((note.lines[0].name, note.lines[0].id), ("a.example", [0; 4]));
        assert_eq!(line(note.lines[1].name, note.lines[1].id, &note.lines[1].signature), note.lines[1].line);
    }

    #[test]
    fn what_is_no_note_is_refused() {
        for text in [
            "",
            "text\n",
            "text\n\n",
            "text\n\n— a AAAAAAA=",
            "text\n\n- a AAAAAAA=\n",
            "text\n\n— a\n",
            "text\n\n— a+b AAAAAAA=\n",
            "text\n\n— a AAAAAA==\n",
            "te\txt\n\n— a AAAAAAA=\n",
            "text\n\n— a AAAAAAA=\r\n",
        ] {
            assert!(Note::parse(text).is_err(), "{text:?}");
        }
        let many = format!("text\n\n{}", "— a AAAAAAA=\n".repeat(SIGNATURES + 1));
        assert!(Note::parse(&many).is_err());
    }

    proptest! {
        #[test]
        fn no_text_is_too_much_for_it(text in "(\n|— a AAAAAAA=|.|\n\n){0,40}") {
            let _ = Note::parse(&text);
        }
    }
}
