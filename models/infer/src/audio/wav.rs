//! WAV files (RIFF, and RF64 of EBU Tech 3306): PCM of 8 to 32 bits and floats, as recorders really write them.
//!
//! Lengths of 0, of all ones and of about 2^31 mean that the writer did not know (a pipe, `arecord`, a recorder that
//! was killed): the sound goes on to the end of the file then.

use std::io::{Read, Seek, SeekFrom};

use super::bounds::{CHANNELS, MAX_SAMPLES, RATES, plausible};

/// From here on a length says that nobody knew it.
const UNKNOWN: u64 = 0x7fff_0000;
/// Most chunks before the sound.
const MAX_CHUNKS: usize = 1024;
const PCM: u16 = 1;
const FLOAT: u16 = 3;
const EXTENSIBLE: u16 = 0xfffe;
/// What follows the first two bytes of a format's identifier.
const IDENTIFIER: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

/// Interleaved samples, −1..1 for whole numbers.
pub struct Wav {
    pub samples: Vec<f32>,
    pub channels: usize,
    pub rate: u32,
}

#[derive(Clone, Copy)]
enum Coding {
    /// Bytes of a sample, and the low bits of it that carry nothing.
    Whole {
        bytes: usize,
        empty: u32,
    },
    Float {
        bytes: usize,
    },
}

struct Format {
    coding: Coding,
    channels: usize,
    rate: u32,
}

/// Reads a whole file.
pub fn read(file: &mut (impl Read + Seek)) -> Result<Wav, String> {
    let text = |e: std::io::Error| e.to_string();
    let end = file.seek(SeekFrom::End(0)).map_err(text)?;
    file.seek(SeekFrom::Start(0)).map_err(text)?;
    let head: [u8; 12] = array(file)?;
    let long = &head[..4] == b"RF64" || &head[..4] == b"BW64";
    if !(long || &head[..4] == b"RIFF") || &head[8..] != b"WAVE" {
        return Err("it does not begin as a WAV file does".into());
    }
    let stated = u64::from(little([head[4], head[5], head[6], head[7]]));
    let (mut format, mut long_data) = (None, None);
    let mut at = 12;
    for _ in 0..MAX_CHUNKS {
        if at + 8 > end {
            return Err("it holds no sound (no data chunk)".into());
        }
        let [a, b, c, d, size @ ..]: [u8; 8] = array(file)?;
        let mut size = u64::from(little(size));
        at += 8;
        match &[a, b, c, d] {
            b"ds64" if long && size >= 24 => {
                let sizes: [u8; 24] = array(file)?;
                long_data = sizes[8..16].try_into().ok().map(u64::from_le_bytes);
            }
            b"fmt " => format = Some(format_of(file, size)?),
            b"data" => {
                let format = format.ok_or("its sound comes before its format")?;
                if size == u64::from(u32::MAX)
                    && let Some(known) = long_data
                {
                    size = known;
                }
                let there = end - at;
                // A file that is as long as it says and has no sound is empty; any other with 0 was not ended.
                let unknown = size == 0 && stated + 8 != end || size >= UNKNOWN && size > there;
                if !unknown && size > there {
                    return Err(format!(
                        "it was cut off: {size} bytes of sound are stated, {there} are there"
                    ));
                }
                return samples(file, if unknown { there } else { size }, &format);
            }
            _ => {}
        }
        // A chunk of odd size is followed by a byte that is not counted.
        at = at.checked_add(size + size % 2).ok_or("a chunk beyond all bounds")?;
        file.seek(SeekFrom::Start(at)).map_err(text)?;
    }
    Err(format!("it has more than {MAX_CHUNKS} chunks before its sound"))
}

fn format_of(file: &mut impl Read, size: u64) -> Result<Format, String> {
    if size < 16 {
        return Err(format!("its format takes {size} bytes, 16 at least are needed"));
    }
    let mut bytes = Vec::new();
    file.by_ref().take(size.min(40)).read_to_end(&mut bytes).map_err(|e| e.to_string())?;
    let short = |at: usize| {
        bytes.get(at..at + 2).map(|b| u16::from_le_bytes([b[0], b[1]])).ok_or("its format is cut off")
    };
    let (mut kind, channels, bits) = (short(0)?, usize::from(short(2)?), u32::from(short(14)?));
    let rate = u32::from(short(4)?) | u32::from(short(6)?) << 16;
    let block = usize::from(short(12)?);
    if !RATES.contains(&rate) {
        return Err(format!(
            "it states {rate} samples a second; {} to {} are read",
            RATES.start(),
            RATES.end()
        ));
    }
    if !CHANNELS.contains(&channels) {
        return Err(format!(
            "it states {channels} channels; {} to {} are read",
            CHANNELS.start(),
            CHANNELS.end()
        ));
    }
    let mut valid = bits;
    if kind == EXTENSIBLE {
        kind = short(24)?;
        let named = u32::from(short(18)?);
        valid = if named == 0 { bits } else { named };
        if bytes.get(26..40) != Some(&IDENTIFIER[..]) {
            return Err("its format is one that only its maker knows".into());
        }
    }
    let bytes = block / channels;
    let coding = match (kind, bytes) {
        _ if block % channels != 0 || (bits.div_ceil(8) as usize) > bytes || valid > bits || valid == 0 => {
            return Err(format!(
                "its format contradicts itself: {channels} channels of {valid} valid bits in {bits}, {block} bytes together"
            ));
        }
        (PCM, 1..=4) => Coding::Whole { bytes, empty: 8 * bytes as u32 - valid },
        (FLOAT, 4 | 8) => Coding::Float { bytes },
        _ => {
            return Err(format!(
                "its sound is coded by {kind} with {bits} bits; PCM (1) of 8 to 32 bits and floats (3) are read"
            ));
        }
    };
    Ok(Format { coding, channels, rate })
}

fn samples(file: &mut impl Read, size: u64, format: &Format) -> Result<Wav, String> {
    let (Coding::Whole { bytes, .. } | Coding::Float { bytes }) = format.coding;
    let frame = bytes * format.channels;
    let count = size / frame as u64;
    if count * format.channels as u64 > 2 * MAX_SAMPLES as u64 || count > MAX_SAMPLES as u64 {
        return Err(format!("it is longer than {MAX_SAMPLES} samples"));
    }
    let mut samples = Vec::with_capacity(count as usize * format.channels);
    let mut buffer = vec![0; frame * 4096];
    let mut left = count as usize * frame;
    while left > 0 {
        let part = left.min(buffer.len());
        file.read_exact(&mut buffer[..part]).map_err(|e| e.to_string())?;
        for sample in buffer[..part].chunks_exact(bytes) {
            samples
                .push(format.coding.sample(sample).map_err(|why| format!("sample {} {why}", samples.len()))?);
        }
        left -= part;
    }
    Ok(Wav { samples, channels: format.channels, rate: format.rate })
}

impl Coding {
    fn sample(self, bytes: &[u8]) -> Result<f32, String> {
        match self {
            Self::Whole { bytes: 1, .. } => Ok((f32::from(bytes[0]) - 128.0) / 128.0),
            Self::Whole { empty, .. } => {
                // In the highest bits, so that every width has the same full scale.
                let mut wide = [0; 4];
                wide[4 - bytes.len()..].copy_from_slice(bytes);
                let value = i32::from_le_bytes(wide);
                let unused = 8 * (4 - bytes.len() as u32) + empty;
                if value.trailing_zeros() < unused {
                    return Err("uses bits that its format calls empty: they belong to the left, and stand to the right".into());
                }
                Ok(value as f32 / 2_147_483_648.0)
            }
            Self::Float { .. } => {
                let value = match bytes {
                    [a, b, c, d] => f32::from_le_bytes([*a, *b, *c, *d]),
                    [a, b, c, d, e, f, g, h] => f64::from_le_bytes([*a, *b, *c, *d, *e, *f, *g, *h]) as f32,
                    _ => f32::NAN,
                };
                plausible(value)
            }
        }
    }
}

fn little(bytes: [u8; 4]) -> u32 {
    u32::from_le_bytes(bytes)
}

fn array<const N: usize>(file: &mut impl Read) -> Result<[u8; N], String> {
    let mut out = [0; N];
    file.read_exact(&mut out).map_err(|_| "it ends in the middle of a header")?;
    Ok(out)
}

#[cfg(test)]
#[path = "wav_tests.rs"]
mod tests;
