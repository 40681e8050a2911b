//! How large a picture says that it is, from its header alone: what would not fit is refused before a pixel is decoded.

/// Width and height that a JPEG, PNG or BMP file states; `None`: it is none of them, or breaks off before it says so.
pub fn stated_size(bytes: &[u8]) -> Option<(u32, u32)> {
    match bytes {
        [0xff, 0xd8, segments @ ..] => jpeg(segments),
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => {
            let header = bytes.get(12..24).filter(|header| header.starts_with(b"IHDR"))?;
            Some((big(&header[4..8])?, big(&header[8..12])?))
        }
        [b'B', b'M', ..] => {
            let [width, height] =
                [18, 22].map(|at| bytes.get(at..at + 4)?.try_into().ok().map(i32::from_le_bytes));
            Some((width?.unsigned_abs(), height?.unsigned_abs()))
        }
        _ => None,
    }
}

/// From the first frame header (ITU-T T.81 § B.2.2); previews lie inside of other segments.
fn jpeg(mut segments: &[u8]) -> Option<(u32, u32)> {
    loop {
        let [0xff, marker, rest @ ..] = segments else { return None };
        match marker {
            // Filling, and markers without content.
            0xff => segments = &segments[1..],
            0x01 | 0xd0..=0xd8 => segments = rest,
            0xd9 | 0xda => return None,
            0xc0..=0xcf if ![0xc4, 0xc8, 0xcc].contains(marker) => {
                let [_, _, _, y0, y1, x0, x1, ..] = rest else { return None };
                let number = |high: u8, low: u8| u32::from(u16::from_be_bytes([high, low]));
                return Some((number(*x0, *x1), number(*y0, *y1)));
            }
            _ => {
                let [high, low, ..] = rest else { return None };
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                segments = rest.get(length.max(2)..)?;
            }
        }
    }
}

fn big(bytes: &[u8]) -> Option<u32> {
    bytes.try_into().ok().map(u32::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Frame;

    #[test]
    fn what_is_written_here_states_its_size() {
        let frame = Frame::from_bgr(40, 24, &[90; 40 * 24 * 3]).unwrap();
        assert_eq!(stated_size(&frame.to_jpeg(64, 90).unwrap()), Some((40, 24)));
        assert_eq!(stated_size(&frame.to_png().unwrap()), Some((40, 24)));
    }

    #[test]
    fn a_preview_inside_of_a_jpeg_is_not_its_size() {
        let inner = [0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 5, 0, 6, 1, 1, 0x11, 0];
        let mut bytes = vec![0xff, 0xd8, 0xff, 0xe1, 0, 2 + inner.len() as u8];
        bytes.extend(inner);
        bytes.extend([0xff, 0xff, 0xc2, 0, 11, 8, 0x4e, 0x20, 0x4e, 0x21, 1, 1, 0x11, 0]);
        assert_eq!(stated_size(&bytes), Some((20_001, 20_000)));
    }

    #[test]
    fn what_breaks_off_states_nothing() {
        let frame = Frame::from_bgr(4, 2, &[7; 24]).unwrap();
        let bytes = frame.to_png().unwrap();
        assert!((0..24).all(|length| stated_size(&bytes[..length]).is_none()));
        assert_eq!(stated_size(b"BM"), None);
        assert_eq!(stated_size(b"GIF89a\x10\x27\x10\x27"), None);
    }
}
