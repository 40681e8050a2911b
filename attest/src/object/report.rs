//! What the liveness check saw: source, prompts, gates. It travels with the co-signature; its digest is attested.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

mod catalogue {
    pub use wetsign_liveness::prompts::Prompt;
    pub use wetsign_liveness::repertoire::{EyeMove, HeadMove, MouthMove, Repertoire};
}

use super::{LightAdvice, Object, ascending, name, within};
use crate::error::Error;
use crate::id::{Digest, PublicKey, Scalar};
use crate::limits;

/// Report of one session at a kiosk.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct LivenessReport {
    /// What frames and sound came from. Absent counts as simulated.
    #[n(1)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// What the source can be asked to show.
    #[n(2)]
    pub repertoire: Repertoire,
    /// The challenge that the secure element drew.
    #[n(3)]
    pub challenge: Digest,
    /// Version of the catalogue that the prompts were derived with.
    #[n(4)]
    pub catalogue_version: u32,
    /// Prompts derived from the challenge, in the order in which they were shown.
    #[n(5)]
    pub prompts: Vec<Prompt>,
    /// Entropy of the prompts within the repertoire, thousandths of a bit (`ChallengePlan::entropy_millibits`).
    #[n(6)]
    pub entropy_millibits: u32,
    /// The same for the live catalogue: what a person would have been asked, thousandths of a bit.
    #[n(7)]
    pub asked_millibits: u32,
    /// Every gate that was judged, strictly ascending by name.
    #[n(8)]
    pub gates: Vec<Gate>,
    /// Gates that the source cannot show, strictly ascending. It excuses none that the plan makes mandatory.
    #[n(9)]
    pub not_shown: Vec<String>,
    /// `model_id` of the networks that made the embeddings.
    #[n(10)]
    pub model_id: Scalar,
    /// SHA-256 of the model manifest in use (a claim of the host).
    #[n(11)]
    pub manifest: Digest,
    /// Milliseconds from the first prompt to the end of the capture.
    #[n(12)]
    pub duration_ms: u64,
    /// UTC seconds of the host's clock at the end of the capture.
    #[n(13)]
    pub time: u64,
    /// What the screen's light says, if and only if the kiosk's page shone it: advice, which no check asks for. Where
    /// it is absent the report has the bytes that it had before there was light.
    #[n(14)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub light_advice: Option<LightAdvice>,
    /// What was in force, strictly ascending, around the program that had camera, microphone and networks (`network`,
    /// `files`, …), as it told the kiosk: a claim of the host, which no check asks for. Empty: nothing was; absent: it
    /// was not said, and the report has the bytes that it had before it could be.
    #[n(15)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confinement: Option<Vec<String>>,
    /// What was recognised behind the words of consent ([`crate::binding::spoken`]), if and only if consent was asked
    /// for. Where it is absent the report has the bytes that it had before consent could be.
    #[n(16)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spoken: Option<Digest>,
}

/// What frames and sound came from.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Source {
    /// A camera and a microphone.
    #[n(1)]
    Live {
        /// Identity of the camera, as the system names it.
        #[n(0)]
        camera: String,
        /// Identity of the microphone.
        #[n(1)]
        microphone: String,
    },
    /// A recording.
    #[n(2)]
    Simulated {
        /// What was replayed.
        #[n(0)]
        label: String,
    },
}

/// What a source can be asked to show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Repertoire {
    /// Head moves, in the source's order.
    #[n(1)]
    pub head: Vec<HeadMove>,
    /// Mouth moves, in the source's order.
    #[n(2)]
    pub mouth: Vec<MouthMove>,
    /// Words or letters that can be spoken, in the source's order.
    #[n(3)]
    pub vocabulary: Vec<String>,
    /// Words in a phrase.
    #[n(4)]
    pub phrase_len: u8,
    /// Whether lips and sound come from one recording.
    #[n(5)]
    pub lips_in_step: bool,
    /// Who declares it, such as `live` or the subject's file.
    #[n(6)]
    pub declared_by: String,
    /// Moves of the eyelids, in the source's order.
    #[n(7)]
    pub eyes: Vec<EyeMove>,
    /// Whether consent is said before the phrase, as the owner's rules ask. Absent: it is not.
    #[n(8)]
    #[cbor(skip_if = "crate::object::is_not")]
    #[serde(default, skip_serializing_if = "crate::object::is_not")]
    pub consent: bool,
}

/// A move of the head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum HeadMove {
    /// To the person's left.
    #[n(1)]
    Left,
    /// To the person's right.
    #[n(2)]
    Right,
    /// Up.
    #[n(3)]
    Up,
    /// Down.
    #[n(4)]
    Down,
    /// Towards the camera.
    #[n(5)]
    Closer,
}

/// A move of the mouth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum MouthMove {
    /// Open.
    #[n(1)]
    Open,
    /// Smile.
    #[n(2)]
    Smile,
}

/// A move of the eyelids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum EyeMove {
    /// Shut twice.
    #[n(1)]
    BlinkTwice,
    /// Shut three times.
    #[n(2)]
    BlinkThrice,
}

/// Something that the person was asked to do.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Prompt {
    /// Turn the head.
    #[n(1)]
    Head(#[n(0)] HeadMove),
    /// Move the mouth.
    #[n(2)]
    Mouth(#[n(0)] MouthMove),
    /// Speak these words or letters, in this order.
    #[n(3)]
    Say(#[n(0)] Vec<String>),
    /// Shut the eyes.
    #[n(4)]
    Eyes(#[n(0)] EyeMove),
}

/// One judged gate.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Gate {
    /// Stable name.
    #[n(1)]
    pub name: String,
    /// Bound, thousandths.
    #[n(2)]
    pub bound: i32,
    /// On which side of the bound a pass lies.
    #[n(3)]
    pub sense: Sense,
    /// Outcome.
    #[n(4)]
    pub passed: bool,
    /// Value, thousandths; only where it helps no attacker (match and PAD values do not travel).
    #[n(5)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<i32>,
}

/// On which side of the bound a pass lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Sense {
    /// The value has to be at least the bound.
    #[n(1)]
    AtLeast,
    /// The value may be at most the bound.
    #[n(2)]
    AtMost,
}

impl LivenessReport {
    /// Whether a recording took the place of a person. An unknown source counts as one, and so does one that
    /// declared a repertoire of its own: only the live catalogues are nobody's choice.
    pub fn simulated(&self) -> bool {
        let live = matches!(self.source, Some(Source::Live { .. }));
        !live || !catalogue::Repertoire::from(&self.repertoire).is_live()
    }

    /// The gate of this name.
    pub fn gate(&self, name: &str) -> Option<&Gate> {
        self.gates.iter().find(|gate| gate.name == name)
    }
}

impl From<&catalogue::Repertoire> for Repertoire {
    fn from(declared: &catalogue::Repertoire) -> Self {
        let head = declared.head.iter().map(|head| match head {
            catalogue::HeadMove::Left => HeadMove::Left,
            catalogue::HeadMove::Right => HeadMove::Right,
            catalogue::HeadMove::Up => HeadMove::Up,
            catalogue::HeadMove::Down => HeadMove::Down,
            catalogue::HeadMove::Closer => HeadMove::Closer,
        });
        let mouth = declared.mouth.iter().map(|mouth| match mouth {
            catalogue::MouthMove::Open => MouthMove::Open,
            catalogue::MouthMove::Smile => MouthMove::Smile,
        });
        let eyes = declared.eyes.iter().map(|eyes| match eyes {
            catalogue::EyeMove::BlinkTwice => EyeMove::BlinkTwice,
            catalogue::EyeMove::BlinkThrice => EyeMove::BlinkThrice,
        });
        Self {
            head: head.collect(),
            mouth: mouth.collect(),
            vocabulary: declared.vocabulary.clone(),
            phrase_len: declared.phrase_len,
            lips_in_step: declared.lips_in_step,
            declared_by: declared.declared_by.clone(),
            eyes: eyes.collect(),
            consent: declared.consent,
        }
    }
}

impl From<&Repertoire> for catalogue::Repertoire {
    fn from(reported: &Repertoire) -> Self {
        let head = reported.head.iter().map(|head| match head {
            HeadMove::Left => catalogue::HeadMove::Left,
            HeadMove::Right => catalogue::HeadMove::Right,
            HeadMove::Up => catalogue::HeadMove::Up,
            HeadMove::Down => catalogue::HeadMove::Down,
            HeadMove::Closer => catalogue::HeadMove::Closer,
        });
        let mouth = reported.mouth.iter().map(|mouth| match mouth {
            MouthMove::Open => catalogue::MouthMove::Open,
            MouthMove::Smile => catalogue::MouthMove::Smile,
        });
        let eyes = reported.eyes.iter().map(|eyes| match eyes {
            EyeMove::BlinkTwice => catalogue::EyeMove::BlinkTwice,
            EyeMove::BlinkThrice => catalogue::EyeMove::BlinkThrice,
        });
        Self {
            head: head.collect(),
            mouth: mouth.collect(),
            eyes: eyes.collect(),
            vocabulary: reported.vocabulary.clone(),
            phrase_len: reported.phrase_len,
            lips_in_step: reported.lips_in_step,
            consent: reported.consent,
            declared_by: reported.declared_by.clone(),
        }
    }
}

impl From<&catalogue::Prompt> for Prompt {
    fn from(prompt: &catalogue::Prompt) -> Self {
        match prompt {
            catalogue::Prompt::HeadLeft => Self::Head(HeadMove::Left),
            catalogue::Prompt::HeadRight => Self::Head(HeadMove::Right),
            catalogue::Prompt::HeadUp => Self::Head(HeadMove::Up),
            catalogue::Prompt::HeadDown => Self::Head(HeadMove::Down),
            catalogue::Prompt::HeadCloser => Self::Head(HeadMove::Closer),
            catalogue::Prompt::MouthOpen => Self::Mouth(MouthMove::Open),
            catalogue::Prompt::Smile => Self::Mouth(MouthMove::Smile),
            catalogue::Prompt::BlinkTwice => Self::Eyes(EyeMove::BlinkTwice),
            catalogue::Prompt::BlinkThrice => Self::Eyes(EyeMove::BlinkThrice),
            catalogue::Prompt::Say(words) => Self::Say(words.clone()),
        }
    }
}

impl Object for LivenessReport {
    const TYPE: &'static str = "wetsign/report/1";
    const LIMIT: usize = limits::REPORT;

    fn signer(&self) -> Option<PublicKey> {
        None
    }

    fn check(&self) -> Result<(), Error> {
        within("head moves", self.repertoire.head.len(), limits::LIST)?;
        within("mouth moves", self.repertoire.mouth.len(), limits::LIST)?;
        within("eye moves", self.repertoire.eyes.len(), limits::LIST)?;
        within("vocabulary", self.repertoire.vocabulary.len(), limits::LIST)?;
        within("prompts", self.prompts.len(), limits::LIST)?;
        ascending(Self::TYPE, "gates", &self.gates, limits::LIST, |gate| gate.name.as_str())?;
        self.gates.iter().try_for_each(|gate| name(Self::TYPE, "gate name", &gate.name))?;
        if let Some(advice) = &self.light_advice {
            // No light falls on a recording: whoever says so is wrong.
            let live = matches!(self.source, Some(Source::Live { .. }));
            if !live || !advice.is_something() {
                let reason = "needs a live source, and a doubt or figures";
                return Err(Error::value(Self::TYPE, "light_advice", reason));
            }
        }
        if self.repertoire.consent != self.spoken.is_some() {
            let reason = "is there if and only if the repertoire says that consent is spoken";
            return Err(Error::value(Self::TYPE, "spoken", reason));
        }
        if let Some(layers) = &self.confinement {
            ascending(Self::TYPE, "confinement", layers, limits::LIST, String::as_str)?;
            layers.iter().try_for_each(|layer| name(Self::TYPE, "confinement", layer))?;
        }
        ascending(Self::TYPE, "not_shown", &self.not_shown, limits::LIST, String::as_str)
    }
}
