//! Lines of the log that a flood must not turn into another flood.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

const PAUSE: Duration = Duration::from_secs(10);

/// Says a thing at most once in a while, and how often it was left out.
#[derive(Default)]
pub(super) struct Seldom {
    last: Mutex<(Option<Instant>, u64)>,
}

impl Seldom {
    /// `None`: not now. Else how many were left out since the last time.
    pub(super) fn due(&self, now: Instant) -> Option<u64> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let (said, left_out) = &mut *last;
        if said.is_some_and(|said| now.saturating_duration_since(said) < PAUSE) {
            *left_out += 1;
            return None;
        }
        *said = Some(now);
        Some(std::mem::take(left_out))
    }

    pub(super) fn warn(&self, limit: &'static str, who: impl std::fmt::Display) {
        if let Some(left_out) = self.due(Instant::now()) {
            tracing::warn!(limit, %who, left_out, "a limit was reached (api.limits): refused");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_refusals_are_two_lines() {
        let (seldom, start) = (Seldom::default(), Instant::now());
        assert_eq!(seldom.due(start), Some(0));
        assert!((0..998).all(|_| seldom.due(start + Duration::from_secs(9)).is_none()));
        assert_eq!(seldom.due(start + Duration::from_secs(11)), Some(998));
    }
}
