//! The one table of prompts: what a person can be asked to show.

use serde::{Deserialize, Serialize};

use crate::phrase;

/// What a prompt moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The head.
    Head,
    /// The mouth.
    Mouth,
    /// The eyelids.
    Eyes,
    /// The voice.
    Voice,
}

impl Part {
    /// Stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Mouth => "mouth",
            Self::Eyes => "eyes",
            Self::Voice => "voice",
        }
    }

    /// Whether a choice among its prompts guards against a recording. One broad smile with the mouth open shows both
    /// movements of the mouth, and one film of many blinks may be cut where it fits.
    pub const fn counts(self) -> bool {
        matches!(self, Self::Head | Self::Voice)
    }
}

/// Something that the catalogue asks for and that a person may be unable to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ability {
    /// Turn the head to the left and to the right.
    Turn,
    /// Raise and lower the chin.
    Nod,
    /// Come closer with the face.
    ComeCloser,
    /// Open the mouth wide, smile broadly.
    Mouth,
    /// Blink when asked.
    Blink,
}

impl Ability {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Turn, Self::Nod, Self::ComeCloser, Self::Mouth, Self::Blink];
}

/// One thing that a person is asked to show. Directions are the person's own.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Prompt {
    /// Turn the head to one's own left.
    HeadLeft,
    /// Turn the head to one's own right.
    HeadRight,
    /// Raise the chin.
    HeadUp,
    /// Lower the chin.
    HeadDown,
    /// Come closer to the camera.
    HeadCloser,
    /// Open the mouth wide.
    MouthOpen,
    /// Smile broadly.
    Smile,
    /// Shut both eyes for a moment, twice.
    BlinkTwice,
    /// The same three times.
    BlinkThrice,
    /// Speak these letters or words in this order.
    Say(Vec<String>),
}

/// One row.
#[derive(Debug)]
pub struct PromptRow {
    /// A stable code.
    pub code: &'static str,
    /// What a person is told; words to be spoken follow it.
    pub words: &'static str,
    /// What it moves. The gates of that part are asked with it.
    pub part: Part,
    /// What a person must be able to do; nobody is excused from speaking.
    pub ability: Option<Ability>,
}

impl Prompt {
    /// Its row of the table.
    pub const fn row(&self) -> PromptRow {
        use Ability::{Blink, ComeCloser, Mouth, Nod, Turn};
        let (code, words, part, ability) = match self {
            Self::HeadLeft => ("head_left", "turn your head to your left", Part::Head, Some(Turn)),
            Self::HeadRight => ("head_right", "turn your head to your right", Part::Head, Some(Turn)),
            Self::HeadUp => ("head_up", "raise your chin", Part::Head, Some(Nod)),
            Self::HeadDown => ("head_down", "lower your chin", Part::Head, Some(Nod)),
            Self::HeadCloser => ("head_closer", "come closer with your face", Part::Head, Some(ComeCloser)),
            Self::MouthOpen => ("mouth_open", "open your mouth wide", Part::Mouth, Some(Mouth)),
            Self::Smile => ("smile", "smile", Part::Mouth, Some(Mouth)),
            Self::BlinkTwice => {
                ("blink_twice", "shut your eyes for a moment, twice", Part::Eyes, Some(Blink))
            }
            Self::BlinkThrice => {
                ("blink_thrice", "shut your eyes for a moment, three times", Part::Eyes, Some(Blink))
            }
            Self::Say(_) => ("say", "say", Part::Voice, None),
        };
        PromptRow { code, words, part, ability }
    }

    /// A stable code: `head_left`, `mouth_open`, `say` …
    pub const fn code(&self) -> &'static str {
        self.row().code
    }

    /// The prompt in words, as a person is told it.
    pub fn words(&self) -> String {
        match self {
            Self::Say(words) => format!("{}: {}", self.row().words, phrase::spoken(words)),
            _ => self.row().words.to_owned(),
        }
    }

    /// What it moves.
    pub const fn part(&self) -> Part {
        self.row().part
    }

    /// What a mirror makes of a turn; `None`: it is no turn to a side.
    pub const fn opposite_turn(&self) -> Option<Self> {
        match self {
            Self::HeadLeft => Some(Self::HeadRight),
            Self::HeadRight => Some(Self::HeadLeft),
            _ => None,
        }
    }
}
