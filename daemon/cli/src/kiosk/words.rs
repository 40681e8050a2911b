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

/// A date alone.
pub const DAY: &str = "%Y-%m-%d";
/// A date with hour and minute.
pub const MINUTE: &str = "%Y-%m-%d %H:%M UTC";

/// UTC seconds as people write them.
pub fn moment(seconds: u64, form: &str) -> String {
    let time = i64::try_from(seconds).ok().and_then(|seconds| chrono::DateTime::from_timestamp(seconds, 0));
    time.map_or_else(|| format!("{seconds} s"), |time| time.format(form).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_people_write_them_and_none_is_too_large() {
        assert_eq!(moment(1_790_000_000, MINUTE), "2026-09-21 14:13 UTC");
        assert_eq!(moment(1_790_000_000, DAY), "2026-09-21");
        assert_eq!(moment(u64::MAX, DAY), format!("{} s", u64::MAX));
    }

    #[test]
    fn ids_are_thirty_two_bytes() {
        assert_eq!(id_bytes(&"0a".repeat(32)).unwrap(), [10; 32]);
        assert!(id_bytes("0a").is_err());
        assert!(id_bytes(&"zz".repeat(32)).is_err());
    }
}
