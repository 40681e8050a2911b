//! Why the element does not grant a request.

use minicbor::{Decode, Encode};

/// Why the element does not grant a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
#[cbor(index_only)]
#[non_exhaustive]
pub enum RefusalCode {
    /// The message is not one of this protocol, or is over a limit.
    #[n(0)]
    Malformed,
    /// Another wire version.
    #[n(1)]
    UnsupportedVersion,
    /// No session is open, or its time is over.
    #[n(2)]
    NoSession,
    /// This session's capture is already signed.
    #[n(3)]
    AlreadyAttested,
    /// Too many of these in a short time.
    #[n(4)]
    RateLimited,
    /// The case was opened: keys are gone, nothing is sealed or unsealed any more.
    #[n(5)]
    Tampered,
    /// Not sealed by this element under this label, or changed since.
    #[n(6)]
    NotSealedHere,
    /// The random source fails its health test.
    #[n(7)]
    EntropyFailed,
    /// State could not be made durable.
    #[n(8)]
    StorageFailed,
    /// The counter could not grow.
    #[n(9)]
    CounterFailed,
    /// The element holds no key: it lost it to tampering and could not draw another.
    #[n(10)]
    NoKey,
    /// The element could not finish for a reason of its own.
    #[n(11)]
    Internal,
    /// Paired with another host: only tampering, which costs the keys, ends a pairing.
    #[n(12)]
    UnknownHost,
    /// Granted only inside the channel, and there is none, or the frame did not open under its keys.
    #[n(13)]
    NoChannel,
    /// The certificate is not for this element's keys and identifier, or its signature does not hold.
    #[n(14)]
    NotForThisElement,
    /// Another provisioner's key is pinned.
    #[n(15)]
    UnknownProvisioner,
    /// No provisioner's key is pinned, so nobody can clear tampering.
    #[n(16)]
    NotProvisioned,
    /// No tamper line is latched.
    #[n(17)]
    NotTampered,
    /// A tamper line is active now: close the case first.
    #[n(18)]
    CaseOpen,
    /// No challenge is open, or the signature over it does not hold under the pinned key. The challenge is used up.
    #[n(19)]
    NotAuthorised,
    /// The firmware image could not be read.
    #[n(20)]
    NotMeasured,
    /// The label does not belong to the session's validator: each session opens its own validator's items alone.
    #[n(21)]
    OtherValidator,
}
