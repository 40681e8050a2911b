//! What keeps a capture from being a good one, before it counts: the person is told to come closer, into more light, to
//! turn the light on the face, to hold still, or to look at the camera. In this order, for each of them makes what
//! follows look worse than it is.

use wetsign_infer::{Face, Frame, InferError, geometry, quality};
use wetsign_liveness::{Measure, Thresholds};
use wetsign_models::manifest::{Frames, Guide as Bounds};
use wetsign_sensor_ipc::Hint;

use crate::people::Scene;
use crate::vision::is_frontal;

/// What enough frames in a row say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// What is still to be done.
    First(Hint),
    /// Nothing is lacking: the capture can begin.
    Ready,
}

/// See the module's text.
pub struct Guide {
    bounds: Bounds,
    frames: Frames,
    /// Light about the head over that on the face beyond which it comes from behind.
    backlit: f32,
    /// The least that is sharp.
    sharp: f32,
    /// What the last frames say, and how many of them in a row.
    said: Option<(Told, usize)>,
}

impl Guide {
    /// Before the first frame.
    pub fn new(bounds: Bounds, frames: Frames) -> Self {
        let thresholds = Thresholds::from_manifest();
        let of = |measure| thresholds.of(measure).map_or(f32::INFINITY, |bound| bound as f32 / 1000.0);
        let (backlit, sharp) = (of(Measure::Backlit), of(Measure::Sharpness));
        Self { bounds, frames, backlit, sharp, said: None }
    }

    /// Looks at a frame: what to tell, once enough frames in a row say the same.
    pub fn look(&mut self, frame: &Frame, scene: &Scene) -> Result<Option<Told>, InferError> {
        let told = match &scene.person {
            None => Told::First(Hint::NoFace),
            Some(_) if scene.others => Told::First(Hint::MoreThanOneFace),
            Some((face, mesh)) => match self.lacks(frame, face)? {
                Some(hint) => Told::First(hint),
                None if is_frontal(&geometry::pose(mesh), &self.frames) => Told::Ready,
                None => Told::First(Hint::LookAhead),
            },
        };
        let times = self.said.map_or(0, |(last, times)| if last == told { times } else { 0 }) + 1;
        self.said = Some((told, times));
        Ok((times >= self.bounds.held).then_some(told))
    }

    /// The first thing that a face lacks.
    fn lacks(&self, frame: &Frame, face: &Face) -> Result<Option<Hint>, InferError> {
        if face.size() < self.bounds.width.get() {
            return Ok(Some(Hint::TooFar));
        }
        if quality::brightness(frame, face)? < self.bounds.bright.get() {
            let behind = quality::backlight(frame, face)?.is_some_and(|ratio| ratio > self.backlit);
            return Ok(Some(if behind { Hint::Backlit } else { Hint::TooDark }));
        }
        Ok((quality::sharpness(frame, face)? < self.sharp).then_some(Hint::Blurred))
    }
}

#[cfg(test)]
mod tests {
    use wetsign_infer::{Networks, VideoReader};
    use wetsign_models::manifest::Manifest;
    use wetsign_models::store::ModelStore;

    use super::*;
    use crate::people::People;

    /// A recorded woman, 315 pixels of face, and what her camera could have made of her.
    struct Recorded {
        networks: Networks,
        /// She looks at the camera, and aside.
        frame: Frame,
        aside: Frame,
        face: Face,
    }

    const AHEAD: usize = 56;
    const ASIDE: usize = 16;

    impl Recorded {
        fn new() -> Self {
            let store = ModelStore::open_default().unwrap();
            let mut networks = Networks::load(&store, 1).expect("networks: run cargo xtask models");
            let film = store.cache().join("data/woman/WolfgangLanger_Pexels.mp4");
            let frame = |number| {
                let (_, frame) = VideoReader::open(&film).unwrap().nth(number).unwrap().unwrap();
                frame.scaled(1.4).unwrap()
            };
            let (frame, aside) = (frame(AHEAD), frame(ASIDE));
            let face = networks.sight.faces(&frame).unwrap().remove(0);
            Self { networks, frame, aside, face }
        }

        /// With each pixel changed, by whether it is on the head.
        fn changed(&self, change: impl Fn(f32, bool) -> f32) -> Frame {
            let (frame, [x, y], side) = (&self.frame, self.face.centre(), self.face.size());
            let at = |i: usize| (i / 3 % frame.width() as usize, i / 3 / frame.width() as usize);
            let on_head = |(column, row): (usize, usize)| {
                (column as f32 - x).abs() < 0.6 * side && (row as f32 - y).abs() < 0.7 * side
            };
            let byte =
                |(i, value): (usize, &u8)| change(f32::from(*value), on_head(at(i))).clamp(0.0, 255.0) as u8;
            let bytes: Vec<u8> = frame.bytes().unwrap().iter().enumerate().map(byte).collect();
            Frame::from_bgr(frame.width(), frame.height(), &bytes).unwrap()
        }

        /// What is told after as many frames like this as it takes.
        fn told(&mut self, frame: &Frame) -> Told {
            let bounds = Manifest::embedded().capture;
            let mut people = People::new(bounds.people, bounds.frames.presence.get());
            let mut guide = Guide::new(bounds.guide, bounds.frames);
            let mut told = None;
            for number in 1..=bounds.guide.held {
                let scene = people.look(&mut self.networks.sight, frame).unwrap();
                told = guide.look(frame, &scene).unwrap();
                assert_eq!(told.is_some(), number == bounds.guide.held, "one frame tells nothing");
            }
            told.unwrap()
        }
    }

    fn blurred(frame: &Frame) -> Frame {
        frame.scaled(0.06).unwrap().scaled(1.0 / 0.06).unwrap()
    }

    #[test]
    fn far_dim_backlit_and_blurred_are_told_apart() {
        let mut woman = Recorded::new();
        let frame = woman.frame.clone();
        assert_eq!(woman.told(&frame), Told::Ready);
        assert_eq!(woman.told(&frame.scaled(0.6).unwrap()), Told::First(Hint::TooFar));
        let dim = woman.changed(|value, _| value * 0.25);
        assert_eq!(woman.told(&dim), Told::First(Hint::TooDark));
        let backlit =
            woman.changed(|value, on_head| if on_head { value * 0.25 + 8.0 } else { value * 0.5 + 120.0 });
        assert_eq!(woman.told(&backlit), Told::First(Hint::Backlit));
        assert_eq!(woman.told(&blurred(&frame)), Told::First(Hint::Blurred));
    }

    /// She was captured to the end, and refused for having looked aside all the while.
    #[test]
    fn who_looks_aside_is_asked_to_look_at_the_camera_first() {
        let mut woman = Recorded::new();
        let aside = woman.aside.clone();
        assert_eq!(woman.told(&aside), Told::First(Hint::LookAhead));
        assert_eq!(woman.told(&aside.scaled(0.6).unwrap()), Told::First(Hint::TooFar));
    }

    #[test]
    fn what_makes_others_look_worse_is_told_first() {
        let mut woman = Recorded::new();
        let dim = woman.changed(|value, _| value * 0.25);
        assert_eq!(
            woman.told(&blurred(&dim)),
            Told::First(Hint::TooDark),
            "a camera is slow in the dark, so it blurs"
        );
        assert_eq!(woman.told(&dim.scaled(0.6).unwrap()), Told::First(Hint::TooFar));
    }

    /// In a third of her light she was blurred, before sharpness was measured against the contrast that there is.
    #[test]
    fn a_dim_or_backlit_face_is_not_called_blurred() {
        let woman = Recorded::new();
        let capture = Manifest::embedded().capture;
        let least = Guide::new(capture.guide, capture.frames).sharp;
        for frame in [
            woman.changed(|value, _| value * 0.25),
            woman.changed(|value, on_head| if on_head { value * 0.25 + 8.0 } else { value * 0.5 + 120.0 }),
        ] {
            assert!(quality::sharpness(&frame, &woman.face).unwrap() >= least);
        }
        assert!(quality::sharpness(&blurred(&woman.frame), &woman.face).unwrap() < least);
    }

    #[test]
    fn nobody_is_told_to_look_here() {
        let mut woman = Recorded::new();
        let empty = Frame::from_bgr(640, 360, &vec![120; 640 * 360 * 3]).unwrap();
        assert_eq!(woman.told(&empty), Told::First(Hint::NoFace));
    }
}
