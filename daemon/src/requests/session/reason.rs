//! Why a session ended without a signature: stable codes for the signed refusal, words for the person.

use wetsign_liveness::Refusal;

use super::phase::Phase;
use crate::requests::notice::Ending;

/// A part that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Camera, microphone or the sensor program; the sensor's own stable code.
    Sensor(String),
    /// The secure element failed or refused; its own stable code.
    Element(String),
    /// The validator's own device: a stable code.
    Device(&'static str),
    /// The comparison inside the proof refused what the match gates had let through.
    Match,
    /// No proof could be made.
    Proof,
    /// The store could not write.
    Store,
    /// The log could not write.
    Log,
    /// Anything else, by a stable code.
    Internal(&'static str),
}

impl Fault {
    /// Stable code.
    pub fn code(&self) -> String {
        match self {
            Self::Sensor(code) => format!("sensor.{code}"),
            Self::Element(code) => format!("element.{code}"),
            Self::Device(code) => format!("device.{code}"),
            Self::Match => "match".into(),
            Self::Proof => "proof".into(),
            Self::Store => "store".into(),
            Self::Log => "log".into(),
            Self::Internal(code) => format!("internal.{code}"),
        }
    }
}

/// Why a session was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The human did not agree to be recorded.
    NoConsent,
    /// Stopped by human or operator.
    Cancelled,
    /// Too long in the named state.
    TimedOut(Phase),
    /// A gate refused.
    Gate(Refusal),
    /// An event came out of its turn: some part does not follow the protocol.
    OutOfTurn(&'static str),
    /// A part failed.
    Fault(Fault),
}

impl Reason {
    /// Stable code: `gate.pad_fas`, `missing.phrase`, `timeout.challenging`, `sensor.stalled`, …
    pub fn code(&self) -> String {
        match self {
            Self::NoConsent => "no_consent".into(),
            Self::Cancelled => "cancelled".into(),
            Self::TimedOut(phase) => format!("timeout.{}", phase.name()),
            Self::Gate(Refusal { gate, missing: false, .. }) => format!("gate.{gate}"),
            Self::Gate(Refusal { gate, missing: true, .. }) => format!("missing.{gate}"),
            Self::OutOfTurn(event) => format!("out_of_turn.{event}"),
            Self::Fault(fault) => fault.code(),
        }
    }

    /// What the person is told.
    pub fn ending(&self) -> Ending {
        match self {
            Self::NoConsent => Ending::NoConsent,
            Self::Cancelled => Ending::Cancelled,
            Self::TimedOut(_) => Ending::TooLate,
            Self::Gate(refusal) => Ending::Gate(refusal.told()),
            Self::Fault(Fault::Sensor(_)) => Ending::Sensor,
            Self::Fault(Fault::Element(_)) => Ending::Element,
            Self::Fault(Fault::Device(_)) => Ending::Device,
            Self::Fault(Fault::Match) => Ending::NotYou,
            Self::OutOfTurn(_) | Self::Fault(_) => Ending::Internal,
        }
    }
}
