//! One validator, one request, one kiosk, a few seconds: the session as a state machine without I/O.
//!
//! [`Session::step`] takes one [`Event`] (from the human, the sensor, the clock, the secure element, the prover, the
//! store) and answers with the [`Command`]s that follow from it. It reads no clock, opens no file and keeps no
//! secret, so that a property test can drive it through every order of events, time-outs and failures.
//!
//! ```text
//!  Waiting ─approve+consent→ Decided ─source open, challenge drawn→ Begun ─prompts→ Challenging ─frames→ Captured
//!     │                                                                                                   │ gates
//!     └─decline→ Declining ─durable→ DeclineKept ─log synced→ Declined                                  Live
//!                                                                                                         │ match
//!  Logged ←log synced─ CoSigned ←durable─ Proved ←proof─ Attested ←element's EAT─ Matched ←──────────────────┘
//!                                           ↑              │
//!                                           └──answered── Awaiting  (only where the key is on the person's own device)
//!
//!  Refused(reason): from every state up to Attested and Awaiting, by cancel, time-out, failed or missing gate, failure of a part,
//!  or an event out of its turn. Proved and Declining are the points of no return: the signature is being written down,
//!  which nothing stops but its own failure. From CoSigned and DeclineKept the way leads only forward: the bytes are
//!  durable, a restart logs them.
//! ```

mod machine;
mod phase;
mod reason;
#[cfg(test)]
mod tests;

pub use machine::{Limits, Session};
pub use phase::Phase;
pub use reason::{Fault, Reason};

use wetsign_liveness::{Measure, Outcome};

use crate::requests::notice::Notice;

/// Where a session stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// The human has not decided.
    Waiting,
    /// Approved, with consent; the source is being opened, then the element's session.
    Decided,
    /// The element has drawn the challenge.
    Begun,
    /// Prompts are shown and recorded.
    Challenging,
    /// Frames and sound are taken; the camera is closed.
    Captured,
    /// Every quality and liveness gate passed.
    Live,
    /// Face and voice are those of the enrolment.
    Matched,
    /// The element signed the capture attestation.
    Attested,
    /// Everything but the signature is there; the validator's own device is asked for it.
    Awaiting,
    /// The match proof is made and checked, and the signature may be made or is there.
    Proved,
    /// The co-signature is made and durable.
    CoSigned,
    /// The co-signature stands in the log. Terminal.
    Logged,
    /// The human said no; the decline is being signed and written down.
    Declining,
    /// The decline is durable.
    DeclineKept,
    /// The decline stands in the log. Terminal.
    Declined,
    /// Ended without a signature. Terminal.
    Refused(Reason),
}

impl State {
    /// Without what led there.
    pub const fn phase(&self) -> Phase {
        match self {
            Self::Waiting => Phase::Waiting,
            Self::Decided => Phase::Decided,
            Self::Begun => Phase::Begun,
            Self::Challenging => Phase::Challenging,
            Self::Captured => Phase::Captured,
            Self::Live => Phase::Live,
            Self::Matched => Phase::Matched,
            Self::Attested => Phase::Attested,
            Self::Awaiting => Phase::Awaiting,
            Self::Proved => Phase::Proved,
            Self::CoSigned => Phase::CoSigned,
            Self::Logged => Phase::Logged,
            Self::Declining => Phase::Declining,
            Self::DeclineKept => Phase::DeclineKept,
            Self::Declined => Phase::Declined,
            Self::Refused(_) => Phase::Refused,
        }
    }

    /// Whether a signature is durable that the log may not hold yet: if logging fails, the next start does it.
    pub const fn is_kept(&self) -> bool {
        matches!(self, Self::CoSigned | Self::DeclineKept)
    }

    /// Whether nothing more can happen.
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Logged | Self::Declined | Self::Refused(_))
    }
}

/// Where the key is that signs for the validator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyAt {
    /// Sealed on this kiosk.
    Kiosk,
    /// On a device of the validator's.
    Device,
}

/// What the machine needs to know of one gate: which it is and how it came out, not its value.
pub type GateResult = (Measure, Outcome);

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The human approves; `consent` says whether camera and microphone may be opened.
    Approve {
        /// The human agreed to be recorded for this session.
        consent: bool,
    },
    /// The human declines. No face is needed.
    Decline,
    /// Human or operator stops the session.
    Cancel,
    /// The clock went on.
    Clock {
        /// Milliseconds since the session was made, never decreasing.
        now_ms: u64,
    },
    /// The sensor opened its source and said what it can show.
    SourceOpened,
    /// The element drew a challenge and started its own clock.
    ElementBegun,
    /// Prompts were derived from challenge and repertoire; these gates must be there and pass.
    Prompted {
        /// The gates that may not be missing for these prompts before the comparison.
        mandatory: Vec<Measure>,
    },
    /// Frames and sound are complete.
    CaptureDone,
    /// Quality and liveness gates, judged.
    Judged {
        /// All gates, in their order.
        gates: Vec<GateResult>,
    },
    /// Match gates, judged.
    Compared {
        /// Those of [`wetsign_liveness::MATCHES`].
        gates: Vec<GateResult>,
    },
    /// The element signed the attestation.
    AttestationMade,
    /// The proof is made and was verified.
    ProofMade,
    /// The validator's device signed, and its signature holds.
    Answered,
    /// The co-signature is signed and written durably, with its log intent.
    CoSignatureDurable,
    /// The log holds it and is synced.
    LogSynced,
    /// The decline is signed and written durably, with its log intent.
    DeclineDurable,
    /// The log holds the decline and is synced.
    DeclineLogged,
    /// A part failed.
    Failed(Fault),
}

/// Something the driver has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Tell the person.
    Tell(Notice),
    /// Open camera and microphone (or the replay source).
    OpenSource,
    /// Begin the element's session for this request, verdict and validator.
    BeginElement,
    /// Derive prompts from the challenge and the source's repertoire.
    DerivePrompts,
    /// Show the prompts and record.
    Capture,
    /// Stop recording and close the source. Harmless when nothing is open.
    CloseSource,
    /// Judge quality and liveness.
    Judge,
    /// Unseal the template inside the element's session and compare.
    Compare,
    /// Commit to the probe, write the report, have the element sign.
    Attest,
    /// Make the match proof.
    Prove,
    /// Assemble the co-signature and ask the validator's own device to sign it.
    Ask,
    /// Assemble and sign the co-signature, unless a device signed it; store it durably with its log intent.
    CoSign,
    /// Append to the log and sync it.
    Log,
    /// Hand the co-signature out.
    Release,
    /// Sign the decline and store it durably with its log intent.
    SignDecline,
    /// Log the decline.
    LogDecline,
    /// Give the decline to the client.
    ReleaseDecline,
    /// End the element's session. Harmless when none is open.
    EndElement,
    /// Sign and log a refusal with this reason.
    SignRefusal(Reason),
}
