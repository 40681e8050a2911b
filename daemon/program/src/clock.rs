//! UTC as this machine's clock gives it.

use std::time::{SystemTime, UNIX_EPOCH};

/// The clock was never set: no time that it gives could be signed or compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this machine's clock stands before 1970: set it (NTP, or a battery)")]
pub struct NeverSet;

/// UTC seconds.
///
/// # Errors
/// [`NeverSet`].
pub fn now() -> Result<u64, NeverSet> {
    seconds(SystemTime::now())
}

fn seconds(time: SystemTime) -> Result<u64, NeverSet> {
    time.duration_since(UNIX_EPOCH).map(|since| since.as_secs()).map_err(|_| NeverSet)
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
        assert_eq!(seconds(UNIX_EPOCH + second), Ok(1));
    }
}
