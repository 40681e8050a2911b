//! UTC as this machine's clock gives it.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;

/// UTC seconds. A clock before 1970 is an error: no time that it gives could be signed or compared.
pub fn now() -> anyhow::Result<u64> {
    seconds(SystemTime::now())
}

fn seconds(time: SystemTime) -> anyhow::Result<u64> {
    let since = time.duration_since(UNIX_EPOCH);
    Ok(since.context("this machine's clock stands before 1970: set it (NTP, or a battery)")?.as_secs())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_clock_before_1970_is_an_error_in_words() {
        let second = Duration::from_secs(1);
        let refused = seconds(UNIX_EPOCH - second).unwrap_err().to_string();
        assert!(refused.contains("clock stands before 1970: set it"), "{refused}");
        assert_eq!(seconds(UNIX_EPOCH + second).unwrap(), 1);
    }
}
