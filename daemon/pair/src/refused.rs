//! Why there is no pairing.

use crate::seal::Unopened;

/// Why there is no pairing. Whatever it is, nothing was kept, and the way on is a new picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The text is no invitation.
    #[error("this is no invitation to pair: {why}; scan the picture at the kiosk again")]
    Invitation {
        /// What is wrong.
        why: &'static str,
    },
    /// It came after the minute that an invitation holds.
    #[error("the invitation was over at {until}, and it is {now}: begin again at the kiosk")]
    Late {
        /// UTC seconds.
        until: u64,
        /// UTC seconds.
        now: u64,
    },
    /// It does not open.
    #[error(transparent)]
    Unopened(#[from] Unopened),
    /// It opens, and cannot be read.
    #[error("the message cannot be read: {why}")]
    Message {
        /// What is wrong.
        why: String,
    },
    /// Whoever sent it did not see the picture.
    #[error("the device did not see this picture: scan the one that the kiosk shows now")]
    Secret,
    /// Two devices answered to one picture.
    #[error("two devices answered to one picture: begin again, and let nobody else see it")]
    SecondDevice,
    /// What was shown is not what was committed to.
    #[error("the other side showed another number than it had promised: somebody is in between, begin again")]
    Commitment,
    /// A step came out of turn.
    #[error("this came out of turn: {expected} was expected")]
    Turn {
        /// What was expected.
        expected: &'static str,
    },
    /// The times of the two do not agree.
    #[error("the kiosk's clock says {theirs}, this device's {ours}: set the clock that is wrong")]
    Clock {
        /// UTC seconds.
        theirs: u64,
        /// UTC seconds.
        ours: u64,
    },
    /// A question came a second time: whoever is in between kept it, and sent it again.
    #[error("this question was heard before, and is not answered twice")]
    Again,
    /// More questions than can be told apart.
    #[error("too many questions came in two minutes: try again later")]
    Busy,
    /// The signed pairing says something else than both agreed on.
    #[error("the signed pairing is not what both sides agreed on: {field} differs")]
    Pairing {
        /// What differs.
        field: &'static str,
    },
    /// The person said that the digits differ, or stopped it.
    #[error("it was stopped: {by}")]
    Stopped {
        /// By whom.
        by: &'static str,
    },
    /// The pairing is for the phone of an enrolled person, and the device has another key.
    #[error(
        "the device's key is not that of the person who is enrolled: use the device with which they enrolled"
    )]
    OtherKey,
}
