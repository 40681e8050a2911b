//! A recorded session: one JSON object a line, as `wetsign --json session watch` prints them.
//!
//! Before those lines stand the page's own, for what happens before a session: `asked`, `idle`, `who`, `ask_consent`,
//! `needs`, `ask_name`, `ask_enrolment`, `ask_phone`, `phones`, `approved`, `lost`. A `mark` gives a line a name for
//! who looks for it. Pictures are never in a recording: a line `preview` stands for one, and a drawing is shown in its
//! place.

use serde::{Deserialize, Deserializer};

use crate::{Asked, Event, Phase, plain};

/// Largest recording, bytes.
pub const MOST_BYTES: usize = 4 * 1024 * 1024;
/// Most lines of one.
pub const MOST_LINES: usize = 20_000;
/// Longest time that one may take, milliseconds.
pub const MOST_MS: u64 = 3_600_000;

/// An event with its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Milliseconds since the recording began.
    pub at_ms: u64,
    /// What happened.
    pub event: Event,
}

/// What is wrong with a recording.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// It is larger than any session.
    #[error("a recording has at most {most} {what}, this one {found}")]
    Long {
        /// Of what.
        what: &'static str,
        /// The bound.
        most: usize,
        /// What was found.
        found: usize,
    },
    /// A line is no JSON object of the known form.
    #[error("line {line} of the recording is no event: {why}")]
    Line {
        /// From 1.
        line: usize,
        /// What the parser says.
        why: serde_json::Error,
    },
    /// A line says nothing that is known.
    #[error("line {line} of the recording says nothing that a page knows: {text}")]
    Unknown {
        /// From 1.
        line: usize,
        /// Its beginning.
        text: String,
    },
    /// Time runs back, or on for too long.
    #[error(
        "line {line} of the recording is at {at_ms} ms: a time runs on from {from} ms to at most {MOST_MS}"
    )]
    Time {
        /// From 1.
        line: usize,
        /// Its time.
        at_ms: u64,
        /// The time of the line before.
        from: u64,
    },
    /// Nothing is in it.
    #[error("the recording has no event")]
    Empty,
}

/// One line as it is written. What a page does not show (`text`, values of gates) is read over.
#[derive(Debug, Deserialize)]
struct Written {
    #[serde(default)]
    at_ms: u64,
    state: Option<String>,
    notice: Option<String>,
    progress_thousandths: Option<u32>,
    prompt: Option<String>,
    text: Option<String>,
    #[serde(default)]
    index: u32,
    #[serde(default)]
    total: u32,
    preview: Option<bool>,
    gates: Option<Vec<WrittenGate>>,
    #[serde(default, deserialize_with = "present")]
    light: Option<Shone>,
    code: Option<String>,
    refused: Option<String>,
    #[serde(default)]
    kept: bool,
    cosignature: Option<String>,
    decline: Option<String>,
    validator_key: Option<String>,
    times: Option<Vec<WrittenTime>>,
    request: Option<String>,
    idle: Option<u32>,
    who: Option<Vec<String>>,
    asked: Option<Asked>,
    ask_consent: Option<bool>,
    needs: Option<Vec<String>>,
    ask_name: Option<bool>,
    ask_enrolment: Option<String>,
    ask_phone: Option<bool>,
    phones: Option<bool>,
    invitation: Option<String>,
    pairing: Option<String>,
    approved: Option<String>,
    lost: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct WrittenGate {
    passed: bool,
    #[serde(default)]
    explains: bool,
}

/// A colour, or `null` where the page is itself again: other than nothing at all.
#[derive(Debug)]
struct Shone(Option<[u8; 3]>);

fn present<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Shone>, D::Error> {
    Option::deserialize(from).map(|colour| Some(Shone(colour)))
}

#[derive(Debug, Deserialize)]
struct WrittenTime {
    step: String,
    ms: u64,
}

/// Reads a recording.
///
/// # Errors
/// [`RecordingError`] names the line.
pub fn read(text: &str) -> Result<Vec<Line>, RecordingError> {
    bounded("bytes", MOST_BYTES, text.len())?;
    let written: Vec<(usize, &str)> = text
        .lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line.trim()))
        .filter(|(_, line)| !line.is_empty())
        .collect();
    bounded("lines", MOST_LINES, written.len())?;
    let (mut lines, mut last) = (Vec::new(), 0);
    for (line, text) in written {
        let entry: Written = serde_json::from_str(text).map_err(|why| RecordingError::Line { line, why })?;
        let at_ms = entry.at_ms;
        if at_ms < last || at_ms > MOST_MS {
            return Err(RecordingError::Time { line, at_ms, from: last });
        }
        last = at_ms;
        let event =
            entry.event().ok_or_else(|| RecordingError::Unknown { line, text: plain::line(text, 60) })?;
        lines.push(Line { at_ms, event });
    }
    if lines.is_empty() { Err(RecordingError::Empty) } else { Ok(lines) }
}

const fn bounded(what: &'static str, most: usize, found: usize) -> Result<(), RecordingError> {
    if found > most { Err(RecordingError::Long { what, most, found }) } else { Ok(()) }
}

impl Written {
    fn event(self) -> Option<Event> {
        let name = |name: String| plain::line(&name, 64);
        Some(match self {
            Self { state: Some(state), .. } => Event::Phase(Phase::of(&state)?),
            Self { notice: Some(code), progress_thousandths, .. } => Event::told(&code, progress_thousandths),
            Self { prompt: Some(code), text, index, total, .. } => {
                Event::prompt(index, total, &code, &text.unwrap_or_default())
            }
            Self { preview: Some(true), .. } => Event::Preview,
            Self { gates: Some(gates), .. } => {
                Event::gates(gates.iter().map(|gate| (gate.passed, gate.explains)))
            }
            Self { light: Some(Shone(colour)), .. } => Event::Light(colour),
            Self { code: Some(digits), .. } => Event::Code(plain::digits(&digits)),
            Self { refused: Some(code), kept, .. } => Event::refused(&code, kept),
            Self { cosignature: Some(id), .. } => Event::CoSigned { id: number(&id) },
            Self { decline: Some(_), .. } => Event::Declined,
            Self { validator_key: Some(_), .. } => Event::Enrolled,
            Self { times: Some(times), .. } => {
                Event::times(times.iter().map(|time| (time.step.as_str(), time.ms)))
            }
            Self { request: Some(_), .. } => Event::Subject,
            Self { idle: Some(waiting), .. } => Event::Idle { waiting },
            Self { who: Some(names), .. } => Event::who(names.into_iter()),
            Self { asked: Some(asked), .. } => Event::Asked(Box::new(asked.fit())),
            Self { ask_consent: Some(shines), .. } => Event::AskConsent { shines },
            Self { needs: Some(needs), .. } => Event::Needs(needs),
            Self { ask_name: Some(true), .. } => Event::AskName,
            Self { ask_enrolment: Some(text), .. } => Event::AskEnrolment { name: name(text) },
            Self { ask_phone: Some(true), .. } => Event::AskPhone,
            Self { phones: Some(phones), .. } => Event::Phones(phones),
            Self { invitation: Some(text), .. } => Event::invitation(&text),
            Self { pairing: Some(_), .. } => Event::Paired,
            Self { approved: Some(id), .. } => Event::Approved { id: number(&id) },
            Self { lost: Some(true), .. } => Event::Lost,
            _ => return None,
        })
    }
}

/// A hexadecimal number, at most 64 digits; what else stands there is left out.
fn number(text: &str) -> String {
    text.chars().filter(char::is_ascii_hexdigit).take(64).collect()
}
