//! Cosignatures of Ed25519 (C2SP tlog-cosignature, `cosignature/v1`): a witness saw this head of a log, at this time.
//!
//! ```text
//! cosignature/v1
//! time <POSIX seconds>
//! <the checkpoint's text>
//! ```
//!
//! The signature field of the line holds the time (u64, big-endian) and the 64 bytes of the signature over these lines.

use ed25519_dalek::{Signer, SigningKey};

use super::note::{Note, NoteError, line, usable};
use super::vkey::{KeyKind, VerifierKey, key_id};
use crate::id::PublicKey;

/// Latest time that the standard allows: 2^63 − 1.
const LATEST: u64 = i64::MAX as u64;

/// Why a cosignature of a known witness makes a note unbelievable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CosignatureError {
    /// Not 72 bytes, or a time out of range.
    #[error("the line of {0} is no cosignature: 8 bytes of time and 64 of signature were expected")]
    Form(String),
    /// It does not verify.
    #[error("the cosignature of {0} does not verify: somebody changed the note")]
    Signature(String),
}

fn message(text: &str, time: u64) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

/// Cosigns a checkpoint's text at a time (POSIX seconds, not zero); answers the line for its note.
///
/// # Errors
/// [`NoteError`] where name or time cannot stand in one.
pub fn cosign(text: &str, name: &str, key: &SigningKey, time: u64) -> Result<String, NoteError> {
    if !usable(name) {
        return Err(NoteError("a witness's name is empty or has spaces, + or control characters"));
    }
    if !(1..=LATEST).contains(&time) {
        return Err(NoteError("a witness's time is zero or beyond 2^63"));
    }
    let signature = key.sign(message(text, time).as_bytes()).to_bytes();
    let id = key_id(name, KeyKind::Cosignature, &PublicKey::from(key));
    Ok(line(name, id, &[&time.to_be_bytes()[..], &signature].concat()))
}

/// When this witness cosigned the note: the earliest time, if it did so more than once; `None` if it did not.
///
/// # Errors
/// [`CosignatureError`]: a line with a known key's name and id that does not verify makes the whole note unbelievable.
pub fn cosigned(note: &Note<'_>, witness: &VerifierKey) -> Result<Option<u64>, CosignatureError> {
    let mut earliest = None;
    for line in witness.lines(note) {
        let form = || CosignatureError::Form(witness.name().to_owned());
        let (time, signature) = line.signature.split_first_chunk().ok_or_else(form)?;
        let time = u64::from_be_bytes(*time);
        if signature.len() != 64 || !(1..=LATEST).contains(&time) {
            return Err(form());
        }
        if !witness.verifies(message(note.text, time).as_bytes(), signature) {
            return Err(CosignatureError::Signature(witness.name().to_owned()));
        }
        earliest = Some(earliest.map_or(time, |before: u64| before.min(time)));
    }
    Ok(earliest)
}

#[cfg(test)]
mod tests {
    use super::super::checkpoint::Checkpoint;
    use super::*;
    use crate::id::Digest;

    fn signed() -> (String, SigningKey, VerifierKey) {
        let head = Checkpoint { origin: "log.example/hub".into(), size: 42, root: Digest([3; 32]) };
        let note = head.sign(&SigningKey::from_bytes(&[5; 32])).unwrap();
        let key = SigningKey::from_bytes(&[6; 32]);
        let witness = VerifierKey::new("w.example", KeyKind::Cosignature, PublicKey::from(&key)).unwrap();
        let line = cosign(&head.body(), "w.example", &key, 1_679_315_147).unwrap();
        (note + &line, key, witness)
    }

    #[test]
    fn a_cosignature_says_when_its_witness_saw_the_head() {
        let (note, key, witness) = signed();
        let parsed = Note::parse(&note).unwrap();
        assert_eq!(cosigned(&parsed, &witness), Ok(Some(1_679_315_147)));
        // 4 bytes of id, 8 of time, 64 of signature.
        assert_eq!(parsed.lines[1].signature.len(), 72);
        let again = note.clone() + &cosign(parsed.text, "w.example", &key, 1_679_315_100).unwrap();
        assert_eq!(cosigned(&Note::parse(&again).unwrap(), &witness), Ok(Some(1_679_315_100)));
    }

    #[test]
    fn a_stranger_s_line_says_nothing_and_a_changed_one_of_a_witness_spoils_the_note() {
        let (note, key, witness) = signed();
        let other = PublicKey::from(&SigningKey::from_bytes(&[9; 32]));
        let stranger = VerifierKey::new("w.example", KeyKind::Cosignature, other).unwrap();
        assert_eq!(cosigned(&Note::parse(&note).unwrap(), &stranger), Ok(None));
        let grown = note.replace("\n42\n", "\n43\n");
        let refused = cosigned(&Note::parse(&grown).unwrap(), &witness).unwrap_err();
        assert_eq!(refused, CosignatureError::Signature("w.example".into()));
        // Another time under the same signature.
        let text = Note::parse(&note).unwrap().text.to_owned();
        let late = key.sign(message(&text, 7).as_bytes()).to_bytes();
        let forged = line("w.example", witness.id(), &[&8_u64.to_be_bytes()[..], &late].concat());
        let forged = format!("{text}\n{forged}");
        assert!(cosigned(&Note::parse(&forged).unwrap(), &witness).is_err());
        assert!(cosign(&text, "w.example", &key, 0).is_err() && cosign(&text, "a b", &key, 1).is_err());
    }
}
