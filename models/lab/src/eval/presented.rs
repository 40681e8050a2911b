//! Living people's photos as a kiosk's camera would see them, and as prints and screens before it: what the fused rule
//! is fitted on.
//!
//! Every photo is cut to a frame of 640 by 360 in which the face is as wide as it is before a kiosk. Both kinds then go
//! the same way: the same draws of place, enlargement, blur, motion, noise and compression, from the simulator's
//! fitting half, so that none of these tells them apart; a quarter of either kind is seen by a camera that changes
//! nothing, as a sharp, quiet one nearly does. Only attacks have a medium, and some of them a turn and a bend.

use std::path::Path;

use anyhow::Result;
use serde::Serialize;

use super::acquire::{Acquirer, Look};
use super::folders::{self, PHOTOS};
use super::gather::{PHOTOGRAPHED, Progress};
use super::setting::{FRAME, Kind, Portrait, Setting};

/// Frames of each person in the fit, half of them alive.
const DRAWS: u32 = 64;
/// Most by which a face may be enlarged to fill its frame.
const ENLARGED: f64 = 1.25;

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

/// All frames of the fit; portraits that are too small to fill a frame, and frames in which no face is found, are left
/// out.
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
