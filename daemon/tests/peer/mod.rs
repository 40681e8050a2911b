//! An element that misbehaves: the real frames and the real channel, with one fault.

use std::{io, path::Path};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::UnixListener,
};
use wetsign_wire::{
    Answer, FrameReader, Identity, Kind, RefusalCode, Request, Response,
    channel::{Admission, Channel, public_key},
    eat::Home,
    encode_clear, encode_handshake, encode_sealed, limits,
};

/// What the peer does instead of answering the first request after the channel is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: it answers.
    None,
    /// Says nothing.
    Silence,
    /// Closes the connection.
    HangUp,
    /// Closes it in the middle of its answer.
    HangUpHalfWay,
    /// Sends frames with older sequence numbers first.
    StaleFirst,
    /// Changes a byte on the line.
    Damage,
    /// Changes a byte of the sealed message, and sums anew, as somebody on the cable can.
    Forge,
    /// Answers outside the channel.
    InTheClear,
    /// Answers something else.
    AnotherAnswer,
}

/// Its state.
#[derive(Clone)]
pub struct Peer {
    pub key: u8,
    pub counter: u64,
    /// Whether signing makes the counter grow.
    pub counts: bool,
    pub tamper: u8,
    pub fault: Fault,
}

impl Peer {
    pub fn new(fault: Fault) -> Self {
        Self { key: 1, counter: 0, counts: true, tamper: 0, fault }
    }

    fn identity(&self) -> Identity<'static> {
        Identity {
            public_key: [self.key; 32],
            ueid: [1; 17],
            hwmodel: "peer",
            swname: "peer",
            swversion: "0.1.0",
            firmware_digest: [0; 32],
            bootcount: 1,
            counter: self.counter,
            home: Home::Program,
            certificate: &[],
            channel_key: public_key(&[self.key; 32]),
        }
    }

    fn answer(&mut self, request: &Request<'_>) -> Answer<'static> {
        match request {
            Request::Identity => Answer::Identity(self.identity()),
            Request::Begin { .. } => Answer::Begun { challenge: [7; 32] },
            Request::Attest { .. } => {
                self.counter += u64::from(self.counts);
                Answer::Token { token: b"token", counter: self.counter }
            }
            Request::Counter => Answer::Counter { value: self.counter },
            _ => Answer::Done,
        }
    }

    /// Serves one connection until it closes or its fault closes it. Reads no more than it must.
    pub async fn serve(&mut self, mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
        let (mut reader, mut channel, mut greeted) = (FrameReader::new(), None, false);
        loop {
            let byte = stream.read_u8().await?;
            if !reader.push(byte) {
                continue;
            }
            let Ok(frame) = reader.frame() else { continue };
            let (sequence, mut out) = (frame.header.sequence, [0; limits::FRAME]);
            match frame.header.kind {
                Kind::Clear => {
                    let response =
                        Response { tamper: self.tamper, answer: Answer::Identity(self.identity()) };
                    stream.write_all(encode_clear(sequence, &response, &mut out).unwrap()).await?;
                }
                Kind::Handshake => {
                    let admission =
                        Admission::read(&[self.key; 32], &[9; 32], &[1; 17], frame.payload).unwrap();
                    let (answer, opened) = admission.grant().unwrap();
                    channel = Some(opened);
                    stream.write_all(encode_handshake(sequence, &answer, &mut out).unwrap()).await?;
                }
                Kind::Channel => {
                    let channel = channel.as_mut().expect("a channel");
                    let plain = frame.decrypt(channel).expect("made by the host");
                    let request = Request::from_bytes(plain).unwrap();
                    let answer = self.answer(&request);
                    // The first is the identity, asked again inside.
                    let fault = if std::mem::replace(&mut greeted, true) { self.fault } else { Fault::None };
                    if !self.reply(&mut stream, channel, sequence, answer, fault).await? {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// False if the connection is to be closed.
    async fn reply(
        &self,
        stream: &mut (impl AsyncWrite + Unpin),
        channel: &mut Channel,
        sequence: u16,
        answer: Answer<'_>,
        fault: Fault,
    ) -> io::Result<bool> {
        let (mut scratch, mut out) = ([0; limits::FRAME], [0; limits::FRAME]);
        let response = Response { tamper: self.tamper, answer };
        if fault == Fault::InTheClear {
            stream.write_all(encode_clear(sequence, &response, &mut out).unwrap()).await?;
            return Ok(true);
        }
        let response = match fault {
            Fault::AnotherAnswer => Response { tamper: 0, answer: Answer::SelfTest { failed: 0 } },
            _ => response,
        };
        let mut frame = encode_sealed(channel, sequence, &response, &mut scratch, &mut out).unwrap().to_vec();
        match fault {
            Fault::Silence => return Ok(true),
            Fault::HangUp => return Ok(false),
            Fault::HangUpHalfWay => {
                stream.write_all(&frame[..frame.len() / 2]).await?;
                return Ok(false);
            }
            Fault::StaleFirst => {
                let (mut stale, refused) = ([0; 64], Answer::refused(RefusalCode::Internal));
                let response = Response { tamper: 0, answer: refused };
                for older in 1..4 {
                    let frame = encode_clear(sequence.wrapping_sub(older), &response, &mut stale).unwrap();
                    stream.write_all(frame).await?;
                }
            }
            Fault::Damage => {
                let middle = frame.len() / 2;
                frame[middle] = if frame[middle] == 0x55 { 0x54 } else { 0x55 };
            }
            Fault::Forge => frame = forged(&frame),
            _ => {}
        }
        stream.write_all(&frame).await?;
        Ok(true)
    }
}

/// The same frame with another byte in the sealed message and a sum that fits.
fn forged(frame: &[u8]) -> Vec<u8> {
    let mut body = frame[..frame.len() - 1].to_vec();
    let length = cobs::decode_in_place(&mut body).unwrap();
    body.truncate(length - limits::CHECKSUM);
    body[limits::HEADER] ^= 1;
    let sum = crc::Crc::<u32>::new(&crc::CRC_32_ISCSI).checksum(&body);
    body.extend(sum.to_be_bytes());
    let mut out = vec![0; limits::FRAME];
    let length = cobs::encode(&body, &mut out);
    out.truncate(length + 1);
    out
}

/// Listens at `path`; each connection is served by the next of `peers`, one after the other, and the last by all that
/// follow.
pub fn listen(path: &Path, mut peers: Vec<Peer>) {
    let listener = UnixListener::bind(path).unwrap();
    peers.reverse();
    tokio::spawn(async move {
        let mut peer = peers.pop().expect("a peer");
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let _ = peer.serve(stream).await;
            if let Some(next) = peers.pop() {
                peer = next;
            }
        }
    });
}
