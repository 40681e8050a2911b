//! UTC as this machine's clock gives it.

use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime};

/// 2026-01-01: a clock before it was never set.
const EARLIEST: Duration = Duration::from_hours(490_896);

/// The clock was never set: every time signed under it would be wrong, and nothing would expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this machine's clock stands {}: set it (NTP, or a battery)",
    .0.map_or("before 1970".into(), |since| format!("{} s after 1970, before this program was made", since.as_secs()))
)]
pub struct ClockError(Option<Duration>);

/// When this program looked first, by both clocks.
static START: LazyLock<(Duration, Instant)> =
    LazyLock::new(|| (since_1970(SystemTime::now()).unwrap_or(EARLIEST), Instant::now()));

fn since_1970(time: SystemTime) -> Option<Duration> {
    time.duration_since(SystemTime::UNIX_EPOCH).ok()
}

fn check(time: SystemTime) -> Result<(), ClockError> {
    let since = since_1970(time);
    if since.is_some_and(|since| since >= EARLIEST) { Ok(()) } else { Err(ClockError(since)) }
}

/// Refuses a clock that was never set. Call it before anything is signed.
///
/// # Errors
/// [`ClockError`].
pub fn check_now() -> Result<(), ClockError> {
    check(SystemTime::now())?;
    LazyLock::force(&START);
    Ok(())
}

/// Refuses a clock before 1970, with which the database below the store panics.
///
/// # Errors
/// [`ClockError`].
pub fn after_1970() -> Result<(), ClockError> {
    not_before_1970(SystemTime::now())
}

fn not_before_1970(time: SystemTime) -> Result<(), ClockError> {
    since_1970(time).map(drop).ok_or(ClockError(None))
}

/// UTC seconds. Where the clock has fallen back behind 1970 since the start: what has passed since then is added to it.
pub fn now() -> u64 {
    let (start, instant) = *START;
    since_1970(SystemTime::now()).unwrap_or_else(|| start + instant.elapsed()).as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_never_set_is_refused_in_words() {
        let day = Duration::from_hours(24);
        let before = check(SystemTime::UNIX_EPOCH - day).unwrap_err().to_string();
        assert!(before.contains("stands before 1970: set it"), "{before}");
        let reset = check(SystemTime::UNIX_EPOCH + day).unwrap_err().to_string();
        assert!(reset.contains("clock stands 86400 s after 1970"), "{reset}");
        assert_eq!(check(SystemTime::UNIX_EPOCH + EARLIEST), Ok(()));
        assert!(now() >= EARLIEST.as_secs());
    }

    #[test]
    fn what_the_database_panics_of_is_refused_before_it_is_opened() {
        let instant = Duration::from_nanos(1);
        let refused = not_before_1970(SystemTime::UNIX_EPOCH - instant).unwrap_err().to_string();
        assert!(refused.contains("stands before 1970: set it"), "{refused}");
        // A clock that was reset to 1970 is no reason to keep an operator from a backup.
        assert_eq!(not_before_1970(SystemTime::UNIX_EPOCH), Ok(()));
        assert_eq!(after_1970(), Ok(()));
    }
}
