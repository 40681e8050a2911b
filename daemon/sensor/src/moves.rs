//! Was a demanded movement shown? Read from the mesh, relative to the same person's rest.
//!
//! Everybody holds the head a little differently and has another mouth, so each measure is compared with its median
//! over the *look ahead* step. A movement counts when it is held over [`Moves::held`] frames in a row, so that one bad
//! mesh is no movement; eyelids count when they were shut and opened again. For the head, the first pose that is newly
//! held after the step began must be the demanded one: whoever runs through all directions until one fits does not
//! pass.
//!
//! A mouth that is open in a broad smile shows both movements of the mouth. That is so with people too, and no bound
//! here could tell it from an answer to either prompt; so these movements add nothing to the entropy of a challenge
//! (`ChallengePlan::residual_millibits`).

use wetsign_infer::geometry::{self, Pose};
use wetsign_infer::{Frame, InferError, Mesh, eyes};
use wetsign_liveness::Prompt;
use wetsign_models::manifest::Moves;

/// What the mesh of one frame shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shown {
    /// Where the head points.
    pub pose: Pose,
    /// Gap between the lips over the mouth's width.
    pub mouth: f32,
    /// Width of the mouth over the distance of the eyes' corners.
    pub smile: f32,
    /// Detail between the eyelids ([`eyes::eye_detail`]).
    pub eyes: f32,
    /// Distance of the eyes' outer corners, pixels.
    pub size: f32,
}

impl Shown {
    /// Reads a frame and its mesh.
    pub fn of(frame: &Frame, mesh: &Mesh) -> Result<Self, InferError> {
        Ok(Self {
            pose: geometry::pose(mesh),
            mouth: geometry::mouth_opening(mesh),
            smile: geometry::smile(mesh),
            eyes: eyes::eye_detail(frame, mesh)?,
            size: geometry::eye_distance(mesh),
        })
    }
}

/// A person's rest, the median of each measure, and how far from it a movement is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rest {
    moves: Moves,
    yaw: f32,
    pitch: f32,
    mouth: f32,
    smile: f32,
    eyes: f32,
    size: f32,
}

/// Where the head is turned, if anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turned {
    Ahead,
    Left,
    Right,
    Up,
    Down,
    Closer,
}

impl Rest {
    /// From the frames of the *look ahead* step; `None` without frames.
    pub fn of(frames: &[Shown], moves: Moves) -> Option<Self> {
        let of = |read: fn(&Shown) -> f32| median(frames.iter().map(read).collect());
        Some(Self {
            moves,
            yaw: of(|s| s.pose.yaw)?,
            pitch: of(|s| s.pose.pitch)?,
            mouth: of(|s| s.mouth)?,
            smile: of(|s| s.smile)?,
            eyes: of(|s| s.eyes)?,
            size: of(|s| s.size)?,
        })
    }

    fn turned(&self, shown: &Shown) -> Turned {
        let (turn, nod) = (
            (shown.pose.yaw - self.yaw) / self.moves.turn.get(),
            (shown.pose.pitch - self.pitch) / self.moves.nod.get(),
        );
        match (turn.abs() >= nod.abs(), turn, nod) {
            (true, turn, _) if turn >= 1.0 => Turned::Left,
            (true, turn, _) if turn <= -1.0 => Turned::Right,
            (false, _, nod) if nod >= 1.0 => Turned::Up,
            (false, _, nod) if nod <= -1.0 => Turned::Down,
            _ if shown.size >= self.moves.closer.get() * self.size => Turned::Closer,
            _ => Turned::Ahead,
        }
    }

    /// How often the eyes were shut and opened again.
    fn blinks(&self, frames: &[Shown]) -> usize {
        let (mut shut, mut count) = (false, 0);
        for shown in frames {
            if shown.eyes <= self.moves.shut.get() * self.eyes {
                shut = true;
            } else if shut && shown.eyes >= self.moves.open_again.get() * self.eyes {
                shut = false;
                count += 1;
            }
        }
        count
    }

    fn mouth_shows(&self, prompt: &Prompt, shown: &Shown) -> bool {
        match prompt {
            Prompt::MouthOpen => {
                shown.mouth - self.mouth >= self.moves.opened.get() && shown.mouth >= self.moves.open.get()
            }
            Prompt::Smile => {
                shown.smile - self.smile >= self.moves.widened.get() && shown.smile >= self.moves.wide.get()
            }
            _ => false,
        }
    }

    /// How clearly a frame shows a movement: 1 is the threshold. For choosing the frame to keep.
    pub fn clarity(&self, prompt: &Prompt, shown: &Shown) -> f32 {
        match prompt {
            Prompt::HeadLeft => (shown.pose.yaw - self.yaw) / self.moves.turn.get(),
            Prompt::HeadRight => (self.yaw - shown.pose.yaw) / self.moves.turn.get(),
            Prompt::HeadUp => (shown.pose.pitch - self.pitch) / self.moves.nod.get(),
            Prompt::HeadDown => (self.pitch - shown.pose.pitch) / self.moves.nod.get(),
            Prompt::MouthOpen => (shown.mouth - self.mouth) / self.moves.opened.get(),
            Prompt::Smile => (shown.smile - self.smile) / self.moves.widened.get(),
            Prompt::HeadCloser => (shown.size / self.size - 1.0) / (self.moves.closer.get() - 1.0),
            Prompt::BlinkTwice | Prompt::BlinkThrice | Prompt::Say(_) => 0.0,
        }
    }

    /// Whether a head that was `first` when the step began has begun to make its movement.
    pub fn has_begun(&self, prompt: &Prompt, first: &Shown, now: &Shown) -> bool {
        self.clarity(prompt, now) - self.clarity(prompt, first) >= self.moves.begun.get()
    }

    /// Whether the frames of a step show its prompt. `before` is the frame that ended the step before.
    pub fn shows(&self, prompt: &Prompt, frames: &[Shown], before: Option<&Shown>) -> bool {
        let demanded = match prompt {
            Prompt::HeadLeft => Turned::Left,
            Prompt::HeadRight => Turned::Right,
            Prompt::HeadUp => Turned::Up,
            Prompt::HeadDown => Turned::Down,
            Prompt::HeadCloser => Turned::Closer,
            Prompt::MouthOpen | Prompt::Smile => {
                return runs(frames.iter().map(|shown| self.mouth_shows(prompt, shown)))
                    .any(|(shows, length)| shows && length >= self.moves.held);
            }
            Prompt::BlinkTwice => return self.blinks(frames) == 2,
            Prompt::BlinkThrice => return self.blinks(frames) == 3,
            Prompt::Say(_) => return false,
        };
        let held_before = before.map_or(Turned::Ahead, |shown| self.turned(shown));
        runs(frames.iter().map(|shown| self.turned(shown)))
            .enumerate()
            .filter(|(index, (turned, length))| {
                let left_over = *index == 0 && *turned == held_before;
                *turned != Turned::Ahead && *length >= self.moves.held && !left_over
            })
            .map(|(_, (turned, _))| turned)
            .next()
            == Some(demanded)
    }
}

/// Equal neighbours and how many there are.
fn runs<T: PartialEq + Copy>(values: impl Iterator<Item = T>) -> impl Iterator<Item = (T, usize)> {
    let mut runs: Vec<(T, usize)> = Vec::new();
    for value in values {
        match runs.last_mut() {
            Some((last, length)) if *last == value => *length += 1,
            _ => runs.push((value, 1)),
        }
    }
    runs.into_iter()
}

/// The middle value; `None` of nothing.
pub fn median(mut values: Vec<f32>) -> Option<f32> {
    values.retain(|value| value.is_finite());
    values.sort_unstable_by(f32::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use wetsign_infer::{Networks, VideoReader};
    use wetsign_models::manifest::Manifest;
    use wetsign_models::store::ModelStore;

    use super::*;

    fn frame(yaw: f32, pitch: f32) -> Shown {
        Shown { pose: Pose { yaw, pitch, roll: 0.0 }, mouth: 0.03, smile: 0.6, eyes: 0.06, size: 100.0 }
    }

    fn moves() -> Moves {
        Manifest::embedded().capture.moves
    }

    fn rest() -> Rest {
        Rest::of(&[frame(-0.10, 0.0), frame(-0.08, 0.02), frame(-0.12, 0.0)], moves()).unwrap()
    }

    #[test]
    fn a_turn_is_measured_from_the_persons_own_rest() {
        let frames = [frame(0.06, 0.0); 3];
        assert!(rest().shows(&Prompt::HeadLeft, &frames, None));
        assert!(!rest().shows(&Prompt::HeadRight, &frames, None));
    }

    #[test]
    fn two_frames_are_no_movement() {
        let frames = [frame(-0.1, 0.0), frame(0.3, 0.0), frame(0.3, 0.0), frame(-0.1, 0.0)];
        assert!(!rest().shows(&Prompt::HeadLeft, &frames, None));
    }

    #[test]
    fn running_through_all_directions_does_not_pass() {
        let mut frames = vec![frame(-0.4, 0.0); 4];
        frames.extend([frame(0.3, 0.0); 4]);
        assert!(!rest().shows(&Prompt::HeadLeft, &frames, None));
        assert!(rest().shows(&Prompt::HeadRight, &frames, None));
    }

    #[test]
    fn a_movement_begins_half_way_from_where_the_head_was() {
        let left = |yaw| rest().has_begun(&Prompt::HeadLeft, &frame(-0.25, 0.0), &frame(yaw, 0.0));
        assert!(!left(-0.18) && left(-0.17), "on the way back from the other side");
        assert!(!rest().has_begun(&Prompt::HeadLeft, &frame(-0.1, 0.0), &frame(-0.4, 0.0)), "the wrong way");
    }

    #[test]
    fn the_pose_of_the_step_before_may_linger() {
        let mut frames = vec![frame(-0.4, 0.0); 4];
        frames.extend([frame(-0.1, 0.0), frame(0.3, 0.0), frame(0.3, 0.0), frame(0.3, 0.0)]);
        assert!(rest().shows(&Prompt::HeadLeft, &frames, Some(&frame(-0.4, 0.0))));
    }

    #[test]
    fn the_larger_movement_decides_between_turn_and_nod() {
        assert_eq!(rest().turned(&frame(0.2, 0.2)), Turned::Left);
        assert_eq!(rest().turned(&frame(0.06, 0.3)), Turned::Up);
        assert_eq!(rest().turned(&frame(-0.1, -0.3)), Turned::Down);
    }

    #[test]
    fn mouth_and_smile_need_both_change_and_size() {
        let open = Shown { mouth: 0.25, ..frame(0.0, 0.0) };
        let wide = Shown { smile: 0.72, ..frame(0.0, 0.0) };
        assert!(rest().shows(&Prompt::MouthOpen, &[open; 3], None));
        assert!(!rest().shows(&Prompt::Smile, &[open; 3], None));
        assert!(rest().shows(&Prompt::Smile, &[wide; 3], None));
        assert!(!rest().shows(&Prompt::MouthOpen, &[frame(0.0, 0.0); 9], None));
    }

    #[test]
    fn an_open_smile_answers_both_prompts_which_is_why_neither_counts_as_entropy() {
        let both = [Shown { mouth: 0.25, smile: 0.72, ..frame(0.0, 0.0) }; 3];
        assert!(rest().shows(&Prompt::MouthOpen, &both, None) && rest().shows(&Prompt::Smile, &both, None));
    }

    #[test]
    fn coming_closer_is_seen_by_size_and_a_turn_from_there_is_a_turn() {
        let near = Shown { size: 130.0, ..frame(-0.1, 0.0) };
        assert!(rest().shows(&Prompt::HeadCloser, &[near; 3], None));
        assert!(!rest().shows(&Prompt::HeadCloser, &[Shown { size: 115.0, ..near }; 3], None));
        let turned = Shown { size: 130.0, ..frame(0.3, 0.0) };
        let frames = [near, near, near, turned, turned, turned];
        assert!(rest().shows(&Prompt::HeadLeft, &frames, Some(&near)));
        assert!(!rest().shows(&Prompt::HeadCloser, &[turned; 3], None));
    }

    #[test]
    fn blinks_are_counted_exactly_and_half_shut_is_none() {
        let lids = |details: &[f32]| -> Vec<Shown> {
            details.iter().map(|detail| Shown { eyes: *detail, ..frame(0.0, 0.0) }).collect()
        };
        let twice = lids(&[0.06, 0.03, 0.03, 0.06, 0.056, 0.035, 0.06]);
        assert!(rest().shows(&Prompt::BlinkTwice, &twice, None));
        assert!(!rest().shows(&Prompt::BlinkThrice, &twice, None));
        assert!(!rest().shows(&Prompt::BlinkTwice, &lids(&[0.06, 0.045, 0.06, 0.045, 0.06]), None));
        assert!(!rest().shows(&Prompt::BlinkTwice, &lids(&[0.06, 0.03, 0.06, 0.03, 0.03]), None));
    }

    /// What a film shows between two times, through the real networks.
    fn filmed(film: &str, seconds: std::ops::Range<f64>) -> Vec<(f64, Shown)> {
        let store = ModelStore::open_default().unwrap();
        let mut networks = Networks::load(&store, 1).expect("networks: run cargo xtask models");
        let film = VideoReader::open(&store.cache().join("data").join(film)).unwrap();
        let frames = film.map(Result::unwrap).filter(|(time, _)| seconds.contains(time));
        let mut shown = |(time, frame): (f64, Frame)| {
            let face = networks.sight.faces(&frame).unwrap().remove(0);
            let mesh = networks.sight.mesh(&frame, &face).unwrap();
            (time, Shown::of(&frame, &mesh).unwrap())
        };
        frames.map(&mut shown).collect()
    }

    #[test]
    fn recorded_blinks_are_counted() {
        let blinks = |film, seconds: std::ops::Range<f64>, rest_until: f64| {
            let shown = filmed(film, seconds);
            let at_rest: Vec<Shown> =
                shown.iter().filter(|(time, _)| *time < rest_until).map(|(_, shown)| *shown).collect();
            let all: Vec<Shown> = shown.iter().map(|(_, shown)| *shown).collect();
            Rest::of(&at_rest, moves()).unwrap().blinks(&all)
        };
        assert_eq!(blinks("woman/WolfgangLanger_Pexels.mp4", 10.8..12.6, 11.5), 1);
        assert_eq!(blinks("man/single_face.mp4", 0.0..1.5, 0.6), 1);
    }

    #[test]
    fn without_frames_there_is_no_rest() {
        assert!(Rest::of(&[], moves()).is_none());
    }
}
