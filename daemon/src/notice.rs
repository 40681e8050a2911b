//! Everything that a person in front of the kiosk may be told, in one enum.
//!
//! Page, light and sound are three readers of [`Notice`]; none of them makes up words of its own. The light is the secure
//! element's. A notice never
//! carries a match or liveness value: those would teach an attacker how close he came.

use wetsign_models::challenge::Prompt;
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
    /// The picture is too dark or too bright.
    Light,
    /// The picture is blurred.
    HoldStill,
    /// The face is too small.
    ComeCloser,
    /// The face is not seen from the front often enough.
    LookHere,
    /// There is not exactly one face.
    OneFaceOnly,
    /// The voice cannot be heard well.
    SpeakUp,
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
    /// The picture or the sound was not good enough to judge.
    Quality,
    /// What was asked for was not shown.
    Challenge,
    /// It did not look like a living person.
    Liveness,
    /// Face or voice is not the enrolled one.
    NotYou,
    /// Camera, microphone or the sensor program failed.
    Sensor,
    /// The secure element failed or refused.
    Element,
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
            Self::Quality => "quality",
            Self::Challenge => "challenge",
            Self::Liveness => "liveness",
            Self::NotYou => "not_you",
            Self::Sensor => "sensor",
            Self::Element => "element",
            Self::Internal => "internal",
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
            Self::Light => "light".into(),
            Self::HoldStill => "hold_still".into(),
            Self::ComeCloser => "come_closer".into(),
            Self::LookHere => "look_here".into(),
            Self::OneFaceOnly => "one_face_only".into(),
            Self::SpeakUp => "speak_up".into(),
            Self::CameraClosed => "camera_closed".into(),
            Self::Judging => "judging".into(),
            Self::Matching => "matching".into(),
            Self::Attesting => "attesting".into(),
            Self::Proving => "proving".into(),
            Self::Signing => "signing".into(),
            Self::Logging => "logging".into(),
            Self::LogPending => "log_pending".into(),
            Self::Done => "done".into(),
            Self::Declined => "declined".into(),
            Self::Again => "again".into(),
            Self::Enrolled => "enrolled".into(),
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
            Self::Light => "The light is not good: too dark or too bright.".into(),
            Self::HoldStill => "Please hold still.".into(),
            Self::ComeCloser => "Please come closer.".into(),
            Self::LookHere => "Please look straight into the camera.".into(),
            Self::OneFaceOnly => "One person only, please.".into(),
            Self::SpeakUp => "Please speak up.".into(),
            Self::CameraClosed => "Camera and microphone are off.".into(),
            Self::Judging => "Checking that you are alive and here.".into(),
            Self::Matching => "Comparing with your enrolment.".into(),
            Self::Attesting => "The secure element signs the capture.".into(),
            Self::Proving => "Making the proof.".into(),
            Self::Signing => "Signing.".into(),
            Self::Logging => "Writing it into the log.".into(),
            Self::LogPending => "Signed and kept; the log follows when the kiosk starts again.".into(),
            Self::Done => "Signed. Thank you.".into(),
            Self::Declined => "Declined. The decline is signed and logged.".into(),
            Self::Again => "Once more, to be sure.".into(),
            Self::Enrolled => "You are enrolled.".into(),
            Self::Refused(ending) => ending_words(*ending).into(),
        }
    }

    /// What a person can do better after this quality gate failed; none for gates that judge the person.
    pub fn advice(gate: &str) -> Option<Self> {
        match gate {
            "brightness" => Some(Self::Light),
            "sharpness" => Some(Self::HoldStill),
            "face_size" => Some(Self::ComeCloser),
            "frontal_frames" => Some(Self::LookHere),
            "one_face" => Some(Self::OneFaceOnly),
            "snr" | "speech" => Some(Self::SpeakUp),
            _ => None,
        }
    }

    /// What the element's light shows with it. What a person is asked to do has a light of its own; the rest follows the
    /// tone.
    pub fn pattern(&self) -> Pattern {
        match self {
            Self::Do(Prompt::Say(_)) | Self::SpeakUp => Pattern::Speak,
            Self::Do(_)
            | Self::Capturing
            | Self::Shining
            | Self::LookHere
            | Self::HoldStill
            | Self::ComeCloser
            | Self::OneFaceOnly => Pattern::Look,
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
            | Self::Light
            | Self::HoldStill
            | Self::ComeCloser
            | Self::LookHere
            | Self::OneFaceOnly
            | Self::SpeakUp
            | Self::Again => Tone::Ask,
            Self::Done | Self::Declined | Self::Enrolled => Tone::Good,
            Self::Refused(_) => Tone::Bad,
            _ => Tone::Info,
        }
    }
}

fn ending_words(ending: Ending) -> &'static str {
    match ending {
        Ending::NoConsent => "Nothing was recorded: you did not agree to it.",
        Ending::Cancelled => "Cancelled. Nothing was signed.",
        Ending::TooLate => "It took too long. Nothing was signed.",
        Ending::Quality => "Picture or sound was not good enough. Nothing was signed; please try again.",
        Ending::Challenge => "What was asked for was not shown. Nothing was signed.",
        Ending::Liveness => "It could not be shown that a living person was here. Nothing was signed.",
        Ending::NotYou => "Face or voice does not match the enrolment. Nothing was signed.",
        Ending::Sensor => "Camera or microphone failed. Nothing was signed.",
        Ending::Element => "The secure element refused. Nothing was signed.",
        Ending::Internal => "The kiosk could not finish. Nothing was signed.",
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
