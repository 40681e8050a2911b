//! Where a session or an enrolment stands, for everybody but the machine itself.

/// Where a session or an enrolment stands, without what led there: for clients, codes and log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// [`State::Waiting`](super::State::Waiting).
    Waiting,
    /// [`State::Decided`](super::State::Decided).
    Decided,
    /// [`State::Begun`](super::State::Begun).
    Begun,
    /// [`State::Challenging`](super::State::Challenging).
    Challenging,
    /// [`State::Captured`](super::State::Captured).
    Captured,
    /// [`State::Live`](super::State::Live).
    Live,
    /// [`State::Matched`](super::State::Matched).
    Matched,
    /// [`State::Attested`](super::State::Attested).
    Attested,
    /// [`State::Awaiting`](super::State::Awaiting).
    Awaiting,
    /// [`State::Proved`](super::State::Proved).
    Proved,
    /// [`State::CoSigned`](super::State::CoSigned).
    CoSigned,
    /// [`State::Logged`](super::State::Logged).
    Logged,
    /// [`State::Declining`](super::State::Declining).
    Declining,
    /// [`State::DeclineKept`](super::State::DeclineKept).
    DeclineKept,
    /// [`State::Declined`](super::State::Declined).
    Declined,
    /// [`State::Refused`](super::State::Refused); of an enrolment too.
    Refused,
    /// The first capture of an enrolment.
    Enrol,
    /// The second one, which has to match the first.
    Confirm,
    /// A person was enrolled.
    Enrolled,
    /// A device of the person's is being paired.
    Pair,
    /// A device was paired.
    Paired,
}

impl Phase {
    /// Stable lower-case name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Decided => "decided",
            Self::Begun => "begun",
            Self::Challenging => "challenging",
            Self::Captured => "captured",
            Self::Live => "live",
            Self::Matched => "matched",
            Self::Attested => "attested",
            Self::Awaiting => "awaiting_signature",
            Self::Proved => "proved",
            Self::CoSigned => "co_signed",
            Self::Logged => "logged",
            Self::Declining => "declining",
            Self::DeclineKept => "decline_kept",
            Self::Declined => "declined",
            Self::Refused => "refused",
            Self::Enrol => "enrol",
            Self::Confirm => "confirm",
            Self::Enrolled => "enrolled",
            Self::Pair => "pair",
            Self::Paired => "paired",
        }
    }
}
