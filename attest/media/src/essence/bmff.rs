//! ISO base media: what its `mdat` boxes hold (ISO/IEC 14496-12 § 4.2, § 8.1.1), coded as its sample entries say.

use std::io::{self, Read, Seek};

use super::layout::{Layout, RANGES, bytes_at};

/// Boxes that are looked at, in all.
const BOXES: usize = 65_536;
/// The way from the file to the sample entries.
const WAY: [&[u8; 4]; 5] = [b"moov", b"trak", b"mdia", b"minf", b"stbl"];

/// Where the samples are; nothing where there are none.
pub fn layout(file: &mut (impl Read + Seek), length: u64) -> io::Result<Option<Layout>> {
    let mut walk = Walk { left: BOXES, layout: Layout::default(), entries: Vec::new() };
    walk.boxes(file, 0, length, 0)?;
    let Walk { mut layout, entries, .. } = walk;
    layout.coding =
        format!("mp4 of {}", if entries.is_empty() { "nothing".into() } else { entries.join(", ") });
    Ok((!layout.ranges.is_empty()).then_some(layout))
}

struct Walk {
    left: usize,
    layout: Layout,
    entries: Vec<String>,
}

impl Walk {
    fn boxes(
        &mut self,
        file: &mut (impl Read + Seek),
        mut at: u64,
        end: u64,
        depth: usize,
    ) -> io::Result<()> {
        while at < end && self.left > 0 {
            self.left -= 1;
            let Some([s0, s1, s2, s3, a, b, c, d]) = bytes_at::<8>(file, at)? else { return Ok(()) };
            let (kind, short) = ([a, b, c, d], u64::from(u32::from_be_bytes([s0, s1, s2, s3])));
            let (head, size) = match short {
                0 => (8, end - at),
                1 => match bytes_at::<8>(file, at + 8)? {
                    Some(long) => (16, u64::from_be_bytes(long)),
                    None => return Ok(()),
                },
                _ => (8, short),
            };
            if size < head {
                return Ok(());
            }
            let (inside, after) = (at + head, at.saturating_add(size).min(end));
            if depth == 0 && kind == *b"mdat" && self.layout.ranges.len() < RANGES && inside <= after {
                self.layout.ranges.push((inside, after - inside));
            } else if WAY.get(depth).is_some_and(|next| kind == **next) {
                self.boxes(file, inside, after, depth + 1)?;
            } else if depth == WAY.len() && kind == *b"stsd" {
                // Version, flags and a count, then the first entry's size and name.
                if let Some([n0, n1, n2, n3]) = bytes_at::<4>(file, inside + 12)? {
                    let name =
                        [n0, n1, n2, n3].map(|byte| if byte.is_ascii_graphic() { byte as char } else { '?' });
                    self.entries.push(name.iter().collect());
                }
            }
            at = after;
        }
        Ok(())
    }
}
