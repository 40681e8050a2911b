//! How often somebody was not recognised, and how long that keeps the next one waiting. It survives a restart.
//!
//! After NIST SP 800-63B-4 § 3.2.3 (use of biometrics): five failed attempts in a row are free; then each next one
//! waits, 30 s at first, twice as long each time, an hour at most; after fifty the person's own device has to let them
//! try again. The wider bounds for systems with proven detection of presentation attacks are not claimed. A kiosk waits
//! too, whoever stands before it.
//!
//! What counts is a capture that was judged and failed its challenge, liveness or match. Blur, distance and darkness do
//! not.

use minicbor::{Decode, Encode};
use wetsign_attest::id::PublicKey;
use wetsign_liveness::Stage;

use super::Ledger;
use crate::{
    error::LedgerError,
    requests::session::{Fault, Reason},
    store::records,
    store::{Batch, Table},
};

/// Failed attempts of one person in a row before the next one waits.
const FREE: u32 = 5;
/// Failed attempts of one person in a row after which nothing but their own device helps.
const MOST: u32 = 50;
/// Failed attempts at one kiosk in a row, whoever it was, before the next one waits.
const FREE_HERE: u32 = 25;
/// The first wait, seconds, and the longest.
const FIRST_S: u64 = 30;
const LONGEST_S: u64 = 3600;
/// Stands for the kiosk: no public key has one byte.
const HERE: &[u8] = b"*";

/// Failed attempts in a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Attempts {
    /// How many.
    #[n(1)]
    pub failed: u32,
    /// When the last one was, UTC seconds.
    #[n(2)]
    pub last: u64,
}

/// Why somebody has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// So many seconds.
    Seconds(u64),
    /// Until their own device says so.
    Device,
}

impl Attempts {
    /// One more failed.
    #[must_use]
    pub const fn and_failed(self, now: u64) -> Self {
        Self { failed: self.failed.saturating_add(1), last: now }
    }

    /// Whether the next one waits, of which `free` do not. A clock that went back shortens no wait.
    pub fn wait(self, free: u32, most: u32, now: u64) -> Option<Wait> {
        if self.failed >= most {
            return Some(Wait::Device);
        }
        let over = self.failed.checked_sub(free)?;
        let wait = FIRST_S.saturating_mul(1 << over.min(16)).min(LONGEST_S);
        let passed = now.saturating_sub(self.last);
        (passed < wait).then(|| Wait::Seconds(wait - passed))
    }
}

/// Whether a session that ended for this reason counts as a failed attempt.
pub fn counts(reason: &Reason) -> bool {
    match reason {
        Reason::Gate(refusal) => {
            matches!(refusal.gate.row().stage, Stage::Challenge | Stage::Liveness | Stage::Match)
        }
        Reason::Fault(fault) => *fault == Fault::Match,
        _ => false,
    }
}

impl Ledger {
    /// Refuses somebody who has to wait.
    ///
    /// # Errors
    /// [`LedgerError::Later`].
    pub fn may_try(&self, validator: &PublicKey, now: u64) -> Result<(), LedgerError> {
        let own = self.attempts(validator.as_bytes())?;
        let here = self.attempts(HERE)?;
        match own.wait(FREE, MOST, now).or_else(|| here.wait(FREE_HERE, u32::MAX, now)) {
            None => Ok(()),
            Some(Wait::Seconds(seconds)) => Err(LedgerError::Later {
                words: format!("too many attempts failed in a row: try again in {seconds} s"),
                seconds: Some(seconds),
            }),
            Some(Wait::Device) => Err(LedgerError::Later {
                words: format!(
                    "{MOST} attempts failed in a row: nobody is looked at under this key until its own device says so \
                     (`wetsign companion unlock`)"
                ),
                seconds: None,
            }),
        }
    }

    /// An attempt failed.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn failed_to(&self, validator: &PublicKey, now: u64) -> Result<(), LedgerError> {
        let mut batch = Batch::new();
        for key in [validator.as_bytes(), HERE] {
            batch.put(Table::Attempts, key, &records::encode(&self.attempts(key)?.and_failed(now)));
        }
        Ok(self.store().commit(&batch)?)
    }

    /// Somebody was recognised, or their own device says that they may try again.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn may_try_again(&self, validator: &PublicKey) -> Result<(), LedgerError> {
        let mut batch = Batch::new();
        for key in [validator.as_bytes(), HERE] {
            if self.attempts(key)? != Attempts::default() {
                batch.remove(Table::Attempts, key);
            }
        }
        Ok(self.store().commit(&batch)?)
    }

    fn attempts(&self, key: &[u8]) -> Result<Attempts, LedgerError> {
        let Some(bytes) = self.store().get(Table::Attempts, key)? else { return Ok(Attempts::default()) };
        records::decode(&bytes).ok_or_else(|| LedgerError::stored("attempts", key))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: u64 = 1_790_000_000;

    fn after(failed: u32) -> Attempts {
        Attempts { failed, last: NOW }
    }

    #[test]
    fn five_are_free_then_each_waits_twice_as_long_up_to_an_hour() {
        let wait = |failed, passed| after(failed).wait(FREE, MOST, NOW + passed);
        assert!((0..FREE).all(|failed| wait(failed, 0).is_none()));
        assert_eq!(wait(5, 0), Some(Wait::Seconds(30)));
        assert_eq!(wait(5, 29), Some(Wait::Seconds(1)));
        assert_eq!(wait(5, 30), None);
        assert_eq!([6, 7, 11].map(|n| wait(n, 0)), [60, 120, 1920].map(|s| Some(Wait::Seconds(s))));
        assert_eq!(wait(49, 3599), Some(Wait::Seconds(1)));
        assert_eq!(wait(50, u64::MAX / 2), Some(Wait::Device), "no time helps any more");
    }

    proptest! {
        #[test]
        fn more_failures_never_shorten_a_wait_and_a_clock_set_back_never_ends_one(
            failed in 0_u32..60, passed in 0_u64..10_000, back in 0_u64..10_000
        ) {
            let seconds = |wait| match wait {
                None => 0,
                Some(Wait::Seconds(seconds)) => seconds,
                Some(Wait::Device) => u64::MAX,
            };
            let at = |failed, now| seconds(after(failed).wait(FREE, MOST, now));
            prop_assert!(at(failed, NOW + passed) <= at(failed + 1, NOW + passed));
            prop_assert!(at(failed, NOW - back) >= at(failed, NOW));
        }
    }

    #[test]
    fn blur_and_distance_do_not_count_and_a_strange_face_does() {
        use wetsign_liveness::{Measure, Refusal};
        let gate = |gate| Reason::Gate(Refusal { gate, missing: false, because: None });
        assert!(!counts(&gate(Measure::FaceSize)) && !counts(&gate(Measure::Brightness)));
        assert!(counts(&gate(Measure::FaceMatch)) && counts(&gate(Measure::PadFas)));
        assert!(counts(&Reason::Fault(Fault::Match)) && !counts(&Reason::Cancelled));
    }
}
