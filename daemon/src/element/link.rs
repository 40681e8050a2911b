//! One open channel: a request out, the answer with the same sequence number back.

use wetsign_wire::{
    Answer, Frame, Kind, RefusalCode, Request, Response,
    channel::{Channel, Opening},
    encode_clear, encode_handshake, encode_sealed, limits,
};
use zeroize::Zeroizing;

use super::{
    address::ElementAddress,
    answers::ElementIdentity,
    error::ElementError,
    line::{Damaged, Line},
};
use crate::secret::wiped;

/// The request's name while the channel is being opened.
const OPENING: &str = "the channel";

/// A connection whose channel is open and has not failed yet.
pub(super) struct Link {
    line: Line,
    channel: Channel,
    sequence: u16,
    /// Who the element is, as it said inside the channel when that was opened.
    pub(super) identity: ElementIdentity,
}

impl Link {
    /// Connects, asks who is there, lets `accept` look at the answer, opens the channel with the key told, and asks
    /// again inside it: only the holder of that key can answer there.
    pub(super) async fn open(
        address: &ElementAddress,
        host_key: &[u8; 32],
        accept: impl Fn(&ElementIdentity) -> Result<(), ElementError>,
    ) -> Result<Self, ElementError> {
        let mut line = Line::open(address).await?;
        let mut sequence = [0; 2];
        let mut ephemeral = Zeroizing::new([0; 32]);
        getrandom::fill(&mut sequence)
            .and_then(|()| getrandom::fill(&mut *ephemeral))
            .map_err(|error| ElementError::HostKey { why: format!("no random bytes: {error}") })?;
        // From a random number on, so that no answer to an older connection is taken for one of this.
        let sequence = u16::from_be_bytes(sequence);

        // The zero ends what an older connection may have left half-sent.
        line.send(OPENING, &[0]).await?;
        let told = hello(&mut line, sequence).await?;
        accept(&told)?;
        let channel = handshake(&mut line, sequence.wrapping_add(1), host_key, &ephemeral, &told).await?;
        let mut link = Self { line, channel, sequence: sequence.wrapping_add(1), identity: told };
        let inside = link.exchange("identity", &Request::Identity, ElementIdentity::from_response).await??;
        if inside.channel_key != link.identity.channel_key || inside.ueid != link.identity.ueid {
            return Err(ElementError::Unexpected {
                request: OPENING,
                answer: "another identity inside than outside",
            });
        }
        accept(&inside)?;
        link.identity = inside;
        Ok(link)
    }

    /// Sends the request and hands the answer to `take` while it is still in the receive buffer.
    pub(super) async fn exchange<T>(
        &mut self,
        name: &'static str,
        request: &Request<'_>,
        take: impl FnOnce(Response<'_>) -> T,
    ) -> Result<T, ElementError> {
        self.sequence = self.sequence.wrapping_add(1);
        let mut out = vec![0; limits::FRAME];
        // Encrypting and decrypting leave parts of the message on the stack, and messages hold secrets.
        let length = wiped(|| {
            let mut scratch = Zeroizing::new(vec![0; limits::PAYLOAD]);
            encode_sealed(&mut self.channel, self.sequence, request, &mut scratch, &mut out).map(<[u8]>::len)
        });
        let length = length.map_err(|source| ElementError::Encode { request: name, source })?;
        self.line.send(name, &out[..length]).await?;
        let channel = &mut self.channel;
        let read = |frame: Frame<'_>| {
            if frame.header.kind == Kind::Clear {
                return Err(refused_in_the_clear(name, frame.payload));
            }
            wiped(|| {
                let plain = frame.decrypt(channel).map_err(|_| ElementError::Channel { request: name })?;
                let response = Response::from_bytes(plain)
                    .map_err(|source| ElementError::Decode { request: name, source })?;
                Ok(take(response))
            })
        };
        self.line.receive(name, self.sequence, Damaged::Fail, read).await
    }
}

/// Who is there? Asked and answered in the clear.
async fn hello(line: &mut Line, sequence: u16) -> Result<ElementIdentity, ElementError> {
    let mut out = [0; 64];
    let frame = encode_clear(sequence, &Request::Identity, &mut out)
        .map_err(|source| ElementError::Encode { request: OPENING, source })?;
    line.send(OPENING, frame).await?;
    line.receive(OPENING, sequence, Damaged::Skip, |frame| {
        let response = Response::from_bytes(frame.payload)
            .map_err(|source| ElementError::Decode { request: OPENING, source })?;
        ElementIdentity::from_response(response)
    })
    .await
}

async fn handshake(
    line: &mut Line,
    sequence: u16,
    host_key: &[u8; 32],
    ephemeral: &[u8; 32],
    told: &ElementIdentity,
) -> Result<Channel, ElementError> {
    let not_opened = |_| ElementError::Channel { request: OPENING };
    let (opening, message) =
        Opening::new(host_key, ephemeral, &told.channel_key, &told.ueid).map_err(not_opened)?;
    let mut out = [0; 2 * limits::OPENING];
    let frame = encode_handshake(sequence, &message, &mut out)
        .map_err(|source| ElementError::Encode { request: OPENING, source })?;
    line.send(OPENING, frame).await?;
    line.receive(OPENING, sequence, Damaged::Fail, |frame| match frame.header.kind {
        Kind::Clear => Err(refused_in_the_clear(OPENING, frame.payload)),
        _ => opening.finish(frame.payload).map_err(not_opened),
    })
    .await
}

/// Outside the channel only refusals are believed, and only that they end it: anybody on the line can make them.
fn refused_in_the_clear(name: &'static str, payload: &[u8]) -> ElementError {
    match Response::from_bytes(payload) {
        Ok(Response { answer: Answer::Refused { code: RefusalCode::UnknownHost, .. }, .. }) => {
            ElementError::UnknownHost
        }
        Ok(Response { tamper, answer: Answer::Refused { .. } }) if tamper != 0 => {
            ElementError::Tampered { lines: tamper }
        }
        Ok(Response { tamper, answer: answer @ Answer::Refused { .. } }) => {
            ElementError::of_answer(name, tamper, &answer)
        }
        Ok(_) => ElementError::Unexpected { request: name, answer: "an answer outside the channel" },
        Err(source) => ElementError::Decode { request: name, source },
    }
}
