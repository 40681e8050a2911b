//! Frames in, frames out: the same few lines on a serial port and on a socket.

use wetsign_wire::{FrameError, FrameReader, RefusalCode, encode_frame, limits};
use zeroize::Zeroize;

use crate::{
    element::{Element, Work},
    hardware::Hardware,
};

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
    let (sequence, response) = match reader.frame() {
        Ok(frame) => {
            let response = match frame.request() {
                Ok(request) => element.handle(&request, work),
                Err(_) => element.refuse(RefusalCode::Malformed),
            };
            (frame.sequence, response)
        }
        Err(FrameError::Version { sequence, .. }) => {
            (sequence, element.refuse(RefusalCode::UnsupportedVersion))
        }
        Err(_) => {
            reader.clear();
            return None;
        }
    };
    let length = encode_frame(sequence, &response, out).map(<[u8]>::len);
    reader.clear();
    work.zeroize();
    length.ok().map(|length| &out[..length])
}
