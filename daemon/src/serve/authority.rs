//! Clients that write the socket's path into `:authority`.
//!
//! HTTP/2 has no name for a Unix socket, so grpcio (since 1.57), gRPC C++ and grpc-java give its path there, plain or
//! percent-encoded. That is no authority (RFC 3986, 3.2): the HTTP/2 layer resets such a call, and has no setting for
//! it. Nobody here reads an authority, so on its way in each character of it that may not stand in one is put by one
//! that may. No length changes by that, not in Huffman's code either: frames and the table of compressed fields stay as
//! both sides count them (RFC 9113, 4.1 and 6.2; RFC 7541). Bytes pass as they come; whatever is malformed passes as it
//! is, to be refused below.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What an HTTP/2 client sends before its first frame (RFC 9113, 3.4), bytes.
const PREFACE: usize = 24;
const HEAD: usize = 9;
const HEADERS: u8 = 1;
const CONTINUATION: u8 = 9;
const PADDED: u8 = 0x8;
const PRIORITY: u8 = 0x20;
/// `:authority` in the table that both sides know (RFC 7541, appendix A).
const AUTHORITY: u8 = 1;
/// The same written out, as gRPC's C++ core does, and in Huffman's code.
const WRITTEN: &[u8] = b":authority";
const CODED: &[u8] = &[0xb8, 0x3b, 0x53, 0x39, 0xec, 0x32, 0x7d, 0x7f];
/// How many characters have a code of each length in bits (RFC 7541, appendix B; the code is canonical).
const CODES: [u32; 31] =
    [0, 0, 0, 0, 0, 10, 26, 32, 6, 0, 5, 3, 2, 6, 2, 3, 0, 0, 0, 3, 8, 13, 26, 29, 12, 4, 15, 19, 29, 0, 4];

/// A connection whose client may call the kiosk whatever it likes.
#[derive(Debug)]
pub(super) struct AnyAuthority<IO> {
    io: IO,
    frames: Frames,
}

impl<IO> AnyAuthority<IO> {
    pub(super) fn new(io: IO) -> Self {
        Self { io, frames: Frames::new() }
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for AnyAuthority<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.io).poll_read(context, buffer);
        self.frames.pass(&mut buffer.filled_mut()[before..]);
        outcome
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for AnyAuthority<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

/// Where in the stream of frames the next byte stands.
#[derive(Debug)]
struct Frames {
    preface: usize,
    head: [u8; HEAD],
    /// Bytes of this frame that came, its head among them.
    at: usize,
    /// Where this frame's piece of a field block begins and ends.
    fields: (usize, usize),
    end: usize,
    block: Block,
}

impl Frames {
    fn new() -> Self {
        let (head, block) = ([0; HEAD], Block::Field);
        Self { preface: PREFACE, head, at: 0, fields: (0, 0), end: HEAD, block }
    }

    fn pass(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            if self.preface > 0 {
                self.preface -= 1;
                continue;
            }
            if self.at < HEAD {
                self.head[self.at] = *byte;
            } else if self.at == HEAD && self.is_padded() {
                self.fields.1 = self.end.saturating_sub(usize::from(*byte));
            } else if (self.fields.0..self.fields.1).contains(&self.at) {
                self.block.pass(byte);
            }
            self.at += 1;
            if self.at == HEAD {
                self.begin();
            }
            if self.at == self.end {
                (self.at, self.end) = (0, HEAD);
            }
        }
    }

    fn is_padded(&self) -> bool {
        self.head[3] == HEADERS && self.head[4] & PADDED != 0
    }

    fn begin(&mut self) {
        let [a, b, c, kind, flags, ..] = self.head;
        self.end = HEAD + u32::from_be_bytes([0, a, b, c]) as usize;
        self.fields = match kind {
            HEADERS => {
                self.block = Block::Field;
                let priority = if flags & PRIORITY == 0 { 0 } else { 5 };
                (HEAD + usize::from(self.is_padded()) + priority, self.end)
            }
            CONTINUATION => (HEAD, self.end),
            _ => (self.end, self.end),
        };
    }
}

/// Where in a block of compressed fields the next byte stands.
#[derive(Debug, Clone, Copy)]
enum Block {
    /// A field begins.
    Field,
    /// The rest of a number that does not matter.
    Number {
        then: Then,
    },
    /// A text's length.
    Length {
        text: Text,
    },
    /// The rest of it.
    LengthRest {
        text: Text,
        length: u32,
        shift: u32,
        huffman: bool,
    },
    /// A name's characters; `rest` is what it would have to go on with to be the authority's.
    Name {
        left: u32,
        rest: Option<&'static [u8]>,
    },
    Chars {
        text: Text,
        left: u32,
    },
    /// The same in Huffman's code.
    Bits {
        text: Text,
        left: u32,
        code: Code,
    },
    /// What cannot be read is refused below.
    Lost,
}

#[derive(Debug, Clone, Copy)]
enum Then {
    Field,
    Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Text {
    Name,
    Value,
    Authority,
}

impl Block {
    fn pass(&mut self, byte: &mut u8) {
        *self = match *self {
            Self::Field => Self::field(*byte),
            Self::Number { .. } if *byte >= 0x80 => *self,
            Self::Number { then: Then::Field } => Self::Field,
            Self::Number { then: Then::Value } => Self::Length { text: Text::Value },
            Self::Length { text } => {
                let (length, huffman) = (u32::from(*byte & 0x7f), *byte >= 0x80);
                if length == 0x7f {
                    Self::LengthRest { text, length, shift: 0, huffman }
                } else {
                    Self::text(text, length, huffman)
                }
            }
            Self::LengthRest { shift: 21.., .. } | Self::Lost => Self::Lost,
            Self::LengthRest { text, length, shift, huffman } => {
                let length = length + (u32::from(*byte & 0x7f) << shift);
                if *byte >= 0x80 {
                    Self::LengthRest { text, length, shift: shift + 7, huffman }
                } else {
                    Self::text(text, length, huffman)
                }
            }
            Self::Name { left, rest } => {
                let rest = rest.and_then(<[u8]>::split_first).filter(|(first, _)| **first == *byte);
                Self::name(left - 1, rest.map(|(_, rest)| rest))
            }
            Self::Chars { text, left } => {
                if text == Text::Authority && !byte.is_ascii_alphanumeric() && *byte != b'.' {
                    *byte = b'-';
                }
                Self::text(text, left - 1, false)
            }
            Self::Bits { text, left, mut code } => {
                if text == Text::Authority {
                    *byte = code.pass(*byte);
                }
                if left == 1 { Self::Field } else { Self::Bits { text, left: left - 1, code } }
            }
        };
    }

    fn field(byte: u8) -> Self {
        let (mask, then) = match byte {
            0x80.. => (0x7f, Then::Field),
            0x40.. => (0x3f, Then::Value),
            0x20.. => (0x1f, Then::Field),
            _ => (0x0f, Then::Value),
        };
        match (byte & mask, then) {
            (index, then) if index == mask => Self::Number { then },
            (_, Then::Field) => Self::Field,
            (0, Then::Value) => Self::Length { text: Text::Name },
            (AUTHORITY, Then::Value) => Self::Length { text: Text::Authority },
            (_, Then::Value) => Self::Length { text: Text::Value },
        }
    }

    const fn text(text: Text, left: u32, huffman: bool) -> Self {
        match (text, left, huffman) {
            (Text::Name, left, false) => Self::name(left, Some(WRITTEN)),
            (Text::Name, left, true) => Self::name(left, Some(CODED)),
            (_, 0, _) => Self::Field,
            (text, left, false) => Self::Chars { text, left },
            (text, left, true) => Self::Bits { text, left, code: Code { length: 0, place: 0 } },
        }
    }

    const fn name(left: u32, rest: Option<&'static [u8]>) -> Self {
        match (left, rest) {
            (0, Some([])) => Self::Length { text: Text::Authority },
            (0, _) => Self::Length { text: Text::Value },
            (left, rest) => Self::Name { left, rest },
        }
    }
}

/// A character's code as far as it came.
#[derive(Debug, Clone, Copy)]
struct Code {
    length: usize,
    /// Its place among the codes of this length.
    place: u32,
}

impl Code {
    /// Eight bits on, with what may not stand in an authority replaced.
    fn pass(&mut self, byte: u8) -> u8 {
        (0..8).rev().fold(0, |passed, bit| passed << 1 | self.bit(byte >> bit & 1))
    }

    fn bit(&mut self, mut bit: u8) -> u8 {
        self.length += 1;
        self.place = self.place * 2 + u32::from(bit);
        // A bit that came before is gone already, so the last one has to make the difference: 01010 begins blank and
        // `%`, and 01011 `-` and `.`; `/` becomes `3`, and `:`, which may stand there once, `B`.
        if matches!((self.length, self.place), (5, 10) | (6, 4) | (7, 0)) {
            bit ^= 1;
            self.place ^= 1;
        }
        match self.place.checked_sub(CODES[self.length]) {
            Some(place) if self.length + 1 < CODES.len() => self.place = place,
            _ => (self.length, self.place) = (0, 0),
        }
        bit
    }
}

#[cfg(test)]
mod tests;
