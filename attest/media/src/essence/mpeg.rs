//! MPEG audio: the frames between ID3v2 and ID3v1, without the one that only says how many there are.

use std::io::{self, Read, Seek};

use super::layout::{Layout, bytes_at, channels};
use crate::format::tag_length;

/// How far behind a tag the first frame may lie: some writers leave room.
const ROOM: u64 = 4096;

/// Where the frames are; nothing where there are none.
pub fn layout(file: &mut (impl Read + Seek), length: u64) -> io::Result<Option<Layout>> {
    let begin = bytes_at::<10>(file, 0)?.map_or(0, |head| tag_length(&head));
    for at in begin..begin.saturating_add(ROOM).min(length) {
        let Some(head) = bytes_at::<4>(file, at)? else { return Ok(None) };
        let Some(Frame { coding, bytes, about }) = Frame::read(head) else { continue };
        let counts = bytes_at::<4>(file, at + about)?.is_some_and(|tag| matches!(&tag, b"Xing" | b"Info"));
        let at = if counts { at + bytes } else { at };
        let tail = length.checked_sub(128);
        let old_tag = match tail {
            Some(tail) if tail >= at => bytes_at::<3>(file, tail)? == Some(*b"TAG"),
            _ => false,
        };
        let end = if old_tag { tail.unwrap_or(length) } else { length };
        return Ok(end.checked_sub(at).map(|size| Layout { coding, ranges: vec![(at, size)] }));
    }
    Ok(None)
}

/// What the four bytes before a frame say (ISO/IEC 11172-3 § 2.4.1.3), layer III alone.
struct Frame {
    coding: String,
    bytes: u64,
    /// Where the count of frames stands, if this frame is one.
    about: u64,
}

impl Frame {
    fn read([a, b, c, d]: [u8; 4]) -> Option<Self> {
        const RATES: [u64; 3] = [44_100, 48_000, 32_000];
        const FIRST: [u64; 15] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
        const SECOND: [u64; 15] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
        if a != 0xff || b & 0xe6 != 0xe2 {
            return None;
        }
        let first = match (b >> 3) & 3 {
            1 => return None,
            3 => true,
            _ => false,
        };
        // MPEG 1 halves to MPEG 2, and that to MPEG 2.5.
        let shift = match (b >> 3) & 3 {
            3 => 0,
            2 => 1,
            _ => 2,
        };
        let rate = RATES.get(usize::from((c >> 2) & 3))? >> shift;
        let kilobits = *if first { &FIRST } else { &SECOND }.get(usize::from(c >> 4))?;
        let (samples, mono) = (if first { 144 } else { 72 }, d >> 6 == 3);
        let about = 4 + match (first, mono) {
            (true, false) => 32,
            (false, true) => 9,
            _ => 17,
        };
        let coding = format!("mp3, {rate} Hz, {}", channels(if mono { 1 } else { 2 }));
        (kilobits > 0).then(|| Self {
            coding,
            bytes: samples * kilobits * 1000 / rate + u64::from((c >> 1) & 1),
            about,
        })
    }
}
