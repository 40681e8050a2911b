//! Where frames and sound come from, behind one small trait (`seam.rs`).

mod camera;
mod camera_frame;
mod camera_node;
mod file;
mod hardware;
mod live;
mod microphone;
mod replay;
mod seam;
mod subject;

use std::path::Path;
use std::thread;
use std::time::Duration;

use wetsign_infer::audio::Sound;
use wetsign_sensor_ipc::{self as wire, Devices, Part, source::Kind};

pub use replay::ReplayedSubject;
pub use seam::{About, FRAMES_PER_SECOND, OpenDevices, Source, SourceError, Step};

/// Opens a source.
pub fn open(source: Option<&wire::Source>, cache: &Path) -> Result<Box<dyn Source>, SourceError> {
    let Some((source, kind)) = source.and_then(|source| Some((source, source.kind.as_ref()?))) else {
        return Err(SourceError::BadRequest("the request names no source".into()));
    };
    match kind {
        Kind::Replay(replay) => {
            let part = match source.part() {
                Part::Unspecified => Part::Verify,
                part => part,
            };
            Ok(Box::new(ReplayedSubject::open(Path::new(&replay.directory), part, cache)?))
        }
        Kind::File(file) => Ok(Box::new(file::PlainFile::open(file)?)),
        Kind::Live(live) => Ok(Box::new(live::LiveSource::open(live)?)),
    }
}

/// What a microphone alone gives in a while; an empty name takes the one that a capture would take.
pub fn listen(microphone: &str, length: Duration) -> Result<(String, Sound), SourceError> {
    let microphone = microphone::Microphone::open(microphone)?;
    let recording = microphone.record()?;
    thread::sleep(length);
    Ok((microphone.label, recording.end()?))
}

/// Cameras and microphones.
pub fn devices() -> Devices {
    Devices { cameras: camera::list(), microphones: microphone::list() }
}
