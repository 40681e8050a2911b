//! The light of a kiosk's screen on what stands before it: a physical model over recorded frames.
//!
//! A recorded frame is taken as the scene in steady room light. The screen adds its own: by Lambert's law on the head
//! (the front half of an ellipsoid), less with the square of the distance on what stands behind, and by the kind of
//! surface that shows the face. The camera then makes display values of it, with noise and compression. It knows no
//! exposure control, no shadows and no light between things.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use wetsign_infer::{Frame, InferError, Mesh};

use crate::recapture::Camera;

/// What shows the face.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Surface {
    /// The head itself.
    Head,
    /// A picture on paper that fills the view, face and background alike; `gloss` is the share of light that it
    /// mirrors.
    Sheet {
        /// 0..1
        gloss: f64,
    },
    /// A picture on paper, cut out along the face.
    CutOut {
        /// 0..1
        gloss: f64,
    },
    /// Another display, whose glass mirrors a share of the light.
    Display {
        /// 0..1
        glass: f64,
    },
    /// A film fed to the camera's cable: no light reaches it.
    Feed,
}

/// A scene before the kiosk.
#[derive(Clone, Copy, Debug)]
pub struct Scene {
    /// What shows the face.
    pub surface: Surface,
    /// The screen's light at the face, over the room's: about 0.05 near a window, 0.2 in an office, 1 in the evening.
    pub share: f64,
    /// How far away the background is, in distances of the face.
    pub background: f64,
    /// The camera.
    pub camera: Camera,
}

impl Scene {
    /// What the camera sees of a recorded frame while the screen shines `shone` (red, green, blue, 0..1). `tick`
    /// numbers the frames.
    ///
    /// # Errors
    /// A picture that OpenCV cannot encode.
    pub fn lit(&self, frame: &Frame, mesh: &Mesh, shone: [f64; 3], tick: u64) -> Result<Frame, InferError> {
        let head = Oval::of(mesh);
        let width = frame.width() as usize;
        let mut seen = frame.bytes()?.to_vec();
        for (index, pixel) in seen.chunks_exact_mut(3).enumerate() {
            let towards = head.towards([(index % width) as f64, (index / width) as f64]);
            let (times, plus) = self.answer(towards);
            for (value, screen) in pixel.iter_mut().zip([shone[2], shone[1], shone[0]]) {
                let room = (f64::from(*value) / 255.0).powf(GAMMA);
                let light = room * (1.0 + times * screen) + plus * screen;
                *value = (light.min(1.0).powf(1.0 / GAMMA) * 255.0).round() as u8;
            }
        }
        self.camera.take(seen, [frame.width(), frame.height()], &mut ChaCha8Rng::seed_from_u64(tick))
    }

    /// How the light of the screen comes back: in proportion to what room light does, and added alike.
    /// `towards`: the cosine between a place of the head and the screen; `None` beside the head.
    fn answer(&self, towards: Option<f64>) -> (f64, f64) {
        let behind = self.share / (self.background * self.background);
        match (self.surface, towards) {
            (Surface::Head, Some(cosine)) => (self.share * cosine, 0.0),
            (Surface::Sheet { gloss }, _) | (Surface::CutOut { gloss }, Some(_)) => {
                (self.share * (1.0 - gloss), self.share * gloss)
            }
            (Surface::Head | Surface::CutOut { .. }, None) => (behind, 0.0),
            (Surface::Display { glass }, _) => (0.0, self.share * glass),
            (Surface::Feed, _) => (0.0, 0.0),
        }
    }
}

/// A display's exponent, near enough.
const GAMMA: f64 = 2.2;

/// The head in the picture.
struct Oval {
    centre: [f64; 2],
    half: [f64; 2],
}

impl Oval {
    fn of(mesh: &Mesh) -> Self {
        let range = |axis: usize| {
            let values = mesh.points.iter().map(|point| f64::from(point[axis]));
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
        };
        let ((left, right), (top, bottom)) = (range(0), range(1));
        Self {
            centre: [f64::midpoint(left, right), f64::midpoint(top, bottom)],
            half: [(right - left) / 2.0, (bottom - top) / 2.0],
        }
    }

    fn towards(&self, place: [f64; 2]) -> Option<f64> {
        let squared: f64 = (0..2).map(|i| ((place[i] - self.centre[i]) / self.half[i]).powi(2)).sum();
        (squared <= 1.0).then(|| (1.0 - 0.9 * squared).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A grey frame with a head in its middle third.
    fn lit(surface: Surface, shone: [f64; 3]) -> impl Fn(usize) -> u8 {
        let frame = Frame::from_bgr(90, 60, &[100; 90 * 60 * 3]).unwrap();
        let mut points = vec![[45.0, 30.0, 0.0]; Mesh::POINTS];
        (points[0], points[1]) = ([30.0, 10.0, 0.0], [60.0, 50.0, 0.0]);
        let camera = Camera::PERFECT;
        let scene = Scene { surface, share: 0.3, background: 3.0, camera };
        let seen = scene.lit(&frame, &Mesh { points, presence: 1.0 }, shone, 0).unwrap();
        let bytes = seen.bytes().unwrap().to_vec();
        // Red of the picture's middle row.
        move |column| bytes[(30 * 90 + column) * 3 + 2]
    }

    #[test]
    fn a_head_is_lit_more_than_its_background_and_more_in_its_middle() {
        let seen = lit(Surface::Head, [1.0, 0.0, 0.0]);
        assert!(seen(45) > seen(58) && seen(58) > seen(2) && seen(2) > 100);
        let dark = lit(Surface::Head, [0.0; 3]);
        assert!([2, 45, 58].iter().all(|column| dark(*column) == 100));
    }

    #[test]
    fn a_sheet_answers_everywhere_alike_and_a_feed_nowhere() {
        let sheet = lit(Surface::Sheet { gloss: 0.1 }, [1.0; 3]);
        assert!(sheet(2) == sheet(45) && sheet(2) > 105);
        let feed = lit(Surface::Feed, [1.0; 3]);
        assert_eq!((feed(2), feed(45)), (100, 100));
    }
}
