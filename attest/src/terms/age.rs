//! Were the co-signatures of one approval made close enough together?

use super::Ruling;

/// All co-signatures and the approval's body lie within the quorum's age, `max_age_s` seconds.
///
/// `times`: UTC seconds of each co-signature; `body`: of the approval.
pub fn close_enough(times: &[u64], body: u64, max_age_s: u64) -> Ruling {
    let all = || times.iter().copied().chain([body]);
    let (first, last) = (all().min().unwrap_or(body), all().max().unwrap_or(body));
    let took = last - first;
    let compared = format!("{took} s from the first co-signature to the approval, at most {max_age_s}");
    Ruling::new(took <= max_age_s, compared)
}

/// UTC seconds until which a co-signature made at `time` can be part of an approval.
pub fn usable_until(time: u64, max_age_s: u64) -> u64 {
    time.saturating_add(max_age_s)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_co_signature_is_usable_as_long_as_an_approval_with_it_is_close_enough(
            time in 0..u64::MAX / 4, later in 0..u64::MAX / 4, age in 0..u64::MAX / 4,
        ) {
            let now = time + later;
            prop_assert_eq!(close_enough(&[time], now, age).holds, now <= usable_until(time, age));
        }

        #[test]
        fn one_co_signature_more_never_makes_a_quorum_younger(
            times in prop::collection::vec(0_u64..100_000, 1..16), one in 0_u64..100_000, age in 0_u64..100_000,
        ) {
            let mut more = times.clone();
            more.push(one);
            prop_assert!(!close_enough(&more, 50_000, age).holds || close_enough(&times, 50_000, age).holds);
        }
    }

    #[test]
    fn the_last_second_counts() {
        assert!(close_enough(&[10, 20], 30, 20).holds);
        assert!(!close_enough(&[10, 20], 31, 20).holds);
        assert!(!close_enough(&[40, 20], 20, 19).holds, "clocks that go back age a quorum too");
    }
}
