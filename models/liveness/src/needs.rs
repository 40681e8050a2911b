//! What a person cannot do, so that something else is asked of them, never less.
//!
//! Which movements are left out has to be said before the element draws its challenge. A verifier cannot see when it
//! was said: whoever could choose afterwards would choose among [`Needs::CHOICES`] catalogues, which is worth at most
//! log2 of that number. The phrase of a catalogue with something left out is therefore longer, by enough words to make
//! up both for the movements and for this choice ([`Repertoire::live_for`](crate::Repertoire::live_for)).
//!
//! Speaking cannot be left out, since the voice is one of the two things that a match proves; nor can all movements
//! that show a head's depth.

use std::collections::BTreeSet;

pub use crate::prompts::Ability;
use crate::prompts::Prompt;

/// Nothing would be left that shows a head's depth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "turning the head and raising or lowering the chin cannot both be left out: without one of them a photo that speaks cannot \
     be told from a person"
)]
pub struct NoDepthLeft;

/// What a person cannot do. Empty for most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs(BTreeSet<Ability>);

impl Needs {
    /// How many different catalogues there are: three ways with turning and nodding, two with each of the others.
    pub const CHOICES: usize = 3 * 2 * 2 * 2;

    /// What cannot be done, in any order.
    ///
    /// # Errors
    /// [`NoDepthLeft`] without turning and nodding.
    pub fn new(cannot: impl IntoIterator<Item = Ability>) -> Result<Self, NoDepthLeft> {
        let cannot: BTreeSet<Ability> = cannot.into_iter().collect();
        if cannot.contains(&Ability::Turn) && cannot.contains(&Ability::Nod) {
            return Err(NoDepthLeft);
        }
        Ok(Self(cannot))
    }

    /// Every catalogue there is.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..1_u8 << Ability::ALL.len()).filter_map(|bits| {
            Self::new(
                Ability::ALL
                    .into_iter()
                    .enumerate()
                    .filter(|(i, _)| bits >> i & 1 == 1)
                    .map(|(_, ability)| ability),
            )
            .ok()
        })
    }

    /// Whether the full catalogue is asked.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a person can be asked for it.
    pub fn allow(&self, prompt: &Prompt) -> bool {
        prompt.row().ability.is_none_or(|ability| !self.0.contains(&ability))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_catalogues_as_are_made_up_for() {
        assert_eq!(Needs::all().count(), Needs::CHOICES);
    }

    #[test]
    fn a_movement_that_shows_depth_is_always_left() {
        assert_eq!(Needs::new([Ability::Nod, Ability::Blink, Ability::Turn]), Err(NoDepthLeft));
        assert!(Needs::new([Ability::Nod, Ability::ComeCloser, Ability::Mouth, Ability::Blink]).is_ok());
    }
}
