//! What a container says of a track.

use super::colour::Colour;
use super::turn::Turn;

/// Most frames that a film may list: more than four hours at 60 a second.
pub const MAX_FRAMES: usize = 1 << 20;

/// What the container says of the first picture track.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Film {
    /// When each picture is shown, seconds, ascending.
    pub times: Vec<f64>,
    /// How to turn it for showing.
    pub turn: Turn,
    /// What its colours mean.
    pub colour: Colour,
}

/// When a sound track begins and which part of it is meant to be heard.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SoundEdit {
    /// Silence before it, seconds.
    pub delay: f64,
    /// Left out at its beginning, seconds: what the coder needed to start.
    pub skip: f64,
    /// Heard after that, seconds; `None`: to its end.
    pub length: Option<f64>,
}
