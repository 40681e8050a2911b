//! Whose is a line: whoever has the secret whose hash is its name.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

/// The name of a kiosk's line: SHA-256 of `"wetsign/line/name/1" ‖ secret`, 64 hexadecimal digits in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name([u8; 32]);

/// The text is no name of a line.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0:?} is no name of a line: 64 hexadecimal digits in lower case, as wetsignd says them when it starts"
)]
pub struct NameError(String);

impl Name {
    /// The line of whoever has this secret.
    pub fn of_secret(secret: &[u8; 32]) -> Self {
        Self(Sha256::new().chain_update(b"wetsign/line/name/1").chain_update(secret).finalize().into())
    }

    /// The line of whoever writes this secret, 64 hexadecimal digits.
    pub fn of_text(secret: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(secret, &mut bytes).ok()?;
        Some(Self::of_secret(&bytes))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let mut bytes = [0; 32];
        let lower = text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        match hex::decode_to_slice(text, &mut bytes) {
            Ok(()) if lower => Ok(Self(bytes)),
            _ => Err(NameError(text.chars().take(80).collect())),
        }
    }
}
