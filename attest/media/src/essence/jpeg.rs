//! JPEG: tables, frame and scans, without what applications and people put beside them (ITU-T T.81, annex B).

use std::io::{self, Read, Seek};

use super::layout::{Layout, RANGES, bytes_at};

/// Where the picture is; nothing where there is none.
pub fn layout(file: &mut (impl Read + Seek), length: u64) -> io::Result<Option<Layout>> {
    let mut layout = Layout::default();
    let mut at = 2;
    while let Some([0xff, marker, high, low]) = bytes_at::<4>(file, at)? {
        let size = 2 + u64::from(u16::from_be_bytes([high, low]));
        match marker {
            // Fill bytes.
            0xff => {
                at += 1;
                continue;
            }
            // The scans, to the end of the picture, and what somebody put behind it.
            0xda => {
                layout.ranges.push((at, length - at));
                return Ok((!layout.coding.is_empty()).then_some(layout));
            }
            // Applications' segments and comments.
            0xe0..=0xef | 0xfe => {}
            _ => {
                if matches!(marker, 0xc0..=0xcf)
                    && !matches!(marker, 0xc4 | 0xc8 | 0xcc)
                    && let Some([_, h0, h1, w0, w1, components]) = bytes_at::<6>(file, at + 4)?
                {
                    let (width, height) = (u16::from_be_bytes([w0, w1]), u16::from_be_bytes([h0, h1]));
                    layout.coding = format!("jpeg {width} x {height}, {components} components");
                }
                if layout.ranges.len() == RANGES {
                    return Ok(None);
                }
                layout.ranges.push((at, size.min(length - at)));
            }
        }
        at += size;
    }
    Ok(None)
}
