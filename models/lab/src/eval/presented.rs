//! Living people's photos as a kiosk's camera would see them, and as prints and screens before it: what the fused rule is fitted on.
//!
//! Every photo is cut to a frame of 640 by 360 in which the face is as wide as it is before a kiosk. Both kinds then go the same way: the
//! same draws of place, enlargement, blur, motion, noise and compression, from the simulator's fitting half, so that none of these tells
//! them apart; a quarter of either kind is seen by a camera that changes nothing, as a sharp, quiet one nearly does. Only attacks have a medium, and some of them a turn and a bend.

use std::path::{Path, PathBuf};

use anyhow::Result;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::acquire::{Acquirer, Look};
use super::folders::{self, PHOTOS};
use super::gather::{PHOTOGRAPHED, Progress};
use crate::recapture::{Half, Pose, Recapture};

/// Frames of each person in the fit, half of them alive.
const DRAWS: u32 = 64;
/// The face's width over the frame's.
const SHARES: std::ops::Range<f64> = 0.2..0.38;
/// Most by which a face may be enlarged to fill its frame.
const ENLARGED: f64 = 1.25;

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

/// One frame and what speaks for and against it.
#[derive(Clone, Debug, Serialize)]
pub struct Presented {
    /// Who is shown.
    pub person: String,
    /// `alive`, `print` or `screen`.
    pub kind: Kind,
    /// In the order of [`wetsign_infer::PAD_FEATURES`].
    pub features: Vec<f64>,
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
    fn draw(seed: u64, person: &str, index: u32) -> Self {
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

/// The faces of this project's photos and group photos: nobody of them stands before the kiosk in its attack suite.
pub fn own_portraits(acquirer: &mut Acquirer) -> Result<Vec<Portrait>> {
    let photos = acquirer.store().data("photos")?;
    let groups = acquirer.store().data("groups")?;
    let mut all = Vec::new();
    for (file, person) in PHOTOGRAPHED {
        all.extend(portraits(acquirer, person, &photos.join(file), 1)?);
    }
    for number in 1..=6 {
        let name = format!("sample{number}.jpg");
        let mut found = portraits(acquirer, "", &groups.join(&name), usize::MAX)?;
        for (index, portrait) in found.iter_mut().enumerate() {
            portrait.person = format!("{name} face {index}");
        }
        all.extend(found);
    }
    Ok(all)
}

/// The largest face of each of a user's photos, `PERSON/…/FILE`.
pub fn portraits_of(acquirer: &mut Acquirer, folder: &Path) -> Result<Vec<Portrait>> {
    let mut all = Vec::new();
    for item in folders::items(folder, &PHOTOS)? {
        all.extend(portraits(acquirer, &item.subject, &item.path, 1)?);
    }
    Ok(all)
}

fn portraits(acquirer: &mut Acquirer, person: &str, path: &Path, most: usize) -> Result<Vec<Portrait>> {
    let seen = acquirer.pictures(path, Look::PLAIN)?;
    let faces = seen.into_iter().flatten().take(most);
    Ok(faces
        .map(|face| Portrait {
            person: person.to_owned(),
            path: path.to_owned(),
            centre: face.centre,
            width: face.width,
        })
        .collect())
}

impl Presented {
    /// Not an attack.
    pub fn alive(&self) -> bool {
        self.kind == Kind::Alive
    }
}

/// All frames of the fit; portraits that are too small to fill a frame, and frames in which no face is found, are left out.
pub fn presented(
    acquirer: &mut Acquirer,
    portraits: &[Portrait],
    seed: u64,
    progress: Progress<'_>,
) -> Result<Vec<Presented>> {
    let mut all = Vec::new();
    for (done, portrait) in portraits.iter().enumerate() {
        progress("faces as prints and screens", done, portraits.len());
        // A person with several photos is shown on each in turn and counts once in all: see the weights of the fit.
        for index in 0..DRAWS {
            let name =
                format!("{} {}", portrait.person, portrait.path.file_name().unwrap_or_default().display());
            let setting = Setting::draw(seed, &name, index);
            if f64::from(portrait.width) * ENLARGED < setting.share * f64::from(FRAME[0]) {
                continue;
            }
            let Some(features) = acquirer.presented(portrait, &setting)? else { continue };
            all.push(Presented { person: portrait.person.clone(), kind: setting.kind, features });
        }
    }
    Ok(all)
}

/// Width and height of a kiosk's frame, pixels.
pub(super) const FRAME: [u32; 2] = [640, 360];

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
