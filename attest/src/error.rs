//! What can be wrong with bytes that claim to be one of our objects.

/// Why an object was refused. Every variant says what was looked at and against which bound.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// More bytes or elements than the limits table allows.
    #[error("{what} has {found}, the limit is {bound}")]
    Limit {
        /// What was counted.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there may be.
        bound: usize,
    },
    /// A byte value of another length.
    #[error("{what} has {found} bytes, {expected} were expected")]
    Length {
        /// What was read.
        what: &'static str,
        /// Length found.
        found: usize,
        /// Length that it has to have.
        expected: usize,
    },
    /// Text that is not hexadecimal.
    #[error("{what} is not hexadecimal: {text:?}")]
    Hex {
        /// What was read.
        what: &'static str,
        /// The text.
        text: String,
    },
    /// The bytes are no such CBOR object.
    #[error("{what} cannot be decoded: {reason}")]
    Decode {
        /// Which object.
        what: &'static str,
        /// What the decoder met.
        reason: String,
    },
    /// The bytes decode, but are not the one deterministic encoding of the object (unknown keys, other order, longer
    /// lengths, indefinite lengths, trailing bytes).
    #[error("{what} is not in its canonical encoding (unknown key, order, length form or trailing bytes)")]
    NotCanonical {
        /// Which object.
        what: &'static str,
    },
    /// Another type of object.
    #[error("type is {found:?}, {expected:?} was expected")]
    WrongType {
        /// Type that the caller asked for.
        expected: &'static str,
        /// Type that the payload names.
        found: String,
    },
    /// The COSE envelope is not the one that this protocol allows.
    #[error("{what}: COSE envelope refused: {reason}")]
    Envelope {
        /// Which object.
        what: &'static str,
        /// Which rule it breaks.
        reason: &'static str,
    },
    /// The key is no public key that verification accepts: another kind than the envelope's, or no point of its curve.
    #[error("{what}: {key} is no usable {kind} public key")]
    Key {
        /// Which object.
        what: &'static str,
        /// The kind that was asked for.
        kind: &'static str,
        /// The key, in hexadecimal.
        key: String,
    },
    /// What a passkey signed is not what this object asks for.
    #[error("{what}: the passkey's assertion is refused: {reason}")]
    Passkey {
        /// Which object.
        what: &'static str,
        /// Which rule it breaks: the field, what it holds, what it has to hold.
        reason: String,
    },
    /// The signature is not by the key that the payload names.
    #[error("{what}: the signature does not verify under {key}")]
    Signature {
        /// Which object.
        what: &'static str,
        /// The key that should have signed, in hexadecimal.
        key: String,
    },
    /// A value inside the object breaks a rule of the protocol.
    #[error("{what}: {field} {reason}")]
    Value {
        /// Which object.
        what: &'static str,
        /// Which field.
        field: &'static str,
        /// Which rule.
        reason: String,
    },
}

impl Error {
    /// A field that breaks a rule.
    pub fn value(what: &'static str, field: &'static str, reason: impl Into<String>) -> Self {
        Self::Value { what, field, reason: reason.into() }
    }
}
