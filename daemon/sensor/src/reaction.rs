//! How soon a head answers a prompt: who moves before it can have been read knew of it. Only where somebody is there to
//! answer: a recording was cut to begin with its movement.

use wetsign_liveness::{Measure, Measurements, Part, Prompt};

use crate::moves::{Rest, Shown};

/// Seconds from each prompt that the head answered to its first movement.
#[derive(Default)]
pub struct Reactions {
    all: Vec<f64>,
    /// What the first frame of the present step showed, and when the head began to move.
    first: Option<Shown>,
    begun: Option<f64>,
}

impl Reactions {
    /// Looks at a frame, `seconds` after its prompt was shown.
    pub fn look(&mut self, rest: &Rest, prompt: &Prompt, now: &Shown, seconds: f64) {
        if prompt.part() != Part::Head {
            return;
        }
        let first = *self.first.get_or_insert(*now);
        if self.begun.is_none() && rest.has_begun(prompt, &first, now) {
            self.begun = Some(seconds);
        }
    }

    /// The step is over; one that did not show its movement is no answer.
    pub fn end(&mut self, seen: bool) {
        self.all.extend(self.begun.take().filter(|_| seen));
        self.first = None;
    }

    /// Fills in the soonest; nothing where no prompt was answered.
    pub fn measure(&self, into: &mut Measurements) {
        if let Some(soonest) = self.all.iter().copied().reduce(f64::min) {
            into.set(Measure::Reaction, soonest);
        }
    }
}

#[cfg(test)]
mod tests {
    use wetsign_infer::geometry::Pose;
    use wetsign_models::manifest::Manifest;

    use super::*;

    fn shown(yaw: f32) -> Shown {
        Shown { pose: Pose { yaw, pitch: 0.0, roll: 0.0 }, mouth: 0.03, smile: 0.6, eyes: 0.06, size: 100.0 }
    }

    fn after(yaws: &[f32], seen: bool) -> Option<i32> {
        let rest = Rest::of(&[shown(0.0)], Manifest::embedded().capture.moves).unwrap();
        let mut reactions = Reactions::default();
        for (frame, yaw) in yaws.iter().enumerate() {
            reactions.look(&rest, &Prompt::HeadLeft, &shown(*yaw), frame as f64 / 10.0);
        }
        reactions.end(seen);
        let mut measured = Measurements::new();
        reactions.measure(&mut measured);
        measured.get(Measure::Reaction)
    }

    #[test]
    fn an_answer_counts_from_its_prompt_to_the_first_movement() {
        assert_eq!(after(&[0.0, 0.01, 0.02, 0.1, 0.2], true), Some(300));
        assert_eq!(after(&[0.0, -0.1, -0.2], true), None, "the wrong way is no answer");
        assert_eq!(after(&[0.0, 0.1, 0.2], false), None, "nor is what did not come to its end");
    }

    #[test]
    fn the_soonest_of_all_prompts_is_told() {
        let reactions = Reactions { all: vec![0.4, 0.9, 0.3], ..Reactions::default() };
        let mut measured = Measurements::new();
        reactions.measure(&mut measured);
        assert_eq!(measured.get(Measure::Reaction), Some(300));
    }
}
