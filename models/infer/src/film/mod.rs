//! What a film's container says of its pictures: when each is shown, which way up, and what its colours mean.
//!
//! OpenCV decodes pictures and tells little of this, some of it wrongly: 4.6.0 turns a phone's portrait film the other
//! way, gives the last frames no time, and reads every film as BT.601. So MP4 ([`mp4`]) and Matroska with WebM
//! ([`webm`]) are read here, headers alone; [`avc`] finds what H.264 says of itself. [`Clock`] holds what the decoder
//! gives against it.

mod avc;
mod bytes;
mod clock;
mod colour;
mod mp4;
mod track;
mod turn;
mod webm;

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

pub use clock::Clock;
pub use colour::corrected;
pub use track::{Film, SoundEdit};
pub use turn::Turn;

/// Most pixels of one picture: a film's frame or a photo.
pub const MAX_PIXELS: u64 = 64 << 20;

/// Reads a container; `None`: another kind, of which [`Clock::Constant`] has to do.
///
/// # Errors
/// In words: it is damaged, or says something that cannot be followed.
pub fn read(path: &Path) -> Result<Option<Film>, String> {
    let mut file = opened(path)?;
    match kind(&mut file)? {
        Kind::Mp4 => mp4::film(&mut file).map(Some),
        Kind::Matroska => webm::film(&mut file).map(Some),
        Kind::Other => Ok(None),
    }
}

/// The edit of the first sound track of an MP4 file; others have none.
pub fn sound_edit(path: &Path) -> Result<SoundEdit, String> {
    let mut file = opened(path)?;
    match kind(&mut file)? {
        Kind::Mp4 => mp4::sound_edit(&mut file),
        _ => Ok(SoundEdit::default()),
    }
}

enum Kind {
    Mp4,
    Matroska,
    Other,
}

fn kind(file: &mut (impl Read + Seek)) -> Result<Kind, String> {
    let mut start = Vec::new();
    file.by_ref().take(8).read_to_end(&mut start).map_err(|e| e.to_string())?;
    file.seek(SeekFrom::Start(0)).map_err(|e| e.to_string())?;
    Ok(match start.as_slice() {
        [0x1a, 0x45, 0xdf, 0xa3, ..] => Kind::Matroska,
        [_, _, _, _, name @ ..] if mp4::FIRST.iter().any(|first| first.as_slice() == name) => Kind::Mp4,
        _ => Kind::Other,
    })
}

fn opened(path: &Path) -> Result<BufReader<File>, String> {
    File::open(path).map(BufReader::new).map_err(|e| e.to_string())
}
