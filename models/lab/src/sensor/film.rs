//! A film with its own sound in place of a camera and a microphone: each step is a stretch of it.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use wetsign_infer::audio::{self, Sound};
use wetsign_infer::{Frame, InferError, VideoReader};
use wetsign_lab::eval::folders::{PHOTOS, has_extension};
use wetsign_liveness::Repertoire;
use wetsign_sensor::source::{About, Source, SourceError, Step};

/// How often a photo is looked at in a second, and for how long.
const LOOKS: f64 = 5.0;
const PHOTO_SECONDS: f64 = 3.0;
/// A camera's frame that found no room for so long is dropped.
const LATE: Duration = Duration::from_millis(100);

/// A step of the capture and where the film shows it, seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Stretch {
    /// What is asked.
    pub step: Step,
    /// Its beginning.
    pub from: f64,
    /// Its end.
    pub to: f64,
}

/// See the module's text.
pub struct Film {
    about: About,
    path: PathBuf,
    photo: Option<Frame>,
    seconds: f64,
    sound: Option<Sound>,
    /// What is still to come, the last first.
    stretches: Vec<Stretch>,
    now: Option<Stretch>,
    frames: Box<dyn Iterator<Item = Result<(f64, Frame), InferError>>>,
    due: f64,
    /// Frames come when they were recorded, as a camera's do; those that are too late are dropped.
    in_time: bool,
    began: Instant,
    ended: Instant,
}

impl Film {
    /// Opens film and sound.
    pub fn open(film: &Path, sound: Option<&Path>, in_time: bool) -> Result<Self> {
        let photo = if has_extension(film, &PHOTOS) {
            let bytes = std::fs::read(film).with_context(|| format!("cannot read {}", film.display()))?;
            Some(Frame::decode_image(&bytes).with_context(|| film.display().to_string())?)
        } else {
            None
        };
        let seconds = if photo.is_some() { PHOTO_SECONDS } else { VideoReader::open(film)?.seconds() };
        let about = About {
            label: format!("film {}", film.display()),
            devices: None,
            simulated: true,
            repertoire: Repertoire::live(),
            notes: Vec::new(),
        };
        Ok(Self {
            about,
            path: film.to_owned(),
            photo,
            seconds,
            sound: sound.map(audio::read_file).transpose()?,
            stretches: Vec::new(),
            now: None,
            frames: Box::new(std::iter::empty()),
            due: 0.0,
            in_time,
            began: Instant::now(),
            ended: Instant::now(),
        })
    }

    /// How long it lasts, seconds.
    pub fn seconds(&self) -> f64 {
        self.seconds
    }

    /// When the step ended that was the last so far.
    pub fn ended(&self) -> Instant {
        self.ended
    }

    /// What each step shows, in the order of the capture.
    pub fn shows(&mut self, mut stretches: Vec<Stretch>) {
        stretches.reverse();
        self.stretches = stretches;
    }
}

impl Source for Film {
    fn about(&self) -> &About {
        &self.about
    }

    fn begin(&mut self, step: &Step) -> Result<(), SourceError> {
        let stretch = self.stretches.pop().filter(|stretch| stretch.step == *step).ok_or_else(|| {
            SourceError::BadRequest(format!("the film was not told where it shows {step:?}"))
        })?;
        // From its beginning again: steps may overlap, and films are short.
        self.frames = match &self.photo {
            Some(photo) => {
                let photo = photo.clone();
                let looks = (PHOTO_SECONDS * LOOKS) as u32;
                Box::new((0..looks).map(move |look| Ok((f64::from(look) / LOOKS, photo.clone()))))
            }
            None => Box::new(VideoReader::open(&self.path)?),
        };
        self.due = stretch.from;
        self.now = Some(stretch);
        self.began = Instant::now();
        Ok(())
    }

    fn next_frame(&mut self) -> Result<Option<(f64, Frame)>, SourceError> {
        let Some(now) = &self.now else { return Ok(None) };
        for frame in self.frames.by_ref() {
            let (time, frame) = frame?;
            if time >= now.to {
                break;
            }
            if time + 1e-6 >= self.due {
                let at = Duration::from_secs_f64((time - now.from).max(0.0));
                match at.checked_sub(self.began.elapsed()).filter(|_| self.in_time) {
                    Some(early) => thread::sleep(early),
                    None if self.in_time && self.began.elapsed() > at + LATE => continue,
                    None => {}
                }
                self.due = time + 1.0 / now.step.frames_per_second();
                return Ok(Some((time, frame)));
            }
        }
        Ok(None)
    }

    fn end(&mut self) -> Result<Option<Sound>, SourceError> {
        self.ended = Instant::now();
        let (Some(now), Some(sound)) = (&self.now, &self.sound) else { return Ok(None) };
        if now.step.words().is_empty() {
            return Ok(None);
        }
        let at = |seconds: f64| ((seconds * f64::from(sound.rate)) as usize).min(sound.samples.len());
        // What is still to be heard when the picture ends belongs to the phrase.
        let to = if now.to >= self.seconds { sound.samples.len() } else { at(now.to) };
        Ok(Some(Sound { samples: sound.samples[at(now.from)..to].to_vec(), rate: sound.rate }))
    }

    fn began(&self) -> Option<f64> {
        self.now.as_ref().map(|now| now.from)
    }
}
