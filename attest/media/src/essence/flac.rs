//! FLAC: the frames behind its metadata (RFC 9639 § 8).

use std::io::{self, Read, Seek};

use super::layout::{Layout, bytes_at, channels};
use crate::format::tag_length;

/// Blocks of metadata that are passed over.
const BLOCKS: usize = 4096;

/// Where the frames are; nothing where there are none.
pub fn layout(file: &mut (impl Read + Seek), length: u64) -> io::Result<Option<Layout>> {
    let mut at = bytes_at::<10>(file, 0)?.map_or(0, |head| tag_length(&head));
    if bytes_at::<4>(file, at)? != Some(*b"fLaC") {
        return Ok(None);
    }
    at += 4;
    let mut coding = None;
    for _ in 0..BLOCKS {
        let Some([kind, a, b, c]) = bytes_at::<4>(file, at)? else { return Ok(None) };
        if kind & 0x7f == 0 {
            coding = bytes_at::<18>(file, at + 4)?.map(self::coding);
        }
        at += 4 + u64::from(u32::from_be_bytes([0, a, b, c]));
        if kind & 0x80 != 0 {
            let frames = coding.zip(length.checked_sub(at));
            return Ok(frames.map(|(coding, size)| Layout { coding, ranges: vec![(at, size)] }));
        }
    }
    Ok(None)
}

/// Twenty bits of rate, three of channels, five of bits a sample.
fn coding(info: [u8; 18]) -> String {
    let packed =
        u64::from_be_bytes([info[10], info[11], info[12], info[13], info[14], info[15], info[16], info[17]]);
    let (rate, several, bits) = (packed >> 44, (packed >> 41) & 7, (packed >> 36) & 31);
    format!("flac {} bit, {rate} Hz, {}", bits + 1, channels(several + 1))
}
