//! Verifier keys (C2SP signed-note v1.0.0): who signs a note, and how.
//!
//! ```text
//! <key name>+<key id, 8 hexadecimal digits>+<base64 of type byte ‖ public key>
//! ```

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::Signature;

use super::note::{Note, SignatureLine, usable};
use crate::id::{PublicKey, sha256};

/// What a key signs, by its type byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// A note's text (0x01): a log's own signature.
    Note,
    /// A checkpoint with a time, `cosignature/v1` (0x04): a witness's.
    Cosignature,
}

impl KeyKind {
    const fn byte(self) -> u8 {
        match self {
            Self::Note => 0x01,
            Self::Cosignature => 0x04,
        }
    }
}

/// An Ed25519 key with the name under which it signs notes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    kind: KeyKind,
    key: PublicKey,
}

/// Why a verifier key was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifierKeyError {
    /// It has not the three parts of one.
    #[error("{0:?} is no verifier key: NAME+KEYID+BASE64 was expected, as witnesses and logs publish it")]
    Form(String),
    /// Its id is another key's.
    #[error(
        "the verifier key of {name:?} has the id {found}, its name and key give {computed}: copy it again"
    )]
    Id {
        /// Its name.
        name: String,
        /// As it is written.
        found: String,
        /// As it has to be.
        computed: String,
    },
    /// Another type of signature.
    #[error(
        "the verifier key of {name:?} has type {kind:#04x} ({words}): this version verifies Ed25519 (0x01, 0x04)"
    )]
    Kind {
        /// Its name.
        name: String,
        /// The type byte.
        kind: u8,
        /// What it is.
        words: &'static str,
    },
    /// No such name, or no such key.
    #[error("no key can be called {0:?}: a name is 1 to 256 bytes without spaces and plus signs")]
    Name(String),
    /// Not a point of the curve.
    #[error("the verifier key of {0:?} is no usable Ed25519 key")]
    Unusable(String),
}

impl VerifierKey {
    /// A key under this name.
    ///
    /// # Errors
    /// [`VerifierKeyError::Name`], [`VerifierKeyError::Unusable`].
    pub fn new(name: &str, kind: KeyKind, key: PublicKey) -> Result<Self, VerifierKeyError> {
        if !usable(name) {
            return Err(VerifierKeyError::Name(name.to_owned()));
        }
        if key.ed25519().is_none() {
            return Err(VerifierKeyError::Unusable(name.to_owned()));
        }
        Ok(Self { name: name.to_owned(), kind, key })
    }

    /// Its name: for a log's, the origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it signs.
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The key itself.
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// First four bytes of SHA-256(name ‖ line feed ‖ type ‖ key).
    pub fn id(&self) -> [u8; 4] {
        key_id(&self.name, self.kind, &self.key)
    }

    /// The lines of a note that carry this key's name and id. Whoever knows the key has to verify them.
    pub fn lines<'n>(&self, note: &'n Note<'_>) -> impl Iterator<Item = &'n SignatureLine<'n>> {
        let id = self.id();
        note.lines.iter().filter(move |line| line.name == self.name && line.id == id)
    }

    /// Whether these 64 bytes are this key's signature of a message.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let parts = self.key.ed25519().zip(Signature::from_slice(signature).ok());
        parts.is_some_and(|(key, signature)| key.verify_strict(message, &signature).is_ok())
    }
}

/// Id of a key with a name.
pub fn key_id(name: &str, kind: KeyKind, key: &PublicKey) -> [u8; 4] {
    let [a, b, c, d, ..] = sha256(&[name.as_bytes(), b"\n", &[kind.byte()], key.as_bytes()]);
    [a, b, c, d]
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let material = [&[self.kind.byte()], self.key.as_bytes()].concat();
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id()), STANDARD.encode(material))
    }
}

impl FromStr for VerifierKey {
    type Err = VerifierKeyError;

    fn from_str(text: &str) -> Result<Self, VerifierKeyError> {
        let form = || VerifierKeyError::Form(text.chars().take(200).collect());
        // A name has no plus sign, base64 may have some.
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(material)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(form());
        };
        let material = STANDARD.decode(material).map_err(|_| form())?;
        let (kind, key) = material.split_first().ok_or_else(form)?;
        let other = |words| VerifierKeyError::Kind { name: name.to_owned(), kind: *kind, words };
        let kind = match kind {
            0x01 => KeyKind::Note,
            0x04 => KeyKind::Cosignature,
            0x02 => return Err(other("ECDSA")),
            0x05 => return Err(other("an RFC 6962 tree head")),
            0x06 => return Err(other("ML-DSA-44")),
            _ => return Err(other("unknown")),
        };
        let key: [u8; 32] = key.try_into().map_err(|_| form())?;
        let parsed = Self::new(name, kind, PublicKey::Ed25519(key))?;
        let computed = hex::encode(parsed.id());
        if computed != id {
            return Err(VerifierKeyError::Id { name: name.to_owned(), found: id.to_owned(), computed });
        }
        Ok(parsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Key and note of C2SP signed-note, section "Example".
    const KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    const NOTE: &str = "This is an example message.\n\n— example.com/foo \
        Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

    #[test]
    fn the_standards_own_example_verifies() {
        let key: VerifierKey = KEY.parse().unwrap();
        assert_eq!(
            (key.name(), key.kind(), key.to_string().as_str()),
            ("example.com/foo", KeyKind::Note, KEY)
        );
        let note = Note::parse(NOTE).unwrap();
        let lines: Vec<_> = key.lines(&note).collect();
        assert_eq!(lines.len(), 1);
        assert!(key.verifies(note.text.as_bytes(), &lines[0].signature));
        assert!(!key.verifies(b"This is another message.\n", &lines[0].signature));
    }

    #[test]
    fn a_key_of_another_kind_or_with_another_id_is_refused_in_words() {
        let refused = |text: &str| text.parse::<VerifierKey>().unwrap_err().to_string();
        assert!(refused(&KEY.replace("530d903a", "530d903b")).contains("give 530d903a"));
        assert!(refused(&KEY.replace("/foo", "/bar")).contains("copy it again"));
        assert!(refused("a+00000000").contains("NAME+KEYID+BASE64"));
        let material = STANDARD.encode([&[0x06], &[7; 1312][..]].concat());
        assert!(refused(&format!("w.example+00000000+{material}")).contains("ML-DSA-44"));
    }
}
