//! What can go wrong between daemon and secure element. Every one of these refuses the session at hand.

use std::{io, time::Duration};

use wetsign_wire::{Answer, DecodeError, EncodeError, FrameError, RefusalCode};

use super::address::ElementAddress;
use crate::secret::SecretError;

/// Why the element did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ElementError {
    /// Nobody answers at the address.
    #[error(
        "no secure element at {address}: start it or plug it in, or correct element.address in the configuration"
    )]
    Connect {
        /// Where it was looked for.
        address: ElementAddress,
        /// What the system said.
        source: io::Error,
    },
    /// No answer in time.
    #[error("the secure element did not answer {request} within {deadline:?}")]
    Deadline {
        /// The request by name.
        request: &'static str,
        /// The time it had.
        deadline: Duration,
    },
    /// The connection broke.
    #[error("the connection to the secure element broke during {request}")]
    Connection {
        /// The request by name.
        request: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The element is paired with another host.
    #[error(
        "the secure element is paired with another host: bring this kiosk's key file keys/element-host back from a backup, or \
         open the element's case, which destroys its keys, and provision it anew"
    )]
    UnknownHost,
    /// What came was not made by the element at the other end of the channel.
    #[error(
        "the secure element's answer to {request} does not open under the channel's keys: somebody is on the line"
    )]
    Channel {
        /// The request by name.
        request: &'static str,
    },
    /// This host has no key to open the channel with.
    #[error("the channel to the secure element cannot be opened: {why}")]
    HostKey {
        /// What went wrong.
        why: String,
    },
    /// Bytes came that are no frame.
    #[error("the secure element's answer to {request} is no sound frame")]
    Frame {
        /// The request by name.
        request: &'static str,
        /// What is wrong with it.
        source: FrameError,
    },
    /// A frame came that holds no answer.
    #[error("the secure element's answer to {request} cannot be read")]
    Decode {
        /// The request by name.
        request: &'static str,
        /// What is wrong with it.
        source: DecodeError,
    },
    /// The request is over a limit of the wire.
    #[error("{request} cannot be sent to the secure element")]
    Encode {
        /// The request by name.
        request: &'static str,
        /// What is wrong with it.
        source: EncodeError,
    },
    /// Another answer than the one asked for.
    #[error("the secure element answered {request} with {answer}")]
    Unexpected {
        /// The request by name.
        request: &'static str,
        /// The answer by name.
        answer: &'static str,
    },
    /// The element said no.
    #[error("the secure element refused {request}: {code:?}{}", retry_hint(*retry_after_ms))]
    Refused {
        /// The request by name.
        request: &'static str,
        /// Its reason.
        code: RefusalCode,
        /// For a rate limit: milliseconds to wait; else 0.
        retry_after_ms: u32,
    },
    /// The element's case was opened.
    #[error(
        "the secure element was tampered with (lines {lines:#04x}): its keys are gone, provision it anew"
    )]
    Tampered {
        /// Latched lines as a bit mask.
        lines: u8,
    },
    /// The counter stood still or went back.
    #[error(
        "the secure element's counter is {found}, expected above {floor}: it was rolled back, do not use it"
    )]
    CounterWentBack {
        /// What it says.
        found: u64,
        /// The highest value seen before.
        floor: u64,
    },
    /// The counter that the store remembers cannot be read or written, so a rolled-back element would go unseen.
    #[error("the secure element's counter cannot be {what} in the store: {why}")]
    Remembered {
        /// What was tried.
        what: &'static str,
        /// What the store says.
        why: String,
    },
    /// There is no safe place for what was unsealed.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// Another element than before answers.
    #[error("another secure element answers at the same address: key {found}, before {expected}")]
    AnotherElement {
        /// Public key in hex, as it answers now.
        found: String,
        /// Public key in hex, as it answered before.
        expected: String,
    },
}

impl ElementError {
    /// What an answer means that is not the one asked for.
    pub(super) fn of_answer(request: &'static str, tamper: u8, answer: &Answer<'_>) -> Self {
        match answer {
            Answer::Refused { code: RefusalCode::Tampered, .. } => Self::Tampered { lines: tamper },
            Answer::Refused { code, retry_after_ms } => {
                Self::Refused { request, code: *code, retry_after_ms: *retry_after_ms }
            }
            other => Self::Unexpected { request, answer: other.name() },
        }
    }

    /// For a rate limit: how long to wait before the same request can succeed.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused { code: RefusalCode::RateLimited, retry_after_ms, .. } => {
                Some(Duration::from_millis(u64::from(*retry_after_ms)))
            }
            _ => None,
        }
    }
}

fn retry_hint(retry_after_ms: u32) -> String {
    if retry_after_ms == 0 { String::new() } else { format!(", try again in {retry_after_ms} ms") }
}
