//! What every source is: one small trait, the steps that it is taken through, and how it can fail.

use wetsign_infer::audio::Sound;
use wetsign_infer::{Frame, InferError};
use wetsign_liveness::{Prompt, Repertoire};
use wetsign_sensor_ipc::FailureCode;

/// Frames that are looked at in a second of source time, at most.
pub const FRAMES_PER_SECOND: f64 = 10.0;
/// The same while lips or eyelids are watched: a syllable and a blink take a fifth of a second.
const WATCHED_PER_SECOND: f64 = 15.0;

/// What made the frames and the sound, and what it can show.
#[derive(Clone, Debug)]
pub struct About {
    /// In words.
    pub label: String,
    /// The devices, for the liveness report; `None`: there are none.
    pub devices: Option<OpenDevices>,
    /// Anything but a camera and a microphone.
    pub simulated: bool,
    /// What prompts are drawn from.
    pub repertoire: Repertoire,
    /// What is to be said beside each figure.
    pub notes: Vec<String>,
}

/// What a camera and a microphone call themselves.
#[derive(Clone, Debug)]
pub struct OpenDevices {
    /// Node, model and format.
    pub camera: String,
    /// Name and format.
    pub microphone: String,
}

/// One step of a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The person finds a place and light; nothing counts. Asked only of a source that [answers](Source::answers).
    Settle,
    /// The person looks at the camera at rest; everything else is measured against it.
    LookAhead,
    /// The same while the page shines its colours.
    Shine,
    /// The person shows a prompt.
    Show(Prompt),
}

impl Step {
    /// The words to be spoken in it; empty for silent steps.
    pub fn words(&self) -> &[String] {
        if let Self::Show(Prompt::Say(words)) = self { words } else { &[] }
    }

    /// Frames that are looked at in a second of it, at most.
    pub fn frames_per_second(&self) -> f64 {
        match self {
            Self::Show(Prompt::Say(_) | Prompt::BlinkTwice | Prompt::BlinkThrice) => WATCHED_PER_SECOND,
            _ => FRAMES_PER_SECOND,
        }
    }
}

/// A source of frames and sound. A step is begun, its frames are taken until there are no more (or no more are
/// wanted), and it is ended.
pub trait Source {
    /// What it is.
    fn about(&self) -> &About;

    /// Begins a step.
    fn begin(&mut self, step: &Step) -> Result<(), SourceError>;

    /// The next frame of the step with its time in seconds from the first one; `None` when the step is over.
    fn next_frame(&mut self) -> Result<Option<(f64, Frame)>, SourceError>;

    /// Ends the step; the sound that was heard in it, if words were asked. While the person looks ahead it may be the
    /// room's.
    fn end(&mut self) -> Result<Option<Sound>, SourceError>;

    /// When the current step began, and with it its sound, on the clock of [`Self::next_frame`]; `None`: with its first
    /// frame.
    fn began(&self) -> Option<f64> {
        None
    }

    /// Whether a step may end as soon as its prompt was seen; recordings are played to the end of their stretch.
    fn answers(&self) -> bool {
        false
    }
}

/// Why a source cannot be opened or read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The request names none, or one that makes no sense.
    #[error("{0}")]
    BadRequest(String),
    /// It cannot be opened or read.
    #[error("{0}")]
    Unavailable(String),
    /// It was asked for something that it did not declare.
    #[error("this source cannot show \"{prompt}\": ask only what its repertoire declares")]
    NotShown {
        /// The prompt in words.
        prompt: String,
    },
    /// The camera stopped giving frames, or gives broken ones.
    #[error("{0}")]
    CameraStalled(String),
    /// A driver does not come back from a call: only the end of this process frees the device.
    #[error("{0}")]
    Stuck(String),
    /// The microphone lost samples.
    #[error("{0}")]
    SoundShortfall(String),
    /// A picture or a sound cannot be read.
    #[error(transparent)]
    Media(#[from] InferError),
}

impl SourceError {
    /// What the daemon is told.
    pub fn code(&self) -> FailureCode {
        match self {
            Self::BadRequest(_) | Self::NotShown { .. } => FailureCode::BadRequest,
            Self::CameraStalled(_) | Self::Stuck(_) => FailureCode::CameraStalled,
            Self::SoundShortfall(_) => FailureCode::SoundShortfall,
            Self::Unavailable(_) | Self::Media(_) => FailureCode::SourceUnavailable,
        }
    }
}
