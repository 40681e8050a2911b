//! Matroska and WebM (RFC 9559): when each block of the first picture track is shown, its colours, its turn.

use std::io::{BufReader, Read, Seek};

use super::colour::Colour;
use super::track::{Film, MAX_FRAMES};
use super::turn::Turn;

const SEGMENT: u64 = 0x1853_8067;
const CLUSTER: u64 = 0x1f43_b675;
const BLOCK_GROUP: u64 = 0xa0;
const TRACKS: u64 = 0x1654_ae6b;
const TRACK: u64 = 0xae;
const INFO: u64 = 0x1549_a966;
const TIMESTAMP_SCALE: u64 = 0x2a_d7b1;
const TIMESTAMP: u64 = 0xe7;
const SIMPLE_BLOCK: u64 = 0xa3;
const BLOCK: u64 = 0xa1;
/// Below them lies what a track says of its pictures.
const VIDEO: u64 = 0xe0;
const COLOUR: u64 = 0x55b0;
const PROJECTION: u64 = 0x7670;
/// Elements that are gone into; all others are read or passed over. Their sizes, often unknown in a stream, do not
/// matter.
const OPENED: [u64; 9] = [SEGMENT, CLUSTER, BLOCK_GROUP, TRACKS, TRACK, INFO, VIDEO, COLOUR, PROJECTION];
/// Most elements of a file.
const MAX_ELEMENTS: usize = 1 << 24;

#[derive(Default)]
struct Track {
    number: u64,
    kind: u64,
    coder: Vec<u8>,
    colour: Colour,
    /// Yaw, pitch and roll of its projection, degrees.
    posed: [f64; 3],
}

/// What the first picture track says.
pub fn film<F: Read + Seek>(file: &mut BufReader<F>) -> Result<Film, String> {
    let (mut tracks, mut blocks) = (Vec::<Track>::new(), Vec::<(u64, i64)>::new());
    let (mut scale, mut cluster) = (1_000_000, 0_i64);
    for _ in 0..MAX_ELEMENTS {
        let Some(id) = number(file, true)? else { break };
        let size = number(file, false)?.ok_or("it ends in the middle of an element")?;
        if OPENED.contains(&id) {
            if id == TRACK {
                tracks.push(Track::default());
            }
            continue;
        }
        let track = tracks.last_mut();
        match (id, track) {
            (TIMESTAMP_SCALE, _) => scale = unsigned(file, size)?,
            (TIMESTAMP, _) => {
                cluster = i64::try_from(unsigned(file, size)?).map_err(|_| "a time beyond all bounds")?;
            }
            (SIMPLE_BLOCK | BLOCK, _) => {
                if let Some(block) = block(file, size, cluster)? {
                    blocks.push(block);
                }
                if blocks.len() > 4 * MAX_FRAMES {
                    return Err(format!("it lists more than {} blocks", 4 * MAX_FRAMES));
                }
            }
            (0xd7, Some(track)) => track.number = unsigned(file, size)?,
            (0x83, Some(track)) => track.kind = unsigned(file, size)?,
            (0x86, Some(track)) => track.coder = content(file, size.min(64), size)?,
            (0x55b1, Some(track)) => track.colour.matrix = low(unsigned(file, size)?),
            (0x55b9, Some(track)) => track.colour.full = unsigned(file, size)? == 2,
            (0x55ba, Some(track)) => track.colour.transfer = low(unsigned(file, size)?),
            (0x7673..=0x7675, Some(track)) => track.posed[(id - 0x7673) as usize] = float(file, size)?,
            _ => pass(file, size)?,
        }
    }
    let track = tracks.into_iter().find(|track| track.kind == 1).ok_or("it holds no pictures")?;
    if track.colour.full && (track.coder.starts_with(b"V_VP") || track.coder.starts_with(b"V_AV1")) {
        return Err("it is in full range, which OpenCV does not follow in VP8, VP9 and AV1".into());
    }
    let turn = match track.posed {
        // The roll is counter-clockwise.
        [0.0, 0.0, roll] => Turn::clockwise(-roll),
        _ => None,
    };
    let mut shown: Vec<i64> =
        blocks.iter().filter(|(of, _)| *of == track.number).map(|(_, at)| *at).collect();
    shown.sort_unstable();
    if shown.is_empty() {
        return Err("it holds no pictures".into());
    }
    if shown.len() > MAX_FRAMES {
        return Err(format!("it lists more than {MAX_FRAMES} pictures"));
    }
    let tick = scale as f64 * 1e-9;
    Ok(Film {
        times: shown.into_iter().map(|ticks| ticks as f64 * tick).collect(),
        turn: turn.ok_or("it is turned by something else than quarter turns")?,
        colour: track.colour,
    })
}

/// The track of a block and its time; `None`: it shows nothing of its own.
fn block<F: Read + Seek>(
    file: &mut BufReader<F>,
    size: u64,
    cluster: i64,
) -> Result<Option<(u64, i64)>, String> {
    let head = content(file, size.min(12), size)?;
    let mut rest = head.as_slice();
    let track = number(&mut rest, false)?.ok_or("a block names no track")?;
    let [a, b, flags, ..] = rest else { return Err("a block is too short".into()) };
    if flags & 0x06 != 0 {
        // Only sounds are laced. A laced picture would have no time of its own, and its decoder one picture too many.
        return Ok(None);
    }
    let at = cluster.saturating_add(i64::from(i16::from_be_bytes([*a, *b])));
    Ok((flags & 0x08 == 0).then_some((track, at)))
}

/// A variable-length number, with its mark (ids) or without (sizes); `None` at the end.
fn number(from: &mut impl Read, marked: bool) -> Result<Option<u64>, String> {
    let mut first = [0];
    if from.read(&mut first).map_err(|e| e.to_string())? == 0 {
        return Ok(None);
    }
    let more = first[0].leading_zeros() as usize;
    if more > 7 {
        return Err("an element has no valid size".into());
    }
    let mut value =
        u64::from(if marked { first[0] } else { (u32::from(first[0]) & (0xff_u32 >> (more + 1))) as u8 });
    let mut rest = [0; 7];
    from.read_exact(&mut rest[..more]).map_err(|e| e.to_string())?;
    for byte in &rest[..more] {
        value = value << 8 | u64::from(*byte);
    }
    Ok(Some(value))
}

/// The first `kept` bytes of an element of `size`; the rest is passed over.
fn content<F: Read + Seek>(file: &mut BufReader<F>, kept: u64, size: u64) -> Result<Vec<u8>, String> {
    let mut out = vec![0; kept as usize];
    file.read_exact(&mut out).map_err(|_| "it ends in the middle of an element")?;
    pass(file, size - kept)?;
    Ok(out)
}

fn unsigned<F: Read + Seek>(file: &mut BufReader<F>, size: u64) -> Result<u64, String> {
    if size > 8 {
        return Err("a number of more than eight bytes".into());
    }
    Ok(content(file, size, size)?.into_iter().fold(0, |value, byte| value << 8 | u64::from(byte)))
}

fn float<F: Read + Seek>(file: &mut BufReader<F>, size: u64) -> Result<f64, String> {
    let bits = unsigned(file, size)?;
    match size {
        0 => Ok(0.0),
        4 => Ok(f64::from(f32::from_bits(bits as u32))),
        8 => Ok(f64::from_bits(bits)),
        _ => Err("a fraction of neither four nor eight bytes".into()),
    }
}

fn low(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn pass<F: Read + Seek>(file: &mut BufReader<F>, size: u64) -> Result<(), String> {
    let size = i64::try_from(size).map_err(|_| "an element beyond all bounds")?;
    file.seek_relative(size).map_err(|e| e.to_string())
}
