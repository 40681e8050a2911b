//! What keeps a capture from being a good one, before it counts: the person is told to come closer, into more light, to
//! turn the light on the face, or to hold still. In this order, for each of them makes what follows look worse than it
//! is.

use wetsign_infer::{Face, Frame, InferError, quality};
use wetsign_liveness::{Measure, Thresholds};
use wetsign_models::manifest::Guide as Bounds;
use wetsign_sensor_ipc::Hint;

use crate::people::Scene;

/// See the module's text.
pub struct Guide {
    bounds: Bounds,
    /// Light about the head over that on the face beyond which it comes from behind.
    backlit: f32,
    /// The least that is sharp.
    sharp: f32,
    /// What the last frames say, and how many of them in a row.
    said: (Hint, usize),
}

impl Guide {
    /// Before the first frame.
    pub fn new(bounds: Bounds) -> Self {
        let thresholds = Thresholds::from_manifest();
        let of = |measure| thresholds.of(measure).map_or(f32::INFINITY, |bound| bound as f32 / 1000.0);
        let (backlit, sharp) = (of(Measure::Backlit), of(Measure::Sharpness));
        Self { bounds, backlit, sharp, said: (Hint::Unspecified, 0) }
    }

    /// Looks at a frame: what to tell, once enough frames in a row say the same.
    pub fn look(&mut self, frame: &Frame, scene: &Scene) -> Result<Option<Hint>, InferError> {
        let hint = match &scene.person {
            None => Hint::NoFace,
            Some(_) if scene.others => Hint::MoreThanOneFace,
            Some((face, _)) => self.lacks(frame, face)?.unwrap_or(Hint::LookAhead),
        };
        let (last, times) = self.said;
        self.said = (hint, if hint == last { times + 1 } else { 1 });
        Ok((self.said.1 >= self.bounds.held).then_some(hint))
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
        frame: Frame,
        face: Face,
    }

    impl Recorded {
        fn new() -> Self {
            let store = ModelStore::open_default().unwrap();
            let mut networks = Networks::load(&store, 1).expect("networks: run cargo xtask models");
            let film = store.cache().join("data/woman/WolfgangLanger_Pexels.mp4");
            let frame = VideoReader::open(&film).unwrap().next().unwrap().unwrap().1.scaled(1.4).unwrap();
            let face = networks.sight.faces(&frame).unwrap().remove(0);
            Self { networks, frame, face }
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
        fn told(&mut self, frame: &Frame) -> Hint {
            let bounds = Manifest::embedded().capture;
            let mut people = People::new(bounds.people, bounds.frames.presence.get());
            let mut guide = Guide::new(bounds.guide);
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
        assert_eq!(woman.told(&frame), Hint::LookAhead);
        assert_eq!(woman.told(&frame.scaled(0.6).unwrap()), Hint::TooFar);
        let dim = woman.changed(|value, _| value * 0.25);
        assert_eq!(woman.told(&dim), Hint::TooDark);
        let backlit =
            woman.changed(|value, on_head| if on_head { value * 0.25 + 8.0 } else { value * 0.5 + 120.0 });
        assert_eq!(woman.told(&backlit), Hint::Backlit);
        assert_eq!(woman.told(&blurred(&frame)), Hint::Blurred);
    }

    #[test]
    fn what_makes_others_look_worse_is_told_first() {
        let mut woman = Recorded::new();
        let dim = woman.changed(|value, _| value * 0.25);
        assert_eq!(woman.told(&blurred(&dim)), Hint::TooDark, "a camera is slow in the dark, so it blurs");
        assert_eq!(woman.told(&dim.scaled(0.6).unwrap()), Hint::TooFar);
    }

    /// In a third of her light she was blurred, before sharpness was measured against the contrast that there is.
    #[test]
    fn a_dim_or_backlit_face_is_not_called_blurred() {
        let woman = Recorded::new();
        let least = Guide::new(Manifest::embedded().capture.guide).sharp;
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
        assert_eq!(woman.told(&empty), Hint::NoFace);
    }
}
