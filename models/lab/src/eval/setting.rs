//! What a presentation is made from: a face in a photo, what shows it, and how the kiosk's camera stands.

use std::path::PathBuf;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::recapture::{Half, Pose, Recapture};

/// Width and height of a kiosk's frame, pixels.
pub(super) const FRAME: [u32; 2] = [640, 360];

/// The face's width over the frame's.
const SHARES: std::ops::Range<f64> = 0.2..0.38;

/// A face in a photo.
#[derive(Clone, Debug)]
pub struct Portrait {
    /// Who.
    pub person: String,
    /// The photo.
    pub path: PathBuf,
    /// Centre of the face's box, shares of the photo's sides.
    pub centre: [f32; 2],
    /// Width of the box, pixels of the photo.
    pub width: f32,
}

/// What a presentation is made from.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Setting {
    /// What shows it.
    pub kind: Kind,
    /// Medium, camera and noise.
    pub seed: u64,
    /// The face's width over the frame's.
    pub share: f64,
    /// In-plane parts are drawn for every kind.
    pub pose: Pose,
    /// The camera changes nothing: no blur, motion, noise or compression beyond the photo's own.
    pub perfect: bool,
}

/// What a frame shows the face on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A photo of a living person, through the camera alone.
    Alive,
    /// The same, printed.
    Print,
    /// The same on a display.
    Screen,
}

impl Setting {
    pub(super) fn draw(seed: u64, person: &str, index: u32) -> Self {
        let mut rng = ChaCha8Rng::from_seed(super::seed_of(seed, &format!("presented {person} {index}")));
        let kind = [Kind::Alive, Kind::Print, Kind::Alive, Kind::Screen][index as usize % 4];
        let share = rng.gen_range(SHARES);
        let mut pose = Pose::FRONTAL;
        // Half of each kind lies pixel on pixel, as a file does.
        if index / 4 % 2 == 1 {
            pose.roll = rng.gen_range(-0.05..0.05);
            pose.distance = rng.gen_range(0.8..0.95);
            pose.shift = [rng.gen_range(-0.03..0.03), rng.gen_range(-0.02..0.02)];
            let (yaw, pitch, bend) =
                (rng.gen_range(-0.3..0.3), rng.gen_range(-0.2..0.2), rng.gen_range(-0.1..0.2));
            if kind != Kind::Alive {
                (pose.yaw, pose.pitch, pose.bend) = (yaw, pitch, bend);
            }
        }
        Self { kind, seed: rng.r#gen(), share, pose, perfect: (index / 8).is_multiple_of(4) }
    }

    pub(super) fn recapture(&self) -> Recapture {
        let shown = match self.kind {
            Kind::Alive => Recapture::camera(self.seed, Half::Fit),
            Kind::Print => Recapture::print(self.seed, Half::Fit),
            Kind::Screen => Recapture::screen(self.seed, Half::Fit),
        };
        if self.perfect { shown.by_perfect_camera() } else { shown }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recapture::{Camera, Medium};

    #[test]
    fn both_kinds_are_drawn_alike_and_only_attacks_have_a_medium_from_the_fitting_half() {
        let settings: Vec<Setting> = (0..64).map(|index| Setting::draw(1, "ann", index)).collect();
        let alive = |setting: &&Setting| setting.kind == Kind::Alive;
        assert_eq!(settings.iter().filter(alive).count(), 32);
        for setting in &settings {
            assert!(SHARES.contains(&setting.share));
            let Recapture { medium, camera, .. } = setting.recapture();
            assert_eq!(camera == Camera::PERFECT, setting.perfect);
            match (setting.kind, medium) {
                (Kind::Alive, Medium::None) => assert_eq!((setting.pose.yaw, setting.pose.bend), (0.0, 0.0)),
                (Kind::Print, Medium::Print { lines, .. }) => assert!(lines < 215.0),
                (Kind::Screen, Medium::Screen { pixels, .. }) => assert!(pixels < 840.0),
                (kind, medium) => panic!("{kind:?} on {medium:?}"),
            }
        }
        let moved = |of: &dyn Fn(&&Setting) -> bool| {
            settings.iter().filter(|setting| of(setting) && setting.pose.roll != 0.0).count()
        };
        assert_eq!((moved(&alive), moved(&|setting| !alive(setting))), (16, 16));
        let perfect = |of: &dyn Fn(&&Setting) -> bool| {
            settings.iter().filter(|setting| of(setting) && setting.perfect).count()
        };
        assert_eq!((perfect(&alive), perfect(&|setting| !alive(setting))), (8, 8));
        let again = Setting::draw(1, "ann", 5);
        assert_eq!((again.seed, again.pose), (settings[5].seed, settings[5].pose));
        assert_ne!(Setting::draw(2, "ann", 5).seed, again.seed);
    }
}
