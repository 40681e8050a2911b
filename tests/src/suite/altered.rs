//! A source with its frames or its sound changed, as an attacker would change them.

use wetsign_infer::audio::{RATE, Sound};
use wetsign_infer::{Frame, InferError};
use wetsign_lab::recapture::{Pose, Recapture};
use wetsign_liveness::Prompt;
use wetsign_sensor::source::{About, Source, SourceError, Step};

/// What becomes of the frames.
pub enum Frames {
    /// They stay.
    Kept,
    /// Each is shown by a medium, straight before the camera.
    Recaptured(Recapture),
    /// One picture of the person at rest, shown by a medium.
    Sheet {
        /// What shows it.
        medium: Recapture,
        /// Sagitta of its bend, as in [`Pose::bend`].
        bend: f64,
        /// Turned as is asked; else held in a hand that is not quite still.
        turned: bool,
    },
    /// After this many steps it is somebody else's.
    Swapped(Box<dyn Source>, usize),
    /// Every second one is somebody else's.
    Interleaved(Box<dyn Source>),
    /// After the first step the last frame stands still.
    Frozen,
    /// Somebody else stands beside.
    Beside(Box<dyn Source>),
    /// A dark bar covers part of the picture: from and to, shares of its height.
    Covered(f64, f64),
}

/// What becomes of the sound.
pub enum Heard {
    /// It stays.
    Kept,
    /// Nothing is heard.
    Silence,
    /// Noise of this amplitude.
    Noise(f32),
    /// Somebody else says what was asked, as far as there are recordings of it.
    From(Box<dyn Source>),
    /// This, whatever is asked.
    Made(Sound),
    /// The right voice says something else, asked for instead.
    Instead(Vec<String>),
}

/// See the module's text.
pub struct Altered {
    about: About,
    inner: Box<dyn Source>,
    frames: Frames,
    heard: Heard,
    steps: usize,
    shown: u64,
    step: Step,
    still: Option<Frame>,
}

/// How far an attacker turns a picture that is asked to turn, radians.
const TURN: f64 = 0.6;

impl Altered {
    /// Changes a source. It keeps the repertoire: an attacker who can play what is asked is the strongest.
    pub fn new(inner: Box<dyn Source>, frames: Frames, heard: Heard) -> Self {
        let about = inner.about().clone();
        Self { about, inner, frames, heard, steps: 0, shown: 0, step: Step::LookAhead, still: None }
    }

    fn changed(&mut self, time: f64, frame: Frame) -> Result<Frame, SourceError> {
        self.shown += 1;
        let first_step = self.steps <= 1;
        match &mut self.frames {
            Frames::Recaptured(medium) => Ok(medium.frame(&frame, &Pose::FRONTAL, self.shown)?),
            Frames::Sheet { medium, bend, turned } => {
                let still = self.still.get_or_insert(frame);
                let answered = if *turned { &self.step } else { &Step::LookAhead };
                Ok(medium.frame(still, &asked_pose(answered, *bend, time), self.shown)?)
            }
            Frames::Swapped(other, after) if self.steps > *after => next_of(other.as_mut(), frame),
            Frames::Interleaved(other) if self.shown.is_multiple_of(2) => next_of(other.as_mut(), frame),
            Frames::Kept | Frames::Swapped(..) | Frames::Interleaved(_) => Ok(frame),
            Frames::Frozen if first_step => Ok(self.still.insert(frame).clone()),
            Frames::Frozen => Ok(self.still.get_or_insert(frame).clone()),
            Frames::Beside(other) => {
                let guest = next_of(other.as_mut(), frame.clone())?;
                Ok(side_by_side(&frame, &guest)?)
            }
            Frames::Covered(from, to) => Ok(covered(&frame, *from, *to)?),
        }
    }

    /// Whose face is seen too.
    fn guest(&mut self) -> Option<&mut Box<dyn Source>> {
        match &mut self.frames {
            Frames::Swapped(other, _) | Frames::Interleaved(other) | Frames::Beside(other) => Some(other),
            _ => None,
        }
    }
}

impl Source for Altered {
    fn about(&self) -> &About {
        &self.about
    }

    fn begin(&mut self, step: &Step) -> Result<(), SourceError> {
        self.steps += 1;
        self.step = step.clone();
        self.inner.begin(step)?;
        if let Some(guest) = self.guest() {
            begin_or_look_ahead(guest.as_mut(), step)?;
        }
        if let Heard::From(speaker) = &mut self.heard {
            begin_or_look_ahead(speaker.as_mut(), step)?;
        }
        Ok(())
    }

    fn next_frame(&mut self) -> Result<Option<(f64, Frame)>, SourceError> {
        let Some((time, frame)) = self.inner.next_frame()? else { return Ok(None) };
        Ok(Some((time, self.changed(time, frame)?)))
    }

    fn end(&mut self) -> Result<Option<Sound>, SourceError> {
        let own = match &self.heard {
            Heard::Instead(words) if !self.step.words().is_empty() => {
                self.inner.begin(&Step::Show(Prompt::Say(words.clone())))?;
                self.inner.end()?
            }
            _ => self.inner.end()?,
        };
        let asked = !self.step.words().is_empty();
        let length = own.as_ref().map_or(RATE as usize * 5, |sound| sound.samples.len());
        match self.guest().map(|guest| guest.end()) {
            // A guest is seen, not heard: words that were never recorded do not matter.
            None | Some(Ok(_) | Err(SourceError::NotShown { .. })) => {}
            Some(Err(error)) => return Err(error),
        }
        let other = match &mut self.heard {
            Heard::From(speaker) => spoken(speaker.as_mut(), self.step.words())?,
            Heard::Made(sound) => Some(sound.clone()),
            _ => None,
        };
        Ok(match &self.heard {
            _ if !asked => None,
            Heard::Kept | Heard::Instead(_) => own,
            Heard::Silence => Some(Sound { samples: vec![0.0; length], rate: RATE }),
            Heard::Noise(level) => Some(Sound { samples: noise(length, *level), rate: RATE }),
            Heard::From(_) | Heard::Made(_) => other,
        })
    }
}

/// Who cannot show a prompt looks ahead meanwhile.
fn begin_or_look_ahead(source: &mut dyn Source, step: &Step) -> Result<(), SourceError> {
    source.begin(step).or_else(|_| source.begin(&Step::LookAhead))
}

/// Ends a speaker's step; words of which there is no recording are left out.
fn spoken(speaker: &mut dyn Source, asked: &[String]) -> Result<Option<Sound>, SourceError> {
    match speaker.end() {
        Err(SourceError::NotShown { .. }) => {
            let known = &speaker.about().repertoire.vocabulary;
            let words: Vec<String> = asked.iter().filter(|word| known.contains(word)).cloned().collect();
            speaker.begin(&Step::Show(Prompt::Say(words)))?;
            speaker.end()
        }
        ended => ended,
    }
}

/// The pose that answers a step as well as a sheet can.
fn asked_pose(step: &Step, bend: f64, time: f64) -> Pose {
    let wander = 0.02 * (time * 5.0).sin();
    let rest = Pose { bend, yaw: wander, ..Pose::FRONTAL };
    match step {
        // The face looks to its own left, which is the picture's right.
        Step::Show(Prompt::HeadLeft) => Pose { yaw: -TURN + wander, ..rest },
        Step::Show(Prompt::HeadRight) => Pose { yaw: TURN + wander, ..rest },
        Step::Show(Prompt::HeadUp) => Pose { pitch: -TURN + wander, ..rest },
        Step::Show(Prompt::HeadDown) => Pose { pitch: TURN + wander, ..rest },
        Step::Show(Prompt::HeadCloser) => Pose { distance: 0.7, ..rest },
        _ => rest,
    }
}

/// The other source's next frame, in the size of `like`; that one where the other has none.
fn next_of(other: &mut dyn Source, like: Frame) -> Result<Frame, SourceError> {
    let Some((_, frame)) = other.next_frame()? else { return Ok(like) };
    if (frame.width(), frame.height()) == (like.width(), like.height()) { Ok(frame) } else { Ok(like) }
}

fn side_by_side(left: &Frame, right: &Frame) -> Result<Frame, InferError> {
    let (width, height) = (left.width() as usize, left.height() as usize);
    let (left, right) = (left.bytes()?, right.bytes()?);
    // The middle half of each: both faces stay whole.
    let quarter = width / 4;
    let mut out = Vec::with_capacity(left.len());
    for row in 0..height {
        let start = (row * width + quarter) * 3;
        out.extend_from_slice(&left[start..start + 2 * quarter * 3]);
        out.extend_from_slice(&right[start..start + (width - 2 * quarter) * 3]);
    }
    Frame::from_bgr(width as u32, height as u32, &out)
}

fn covered(frame: &Frame, from: f64, to: f64) -> Result<Frame, InferError> {
    let (width, height) = (frame.width(), frame.height());
    let mut bytes = frame.bytes()?.to_vec();
    let row = |share: f64| (share * f64::from(height)) as usize * width as usize * 3;
    let end = row(to).min(bytes.len());
    bytes[row(from)..end].fill(24);
    Frame::from_bgr(width, height, &bytes)
}

/// White noise of a fixed sequence (Knuth's linear congruential generator).
fn noise(length: usize, level: f32) -> Vec<f32> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut sample = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 40) as f32 / (1 << 23) as f32 - 1.0) * level
    };
    (0..length).map(|_| sample()).collect()
}
