//! Everything that a person in front of the kiosk may be told, in one enum.
//!
//! Page, light and sound are three readers of [`Notice`]; none of them makes up words of its own. The light is the
//! secure element's. A notice never carries a match or liveness value: those would teach an attacker how close he came.

use wetsign_liveness::{Measure, Part, Prompt, Remedy, Stage};
use wetsign_wire::Pattern;

/// How a notice is meant, so that a light can show it without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Something goes on; nothing to do.
    Info,
    /// The person is asked to do something.
    Ask,
    /// A step came out well.
    Good,
    /// It ended without a signature.
    Bad,
}

impl Tone {
    /// Stable lower-case word, for clients.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Ask => "ask",
            Self::Good => "good",
            Self::Bad => "bad",
        }
    }
}

/// One thing a person may be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A request waits for a decision.
    Decide,
    /// Ask for consent to use camera and microphone.
    AskConsent,
    /// The page will change its colours before the person, unless that is left out.
    WillShine,
    /// The page shines: look into the camera meanwhile.
    Shining,
    /// Camera and microphone are being opened.
    Opening,
    /// The secure element is drawing the challenge.
    DrawingChallenge,
    /// Do this now.
    Do(Prompt),
    /// Frames are taken; hold on.
    Capturing,
    /// This would help.
    Try(Remedy),
    /// Camera and microphone are closed again.
    CameraClosed,
    /// Liveness is being judged.
    Judging,
    /// The living face and voice are compared with the enrolment.
    Matching,
    /// The secure element signs what was captured.
    Attesting,
    /// The match proof is being made.
    Proving,
    /// The validator's own device is asked to sign.
    SignOnDevice,
    /// The co-signature is being made and written down.
    Signing,
    /// The co-signature is being logged.
    Logging,
    /// Signed and durable, but the log failed: it is logged at the next start.
    LogPending,
    /// All done: the co-signature stands in the log.
    Done,
    /// The decline was signed and logged.
    Declined,
    /// Second capture of an enrolment begins.
    Again,
    /// The enrolment is stored.
    Enrolled,
    /// An invitation is shown: the person's device has to read it.
    ScanPicture,
    /// Both show six digits.
    CompareDigits,
    /// A device was paired.
    Paired,
    /// It ended without a signature; the word says at which kind of step.
    Refused(Ending),
}

/// Why it ended without a signature, as far as the person is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// No consent was given.
    NoConsent,
    /// The person or the operator cancelled.
    Cancelled,
    /// Too late.
    TooLate,
    /// What this gate says.
    Gate(Measure),
    /// Face or voice is not the enrolled one.
    NotYou,
    /// Camera, microphone or the sensor program failed.
    Sensor,
    /// The secure element failed or refused.
    Element,
    /// The person's own device did not sign.
    Device,
    /// Anything else inside the kiosk.
    Internal,
}

impl Ending {
    /// Stable code, for clients.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoConsent => "no_consent",
            Self::Cancelled => "cancelled",
            Self::TooLate => "too_late",
            Self::Gate(measure) => match measure.row().stage {
                Stage::Match => Self::NotYou.code(),
                stage => stage.as_str(),
            },
            Self::NotYou => "not_you",
            Self::Sensor => "sensor",
            Self::Element => "element",
            Self::Device => "device",
            Self::Internal => "internal",
        }
    }

    /// What went wrong, a sentence.
    const fn wrong(self) -> &'static str {
        match self {
            Self::NoConsent => "Nothing was recorded: you did not agree to it.",
            Self::Cancelled => "Cancelled.",
            Self::TooLate => "It took too long.",
            Self::Gate(measure) => measure.row().wrong,
            Self::NotYou => Measure::FusedMatch.row().wrong,
            Self::Sensor => "Camera or microphone failed.",
            Self::Element => "The secure element refused.",
            Self::Device => "Your own device did not sign.",
            Self::Internal => "The kiosk could not finish.",
        }
    }

    /// What follows from it.
    fn consequence(self) -> &'static str {
        match self {
            Self::NoConsent => "",
            Self::Gate(measure) if measure.row().stage == Stage::Quality => {
                "Nothing was signed; please try again."
            }
            _ => "Nothing was signed.",
        }
    }
}

impl Notice {
    /// Stable code, for clients that have words of their own (another language, a light).
    pub fn code(&self) -> String {
        match self {
            Self::Decide => "decide".into(),
            Self::AskConsent => "ask_consent".into(),
            Self::WillShine => "will_shine".into(),
            Self::Shining => "shining".into(),
            Self::Opening => "opening".into(),
            Self::DrawingChallenge => "drawing_challenge".into(),
            Self::Do(prompt) => prompt.code().into(),
            Self::Capturing => "capturing".into(),
            Self::Try(remedy) => remedy.code().into(),
            Self::CameraClosed => "camera_closed".into(),
            Self::Judging => "judging".into(),
            Self::Matching => "matching".into(),
            Self::Attesting => "attesting".into(),
            Self::Proving => "proving".into(),
            Self::SignOnDevice => "sign_on_device".into(),
            Self::Signing => "signing".into(),
            Self::Logging => "logging".into(),
            Self::LogPending => "log_pending".into(),
            Self::Done => "done".into(),
            Self::Declined => "declined".into(),
            Self::Again => "again".into(),
            Self::Enrolled => "enrolled".into(),
            Self::ScanPicture => "scan_picture".into(),
            Self::CompareDigits => "compare_digits".into(),
            Self::Paired => "paired".into(),
            Self::Refused(ending) => format!("refused_{}", ending.code()),
        }
    }

    /// What is said, in plain English.
    pub fn words(&self) -> String {
        match self {
            Self::Decide => "A request waits for you. Read it, then approve or decline.".into(),
            Self::AskConsent => {
                "Approving needs your camera and microphone for a few seconds. Do you agree?".into()
            }
            Self::WillShine => {
                "For five seconds this page will change its colour twice a second. If you do not want that, stop here and \
                 start again without light."
                    .into()
            }
            Self::Shining => "Keep looking into the camera while the colours change.".into(),
            Self::Opening => "Opening camera and microphone.".into(),
            Self::DrawingChallenge => "The secure element draws your challenge.".into(),
            Self::Do(prompt) => sentence(&prompt.words()),
            Self::Capturing => "Stay in front of the camera.".into(),
            Self::Try(remedy) => remedy.words().into(),
            Self::CameraClosed => "Camera and microphone are off.".into(),
            Self::Judging => "Checking that you are alive and here.".into(),
            Self::Matching => "Comparing with your enrolment.".into(),
            Self::Attesting => "The secure element signs the capture.".into(),
            Self::Proving => "Making the proof.".into(),
            Self::SignOnDevice => "Sign on your phone: it must show the same code.".into(),
            Self::Signing => "Signing.".into(),
            Self::Logging => "Writing it into the log.".into(),
            Self::LogPending => "Signed and kept; the log follows when the kiosk starts again.".into(),
            Self::Done => "Signed. Thank you.".into(),
            Self::Declined => "Declined. The decline is signed and logged.".into(),
            Self::Again => "Once more, to be sure.".into(),
            Self::Enrolled => "You are enrolled.".into(),
            Self::ScanPicture => "Scan the picture with your phone within a minute. Let nobody else see it.".into(),
            Self::CompareDigits => "Does your phone show the same six digits? Say so here and there.".into(),
            Self::Paired => "Your phone is paired.".into(),
            Self::Refused(ending) => format!("{} {}", ending.wrong(), ending.consequence()).trim_end().into(),
        }
    }

    /// What the element's light shows with it. What a person is asked to do has a light of its own; the rest follows
    /// the tone.
    pub fn pattern(&self) -> Pattern {
        match self {
            Self::Do(prompt) if prompt.part() == Part::Voice => Pattern::Speak,
            Self::Do(_) | Self::Capturing | Self::Shining => Pattern::Look,
            Self::Try(remedy) => match remedy.part() {
                Some(Part::Voice) => Pattern::Speak,
                Some(Part::Head | Part::Mouth | Part::Eyes) => Pattern::Look,
                None => Pattern::Attention,
            },
            _ => match self.tone() {
                Tone::Info => Pattern::Working,
                Tone::Ask => Pattern::Attention,
                Tone::Good => Pattern::Approved,
                Tone::Bad => Pattern::Refused,
            },
        }
    }

    /// How it is meant.
    pub const fn tone(&self) -> Tone {
        match self {
            Self::Decide
            | Self::AskConsent
            | Self::WillShine
            | Self::Shining
            | Self::Do(_)
            | Self::Try(_)
            | Self::SignOnDevice
            | Self::ScanPicture
            | Self::CompareDigits
            | Self::Again => Tone::Ask,
            Self::Done | Self::Declined | Self::Enrolled | Self::Paired => Tone::Good,
            Self::Refused(_) => Tone::Bad,
            _ => Tone::Info,
        }
    }
}

/// With a capital letter and a full stop.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), letters.as_str()),
        None => String::new(),
    }
}
