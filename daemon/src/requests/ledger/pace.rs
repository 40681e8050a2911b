//! How much one requester may ask within an hour: counted by key, whichever door they come through and however many
//! addresses they have. It survives a restart.

use wetsign_attest::id::PublicKey;

use super::Ledger;
use crate::{error::LedgerError, store::Table, store::records};

/// Milliseconds.
const HOUR: u64 = 3_600_000;

/// After one more, when an even pace would have made it, in milliseconds since 1970; before one more, how many seconds
/// have to pass first. `most` within any hour; a key that asked nothing for an hour has all of them (the generic cell
/// rate algorithm of ITU-T I.371).
fn one_more(before: u64, now_s: u64, most: u32) -> Result<u64, u64> {
    let now = now_s.saturating_mul(1000);
    let even = before.max(now).saturating_add(HOUR / u64::from(most.max(1)));
    let late = even.saturating_sub(now.saturating_add(HOUR));
    if late == 0 { Ok(even) } else { Err(late.div_ceil(1000)) }
}

impl Ledger {
    /// The requester's row for one more request.
    ///
    /// # Errors
    /// [`LedgerError::Later`] where they asked too much within an hour.
    pub(super) fn may_ask(&self, requester: &PublicKey, now: u64) -> Result<Vec<u8>, LedgerError> {
        let before = match self.store().get(Table::Pace, requester.as_bytes())? {
            Some(row) => records::decode(&row)
                .ok_or_else(|| LedgerError::stored("pace of requester", requester.as_bytes()))?,
            None => 0,
        };
        let most = self.trust.requests_an_hour_each;
        let even = one_more(before, now, most).map_err(|seconds| LedgerError::Later {
            words: format!(
                "requester {} asked too much: {most} requests within an hour are taken from one \
                 (api.limits.requests_an_hour_each); try again in {seconds} s",
                requester.short()
            ),
            seconds: Some(seconds),
        })?;
        Ok(records::encode(&even))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_hours_worth_at_once_and_then_one_after_another() {
        let mut row = 0;
        for _ in 0..3 {
            row = one_more(row, 1_000_000, 3).unwrap();
        }
        assert_eq!(one_more(row, 1_000_000, 3), Err(1200));
        assert_eq!(one_more(row, 1_001_199, 3), Err(1));
        row = one_more(row, 1_001_200, 3).unwrap();
        assert_eq!(one_more(row, 1_001_200, 3), Err(1200));
        assert!((0..3).try_fold(row, |row, _| one_more(row, 1_010_000, 3)).is_ok());
    }

    proptest! {
        #[test]
        fn whoever_waits_as_long_as_is_said_is_taken_and_no_hour_has_twice_as_many(
            steps in prop::collection::vec(0_u64..900, 1..200), most in 1_u32..20,
        ) {
            let (mut now, mut row, mut taken) = (1_790_000_000, 0, Vec::new());
            for step in steps {
                now += step;
                match one_more(row, now, most) {
                    Ok(next) => {
                        row = next;
                        taken.push(now);
                    }
                    Err(seconds) => prop_assert!(one_more(row, now + seconds, most).is_ok()),
                }
            }
            for (at, from) in taken.iter().enumerate() {
                let within = taken[at..].iter().filter(|time| **time < from + 3600).count();
                prop_assert!(within <= 2 * most as usize, "{} in an hour", within);
            }
        }
    }
}
