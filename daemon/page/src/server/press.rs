//! What a person pressed.

use serde::Deserialize;

use crate::{Language, plain};

/// Longest name that a person may give, characters.
const NAME: usize = 64;

/// What a person pressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Press {
    /// Read the request that waits.
    Begin,
    /// I am this one of those who were shown.
    Who(usize),
    /// Yes.
    Yes,
    /// No, for no reason.
    No,
    /// I agree to be recorded.
    Agree,
    /// Something is hard for me.
    Needs,
    /// This is, or is not any more.
    Need(String),
    /// That was all.
    NeedsDone,
    /// I want to be enrolled.
    Enrol,
    /// I am called so.
    Name(String),
    /// My phone is here, and keeps the key.
    Phone,
    /// It is not: the kiosk keeps the key.
    Alone,
    /// I am enrolled, and want to pair a phone.
    Pair,
    /// Both show the same digits.
    Same,
    /// They do not.
    Other,
    /// I leave.
    Leave,
    /// I have read it.
    End,
    /// Once more.
    Again,
    /// In this language.
    Language(Language),
    /// Show a recording at this line, from 1. Only where one is shown.
    At(usize),
}

/// It is no press of this page.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PressError {
    /// No JSON object with `do` and `value`.
    #[error("a press is {{\"do\": …, \"value\": …}}: {0}")]
    Form(String),
    /// Nothing on the page does that.
    #[error("nothing on the page does {what:?} with {value:?}")]
    Unknown {
        /// What was to be done.
        what: String,
        /// With what.
        value: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    r#do: String,
    #[serde(default)]
    value: String,
}

impl Press {
    /// Reads a press as the page sends it.
    ///
    /// # Errors
    /// [`PressError`] for anything else.
    pub fn read(body: &[u8]) -> Result<Self, PressError> {
        let Written { r#do: what, value } =
            serde_json::from_slice(body).map_err(|why| PressError::Form(why.to_string()))?;
        let unknown = |what: &str, value: &str| PressError::Unknown {
            what: plain::line(what, 20),
            value: plain::line(value, 20),
        };
        Ok(match (what.as_str(), value.as_str()) {
            ("begin", "") => Self::Begin,
            ("yes", "") => Self::Yes,
            ("no", "") => Self::No,
            ("agree", "") => Self::Agree,
            ("needs", "") => Self::Needs,
            ("needs_done", "") => Self::NeedsDone,
            ("enrol", "") => Self::Enrol,
            ("phone", "") => Self::Phone,
            ("alone", "") => Self::Alone,
            ("pair", "") => Self::Pair,
            ("same", "") => Self::Same,
            ("other", "") => Self::Other,
            ("leave", "") => Self::Leave,
            ("end", "") => Self::End,
            ("again", "") => Self::Again,
            ("need", code) if crate::html::NEEDS.contains(&code) => Self::Need(value),
            ("who", place) => Self::Who(place.parse().map_err(|_| unknown("who", place))?),
            ("at", line) => Self::At(line.parse().map_err(|_| unknown("at", line))?),
            ("language", tag) => Self::Language(Language::of(tag).ok_or_else(|| unknown("language", tag))?),
            ("name", name) => match plain::line(name.trim(), NAME) {
                name if !name.is_empty() => Self::Name(name),
                _ => return Err(unknown("name", name)),
            },
            (what, value) => return Err(unknown(what, value)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_button_does_is_refused() {
        for body in [
            "",
            "[]",
            "{}",
            r#"{"do":"sign"}"#,
            r#"{"do":"yes","value":"x"}"#,
            r#"{"do":"who","value":"-1"}"#,
            r#"{"do":"need","value":"speak"}"#,
            r#"{"do":"name","value":" "}"#,
            r#"{"do":"language","value":"xx"}"#,
            r#"{"do":"yes","more":1}"#,
        ] {
            assert!(Press::read(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn a_name_is_bounded_and_steers_nothing() {
        let body = format!(r#"{{"do":"name","value":"a\u202eb{}"}}"#, "x".repeat(100));
        let Ok(Press::Name(name)) = Press::read(body.as_bytes()) else { panic!("no name") };
        assert!(name.starts_with("abx") && name.chars().count() == NAME + 1);
    }
}
