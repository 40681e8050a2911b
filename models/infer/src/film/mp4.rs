//! MP4 and QuickTime (ISO/IEC 14496-12): sample tables, fragments, edit lists, the matrix of a track, its colours.

use std::io::{Read, Seek, SeekFrom};

use super::avc;
use super::bytes::Bytes;
use super::colour::Colour;
use super::track::{Film, MAX_FRAMES, SoundEdit};
use super::turn::Turn;

/// Kinds of the boxes that such a file may begin with.
pub const FIRST: [[u8; 4]; 7] = [*b"ftyp", *b"moov", *b"mdat", *b"free", *b"skip", *b"wide", *b"styp"];
/// Largest header box that is read: the tables of hours.
const MAX_HEADER: u64 = 64 << 20;
/// Most boxes in a row.
const MAX_BOXES: usize = 1 << 17;

/// What the first picture track says.
pub fn film(file: &mut (impl Read + Seek)) -> Result<Film, String> {
    let file = Headers::read(file)?;
    let track = file.first_track(*b"vide")?.ok_or("it holds no pictures")?;
    let entry = track.entry()?;
    let mut colour = entry.colour;
    if let Some(own) = entry.avc.and_then(avc::colour) {
        // What the stream says goes before what its container says.
        colour.full |= own.full;
        if own.matrix != 2 {
            colour = Colour { full: colour.full, ..own };
        }
    }
    if colour.full && !FULL_RANGE.contains(&entry.kind) {
        return Err(format!(
            "it is in full range, which OpenCV does not follow in {}: record it in H.264",
            String::from_utf8_lossy(&entry.kind)
        ));
    }
    let turn = turn(track.matrix, file.matrix)?;
    Ok(Film { times: file.times(&track)?, turn, colour })
}

/// Coders whose full range the decoder follows.
const FULL_RANGE: [[u8; 4]; 7] = [*b"avc1", *b"avc3", *b"hvc1", *b"hev1", *b"jpeg", *b"mjpa", *b"mjpg"];

/// When the first sound track begins, and which part of it is heard.
pub fn sound_edit(file: &mut (impl Read + Seek)) -> Result<SoundEdit, String> {
    let file = Headers::read(file)?;
    let Some(track) = file.first_track(*b"soun")? else { return Ok(SoundEdit::default()) };
    let edit = file.edit(&track)?;
    Ok(SoundEdit {
        delay: edit.delay,
        skip: (edit.from as f64 / f64::from(track.timescale)).max(0.0),
        length: edit.length,
    })
}

/// The boxes that describe a file, without its pictures and sounds.
struct Headers {
    moov: Vec<u8>,
    fragments: Vec<Vec<u8>>,
    timescale: u32,
    matrix: [[f64; 2]; 2],
}

struct Track<'a> {
    id: u32,
    matrix: [[f64; 2]; 2],
    timescale: u32,
    tables: Bytes<'a>,
    edits: Option<Bytes<'a>>,
}

struct Edit {
    /// Seconds before anything is shown.
    delay: f64,
    /// The first moment of the track that is shown, in its own units.
    from: i64,
    /// How long, seconds.
    length: Option<f64>,
}

/// How a track's samples are coded.
struct Entry<'a> {
    kind: [u8; 4],
    colour: Colour,
    avc: Option<&'a [u8]>,
}

impl Headers {
    fn read(file: &mut (impl Read + Seek)) -> Result<Self, String> {
        let text = |e: std::io::Error| e.to_string();
        let end = file.seek(SeekFrom::End(0)).map_err(text)?;
        let (mut at, mut read) = (0, 0);
        let (mut moov, mut fragments) = (None, Vec::new());
        for _ in 0..MAX_BOXES {
            if at + 8 > end {
                break;
            }
            file.seek(SeekFrom::Start(at)).map_err(text)?;
            let mut head = [0; 16];
            file.read_exact(&mut head[..8]).map_err(text)?;
            let [mut size, mut before] = [u64::from(Bytes(&head).u32()?), 8];
            if size == 1 {
                file.read_exact(&mut head[8..]).map_err(text)?;
                [size, before] = [Bytes(&head[8..]).u64()?, 16];
            } else if size == 0 {
                size = end - at;
            }
            if size < before {
                return Err("a box is shorter than its own head".into());
            }
            let name = &head[4..8];
            if name == b"moov" || name == b"moof" {
                read += size - before;
                if read > MAX_HEADER || at.checked_add(size).is_none_or(|last| last > end) {
                    return Err("its headers are cut off, or larger than 64 MiB".into());
                }
                let mut content = vec![0; (size - before) as usize];
                file.read_exact(&mut content).map_err(text)?;
                if name == b"moov" {
                    moov = Some(content);
                } else {
                    fragments.push(content);
                }
            }
            at = at.saturating_add(size);
        }
        let moov = moov.ok_or("it has no table of contents (moov): the recording was not ended")?;
        let mut head = find(Bytes(&moov), *b"mvhd")?.ok_or("it has no head (mvhd)")?;
        let long = version(&mut head)? == 1;
        head.skip(if long { 16 } else { 8 })?;
        let timescale = head.u32()?;
        head.skip(if long { 8 } else { 4 } + 16)?;
        let matrix = matrix(&mut head)?;
        Ok(Self { moov, fragments, timescale, matrix })
    }

    fn first_track(&self, handler: [u8; 4]) -> Result<Option<Track<'_>>, String> {
        for (name, track) in boxes(Bytes(&self.moov))? {
            if name != *b"trak" {
                continue;
            }
            let media = find(track, *b"mdia")?.ok_or("a track has no media")?;
            let mut of = find(media, *b"hdlr")?.ok_or("a track does not say what it is")?;
            of.skip(8)?;
            if of.take(4)? != handler {
                continue;
            }
            let mut head = find(track, *b"tkhd")?.ok_or("a track has no head")?;
            let long = version(&mut head)? == 1;
            head.skip(if long { 16 } else { 8 })?;
            let id = head.u32()?;
            head.skip(if long { 12 } else { 8 } + 16)?;
            let matrix = matrix(&mut head)?;
            let mut head = find(media, *b"mdhd")?.ok_or("a track has no clock")?;
            let long = version(&mut head)? == 1;
            head.skip(if long { 16 } else { 8 })?;
            let timescale = head.u32()?;
            if timescale == 0 {
                return Err("its clock has 0 ticks a second".into());
            }
            let info = find(media, *b"minf")?.ok_or("a track has no tables")?;
            let tables = find(info, *b"stbl")?.ok_or("a track has no tables")?;
            let edits = find(track, *b"edts")?.map(|edits| find(edits, *b"elst")).transpose()?.flatten();
            return Ok(Some(Track { id, matrix, timescale, tables, edits }));
        }
        Ok(None)
    }

    /// Which part of a track is shown, and when. One piece at its own speed, silence before it: anything else is a cut
    /// film.
    fn edit(&self, track: &Track<'_>) -> Result<Edit, String> {
        let mut edit = Edit { delay: 0.0, from: 0, length: None };
        let Some(mut list) = track.edits else { return Ok(edit) };
        let long = version(&mut list)? == 1;
        let mut pieces = 0;
        for _ in 0..list.u32()? {
            let (length, from) = if long {
                (list.u64()?, list.u64()? as i64)
            } else {
                (u64::from(list.u32()?), i64::from(list.i32()?))
            };
            let speed = list.u32()?;
            if self.timescale == 0 {
                return Err("its clock has 0 ticks a second".into());
            }
            let seconds = length as f64 / f64::from(self.timescale);
            if from == -1 {
                edit.delay += if pieces == 0 { seconds } else { 0.0 };
                continue;
            }
            pieces += 1;
            if pieces > 1 || speed != 1 << 16 || from < 0 {
                return Err(
                    "its edit list cuts it into pieces or changes their speed: export it as one".into()
                );
            }
            edit.from = from;
            edit.length = (length > 0).then_some(seconds);
        }
        Ok(edit)
    }

    /// When each picture is shown.
    fn times(&self, track: &Track<'_>) -> Result<Vec<f64>, String> {
        let mut shown = listed(track)?;
        let mut clock = 0;
        for fragment in &self.fragments {
            for (name, part) in boxes(Bytes(fragment))? {
                if name == *b"traf" {
                    self.fragment(track, part, &mut clock, &mut shown)?;
                }
            }
        }
        let edit = self.edit(track)?;
        // A picture just before the edit's end may be cut off by rounding: how many there are, the decoder says.
        shown.retain(|ticks| *ticks >= edit.from);
        shown.sort_unstable();
        if shown.is_empty() {
            return Err("it holds no pictures".into());
        }
        let seconds = |ticks: i64| edit.delay + (ticks - edit.from) as f64 / f64::from(track.timescale);
        Ok(shown.into_iter().map(seconds).collect())
    }

    /// Adds the samples of a `traf` that belongs to the track.
    fn fragment(
        &self,
        track: &Track<'_>,
        part: Bytes<'_>,
        clock: &mut i64,
        shown: &mut Vec<i64>,
    ) -> Result<(), String> {
        let mut head = find(part, *b"tfhd")?.ok_or("a fragment has no head")?;
        let flags = head.u32()?;
        if head.u32()? != track.id {
            return Ok(());
        }
        for (flag, bytes) in [(1, 8), (2, 4)] {
            head.skip(if flags & flag == 0 { 0 } else { bytes })?;
        }
        let usual = if flags & 8 == 0 { self.usual_length(track.id)? } else { head.u32()? };
        if let Some(mut at) = find(part, *b"tfdt")? {
            let long = version(&mut at)? == 1;
            *clock = if long { at.u64()? as i64 } else { i64::from(at.u32()?) };
        }
        for (name, mut run) in boxes(part)? {
            if name != *b"trun" {
                continue;
            }
            let flags = run.u32()?;
            let count = run.u32()? as usize;
            for (flag, bytes) in [(1, 4), (4, 4)] {
                run.skip(if flags & flag == 0 { 0 } else { bytes })?;
            }
            room(shown, count)?;
            for _ in 0..count {
                let length = if flags & 0x100 == 0 { usual } else { run.u32()? };
                for flag in [0x200, 0x400] {
                    run.skip(if flags & flag == 0 { 0 } else { 4 })?;
                }
                let offset = if flags & 0x800 == 0 { 0 } else { run.i32()? };
                shown.push(clock.saturating_add(i64::from(offset)));
                *clock = clock.saturating_add(i64::from(length));
            }
        }
        Ok(())
    }

    /// How long a sample of a fragment lasts that does not say so.
    fn usual_length(&self, track: u32) -> Result<u32, String> {
        let Some(all) = find(Bytes(&self.moov), *b"mvex")? else { return Ok(0) };
        for (name, mut usual) in boxes(all)? {
            usual.skip(if name == *b"trex" { 4 } else { 0 })?;
            if name == *b"trex" && usual.u32()? == track {
                usual.skip(4)?;
                return usual.u32();
            }
        }
        Ok(0)
    }
}

/// When the samples of the tables are shown, in the order in which they are decoded.
fn listed(track: &Track<'_>) -> Result<Vec<i64>, String> {
    let mut shown = Vec::new();
    let Some(mut lengths) = find(track.tables, *b"stts")? else { return Ok(shown) };
    lengths.skip(4)?;
    let mut clock = 0_i64;
    for _ in 0..lengths.u32()? {
        let (count, length) = (lengths.u32()? as usize, i64::from(lengths.u32()?));
        room(&shown, count)?;
        for _ in 0..count {
            shown.push(clock);
            clock = clock.saturating_add(length);
        }
    }
    if let Some(mut offsets) = find(track.tables, *b"ctts")? {
        offsets.skip(4)?;
        let mut sample = shown.iter_mut();
        for _ in 0..offsets.u32()? {
            let (count, offset) = (offsets.u32()?, i64::from(offsets.i32()?));
            for shown in sample.by_ref().take(count as usize) {
                *shown = shown.saturating_add(offset);
            }
        }
    }
    Ok(shown)
}

fn room(shown: &[i64], more: usize) -> Result<(), String> {
    if more > MAX_FRAMES - shown.len().min(MAX_FRAMES) {
        return Err(format!("it lists more than {MAX_FRAMES} pictures"));
    }
    Ok(())
}

impl<'a> Track<'a> {
    fn entry(&self) -> Result<Entry<'a>, String> {
        let mut list = find(self.tables, *b"stsd")?.ok_or("its pictures do not say how they are coded")?;
        list.skip(8)?;
        let (kind, mut content) =
            boxes(list)?.into_iter().next().ok_or("its pictures do not say how they are coded")?;
        content.skip(78)?;
        let mut entry = Entry { kind, colour: Colour::default(), avc: None };
        for (name, mut about) in boxes(content)? {
            match &name {
                b"avcC" => entry.avc = Some(about.0),
                b"colr" => {
                    let kind = about.take(4)?;
                    if kind == b"nclx" || kind == b"nclc" {
                        about.skip(2)?;
                        let [transfer, matrix] = [about.u16()?, about.u16()?].map(u32::from);
                        let full = kind == b"nclx" && about.u8()? & 0x80 != 0;
                        entry.colour = Colour { transfer, matrix, full };
                    }
                }
                _ => {}
            }
        }
        Ok(entry)
    }
}

/// The matrix of a track, and then that of the whole film.
fn turn(track: [[f64; 2]; 2], film: [[f64; 2]; 2]) -> Result<Turn, String> {
    let both = track.map(|[a, b]| [a * film[0][0] + b * film[1][0], a * film[0][1] + b * film[1][1]]);
    // Some writers leave it empty; players show such films as they are.
    if both == [[0.0; 2]; 2] {
        return Ok(Turn::default());
    }
    Turn::of_matrix(both).ok_or_else(|| "its matrix turns it by something else than quarter turns".into())
}

fn matrix(head: &mut Bytes<'_>) -> Result<[[f64; 2]; 2], String> {
    let mut row = || -> Result<[f64; 2], String> {
        let found = [head.i32()?, head.i32()?].map(f64::from);
        head.skip(4)?;
        Ok(found)
    };
    Ok([row()?, row()?])
}

/// The version of a full box, its flags passed over.
fn version(content: &mut Bytes<'_>) -> Result<u8, String> {
    let version = content.u8()?;
    content.skip(3)?;
    Ok(version)
}

fn find(content: Bytes<'_>, wanted: [u8; 4]) -> Result<Option<Bytes<'_>>, String> {
    Ok(boxes(content)?.into_iter().find(|(name, _)| *name == wanted).map(|(_, found)| found))
}

/// The boxes one after the other. What is left over at the end is no box: QuickTime ends lists with a zero.
fn boxes(mut content: Bytes<'_>) -> Result<Vec<([u8; 4], Bytes<'_>)>, String> {
    let mut found = Vec::new();
    while content.0.len() >= 8 && found.len() < MAX_BOXES {
        let size = content.u32()? as usize;
        let name = content.take(4)?;
        let inside = match size {
            0 => content.0.len(),
            1 => usize::try_from(content.u64()?)
                .ok()
                .and_then(|size| size.checked_sub(16))
                .ok_or("a box is too short")?,
            _ => size.checked_sub(8).ok_or("a box is too short")?,
        };
        found.push(([name[0], name[1], name[2], name[3]], Bytes(content.take(inside)?)));
    }
    Ok(found)
}
