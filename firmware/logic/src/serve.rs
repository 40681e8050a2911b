//! Frames in, frames out: the same few lines on a serial port and on a socket.

use wetsign_wire::{
    Frame, FrameError, FrameReader, Kind, RefusalCode, Request, Response, encode_clear, encode_handshake,
    encode_sealed, limits,
};
use zeroize::Zeroize;

use crate::{
    element::{Element, Work},
    hardware::Hardware,
    refusal::Refusal,
};

/// How an answer goes out.
enum Reply<'o> {
    Clear(Response<'o>),
    Handshake([u8; limits::ADMISSION]),
    Sealed(Response<'o>),
}

/// Answers the frame that `reader` has just closed; returns the frame to send, if any.
///
/// A frame damaged on the line gets no answer: its sequence number cannot be believed, and the host has a
/// deadline. `reader` and `work` are wiped; the caller wipes `out` once it is sent.
pub fn exchange<'o, H: Hardware>(
    element: &mut Element<H>,
    reader: &mut FrameReader,
    work: &mut Work,
    out: &'o mut [u8; limits::FRAME],
) -> Option<&'o [u8]> {
    let (sequence, reply) = match reader.frame() {
        Ok(frame) => (frame.header.sequence, reply(element, frame, work)),
        Err(FrameError::Version { sequence, .. } | FrameError::Kind { sequence, .. }) => {
            (sequence, Reply::Clear(element.refuse(RefusalCode::UnsupportedVersion.into())))
        }
        Err(_) => {
            reader.clear();
            return None;
        }
    };
    // The request has been read: its buffer serves for the answer.
    let length = match (reply, &mut element.channel) {
        (Reply::Clear(response), _) => encode_clear(sequence, &response, out),
        (Reply::Handshake(answer), _) => encode_handshake(sequence, &answer, out),
        (Reply::Sealed(response), Some(channel)) => {
            encode_sealed(channel, sequence, &response, reader.scratch(), out)
        }
        // The case was opened while the answer was made, and took the channel with it.
        (Reply::Sealed(response), None) => {
            let refused = Refusal::of(RefusalCode::Tampered).answer();
            encode_clear(sequence, &Response { tamper: response.tamper, answer: refused }, out)
        }
    }
    .map(<[u8]>::len);
    reader.clear();
    work.zeroize();
    length.ok().map(|length| &out[..length])
}

fn reply<'o, H: Hardware>(element: &mut Element<H>, frame: Frame<'_>, work: &'o mut Work) -> Reply<'o> {
    match frame.header.kind {
        Kind::Clear => Reply::Clear(match Request::from_bytes(frame.payload) {
            Ok(Request::Identity) => element.handle(&Request::Identity, work),
            Ok(_) => element.refuse(RefusalCode::NoChannel.into()),
            Err(_) => element.refuse(RefusalCode::Malformed.into()),
        }),
        Kind::Handshake => match element.admit(frame.payload) {
            Ok(answer) => Reply::Handshake(answer),
            Err(refusal) => Reply::Clear(element.refuse(refusal)),
        },
        Kind::Channel => {
            let opened = element
                .channel()
                .and_then(|channel| frame.decrypt(channel).map_err(|_| Refusal::of(RefusalCode::NoChannel)));
            match opened.map(Request::from_bytes) {
                Ok(Ok(request)) => Reply::Sealed(element.handle(&request, work)),
                Ok(Err(_)) => Reply::Sealed(element.refuse(RefusalCode::Malformed.into())),
                // What does not open ends the channel, and the session with it.
                Err(refusal) => {
                    element.close_channel();
                    Reply::Clear(element.refuse(refusal))
                }
            }
        }
    }
}
