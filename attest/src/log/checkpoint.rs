//! The log's head: a signed note (C2SP signed-note) with a checkpoint body (C2SP tlog-checkpoint).
//!
//! ```text
//! <origin>
//! <size, decimal>
//! <root, base64>
//!
//! — <origin> <base64 of key hash (4 bytes) ‖ Ed25519 signature (64 bytes)>
//! ```

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer, SigningKey};

use super::note::{self, Note, NoteError, usable};
use super::vkey::{KeyKind, VerifierKey, key_id};
use crate::id::{Digest, PublicKey};
use crate::limits;

/// Size and root of a log at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Origin line: the log's name.
    pub origin: String,
    /// Leaves.
    pub size: u64,
    /// Root of the tree.
    pub root: Digest,
}

/// Why a checkpoint was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The text is no checkpoint.
    #[error("the note is no checkpoint: {0}")]
    Form(&'static str),
    /// Another log.
    #[error("the checkpoint is of {found:?}, {expected:?} was expected")]
    Origin {
        /// Origin wanted.
        expected: String,
        /// Origin found.
        found: String,
    },
    /// No signature by the key.
    #[error("the checkpoint carries no signature of {name:?} by key {key}")]
    Unsigned {
        /// Name of the key: the origin.
        name: String,
        /// The key.
        key: PublicKey,
    },
    /// A signature that does not verify.
    #[error("the checkpoint's signature does not verify under {0}")]
    Signature(PublicKey),
}

impl From<NoteError> for CheckpointError {
    fn from(NoteError(why): NoteError) -> Self {
        Self::Form(why)
    }
}

impl Checkpoint {
    /// The text that is signed.
    pub fn body(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root.0))
    }

    /// The signed note.
    pub fn sign(&self, key: &SigningKey) -> Result<String, CheckpointError> {
        if !usable(&self.origin) {
            return Err(CheckpointError::Form("origin is empty or has spaces, + or control characters"));
        }
        let body = self.body();
        let id = key_id(&self.origin, KeyKind::Note, &PublicKey::from(key));
        let line = note::line(&self.origin, id, &key.sign(body.as_bytes()).to_bytes());
        Ok(format!("{body}\n{line}"))
    }

    /// Reads a note and checks the signature of the log's key. Signatures by other keys are passed over.
    pub fn open(note: &str, origin: &str, key: &PublicKey) -> Result<Self, CheckpointError> {
        let form = CheckpointError::Form;
        if note.len() > limits::CHECKPOINT {
            return Err(form("it is too long"));
        }
        let note = Note::parse(note)?;
        let checkpoint = Self::parse(note.text)?;
        if checkpoint.origin != origin {
            return Err(CheckpointError::Origin { expected: origin.to_owned(), found: checkpoint.origin });
        }
        let refused = CheckpointError::Signature(*key);
        let Ok(log) = VerifierKey::new(origin, KeyKind::Note, *key) else { return Err(refused) };
        let mut lines = log.lines(&note);
        let unsigned = || CheckpointError::Unsigned { name: origin.to_owned(), key: *key };
        let line = lines.next().ok_or_else(unsigned)?;
        if lines.next().is_some() {
            return Err(form("two signatures by the log's key"));
        }
        if log.verifies(note.text.as_bytes(), &line.signature) { Ok(checkpoint) } else { Err(refused) }
    }

    /// Reads the text of a checkpoint in its one form, and believes it nothing.
    ///
    /// # Errors
    /// [`CheckpointError::Form`], also for extension lines: no monitor could audit them.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let (checkpoint, extensions) = Self::parse_extended(text)?;
        if extensions { Err(CheckpointError::Form("more than three lines")) } else { Ok(checkpoint) }
    }

    /// The same of any log's: whether it has extension lines comes with it.
    ///
    /// # Errors
    /// [`CheckpointError::Form`].
    pub fn parse_extended(text: &str) -> Result<(Self, bool), CheckpointError> {
        let form = CheckpointError::Form;
        let lines = text.strip_suffix('\n').ok_or(form("fewer than three lines"))?;
        let mut lines = lines.split('\n');
        let mut next = || lines.next().ok_or(form("fewer than three lines"));
        let (origin, size, root) = (next()?, next()?, next()?);
        let extensions: Vec<_> = lines.collect();
        if extensions.iter().any(|line| line.is_empty()) {
            return Err(form("an empty line among its lines"));
        }
        let root = STANDARD.decode(root).map_err(|_| form("the root is not base64"))?;
        let checkpoint = Self {
            origin: origin.to_owned(),
            size: size.parse().map_err(|_| form("the size is no number"))?,
            root: root.as_slice().try_into().map_err(|_| form("the root has not 32 bytes"))?,
        };
        if !usable(origin) || !text.starts_with(&checkpoint.body()) {
            return Err(form("not in its one canonical form"));
        }
        Ok((checkpoint, !extensions.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint() -> (Checkpoint, SigningKey) {
        let checkpoint = Checkpoint { origin: "log.example/hub".into(), size: 42, root: Digest([3; 32]) };
        (checkpoint, SigningKey::from_bytes(&[5; 32]))
    }

    #[test]
    fn a_signed_checkpoint_opens_and_reads_like_the_standard_says() {
        let (checkpoint, key) = checkpoint();
        let note = checkpoint.sign(&key).unwrap();
        assert!(note.starts_with(
            "log.example/hub\n42\nAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM=\n\n— log.example/hub "
        ));
        assert_eq!(Checkpoint::open(&note, "log.example/hub", &PublicKey::from(&key)), Ok(checkpoint));
    }

    #[test]
    fn a_witness_line_is_passed_over() {
        let (checkpoint, key) = checkpoint();
        let note = checkpoint.sign(&key).unwrap() + "— witness.example AAAAAAA=\n";
        assert!(Checkpoint::open(&note, "log.example/hub", &PublicKey::from(&key)).is_ok());
    }

    #[test]
    fn no_changed_character_opens() {
        let (checkpoint, key) = checkpoint();
        let note = checkpoint.sign(&key).unwrap();
        for index in 0..note.len() {
            let mut bytes = note.clone().into_bytes();
            bytes[index] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            assert!(
                Checkpoint::open(&changed, "log.example/hub", &PublicKey::from(&key)).is_err(),
                "{changed}"
            );
        }
    }

    #[test]
    fn another_log_and_another_key_are_refused() {
        let (checkpoint, key) = checkpoint();
        let note = checkpoint.sign(&key).unwrap();
        let own = PublicKey::from(&key);
        assert!(matches!(Checkpoint::open(&note, "other", &own), Err(CheckpointError::Origin { .. })));
        let other = PublicKey::from(&SigningKey::from_bytes(&[6; 32]));
        assert!(matches!(
            Checkpoint::open(&note, "log.example/hub", &other),
            Err(CheckpointError::Unsigned { .. })
        ));
    }
}
