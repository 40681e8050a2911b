//! Why a session ended without a signature: stable codes for the signed refusal, words for the person.

use crate::notice::Ending;

/// A part that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Camera, microphone or the sensor program; the sensor's own stable code.
    Sensor(String),
    /// The secure element failed or refused; its own stable code.
    Element(String),
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
    TimedOut(&'static str),
    /// This gate's value was outside its bound.
    GateFailed(String),
    /// This mandatory gate had no value.
    GateMissing(String),
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
            Self::TimedOut(state) => format!("timeout.{state}"),
            Self::GateFailed(gate) => format!("gate.{gate}"),
            Self::GateMissing(gate) => format!("missing.{gate}"),
            Self::OutOfTurn(event) => format!("out_of_turn.{event}"),
            Self::Fault(fault) => fault.code(),
        }
    }

    /// The gate that refused, if one did.
    pub fn gate(&self) -> Option<&str> {
        match self {
            Self::GateFailed(gate) | Self::GateMissing(gate) => Some(gate),
            _ => None,
        }
    }

    /// What the person is told.
    pub fn ending(&self) -> Ending {
        match self {
            Self::NoConsent => Ending::NoConsent,
            Self::Cancelled => Ending::Cancelled,
            Self::TimedOut(_) => Ending::TooLate,
            Self::GateFailed(gate) | Self::GateMissing(gate) => gate_ending(gate),
            Self::Fault(Fault::Sensor(_)) => Ending::Sensor,
            Self::Fault(Fault::Element(_)) => Ending::Element,
            Self::Fault(Fault::Match) => Ending::NotYou,
            Self::OutOfTurn(_) | Self::Fault(_) => Ending::Internal,
        }
    }
}

fn gate_ending(gate: &str) -> Ending {
    match gate {
        "face_match" | "voice_match" | "fused_match" => Ending::NotYou,
        "head_order" | "mouth" | "eyes" | "phrase" | "motion" => Ending::Challenge,
        "pad_fas" | "pad_fr" | "pad_fused" | "same_face" | "identity" | "depth" | "flatness" | "lips"
        | "lips_lag" | "lips_moved" => Ending::Liveness,
        _ => Ending::Quality,
    }
}
