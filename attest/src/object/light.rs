//! How a face answered the colours that the kiosk's page shone on it: advice beside the gates.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use wetsign_liveness::light;
use wetsign_models::manifest::Manifest;

/// What the screen's light says of a capture. No check asks for it and none is decided by it; its figures travel, so
/// that a reader with better bounds may judge again. The colours are derived from the report's challenge
/// ([`light::derive`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct LightAdvice {
    /// What speaks against a living face, by the kiosk's bounds; absent: nothing does.
    #[n(1)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<LightDoubt>,
    /// What was measured; absent: nothing could be, which is a doubt.
    #[n(2)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reflection: Option<Reflection>,
}

/// Figures of [`light::Reflection`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cbor(map)]
pub struct Reflection {
    /// Correlation of the face's hue with the screen's, thousandths.
    #[n(1)]
    pub follows: i32,
    /// How late the face is, milliseconds.
    #[n(2)]
    pub lag_ms: i32,
    /// How much less than the face its surroundings follow, thousandths; absent where the face leaves no room.
    #[n(3)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearer: Option<i32>,
    /// Whether bright parts answer more than dark ones, thousandths.
    #[n(4)]
    pub proportional: i32,
}

/// What speaks against a living face before the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum LightDoubt {
    /// The face does not follow the colours.
    #[n(1)]
    NotFollowed,
    /// It follows too early or too late.
    #[n(2)]
    OutOfStep,
    /// What stands around it follows nearly as much.
    #[n(3)]
    NoNearer,
    /// Dark parts answer as bright ones do.
    #[n(4)]
    LikeGlass,
    /// No face throughout the light, or nothing in it changes.
    #[n(5)]
    NotMeasured,
}

impl LightDoubt {
    /// As JSON has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotFollowed => "not_followed",
            Self::OutOfStep => "out_of_step",
            Self::NoNearer => "no_nearer",
            Self::LikeGlass => "like_glass",
            Self::NotMeasured => "not_measured",
        }
    }
}

impl LightAdvice {
    /// The advice on what a capture under the light showed; `None`: nothing could be measured.
    pub fn of(measured: Option<light::Reflection>) -> Self {
        let doubt = match measured {
            None => Some(LightDoubt::NotMeasured),
            Some(found) => found.doubt(&Manifest::embedded().light).map(|doubt| match doubt {
                light::Doubt::NotFollowed => LightDoubt::NotFollowed,
                light::Doubt::OutOfStep => LightDoubt::OutOfStep,
                light::Doubt::NoNearer => LightDoubt::NoNearer,
                light::Doubt::LikeGlass => LightDoubt::LikeGlass,
            }),
        };
        let thousandths = |value: f64| (value * 1000.0).round() as i32;
        let reflection = measured.map(|found| Reflection {
            follows: thousandths(found.follows),
            lag_ms: thousandths(found.lag),
            nearer: found.nearer.map(thousandths),
            proportional: thousandths(found.proportional),
        });
        Self { doubt, reflection }
    }

    /// Whether it says anything: a doubt, or figures without one.
    pub(super) const fn is_something(&self) -> bool {
        self.doubt.is_some() || self.reflection.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SKIN: light::Reflection =
        light::Reflection { follows: 0.97, lag: 0.1, nearer: Some(0.8), proportional: 0.9 };

    #[test]
    fn advice_says_what_was_measured_and_what_speaks_against_it() {
        let figures = Reflection { follows: 970, lag_ms: 100, nearer: Some(800), proportional: 900 };
        assert_eq!(LightAdvice::of(Some(SKIN)), LightAdvice { doubt: None, reflection: Some(figures) });
        let late = LightAdvice::of(Some(light::Reflection { lag: 0.5, ..SKIN }));
        assert_eq!(late.doubt, Some(LightDoubt::OutOfStep));
        assert_eq!(late.reflection.map(|found| found.lag_ms), Some(500));
    }

    #[test]
    fn what_could_not_be_measured_is_doubted() {
        let nothing = LightAdvice::of(None);
        assert_eq!(nothing, LightAdvice { doubt: Some(LightDoubt::NotMeasured), reflection: None });
        let no_number = LightAdvice::of(Some(light::Reflection { follows: f64::NAN, ..SKIN }));
        assert_eq!(no_number.doubt, Some(LightDoubt::NotFollowed));
    }
}
