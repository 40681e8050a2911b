//! What holds for any bytes on the line, whoever sends them. Shared by the test and by the fuzz target.

use wetsign_wire::{
    Answer, Frame, FrameReader, Kind, Pattern, RefusalCode, Request, Response,
    channel::{Admission, Channel, Opening, public_key},
    encode_clear, encode_handshake, encode_sealed, limits,
};

const HOST: [u8; 32] = [1; 32];
const ELEMENT: [u8; 32] = [2; 32];
const UEID: [u8; 17] = [1; 17];

/// What a line of bytes came to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    pub frames: usize,
    pub sound: usize,
    pub messages: usize,
    pub admitted: usize,
    pub opened: usize,
}

/// One conversation, from the first message on, and what stood on the line in it.
pub struct Conversation {
    pub lines: Vec<Vec<u8>>,
    opening: Vec<u8>,
    sealed: Vec<Vec<u8>>,
    element: Box<dyn Fn() -> Channel>,
}

impl Conversation {
    pub fn new() -> Self {
        let (mut scratch, mut out) = ([0; limits::FRAME], [0; limits::FRAME]);
        let (start, first) = Opening::new(&HOST, &[3; 32], &public_key(&ELEMENT), &UEID).unwrap();
        let element = move || Admission::read(&ELEMENT, &[4; 32], &UEID, &first).unwrap().grant().unwrap();
        let (second, _) = element();
        let mut host = start.finish(&second).unwrap();
        let data = [0x5a; 300];
        let identity = encode_clear(1, &Request::Identity, &mut out).unwrap().to_vec();
        let refused = Response { tamper: 3, answer: Answer::refused(RefusalCode::Tampered) };
        let refused = encode_clear(1, &refused, &mut out).unwrap().to_vec();
        let opening = encode_handshake(2, &first, &mut out).unwrap().to_vec();
        let mut sealed = Vec::new();
        let requests = [
            Request::Begin { request_id: [1; 32], verdict_id: [2; 32], validator_key: [3; 32] },
            Request::Seal { label: [4; 32], plain: &data },
            Request::Random { length: 64 },
            Request::Provision { chain: &data },
            Request::TamperClear { signature: [9; 64] },
            Request::Indicator { pattern: Pattern::Look },
            Request::End,
        ];
        let mut lines = vec![identity, refused, opening.clone()];
        for (sequence, request) in (3..).zip(requests) {
            lines.push(encode_clear(sequence, &request, &mut out).unwrap().to_vec());
            sealed
                .push(encode_sealed(&mut host, sequence, &request, &mut scratch, &mut out).unwrap().to_vec());
        }
        lines.extend(sealed.iter().cloned());
        Self { lines, opening, sealed, element: Box::new(move || element().1) }
    }

    /// Reads the line as an element does whose channel has just been opened. Panics if anything is believed that was
    /// not said: a message with another encoding than its own, a handshake or a sealed message that was not sent so.
    pub fn hold(&self, line: &[u8]) -> Seen {
        let mut seen = Seen::default();
        let mut reader = FrameReader::new();
        let mut channel = Some((self.element)());
        for byte in line {
            if !reader.push(*byte) {
                continue;
            }
            seen.frames += 1;
            let Ok(frame) = reader.frame() else { continue };
            seen.sound += 1;
            let payload = frame.payload.to_vec();
            match frame.header.kind {
                Kind::Clear => seen.messages += clear(&payload),
                Kind::Handshake => {
                    if Admission::read(&ELEMENT, &[5; 32], &UEID, &payload).is_ok() {
                        assert_eq!(payload, payload_of(&self.opening), "a handshake that nobody sent");
                        seen.admitted += 1;
                    }
                }
                Kind::Channel => {
                    let header = frame.header;
                    match channel.as_mut().map(|channel| frame.decrypt(channel).map(<[u8]>::to_vec)) {
                        Some(Ok(plain)) => {
                            let sent = self.sealed.get(seen.opened).expect("more messages than were sent");
                            assert_eq!(payload, payload_of(sent), "a message that nobody sent");
                            assert_eq!(header.sequence as usize, 3 + seen.opened);
                            seen.opened += 1;
                            assert_eq!(clear(&plain), 1, "what was sent is a message");
                        }
                        _ => channel = None,
                    }
                }
            }
        }
        seen
    }
}

/// How many ways the bytes are a message: each has to be their one encoding.
fn clear(bytes: &[u8]) -> usize {
    let mut out = [0; limits::FRAME];
    let mut ways = 0;
    if let Ok(request) = Request::from_bytes(bytes) {
        assert_eq!(payload_of(encode_clear(1, &request, &mut out).unwrap()), bytes, "{request:?}");
        ways += 1;
    }
    if let Ok(response) = Response::from_bytes(bytes) {
        assert_eq!(payload_of(encode_clear(1, &response, &mut out).unwrap()), bytes, "{response:?}");
        ways += 1;
    }
    ways
}

pub fn payload_of(frame: &[u8]) -> Vec<u8> {
    let mut bytes = frame[..frame.len() - 1].to_vec();
    Frame::open(&mut bytes).unwrap().payload.to_vec()
}

/// A frame around any body, with a sum that fits.
pub fn framed(body: &[u8]) -> Vec<u8> {
    let sum = crc::Crc::<u32>::new(&crc::CRC_32_ISCSI).checksum(body);
    let body = [body, &sum.to_be_bytes()].concat();
    let mut out = vec![0; cobs::max_encoding_length(body.len()) + 1];
    let length = cobs::encode(&body, &mut out);
    out.truncate(length + 1);
    out
}

/// The body of a frame without its sum.
pub fn body_of(frame: &[u8]) -> Vec<u8> {
    let mut body = frame[..frame.len() - 1].to_vec();
    let length = cobs::decode_in_place(&mut body).unwrap();
    body.truncate(length - limits::CHECKSUM);
    body
}
