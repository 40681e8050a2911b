//! Bytes in, frames out, with the buffers that takes.

use core::ops::Deref;

use wetsign_element::{Element, Hardware, Work, exchange};
use wetsign_wire::{FrameReader, limits};
use zeroize::Zeroize;

/// The buffers of one line to one host.
pub struct Server {
    reader: FrameReader,
    work: Work,
    out: [u8; limits::FRAME],
}

/// A frame to send; wiped when dropped.
pub struct Outgoing<'s> {
    out: &'s mut [u8; limits::FRAME],
    length: usize,
}

impl Server {
    /// Empty buffers. Made for a `static`: on a stack they would stand twice while they are moved.
    #[expect(clippy::new_without_default, reason = "a default would be made on the stack")]
    pub const fn new() -> Self {
        Self { reader: FrameReader::new(), work: [0; limits::SEALED], out: [0; limits::FRAME] }
    }

    /// Takes one byte; when it closes a frame, gives the answer.
    // Inlined, its frame would stand on the stack beside that of the start.
    #[inline(never)]
    pub fn receive<H: Hardware>(&mut self, element: &mut Element<H>, byte: u8) -> Option<Outgoing<'_>> {
        if !self.reader.push(byte) {
            return None;
        }
        let length = exchange(element, &mut self.reader, &mut self.work, &mut self.out).map(<[u8]>::len);
        let outgoing = Outgoing { out: &mut self.out, length: length.unwrap_or_default() };
        length.map(|_| outgoing)
    }

    /// Forgets what was received of an unfinished frame.
    pub fn forget(&mut self) {
        self.reader.clear();
    }
}

impl Deref for Outgoing<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.out[..self.length]
    }
}

impl Drop for Outgoing<'_> {
    fn drop(&mut self) {
        self.out.zeroize();
    }
}
