//! RIFF WAVE: the samples of its `data` chunks (Multimedia Programming Interface and Data Specifications 1.0).

use std::io::{self, Read, Seek};

use super::layout::{Layout, RANGES, bytes_at, channels};

/// Where the samples are; nothing where there are none.
pub fn layout(file: &mut (impl Read + Seek), length: u64) -> io::Result<Option<Layout>> {
    let mut layout = Layout::default();
    let mut at = 12;
    while let Some([a, b, c, d, s0, s1, s2, s3]) = bytes_at::<8>(file, at)? {
        at += 8;
        // Who wrote to a pipe left a size behind that no file has.
        let size = u64::from(u32::from_le_bytes([s0, s1, s2, s3])).min(length - at);
        match &[a, b, c, d] {
            b"fmt " => {
                if let Some(format) = bytes_at::<16>(file, at)? {
                    layout.coding = coding(format);
                }
            }
            b"data" if layout.ranges.len() < RANGES => layout.ranges.push((at, size)),
            _ => {}
        }
        at += size + size % 2;
    }
    Ok((!layout.ranges.is_empty() && !layout.coding.is_empty()).then_some(layout))
}

fn coding([t0, t1, c0, c1, r0, r1, r2, r3, _, _, _, _, _, _, b0, b1]: [u8; 16]) -> String {
    let kind = match u16::from_le_bytes([t0, t1]) {
        1 | 0xfffe => "pcm".to_owned(),
        3 => "float".to_owned(),
        other => format!("wave format {other}"),
    };
    let (bits, rate) = (u16::from_le_bytes([b0, b1]), u32::from_le_bytes([r0, r1, r2, r3]));
    format!("{kind} {bits} bit, {rate} Hz, {}", channels(u16::from_le_bytes([c0, c1]).into()))
}
