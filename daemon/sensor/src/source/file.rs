//! A plain file in place of a camera: what an attacker with a recording or a photograph has.
//!
//! It knows nothing of prompts. A video runs through once, whatever is asked; a photograph stays; the sound, if there
//! is one, is what is heard when words are asked. It claims the live catalogue, as a camera would.

use std::path::{Path, PathBuf};

use wetsign_infer::audio::{self, Sound};
use wetsign_infer::{Frame, VideoReader};
use wetsign_liveness::Repertoire;
use wetsign_liveness::light::{STEP_S, STEPS};
use wetsign_models::store::digest_file;
use wetsign_sensor_ipc::File;

use super::{About, Source, SourceError, Step};

/// How long the steps are, in seconds of the file's time.
const LOOK_AHEAD: f64 = 1.5;
const SHINE: f64 = STEP_S * STEPS as f64;
const MOVE: f64 = 2.0;
const PHRASE: f64 = 10.0;
/// Sound beyond this is left out, in seconds.
const MAX_SOUND: f64 = 30.0;

enum Picture {
    Video { reader: Box<VideoReader>, due: f64, ahead: Option<(f64, Frame)> },
    Photo(Frame),
}

/// See the module's text.
pub struct PlainFile {
    about: About,
    picture: Picture,
    sound: Option<PathBuf>,
    /// File time at which the current step began, and at which it ends.
    from: f64,
    to: f64,
    /// Time of the next frame of a photograph.
    clock: f64,
    speaks: bool,
    per_second: f64,
}

impl PlainFile {
    /// Opens the files.
    pub fn open(file: &File) -> Result<Self, SourceError> {
        let path = Path::new(&file.picture);
        let unreadable = |error: std::io::Error| {
            SourceError::Unavailable(format!("{} cannot be read: {error}", path.display()))
        };
        let digest = digest_file(path).map_err(unreadable)?.to_string();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let extension = path.extension().and_then(|kind| kind.to_str()).unwrap_or_default().to_lowercase();
        let (picture, kind) = if ["jpg", "jpeg", "png", "bmp"].contains(&extension.as_str()) {
            (Picture::Photo(Frame::decode_image(&std::fs::read(path).map_err(unreadable)?)?), "photo")
        } else {
            let reader = Box::new(VideoReader::open(path)?);
            (Picture::Video { reader, due: 0.0, ahead: None }, "video")
        };
        let sound = (!file.sound.is_empty()).then(|| PathBuf::from(&file.sound));
        let heard =
            sound.as_deref().and_then(Path::file_name).map_or("none".into(), |name| name.to_string_lossy());
        let about = About {
            label: format!(
                "plain file: {kind} {name} (sha256 {}), sound {heard}",
                &digest[..digest.len().min(16)]
            ),
            devices: None,
            simulated: true,
            repertoire: Repertoire::live(),
            notes: vec!["a file that ignores prompts, in place of a camera".into()],
        };
        Ok(Self { about, picture, sound, from: 0.0, to: 0.0, clock: 0.0, speaks: false, per_second: 1.0 })
    }
}

impl Source for PlainFile {
    fn about(&self) -> &About {
        &self.about
    }

    fn begin(&mut self, step: &Step) -> Result<(), SourceError> {
        self.from = self.to;
        self.speaks = !step.words().is_empty();
        let length = match step {
            Step::Settle | Step::LookAhead => LOOK_AHEAD,
            Step::Shine => SHINE,
            Step::Show(_) if self.speaks => PHRASE,
            Step::Show(_) => MOVE,
        };
        self.to = self.from + length;
        self.clock = self.from;
        self.per_second = step.frames_per_second();
        Ok(())
    }

    fn next_frame(&mut self) -> Result<Option<(f64, Frame)>, SourceError> {
        let (to, per_second) = (self.to, self.per_second);
        match &mut self.picture {
            Picture::Photo(frame) => {
                let time = self.clock;
                // A still picture looks the same all along: half a dozen frames a step are enough.
                self.clock += (self.to - self.from) / 6.0;
                Ok((time + 1e-6 < to).then(|| (time, frame.clone())))
            }
            Picture::Video { reader, due, ahead } => loop {
                let next = match ahead.take() {
                    Some(next) => Some(next),
                    None => reader.next().transpose()?,
                };
                let Some((time, frame)) = next else { return Ok(None) };
                if time >= to {
                    *ahead = Some((time, frame));
                    return Ok(None);
                }
                if time + 1e-6 >= *due {
                    *due = time + 1.0 / per_second;
                    return Ok(Some((time, frame)));
                }
            },
        }
    }

    fn began(&self) -> Option<f64> {
        Some(self.from)
    }

    fn end(&mut self) -> Result<Option<Sound>, SourceError> {
        let Some(path) = self.sound.as_deref().filter(|_| self.speaks) else { return Ok(None) };
        let mut sound = audio::read_file(path)?;
        sound.samples.truncate((MAX_SOUND * f64::from(sound.rate)) as usize);
        Ok(Some(sound))
    }
}
