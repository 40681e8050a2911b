//! How long a request waits, a verdict counts, and an approval allows the use.

use super::Ruling;
use crate::limits::{CLOCK_SKEW_S, DURATION_DAYS, REQUEST_LIFE_S, UNDECLARED_DURATION_DAYS, VERDICT_AGE_S};
use crate::object::UsageRequest;

const DAY: u64 = 86_400;

/// A request lives no longer than [`REQUEST_LIFE_S`], and asks for no longer a use than [`DURATION_DAYS`].
pub fn request_life(request: &UsageRequest) -> Ruling {
    let life = request.expires.saturating_sub(request.created);
    let days = request.attributes.duration_days;
    let compared = format!(
        "the request lives {life} s (at most {REQUEST_LIFE_S}) and asks for {} days of use (at most {DURATION_DAYS})",
        days.map_or_else(|| "no stated number of".to_owned(), |days| days.to_string())
    );
    let holds = life <= REQUEST_LIFE_S && days.is_none_or(|days| (1..=DURATION_DAYS).contains(&days));
    Ruling::new(holds, compared)
}

/// What says that it was made at `time` does not come from the future of who reads it at `at` (UTC seconds): clocks may
/// differ by so much and no more.
pub fn made_by(time: u64, at: u64) -> Ruling {
    let compared = format!("made at {time}, it is {at} (skew allowed: {CLOCK_SKEW_S} s)");
    Ruling::new(time <= at.saturating_add(CLOCK_SKEW_S), compared)
}

/// A request that expires at `expires` may still be judged, decided on and approved at `at`: its last second counts.
pub fn unexpired(expires: u64, at: u64) -> Ruling {
    Ruling::new(at <= expires, format!("the request expires at {expires}, it is {at}"))
}

/// A verdict given at `given` is young enough for an approval at `at` (UTC seconds).
pub fn verdict_age(given: u64, at: u64) -> Ruling {
    let age = at.saturating_sub(given);
    let compared =
        format!("the verdict is {age} s old, at most {VERDICT_AGE_S} (and {CLOCK_SKEW_S} of skew)");
    Ruling::new(age <= VERDICT_AGE_S + CLOCK_SKEW_S, compared)
}

/// UTC seconds after which an approval of this request, made at `approved`, allows nothing any more: the duration that
/// the request declares, else [`UNDECLARED_DURATION_DAYS`].
pub fn lapse(request: &UsageRequest, approved: u64) -> u64 {
    let days = request.attributes.duration_days.unwrap_or(UNDECLARED_DURATION_DAYS).min(DURATION_DAYS);
    approved.saturating_add(days * DAY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::example;

    fn request(life: u64, days: Option<u64>) -> UsageRequest {
        let (_, _, mut request) = example::narration("");
        request.expires = request.created + life;
        request.attributes.duration_days = days;
        request
    }

    #[test]
    fn a_request_neither_waits_nor_lasts_for_ever() {
        assert!(request_life(&request(REQUEST_LIFE_S, Some(DURATION_DAYS))).holds);
        assert!(request_life(&request(1, None)).holds);
        assert!(!request_life(&request(REQUEST_LIFE_S + 1, Some(1))).holds);
        assert!(!request_life(&request(1, Some(DURATION_DAYS + 1))).holds);
        assert!(!request_life(&request(1, Some(0))).holds);
        assert!(!request_life(&request(1, Some(u64::MAX))).holds);
    }

    #[test]
    fn a_use_ends_with_its_declared_days_and_soon_where_none_were_declared() {
        assert_eq!(lapse(&request(1, Some(3)), 1000), 1000 + 3 * DAY);
        assert_eq!(lapse(&request(1, None), 1000), 1000 + UNDECLARED_DURATION_DAYS * DAY);
        assert_eq!(lapse(&request(1, Some(u64::MAX)), 1000), 1000 + DURATION_DAYS * DAY);
    }

    #[test]
    fn a_request_is_open_up_to_its_last_second_and_nothing_comes_from_the_future() {
        assert!(unexpired(1000, 1000).holds && !unexpired(1000, 1001).holds);
        assert!(made_by(1000, 1000 - CLOCK_SKEW_S).holds && made_by(0, u64::MAX).holds);
        let early = made_by(1000, 999 - CLOCK_SKEW_S);
        assert!(!early.holds && early.compared.contains("made at 1000"), "{early:?}");
    }

    #[test]
    fn an_old_verdict_allows_nothing() {
        assert!(verdict_age(1000, 1000 + VERDICT_AGE_S).holds);
        assert!(!verdict_age(1000, 1001 + VERDICT_AGE_S + CLOCK_SKEW_S).holds);
        assert!(verdict_age(1000, 900).holds, "clocks differ");
    }
}
