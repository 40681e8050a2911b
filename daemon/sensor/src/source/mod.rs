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

use wetsign_infer::audio::{self, Sound};
use wetsign_sensor_ipc::{self as wire, Devices, Microphone, Part, source::Kind};
use zeroize::Zeroizing;

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

/// Microphones that are listened to when devices are listed, at the most, and for how long each.
const LISTENED: usize = 3;
const LISTENS: Duration = Duration::from_secs(1);

/// Cameras and microphones; with `listens` also how loud it is before the microphones that a kiosk would take.
pub fn devices(listens: bool) -> Devices {
    let mut microphones = microphone::list();
    let taken = |one: &&mut Microphone| {
        one.unusable.is_empty() && (one.default_input || microphone::is_hardware(&one.name))
    };
    for one in microphones.iter_mut().filter(taken).take(if listens { LISTENED } else { 0 }) {
        match level(&one.name) {
            Ok(level) => one.level_db = level,
            Err(error) => one.unusable = error.to_string(),
        }
    }
    Devices { cameras: camera::list(), microphones }
}

fn level(microphone: &str) -> Result<Option<f32>, SourceError> {
    let (_, sound) = listen(microphone, LISTENS)?;
    let samples = Zeroizing::new(audio::resample_16k(&sound)?);
    Ok(audio::floor_db(&samples))
}
