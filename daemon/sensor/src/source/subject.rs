//! `subject.toml`: what a replayed subject is made of and what it declares.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use wetsign_liveness::Prompt;
use wetsign_sensor_ipc::Part;

use super::SourceError;

/// Words of a phrase where the file does not say.
const PHRASE_LEN: u8 = 6;
/// Silence between recordings where the file does not say, seconds; and the longest that makes sense.
const GAP: f64 = 0.2;
const LONGEST_GAP: f64 = 2.0;

/// The file as it is written.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// What the subject is called in labels.
    pub name: String,
    /// The video. Relative to the folder of this file; `data:…` is relative to the cache's test data.
    pub video: String,
    /// Recordings of single letters or words.
    pub speech: Option<Speech>,
    /// Lips and sound come from one recording, in step.
    #[serde(default)]
    pub lips_in_step: bool,
    /// Stretches of the video.
    #[serde(rename = "stretch")]
    pub stretches: Vec<Stretch>,
}

/// Recordings that phrases are joined from.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Speech {
    /// What the recordings hold.
    pub kind: SpeechKind,
    /// A folder with one sound file for each, named after it (`K.ogg`).
    pub directory: String,
    /// Which of them are understood well enough to be asked; without it all of them.
    pub vocabulary: Option<Vec<String>>,
    /// Words of a phrase.
    #[serde(default = "phrase_len")]
    pub phrase_len: u8,
    /// Silence between joined recordings, seconds.
    #[serde(default = "gap")]
    pub gap: f64,
    /// Cut the silence about each recording: long pauses drive the recogniser into repetitions.
    #[serde(default)]
    pub trim: bool,
}

fn phrase_len() -> u8 {
    PHRASE_LEN
}

fn gap() -> f64 {
    GAP
}

/// What recordings hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpeechKind {
    /// Single letters.
    Letters,
    /// Single words.
    Words,
}

/// From where to where the video shows something.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stretch {
    /// What it shows.
    pub show: Show,
    /// Seconds.
    pub from: f64,
    /// Seconds.
    pub to: f64,
    /// Which capture may play it.
    pub part: StretchPart,
}

/// What a stretch shows, in the subject's own directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Show {
    /// Looking at the camera, at rest.
    Neutral,
    /// Head turned to the left.
    HeadLeft,
    /// Head turned to the right.
    HeadRight,
    /// Chin raised.
    HeadUp,
    /// Chin lowered.
    HeadDown,
    /// Mouth wide open.
    MouthOpen,
    /// A broad smile.
    Smile,
    /// The face brought closer to the camera.
    HeadCloser,
    /// Both eyes shut for a moment, twice.
    BlinkTwice,
    /// The same three times.
    BlinkThrice,
}

impl Show {
    /// What shows a prompt; words are spoken at rest.
    pub fn of(prompt: &Prompt) -> Self {
        match prompt {
            Prompt::HeadLeft => Self::HeadLeft,
            Prompt::HeadRight => Self::HeadRight,
            Prompt::HeadUp => Self::HeadUp,
            Prompt::HeadDown => Self::HeadDown,
            Prompt::HeadCloser => Self::HeadCloser,
            Prompt::MouthOpen => Self::MouthOpen,
            Prompt::Smile => Self::Smile,
            Prompt::BlinkTwice => Self::BlinkTwice,
            Prompt::BlinkThrice => Self::BlinkThrice,
            Prompt::Say(_) => Self::Neutral,
        }
    }
}

/// Which capture may play a stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StretchPart {
    /// First capture of an enrolment.
    Enrol,
    /// Second capture of an enrolment.
    Confirm,
    /// Capture for a request.
    Verify,
}

impl StretchPart {
    /// Whether it is the wire's part.
    pub fn is(self, part: Part) -> bool {
        matches!(
            (self, part),
            (Self::Enrol, Part::Enrol) | (Self::Confirm, Part::Confirm) | (Self::Verify, Part::Verify)
        )
    }
}

impl Subject {
    /// Reads and checks `subject.toml` in a folder.
    pub fn read(directory: &Path) -> Result<Self, SourceError> {
        let path = directory.join("subject.toml");
        let text = std::fs::read_to_string(&path).map_err(|error| {
            SourceError::Unavailable(format!("{} cannot be read: {error}", path.display()))
        })?;
        Self::parse(&text).map_err(|why| SourceError::Unavailable(format!("{}: {why}", path.display())))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let subject: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        if let Some(speech) = &subject.speech
            && !(0.0..=LONGEST_GAP).contains(&speech.gap)
        {
            return Err(format!("speech.gap is {}, it must be between 0 and {LONGEST_GAP} s", speech.gap));
        }
        for (index, a) in subject.stretches.iter().enumerate() {
            if !(a.from >= 0.0 && a.from < a.to && a.to.is_finite()) {
                return Err(format!("stretch {:?} runs from {} to {}", a.show, a.from, a.to));
            }
            for b in &subject.stretches[..index] {
                if a.part != b.part && a.from < b.to && b.from < a.to {
                    return Err(format!(
                        "stretches of different parts overlap: {:?} {}–{} ({:?}) and {:?} {}–{} ({:?})",
                        b.show, b.from, b.to, b.part, a.show, a.from, a.to, a.part
                    ));
                }
            }
        }
        Ok(subject)
    }
}

/// A path of `subject.toml`: `data:…` lies in the cache's test data, all else relative to the subject's folder.
pub fn resolve(path: &str, directory: &Path, cache: &Path) -> PathBuf {
    match path.strip_prefix("data:") {
        Some(path) => cache.join("data").join(path),
        None => directory.join(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "name = 'w'\nvideo = 'data:w/v.mp4'\n";

    fn stretch(show: &str, from: f64, to: f64, part: &str) -> String {
        format!("[[stretch]]\nshow = '{show}'\nfrom = {from:?}\nto = {to:?}\npart = '{part}'\n")
    }

    #[test]
    fn stretches_of_different_parts_must_not_overlap() {
        let two = |part| {
            HEAD.to_owned() + &stretch("neutral", 0.0, 2.0, "enrol") + &stretch("smile", 1.0, 3.0, part)
        };
        assert!(Subject::parse(&two("enrol")).is_ok());
        assert!(Subject::parse(&two("verify")).unwrap_err().contains("overlap"));
    }

    #[test]
    fn a_stretch_must_run_forwards_and_keys_must_be_known() {
        assert!(Subject::parse(&(HEAD.to_owned() + &stretch("neutral", 2.0, 2.0, "enrol"))).is_err());
        assert!(Subject::parse(&(HEAD.to_owned() + &stretch("wink", 1.0, 2.0, "enrol"))).is_err());
        assert!(Subject::parse(&format!("{HEAD}age = 3\nstretch = []\n")).is_err());
    }

    #[test]
    fn paths_are_relative_to_the_folder_or_to_the_test_data() {
        let (here, cache) = (Path::new("/subjects/w"), Path::new("/cache"));
        assert_eq!(resolve("data:w/v.mp4", here, cache), Path::new("/cache/data/w/v.mp4"));
        assert_eq!(resolve("v.mp4", here, cache), Path::new("/subjects/w/v.mp4"));
        assert_eq!(resolve("/v.mp4", here, cache), Path::new("/v.mp4"));
    }
}
