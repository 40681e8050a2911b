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
use ed25519_dalek::{Signature, Signer, SigningKey};

use crate::id::{Digest, PublicKey, sha256};
use crate::limits;
use crate::shown::invisible;

/// Signature type byte of Ed25519 in a key hash.
const ED25519: u8 = 0x01;
/// Signature lines read at most.
const SIGNATURES: usize = 16;

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
        let mut signature = key_hash(&self.origin, &PublicKey::from(key)).to_vec();
        signature.extend(key.sign(body.as_bytes()).to_bytes());
        Ok(format!("{body}\n— {} {}\n", self.origin, STANDARD.encode(signature)))
    }

    /// Reads a note and checks the signature of the log's key. Signatures by other keys are passed over.
    pub fn open(note: &str, origin: &str, key: &PublicKey) -> Result<Self, CheckpointError> {
        let form = CheckpointError::Form;
        if note.len() > limits::CHECKPOINT {
            return Err(form("it is too long"));
        }
        let (text, signatures) = note.rsplit_once("\n\n").ok_or(form("no signatures"))?;
        let body = format!("{text}\n");
        let checkpoint = Self::parse(&body)?;
        if checkpoint.origin != origin {
            return Err(CheckpointError::Origin { expected: origin.to_owned(), found: checkpoint.origin });
        }
        let signatures = signatures.strip_suffix('\n').ok_or(form("the last line does not end"))?;
        let hash = key_hash(origin, key);
        let mut found = None;
        for (count, line) in signatures.split('\n').enumerate() {
            let line = line.strip_prefix("— ").ok_or(form("a signature line does not begin with a dash"))?;
            let (name, encoded) = line.split_once(' ').ok_or(form("a signature line has no name"))?;
            let bytes = STANDARD.decode(encoded).map_err(|_| form("a signature is not base64"))?;
            if count >= SIGNATURES || bytes.len() < 5 {
                return Err(form("too many or too short signatures"));
            }
            if name == origin && bytes[..4] == hash && found.replace(bytes).is_some() {
                return Err(form("two signatures by the log's key"));
            }
        }
        let unsigned = CheckpointError::Unsigned { name: origin.to_owned(), key: *key };
        let signature = found.ok_or(unsigned)?;
        let refused = CheckpointError::Signature(*key);
        key.ed25519()
            .zip(Signature::from_slice(&signature[4..]).ok())
            .and_then(|(key, signature)| key.verify_strict(body.as_bytes(), &signature).ok())
            .ok_or(refused)?;
        Ok(checkpoint)
    }

    fn parse(body: &str) -> Result<Self, CheckpointError> {
        let form = CheckpointError::Form;
        let mut lines = body.split('\n');
        let mut next = || lines.next().ok_or(form("fewer than three lines"));
        let (origin, size, root, end) = (next()?, next()?, next()?, next()?);
        if !end.is_empty() || lines.next().is_some() {
            return Err(form("more than three lines"));
        }
        let root = STANDARD.decode(root).map_err(|_| form("the root is not base64"))?;
        let checkpoint = Self {
            origin: origin.to_owned(),
            size: size.parse().map_err(|_| form("the size is no number"))?,
            root: root.as_slice().try_into().map_err(|_| form("the root has not 32 bytes"))?,
        };
        if !usable(origin) || checkpoint.body() != body {
            return Err(form("not in its one canonical form"));
        }
        Ok(checkpoint)
    }
}

/// Key hash of a signed note: the first four bytes of SHA-256(name ‖ newline ‖ type ‖ key).
pub fn key_hash(name: &str, key: &PublicKey) -> [u8; 4] {
    let [a, b, c, d, ..] = sha256(&[name.as_bytes(), b"\n", &[ED25519], key.as_bytes()]);
    [a, b, c, d]
}

/// Whether a log can have this origin: a line that people compare.
pub(crate) fn usable(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= limits::NAME
        && !name.chars().any(|c| c.is_whitespace() || invisible(c) || c == '+')
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
