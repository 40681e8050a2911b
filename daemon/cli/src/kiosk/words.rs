//! What commands read from a person, and say to one.

use anyhow::bail;
use serde_json::json;
use tonic::{Code, Status};

use super::address::refused;
use crate::output::{Answer, Outcome, plain};

/// "Not there" is an answer; anything else is an error.
pub fn not_found(status: Status) -> anyhow::Result<Answer> {
    if status.code() == Code::NotFound {
        let words = plain(status.message());
        let json = json!({ "ok": false, "why": words });
        return Ok(Answer { outcome: Outcome::No, text: format!("not there: {words}\n"), json });
    }
    Err(refused(status))
}

/// A public key of either kind, in hexadecimal.
pub fn key_bytes(text: &str) -> anyhow::Result<Vec<u8>> {
    Ok(text.parse::<wetsign_attest::id::PublicKey>()?.as_bytes().to_vec())
}

/// 32 bytes in hexadecimal.
pub fn id_bytes(text: &str) -> anyhow::Result<Vec<u8>> {
    match hex::decode(text) {
        Ok(bytes) if bytes.len() == 32 => Ok(bytes),
        _ => bail!("{text:?} is no id: 64 hexadecimal digits were expected"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_thirty_two_bytes() {
        assert_eq!(id_bytes(&"0a".repeat(32)).unwrap(), [10; 32]);
        assert!(id_bytes("0a").is_err());
        assert!(id_bytes(&"zz".repeat(32)).is_err());
    }
}
