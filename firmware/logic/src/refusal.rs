//! A no, on its way to the answer.

use wetsign_wire::{Answer, RefusalCode};

/// Why a request is refused; smaller than the answer that tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// The reason.
    pub code: RefusalCode,
    /// For a rate limit: milliseconds to wait; else 0.
    pub retry_after_ms: u32,
}

impl Refusal {
    /// A refusal without a waiting time.
    pub const fn of(code: RefusalCode) -> Self {
        Self { code, retry_after_ms: 0 }
    }

    /// Too often: the next turn comes after these milliseconds.
    pub(crate) const fn limited(retry_after_ms: u32) -> Self {
        Self { code: RefusalCode::RateLimited, retry_after_ms }
    }

    pub(crate) fn answer<'o>(self) -> Answer<'o> {
        Answer::Refused { code: self.code, retry_after_ms: self.retry_after_ms }
    }
}

impl From<RefusalCode> for Refusal {
    fn from(code: RefusalCode) -> Self {
        Self::of(code)
    }
}
