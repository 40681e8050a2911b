//! What a built firmware puts into flash and memory, read off its ELF file.

use std::path::Path;

use anyhow::{Context, ensure};
use wetsign_models::manifest::Digest;

/// What a program puts into flash and memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Image {
    /// Bytes in flash: code, constants, initial values.
    pub code: usize,
    /// Bytes of memory for static variables. The stack comes on top.
    pub statics: usize,
    /// SHA-256 of the bytes in flash, as the program measures them itself.
    pub digest: Digest,
}

/// Types and flags of the ELF format (System V gABI 4.1, chapters 4 and 5).
const MAGIC: &[u8] = b"\x7fELF\x01\x01";
const PT_LOAD: u32 = 1;
const PF_W: u32 = 2;

/// One loadable segment.
struct Segment<'f> {
    /// Where it lies in flash.
    address: usize,
    bytes: &'f [u8],
    /// Its size in memory.
    memory: usize,
    /// In memory while it runs: variables, and code that is copied there.
    in_memory: bool,
}

impl Image {
    /// Reads the file at `path`.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let file = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::of(&file).with_context(|| format!("{} is not a program for a board", path.display()))
    }

    /// Reads a 32-bit little-endian ELF file.
    fn of(file: &[u8]) -> anyhow::Result<Self> {
        let mut segments = segments(file)?;
        let statics = segments.iter().filter(|segment| segment.in_memory).map(|segment| segment.memory).sum();
        segments.retain(|segment| !segment.bytes.is_empty());
        segments.sort_by_key(|segment| segment.address);
        let mut image = Vec::new();
        for segment in &segments {
            let end = segments[0].address + image.len();
            ensure!(
                segment.address == end,
                "its image has a gap from {end:#x} to {:#x}, which flash may fill with anything",
                segment.address
            );
            image.extend_from_slice(segment.bytes);
        }
        Ok(Self { code: image.len(), statics, digest: Digest::of(&image) })
    }
}

fn segments(file: &[u8]) -> anyhow::Result<Vec<Segment<'_>>> {
    ensure!(file.starts_with(MAGIC), "it does not begin like a 32-bit little-endian ELF file");
    let half = |at: usize| Some(usize::from(u16::from_le_bytes(*file.get(at..)?.first_chunk()?)));
    let word = |at: usize| Some(u32::from_le_bytes(*file.get(at..)?.first_chunk()?));
    let headers = || Some((word(28)? as usize, half(42)?, half(44)?));
    let (start, size, count) = headers().context("its header is cut off")?;
    let segment = |at: usize| {
        let [kind, offset, runs_at, address, filled, memory, flags] =
            [0, 4, 8, 12, 16, 20, 24].map(|field| word(at + field));
        let (offset, filled) = (offset? as usize, filled? as usize);
        let bytes = if kind? == PT_LOAD { file.get(offset..offset.checked_add(filled)?)? } else { &[] };
        let memory = if kind? == PT_LOAD { memory? as usize } else { 0 };
        let in_memory = flags? & PF_W != 0 || runs_at? != address?;
        Some(Segment { address: address? as usize, bytes, memory, in_memory })
    };
    let all = (0..count).map(|index| segment(start + index * size));
    all.collect::<Option<_>>().context("its segments are cut off")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An ELF file with the given segments: address in flash, bytes, size in memory, flags. What can be written runs
    /// at 0.
    fn elf(segments: &[(u32, &[u8], u32, u32)]) -> Vec<u8> {
        let mut file = vec![0; 52];
        file[..6].copy_from_slice(MAGIC);
        file[28] = 52;
        file[42] = 32;
        file[44] = u8::try_from(segments.len()).unwrap();
        let mut offset = 52 + 32 * u32::from(file[44]);
        for (address, bytes, memory, flags) in segments {
            let length = u32::try_from(bytes.len()).unwrap();
            let runs_at = if flags & PF_W == 0 { *address } else { 0 };
            for word in [PT_LOAD, offset, runs_at, *address, length, *memory, *flags, 4] {
                file.extend_from_slice(&word.to_le_bytes());
            }
            offset += length;
        }
        for (_, bytes, _, _) in segments {
            file.extend_from_slice(bytes);
        }
        file
    }

    #[test]
    fn an_image_is_what_lies_in_flash_and_memory_is_what_does_not_stay_there() {
        let file = elf(&[(0x104, b"data", 4, 6), (0x100, b"code", 4, 5), (0, b"", 40, 6)]);
        let image = Image::of(&file).unwrap();
        assert_eq!(image, Image { code: 8, statics: 44, digest: Digest::of(b"codedata") });
    }

    #[test]
    fn a_gap_a_cut_file_and_another_format_are_refused() {
        let gap = elf(&[(0x100, b"code", 4, 5), (0x108, b"data", 4, 6)]);
        assert!(Image::of(&gap).unwrap_err().to_string().contains("gap from 0x104 to 0x108"));
        let whole = elf(&[(0x100, b"code", 4, 5)]);
        for length in 0..whole.len() {
            assert!(Image::of(&whole[..length]).is_err(), "{length} bytes");
        }
        assert!(Image::of(b"\x7fELF\x02\x01").is_err());
    }
}
