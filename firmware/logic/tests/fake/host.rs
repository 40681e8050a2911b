//! The host's end of the line, over the real frames and the real channel.

use wetsign_element::{Element, exchange};
use wetsign_wire::{
    Answer, FrameReader, Kind, RefusalCode, Request, Response,
    channel::{Channel, Opening},
    encode_clear, encode_handshake, encode_sealed, limits,
};

use super::Fake;

/// Who the element is, as far as a host needs it.
#[derive(Clone, Copy)]
pub struct Peer {
    pub public_key: [u8; 32],
    pub channel_key: [u8; 32],
    pub ueid: [u8; 17],
}

/// A host with a key of its own.
pub struct Host {
    secret: [u8; 32],
    ephemerals: u8,
    sequence: u16,
    channel: Option<Channel>,
    last: Vec<u8>,
}

impl Host {
    pub fn new(secret: u8) -> Self {
        Self { secret: [secret; 32], ephemerals: 0, sequence: 0, channel: None, last: Vec::new() }
    }

    pub fn is_connected(&self) -> bool {
        self.channel.is_some()
    }

    pub fn forget_channel(&mut self) {
        self.channel = None;
    }

    /// In the clear.
    pub fn identity(&mut self, element: &mut Element<Fake>) -> Result<Peer, RefusalCode> {
        self.in_the_clear(element, &Request::Identity, |response| match response.answer {
            Answer::Identity(id) => {
                Ok(Peer { public_key: id.public_key, channel_key: id.channel_key, ueid: id.ueid })
            }
            Answer::Refused { code, .. } => Err(code),
            other => panic!("{other:?}"),
        })
    }

    pub fn in_the_clear<T>(
        &mut self,
        element: &mut Element<Fake>,
        request: &Request<'_>,
        read: impl FnOnce(Response<'_>) -> T,
    ) -> T {
        self.sequence += 1;
        let mut out = [0; limits::FRAME];
        let frame = encode_clear(self.sequence, request, &mut out).unwrap().to_vec();
        let mut reader = exchanged(element, &frame).expect("an answer");
        let answer = reader.frame().unwrap();
        assert_eq!((answer.header.kind, answer.header.sequence), (Kind::Clear, self.sequence));
        read(Response::from_bytes(answer.payload).unwrap())
    }

    /// Opens a channel; a refusal leaves the old one as it was.
    pub fn connect(&mut self, element: &mut Element<Fake>) -> Result<Peer, RefusalCode> {
        let peer = self.identity(element)?;
        self.ephemerals += 1;
        let ephemeral = [self.secret[0] ^ self.ephemerals.wrapping_mul(3) | 0x80; 32];
        let (opening, message) =
            Opening::new(&self.secret, &ephemeral, &peer.channel_key, &peer.ueid).unwrap();
        let mut out = [0; limits::FRAME];
        self.sequence += 1;
        let frame = encode_handshake(self.sequence, &message, &mut out).unwrap().to_vec();
        let mut reader = exchanged(element, &frame).expect("an answer");
        let answer = reader.frame().unwrap();
        assert_eq!(answer.header.sequence, self.sequence);
        match answer.header.kind {
            Kind::Handshake => {
                self.channel = Some(opening.finish(answer.payload).unwrap());
                Ok(peer)
            }
            _ => Err(refusal(Response::from_bytes(answer.payload).unwrap())),
        }
    }

    /// Inside the channel. What is answered in the clear is a refusal, with the lines that it tells of, and has ended
    /// the channel.
    pub fn ask<T>(
        &mut self,
        element: &mut Element<Fake>,
        request: &Request<'_>,
        read: impl FnOnce(Response<'_>) -> T,
    ) -> Result<T, (RefusalCode, u8)> {
        self.sequence += 1;
        let (mut scratch, mut out) = ([0; limits::FRAME], [0; limits::FRAME]);
        let channel = self.channel.as_mut().expect("connected");
        let frame = encode_sealed(channel, self.sequence, request, &mut scratch, &mut out).unwrap().to_vec();
        let mut reader = exchanged(element, &frame).expect("an answer");
        self.last = frame;
        let answer = reader.frame().unwrap();
        assert_eq!(answer.header.sequence, self.sequence);
        if answer.header.kind == Kind::Clear {
            self.channel = None;
            let response = Response::from_bytes(answer.payload).unwrap();
            let tamper = response.tamper;
            return Err((refusal(response), tamper));
        }
        let plain = answer.decrypt(channel).expect("made by the other end");
        Ok(read(Response::from_bytes(plain).unwrap()))
    }

    /// Sends the last frame a second time, as somebody on the cable can.
    pub fn repeat_last(&mut self, element: &mut Element<Fake>) -> Option<RefusalCode> {
        if self.last.is_empty() {
            return None;
        }
        let mut reader = exchanged(element, &self.last.clone()).expect("an answer");
        let answer = reader.frame().unwrap();
        assert_eq!(answer.header.kind, Kind::Clear);
        self.channel = None;
        Some(refusal(Response::from_bytes(answer.payload).unwrap()))
    }
}

fn refusal(response: Response<'_>) -> RefusalCode {
    match response.answer {
        Answer::Refused { code, .. } => code,
        other => panic!("{other:?}"),
    }
}

/// A frame in, the frame out, if there is one.
pub fn exchanged(element: &mut Element<Fake>, frame: &[u8]) -> Option<Box<FrameReader>> {
    let mut reader = Box::new(FrameReader::new());
    for byte in frame {
        reader.push(*byte);
    }
    let (mut work, mut out) = ([0; limits::SEALED], [0; limits::FRAME]);
    let answer = exchange(element, &mut reader, &mut work, &mut out)?.to_vec();
    assert!(work.iter().all(|byte| *byte == 0), "the work buffer is wiped");
    for byte in answer {
        reader.push(byte);
    }
    Some(reader)
}
