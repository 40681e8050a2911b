//! Messages to and from bytes, strictly: one encoding each, every field within its bound.

use minicbor::{Decode, Decoder, Encode, encode::Write};

use crate::{
    error::{DecodeError, EncodeError},
    limits,
    message::{Answer, Request, Response},
};

/// A message that knows its own bounds.
pub trait Message: Encode<()> {
    /// The first field over its bound: name, length, bound.
    fn over_limit(&self) -> Option<(&'static str, usize, usize)>;
}

fn first_over(fields: &[(&'static str, usize, usize)]) -> Option<(&'static str, usize, usize)> {
    fields.iter().copied().find(|(_, found, limit)| found > limit)
}

impl Message for Request<'_> {
    fn over_limit(&self) -> Option<(&'static str, usize, usize)> {
        match self {
            Request::Seal { plain, .. } => first_over(&[("plain", plain.len(), limits::PLAIN)]),
            Request::Unseal { sealed, .. } => first_over(&[("sealed", sealed.len(), limits::SEALED)]),
            Request::Provision { chain } => first_over(&[("chain", chain.len(), limits::CERTIFICATE)]),
            Request::Random { length } => first_over(&[("random", usize::from(*length), limits::RANDOM)]),
            _ => None,
        }
    }
}

impl Message for Response<'_> {
    fn over_limit(&self) -> Option<(&'static str, usize, usize)> {
        match &self.answer {
            Answer::Identity(id) => first_over(&[
                ("hwmodel", id.hwmodel.len(), limits::NAME),
                ("swname", id.swname.len(), limits::NAME),
                ("swversion", id.swversion.len(), limits::NAME),
                ("certificate", id.certificate.len(), limits::CERTIFICATE),
            ]),
            Answer::Token { token, .. } => first_over(&[("token", token.len(), limits::TOKEN)]),
            Answer::Sealed { sealed } => first_over(&[("sealed", sealed.len(), limits::SEALED)]),
            Answer::Unsealed { plain } => first_over(&[("plain", plain.len(), limits::PLAIN)]),
            Answer::Random { bytes } => first_over(&[("random", bytes.len(), limits::RANDOM)]),
            _ => None,
        }
    }
}

/// Bounds of a message about to be sent.
pub fn check_limits<M: Message>(message: &M) -> Result<(), EncodeError> {
    match message.over_limit() {
        Some((field, found, limit)) => Err(EncodeError::OverLimit { field, found, limit }),
        None => Ok(()),
    }
}

impl<'b> Request<'b> {
    /// Reads a request: its one encoding, within its limits, and nothing behind it.
    pub fn from_bytes(bytes: &'b [u8]) -> Result<Self, DecodeError> {
        decode(bytes)
    }
}

impl<'b> Response<'b> {
    /// Reads a response, as strictly.
    pub fn from_bytes(bytes: &'b [u8]) -> Result<Self, DecodeError> {
        decode(bytes)
    }
}

/// Decodes exactly one message, and refuses any other encoding of it than its own.
fn decode<'b, M: Message + Decode<'b, ()>>(bytes: &'b [u8]) -> Result<M, DecodeError> {
    if bytes.len() > limits::MESSAGE {
        return Err(DecodeError::OverLimit { field: "message", found: bytes.len(), limit: limits::MESSAGE });
    }
    let message: M = Decoder::new(bytes).decode().map_err(|_| DecodeError::Malformed)?;
    if let Some((field, found, limit)) = message.over_limit() {
        return Err(DecodeError::OverLimit { field, found, limit });
    }
    let mut rest = Expected(bytes);
    minicbor::encode(&message, &mut rest).map_err(|_| DecodeError::NotCanonical)?;
    if rest.0.is_empty() { Ok(message) } else { Err(DecodeError::NotCanonical) }
}

/// A sink that accepts only the bytes it expects: re-encoding into it needs no buffer.
struct Expected<'b>(&'b [u8]);

/// The encoding differs from what was received.
struct Differs;

impl Write for Expected<'_> {
    type Error = Differs;

    fn write_all(&mut self, bytes: &[u8]) -> Result<(), Differs> {
        self.0 = self.0.strip_prefix(bytes).ok_or(Differs)?;
        Ok(())
    }
}
