//! One screen: what is to be seen, without words. There is no field for a measured value, a similarity or a key.

use crate::Asked;

/// What a person sees now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// Which screen.
    pub screen: Screen,
    /// Whether it is about being enrolled.
    pub enrolling: bool,
    /// Whether this kiosk pairs phones.
    pub phones: bool,
    /// Whether camera and microphone are on.
    pub recording: bool,
    /// When the time for this is over, milliseconds of the story's clock, and how long it is in all.
    pub time: Option<(u64, u64)>,
    /// Whom to ask, as the operator wrote it; none: the operator of this kiosk.
    pub contact: Option<String>,
}

/// Which screen, and what is on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Screen {
    /// Nobody is asked anything; requests that wait.
    Idle(u32),
    /// Who are you?
    Who(Vec<String>),
    /// Read this, and say yes or no.
    Asked(Box<Asked>),
    /// May the kiosk look and listen?
    Consent {
        /// Whether the page will change its colours.
        shines: bool,
    },
    /// What is hard for you? Codes of what is left out.
    Needs(Vec<String>),
    /// What shall the kiosk call you?
    Name,
    /// May the kiosk keep a template of this person?
    EnrolConsent {
        /// As the kiosk will call them.
        name: String,
    },
    /// Is your phone here, to keep the key?
    Phone,
    /// Let your phone read this.
    Invited {
        /// What the picture says.
        text: String,
    },
    /// Do both show the same digits?
    Compare {
        /// The digits.
        digits: String,
    },
    /// Something is being made ready.
    Ready,
    /// Show or say this.
    Look(Shown),
    /// Nothing to do: what is done, and what is being done.
    Work(Vec<Step>),
    /// The no is being written down.
    Declining,
    /// Does your phone show this?
    Code {
        /// The digits.
        digits: String,
        /// As in [`Screen::Work`].
        steps: Vec<Step>,
    },
    /// It is signed.
    Done(Done),
    /// The no is written down.
    Declined,
    /// The person is enrolled.
    Enrolled,
    /// The phone is paired.
    Paired,
    /// It ended without a signature.
    Refused {
        /// Why, as far as it is told.
        ending: Ending,
        /// What to try.
        advice: Option<Advice>,
        /// Whether the refusal was signed and logged.
        kept: bool,
    },
    /// The kiosk does not answer.
    Lost,
}

/// What a person is to show while the camera is on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// The prompt's code; none: look into the camera.
    pub prompt: Option<String>,
    /// What is to be spoken.
    pub spoken: String,
    /// Which of how many, from 1; (0, 0): not told.
    pub place: (u32, u32),
    /// What would help.
    pub advice: Option<Advice>,
    /// The colour of the whole page.
    pub light: Shining,
    /// Whether there is a picture.
    pub preview: bool,
    /// Whether it is the second time.
    pub again: bool,
}

/// A colour that the whole page takes, sRGB.
pub type Shining = Option<[u8; 3]>;

/// What is done after the capture, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Is it a living person?
    Alive(StepState),
    /// Is it the enrolled one?
    Match(StepState),
    /// The secure element signs the capture.
    Attest(StepState),
    /// The proof.
    Proof(StepState),
    /// The person's own device signs.
    Device(StepState),
    /// The signature.
    Sign(StepState),
    /// The log.
    Log(StepState),
}

/// How far a step is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StepState {
    /// It comes later.
    #[default]
    Later,
    /// It goes on.
    Now,
    /// It is done; milliseconds that it took.
    Done(u64),
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// The co-signature's id, hexadecimal.
    pub cosignature: String,
    /// The approval's id, hexadecimal, once the quorum is reached.
    pub approval: Option<String>,
    /// How many checks were passed; 0: not told.
    pub checks: u32,
    /// Signed, and not in the log before the kiosk starts again.
    pub log_pending: bool,
    /// What was done, with its times.
    pub steps: Vec<Step>,
}

/// What would help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Advice {
    Light,
    FaceLight,
    HoldStill,
    ComeCloser,
    LookHere,
    OneFaceOnly,
    SpeakUp,
    Louder,
    SayAgain,
    Quieter,
    SpeakSoftly,
    Unmirror,
}

impl Advice {
    /// All of it.
    pub const ALL: [Self; 12] = [
        Self::Light,
        Self::FaceLight,
        Self::HoldStill,
        Self::ComeCloser,
        Self::LookHere,
        Self::OneFaceOnly,
        Self::SpeakUp,
        Self::Louder,
        Self::SayAgain,
        Self::Quieter,
        Self::SpeakSoftly,
        Self::Unmirror,
    ];

    /// The code by which a kiosk tells it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::FaceLight => "face_light",
            Self::HoldStill => "hold_still",
            Self::ComeCloser => "come_closer",
            Self::LookHere => "look_here",
            Self::OneFaceOnly => "one_face_only",
            Self::SpeakUp => "speak_up",
            Self::Louder => "louder",
            Self::SayAgain => "say_again",
            Self::Quieter => "quieter",
            Self::SpeakSoftly => "speak_softly",
            Self::Unmirror => "unmirror",
        }
    }

    /// The advice of that code.
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|advice| advice.code() == code)
    }
}

/// Why it ended without a signature, as far as the person is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Ending {
    NoConsent,
    Cancelled,
    TooLate,
    Quality,
    Challenge,
    Liveness,
    NotYou,
    Sensor,
    Element,
    Device,
    Internal,
}

impl Ending {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::NoConsent,
        Self::Cancelled,
        Self::TooLate,
        Self::Quality,
        Self::Challenge,
        Self::Liveness,
        Self::NotYou,
        Self::Sensor,
        Self::Element,
        Self::Device,
        Self::Internal,
    ];

    /// As it stands behind `refused_` in a notice's code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoConsent => "no_consent",
            Self::Cancelled => "cancelled",
            Self::TooLate => "too_late",
            Self::Quality => "quality",
            Self::Challenge => "challenge",
            Self::Liveness => "liveness",
            Self::NotYou => "not_you",
            Self::Sensor => "sensor",
            Self::Element => "element",
            Self::Device => "device",
            Self::Internal => "internal",
        }
    }

    /// From a notice's code.
    pub fn told(code: &str) -> Option<Self> {
        let code = code.strip_prefix("refused_")?;
        Some(Self::ALL.into_iter().find(|ending| ending.code() == code).unwrap_or(Self::Internal))
    }

    /// From a refusal's code, which says which gate it was and not of which kind.
    pub fn refused(code: &str) -> Self {
        match code.split('.').next().unwrap_or(code) {
            "no_consent" => Self::NoConsent,
            "cancelled" => Self::Cancelled,
            "timeout" => Self::TooLate,
            "gate" | "missing" => Self::Liveness,
            "match" => Self::NotYou,
            "sensor" => Self::Sensor,
            "element" => Self::Element,
            "device" => Self::Device,
            _ => Self::Internal,
        }
    }

    /// Whether trying again has a point.
    pub const fn may_try_again(self) -> bool {
        !matches!(self, Self::Element | Self::Internal)
    }
}
