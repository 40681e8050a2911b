//! A camera and a microphone with a person in front of them.

use std::time::{Duration, Instant};

use wetsign_infer::Frame;
use wetsign_infer::audio::Sound;
use wetsign_liveness::Repertoire;
use wetsign_liveness::light::{STEP_S, STEPS};
use wetsign_sensor_ipc::Live;

use super::camera::Camera;
use super::microphone::{Microphone, Recording};
use super::{About, OpenDevices, Source, SourceError, Step};

/// Longest time to find a place and light; it ends as soon as all is well.
const SETTLE: Duration = Duration::from_secs(10);
const LOOK_AHEAD: Duration = Duration::from_millis(1500);
/// As long as the page shines.
const SHINE: Duration = Duration::from_millis((STEP_S * 1000.0) as u64 * STEPS as u64);
/// Longest time for one movement; it ends as soon as it was seen.
const MOVE: Duration = Duration::from_secs(5);
/// Time to begin to speak, and for each word.
const SPEAK: Duration = Duration::from_secs(2);
const WORD: Duration = Duration::from_secs(1);

/// See the module's text.
pub struct LiveSource {
    about: About,
    camera: Camera,
    microphone: Microphone,
    recording: Option<Recording>,
    at_rest: bool,
    /// When the first step began, the current one began, and the current one ends.
    opened: Option<Instant>,
    until: Instant,
    due: Instant,
    per_second: f64,
    began: Instant,
}

impl LiveSource {
    /// Opens both.
    pub fn open(live: &Live) -> Result<Self, SourceError> {
        let microphone = Microphone::open(&live.microphone)?;
        let camera = Camera::open(&live.camera)?;
        let mut notes = Vec::new();
        if camera.is_virtual {
            notes.push(
                "the camera's node is not shown to be hardware: whatever feeds it is not known".to_owned(),
            );
        }
        if microphone.is_virtual {
            notes.push(
                "the microphone is not shown to be hardware: name one of a sound card (`wetsignd devices`)"
                    .to_owned(),
            );
        }
        let about = About {
            label: format!("camera {} + microphone {}", camera.label, microphone.label),
            devices: Some(OpenDevices { camera: camera.label.clone(), microphone: microphone.label.clone() }),
            simulated: camera.is_virtual || microphone.is_virtual,
            repertoire: Repertoire::live(),
            notes,
        };
        let now = Instant::now();
        Ok(Self {
            about,
            camera,
            microphone,
            recording: None,
            at_rest: false,
            opened: None,
            until: now,
            due: now,
            per_second: 1.0,
            began: now,
        })
    }
}

impl Source for LiveSource {
    fn about(&self) -> &About {
        &self.about
    }

    fn begin(&mut self, step: &Step) -> Result<(), SourceError> {
        self.camera.forget()?;
        let words = step.words().len();
        let length = match step {
            Step::Settle => SETTLE,
            Step::LookAhead => LOOK_AHEAD,
            Step::Shine => SHINE,
            Step::Show(_) if words > 0 => SPEAK + WORD * words as u32,
            Step::Show(_) => MOVE,
        };
        let heard = words > 0 || *step == Step::LookAhead;
        self.recording = if heard { Some(self.microphone.record()?) } else { None };
        let now = Instant::now();
        self.per_second = step.frames_per_second();
        self.began = now;
        self.at_rest = *step == Step::LookAhead;
        if self.at_rest {
            self.opened = Some(now);
        }
        (self.due, self.until) = (now, now + length);
        Ok(())
    }

    fn next_frame(&mut self) -> Result<Option<(f64, Frame)>, SourceError> {
        loop {
            if Instant::now() >= self.until {
                return Ok(None);
            }
            let (taken, frame) = self.camera.next()?;
            if taken >= self.due {
                self.due = taken + Duration::from_secs_f64(1.0 / self.per_second);
                let opened = *self.opened.get_or_insert(taken);
                return Ok(Some((taken.saturating_duration_since(opened).as_secs_f64(), frame)));
            }
        }
    }

    fn end(&mut self) -> Result<Option<Sound>, SourceError> {
        let recorded = self.recording.take().map(Recording::end);
        // What the room sounds like is advice; a microphone that fails is named when words are asked.
        if self.at_rest { Ok(recorded.and_then(Result::ok)) } else { recorded.transpose() }
    }

    fn began(&self) -> Option<f64> {
        Some(self.began.saturating_duration_since(self.opened?).as_secs_f64())
    }

    fn answers(&self) -> bool {
        true
    }
}
