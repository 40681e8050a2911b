//! What is left out of a fit and tested: never a speaker, synthesiser or loudspeaker of that fit.

use super::material::{Presentation, Species};
use crate::recapture::Half;

/// Parts that the speakers are dealt to.
pub const FOLDS: usize = 4;

/// What is left out of a fit and tested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unseen {
    /// A synthesiser; with all others in the fit.
    Synthesiser(String),
    /// Loudspeakers of the half that is not fitted on.
    Loudspeakers,
}

/// What a fold fits and tests on.
pub struct Parts<'a> {
    /// Fitted on.
    pub fit: Vec<&'a Presentation>,
    /// Tested on.
    pub test: Vec<&'a Presentation>,
}

/// Over all folds every bona fide presentation is tested once, and every attack of the unseen species: copies of a
/// living speaker in that speaker's fold, others by turns. `dealt` are the kins of the living in the order in which
/// they were dealt.
pub fn divide<'a>(all: &'a [Presentation], dealt: &[&str], unseen: &Unseen, fold: usize) -> Parts<'a> {
    let mut parts = Parts { fit: Vec::new(), test: Vec::new() };
    let mut turn = 0;
    for presentation in all {
        let own_fold = dealt.iter().position(|kin| *kin == presentation.kin).map(|place| place % FOLDS);
        let (here, elsewhere) = (own_fold == Some(fold), own_fold != Some(fold));
        let (tested, fitted) = match (&presentation.species, unseen) {
            (Species::BonaFide, _) => (here, elsewhere),
            (Species::Synthesis(name), Unseen::Synthesiser(left_out)) if name == left_out => {
                turn += 1;
                (own_fold.unwrap_or(turn % FOLDS) == fold, false)
            }
            (Species::Synthesis(_), Unseen::Synthesiser(_)) => (false, elsewhere),
            (Species::Replay(half), Unseen::Loudspeakers) => {
                (*half == Half::Test && here, *half == Half::Fit && elsewhere)
            }
            _ => (false, false),
        };
        if tested {
            parts.test.push(presentation);
        }
        if fitted {
            parts.fit.push(presentation);
        }
    }
    parts
}
