//! The one table of gates, and what a person can try when one refuses.
//!
//! A gate is a row here and its bound in `models/manifest.toml` (`[gate.NAME]`), which is attested. Decision, report,
//! refusal, notices, terminal and the table of `models/README.md` follow from the two.

use serde::{Deserialize, Serialize};

use crate::consent;
use crate::prompts::{Part, Prompt};

use Asked::{Always, Consents, LipsInStep, Moves, Turns};
use Weight::Decides;

/// What a gate asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Is the recording good enough to be judged?
    Quality,
    /// Was what the challenge asks for shown?
    Challenge,
    /// Is it a living person?
    Liveness,
    /// Is it the enrolled person? Judged apart, once a template is unsealed.
    Match,
}

impl Stage {
    /// Stable word, as clients and `models/README.md` read it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Quality => "quality",
            Self::Challenge => "challenge",
            Self::Liveness => "liveness",
            Self::Match => "match",
        }
    }
}

/// When a gate is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// By every capture.
    Always,
    /// By a plan that moves this part of the face.
    Moves(Part),
    /// By a plan that turns the head to a side.
    Turns,
    /// By a plan with words from a source whose lips and sound are one recording.
    LipsInStep,
    /// By a plan with consent before the phrase: what rules ask for, and nothing that a source could not show.
    Consents,
}

impl Asked {
    /// Whether these prompts ask for it; `lips_in_step`: the source has lips and sound from one recording.
    pub fn by(self, prompts: &[Prompt], lips_in_step: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Moves(part) => prompts.iter().any(|prompt| prompt.part() == part),
            Self::Turns => prompts.iter().any(|prompt| prompt.opposite_turn().is_some()),
            Self::LipsInStep => lips_in_step && prompts.iter().any(|prompt| prompt.part() == Part::Voice),
            Self::Consents => prompts
                .iter()
                .any(|prompt| matches!(prompt, Prompt::Say(words) if consent::after(words).is_some())),
        }
    }

    /// In a word or a few, as `models/README.md` has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Moves(part) => part.as_str(),
            Self::Turns => "turns",
            Self::LipsInStep => "words, lips in step",
            Self::Consents => "consent",
        }
    }
}

/// Which side of its bound a value must lie on; the bound itself passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sense {
    /// value ≥ bound
    AtLeast,
    /// value ≤ bound
    AtMost,
}

impl Sense {
    /// Whether `value` passes `bound`.
    pub const fn admits(self, value: i32, bound: i32) -> bool {
        match self {
            Self::AtLeast => value >= bound,
            Self::AtMost => value <= bound,
        }
    }

    /// The sign between value and bound.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::AtLeast => "≥",
            Self::AtMost => "≤",
        }
    }
}

/// Who may see a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Whoever sees the report.
    Public,
    /// Nobody: it would teach an attacker to climb towards the bound. Verdict and bound travel.
    Secret,
}

/// What a gate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// It stands in the report, and refuses unless the manifest calls it advice ([`Measure::decides`]).
    Decides,
    /// It says why another gate refused. Nothing hangs on it, and no report carries it.
    Explains(Measure),
}

/// What a person can try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// More light.
    Light,
    /// Light from the front.
    FaceLight,
    /// Hold still.
    HoldStill,
    /// Come closer.
    ComeCloser,
    /// Look into the camera.
    LookHere,
    /// Be alone before the camera.
    OneFaceOnly,
    /// Speak up.
    SpeakUp,
    /// Make up for the noise.
    Louder,
    /// Say the same once more.
    SayAgain,
    /// Have less noise.
    Quieter,
    /// Speak more softly.
    SpeakSoftly,
    /// Stop mirroring the camera's picture.
    Unmirror,
}

impl Remedy {
    /// Stable code, for clients that have words of their own.
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

    /// What it asks the person to mind; `None`: something about them.
    pub const fn part(self) -> Option<Part> {
        match self {
            Self::Light | Self::FaceLight | Self::Unmirror | Self::Quieter => None,
            Self::HoldStill | Self::ComeCloser | Self::LookHere | Self::OneFaceOnly => Some(Part::Head),
            Self::SpeakUp | Self::Louder | Self::SayAgain | Self::SpeakSoftly => Some(Part::Voice),
        }
    }

    /// A sentence.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Light => "It is too dark here: please have more light on your face.",
            Self::FaceLight => "The light is behind you: please turn until it falls on your face.",
            Self::HoldStill => "Please hold still.",
            Self::ComeCloser => "Please come closer.",
            Self::LookHere => "Please look straight into the camera.",
            Self::OneFaceOnly => "One person only, please.",
            Self::SpeakUp => "Please speak up.",
            Self::Louder => "It is loud here: please come closer and speak up.",
            Self::SayAgain => "Please say it once more, slowly.",
            Self::Quieter => "It is too loud here: please come closer, or wait for quiet.",
            Self::SpeakSoftly => "Please speak more softly, or farther from the microphone.",
            Self::Unmirror => "Please switch mirroring off in the camera's settings.",
        }
    }
}

/// One row.
#[derive(Debug)]
pub struct Row {
    /// The name that report, manifest, policies and the sensor use.
    pub name: &'static str,
    /// What it asks about.
    pub stage: Stage,
    /// When it is asked for.
    pub asked: Asked,
    /// Of the value, which travels in thousandths of it.
    pub unit: &'static str,
    /// Which side of the bound passes.
    pub sense: Sense,
    /// Who may see the value.
    pub sight: Sight,
    /// Decision or explanation.
    pub weight: Weight,
    /// What went wrong, as the person is told it: a sentence that tells an attacker nothing about how close he came.
    pub wrong: &'static str,
    /// What the person can try; `None` where that would be advice to an attacker.
    pub remedy: Option<Remedy>,
}

macro_rules! table {
    ($($(#[doc = $doc:literal])+ $gate:ident: $name:literal, $stage:ident, $asked:expr, $unit:literal, $sense:ident,
        $sight:ident, $weight:expr, $wrong:expr, $remedy:expr;)+) => {
        /// What a gate looks at. The order is that in which gates are judged: what keeps others from being measured
        /// comes first.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Measure {
            $($(#[doc = $doc])+ #[serde(rename = $name)] $gate,)+
        }

        impl Measure {
            /// All of them.
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$gate),+];

            /// Its row of the table.
            pub const fn row(self) -> &'static Row {
                match self {
                    $(Self::$gate => const {
                        &Row {
                            name: $name,
                            stage: Stage::$stage,
                            asked: $asked,
                            unit: $unit,
                            sense: Sense::$sense,
                            sight: Sight::$sight,
                            weight: $weight,
                            wrong: $wrong,
                            remedy: $remedy,
                        }
                    },)+
                }
            }
        }
    };
}

const NOBODY_ALIVE: &str = "It could not be shown that a living person was here.";
const SOMEBODY_ELSE: &str = "Face or voice does not match the enrolment.";

table! {
    /// Residual entropy of the challenge. Computed from the plan, never measured.
    Entropy: "entropy", Liveness, Always, "bits", AtLeast, Public, Decides,
        "What this source can be asked for is too little to tell a person from a recording.", None;
    /// Share of the frames with the person and nobody else close by; missing where none has a face.
    OneFace: "one_face", Quality, Always, "share", AtLeast, Public, Decides,
        "There was not exactly one face in the picture.", Some(Remedy::OneFaceOnly);
    /// Width of the face box.
    FaceSize: "face_size", Quality, Always, "pixels", AtLeast, Public, Decides,
        "The face was too small.", Some(Remedy::ComeCloser);
    /// Mean luminance of the face.
    Brightness: "brightness", Quality, Always, "luma", AtLeast, Public, Decides,
        "The face was too dark.", Some(Remedy::Light);
    /// Luminance of what is about the head over that of the face.
    Backlit: "backlit", Quality, Always, "share", AtMost, Public, Weight::Explains(Measure::Brightness),
        "The light came from behind.", Some(Remedy::FaceLight);
    /// Variance of the Laplacian of the face, in percent of its own variance.
    Sharpness: "sharpness", Quality, Always, "percent", AtLeast, Public, Decides,
        "The picture was blurred.", Some(Remedy::HoldStill);
    /// Frames that the face embedding is averaged over.
    FrontalFrames: "frontal_frames", Quality, Always, "frames", AtLeast, Public, Decides,
        "The face was not seen from the front often enough.", Some(Remedy::LookHere);
    /// Smallest cosine between two embedded frames of the capture.
    SameFace: "same_face", Liveness, Always, "cosine", AtLeast, Secret, Decides, NOBODY_ALIVE, None;
    /// Smallest cosine with the face at rest that three frames in a row of the whole capture fall to.
    Identity: "identity", Liveness, Always, "cosine", AtLeast, Secret, Decides, NOBODY_ALIVE, None;
    /// Non-rigid change of the mesh over the capture.
    Motion: "motion", Challenge, Always, "eye distances", AtLeast, Public, Decides,
        "The face hardly moved.", None;
    /// Speech over the rest.
    Snr: "snr", Quality, Always, "dB", AtLeast, Public, Decides,
        "The voice hardly stood out from the noise.", Some(Remedy::Quieter);
    /// Share of samples at full scale.
    Clipping: "clipping", Quality, Always, "share", AtMost, Public, Decides,
        "The sound was distorted: too loud.", Some(Remedy::SpeakSoftly);
    /// Length of the speech.
    Speech: "speech", Quality, Always, "seconds", AtLeast, Public, Decides,
        "Too little speech was heard.", Some(Remedy::SpeakUp);
    /// Share of the demanded head movements seen in the demanded order.
    HeadOrder: "head_order", Challenge, Moves(Part::Head), "share", AtLeast, Public, Decides,
        "The head did not move as it was asked to.", None;
    /// From a prompt to the head's first movement, the soonest of the capture.
    Reaction: "reaction", Challenge, Moves(Part::Head), "seconds", AtLeast, Public, Decides,
        "The head moved before it can have been asked to.", None;
    /// Share of the demanded turns to a side of which the opposite was seen.
    Mirrored: "mirrored", Challenge, Turns, "share", AtMost, Public, Weight::Explains(Measure::HeadOrder),
        "The camera's picture seems to be mirrored.", Some(Remedy::Unmirror);
    /// What only a head with depth explains of the demanded turns, beyond any bent plane.
    Depth: "depth", Liveness, Moves(Part::Head), "eye distances", AtLeast, Public, Decides, NOBODY_ALIVE, None;
    /// Share of the face's texture that one bent plane explains in the demanded turns.
    Flatness: "flatness", Liveness, Moves(Part::Head), "share", AtMost, Public, Decides, NOBODY_ALIVE, None;
    /// Share of the demanded mouth movements seen.
    Mouth: "mouth", Challenge, Moves(Part::Mouth), "share", AtLeast, Public, Decides,
        "The mouth did not move as it was asked to.", None;
    /// Share of the demanded movements of the eyelids seen.
    Eyes: "eyes", Challenge, Moves(Part::Eyes), "share", AtLeast, Public, Decides,
        "The eyes were not shut as often as was asked.", None;
    /// Correlation of the lips' gap with what the sound says of it, at most a moment apart.
    Lips: "lips", Liveness, LipsInStep, "correlation", AtLeast, Secret, Decides, NOBODY_ALIVE, None;
    /// Where that correlation is highest, either way.
    LipsLag: "lips_lag", Liveness, LipsInStep, "seconds", AtMost, Public, Decides, NOBODY_ALIVE, None;
    /// How much the lips' gap varies during the speech.
    LipsMoved: "lips_moved", Liveness, LipsInStep, "eye distances", AtLeast, Secret, Decides, NOBODY_ALIVE, None;
    /// Whether the words of consent were heard before the phrase. Computed from the transcript, never measured.
    Consent: "consent", Challenge, Consents, "share", AtLeast, Public, Decides,
        "The words of consent were not understood.", None;
    /// Share of the demanded words read right. Computed from the transcript, never measured.
    Phrase: "phrase", Challenge, Always, "share", AtLeast, Public, Decides,
        "The words were not understood as they were asked for.", None;
    /// Passive presentation-attack detection by FaceAntiSpoofing.
    PadFas: "pad_fas", Liveness, Always, "score", AtLeast, Secret, Decides, NOBODY_ALIVE, None;
    /// Passive presentation-attack detection by fr_liveness.
    PadFr: "pad_fr", Liveness, Always, "score", AtLeast, Secret, Decides, NOBODY_ALIVE, None;
    /// Both networks together: the mean over frames and crops of their log-odds, added.
    PadPair: "pad_pair", Liveness, Always, "nats", AtLeast, Secret, Decides, NOBODY_ALIVE, None;
    /// Both networks and the cues of prints and screens, fused: mean evidence of the frames for a living face.
    PadFused: "pad_fused", Liveness, Always, "nats", AtLeast, Secret, Decides, NOBODY_ALIVE, None;
    /// Cosine of face template and probe.
    FaceMatch: "face_match", Match, Always, "cosine", AtLeast, Secret, Decides, SOMEBODY_ELSE, None;
    /// Cosine of voice template and probe.
    VoiceMatch: "voice_match", Match, Always, "cosine", AtLeast, Secret, Decides, SOMEBODY_ELSE, None;
    /// What both cosines together are evidence of. Computed from them, never measured.
    FusedMatch: "fused_match", Match, Always, "nats", AtLeast, Secret, Decides, SOMEBODY_ELSE, None;
}
