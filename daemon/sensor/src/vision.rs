//! What the frames of a capture show: quality, motion, passive scores, whose face.
//!
//! Every frame gets a detection, a mesh and an embedding. Passive detection works beside it (`passive.rs`).

use wetsign_infer::geometry::Pose;
use wetsign_infer::{Face, Frame, InferError, Mesh, Sight, points, quality};
use wetsign_liveness::{Measure, Measurements};
use wetsign_models::manifest::{Capture, Frames, Identity};
use zeroize::Zeroizing;

use crate::identity::Track;
use crate::moves::{Shown, median};
use crate::passive::Passive;
use crate::people::{People, Scene};
use crate::source::Step;
use crate::spread::Spread;

/// A frame in which the person's face was found.
#[derive(Clone)]
pub struct Seen {
    frame: Frame,
    face: Face,
    mesh: Mesh,
    /// Its place among the frames with that face.
    index: usize,
}

/// What one frame shows.
pub struct Look {
    /// Another person is known to stand close by.
    pub others: bool,
    /// The person's face, with its mesh.
    pub seen: Option<Seen>,
    /// Its pose and mouth.
    pub shown: Option<Shown>,
}

impl Seen {
    /// The picture.
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// The face.
    pub fn face(&self) -> &Face {
        &self.face
    }

    /// Its mesh.
    pub fn mesh(&self) -> &Mesh {
        &self.mesh
    }
}

/// Collects what a capture shows.
pub struct Gallery<'a> {
    bounds: Frames,
    identity: Identity,
    frames: u32,
    with_face: u32,
    people: People,
    brightness: Vec<f32>,
    backlight: Vec<f32>,
    sharpness: Vec<f32>,
    width: Vec<f32>,
    meshes: Vec<Vec<[f32; 2]>>,
    passive: &'a Passive,
    frontal: Spread<usize>,
    turned: Vec<usize>,
    at_rest: Vec<Mesh>,
    track: Track,
}

impl<'a> Gallery<'a> {
    /// An empty one; passive detection is offered what it sees.
    pub fn new(bounds: &Capture, passive: &'a Passive) -> Self {
        let Capture { frames: bounds, people, identity, .. } = *bounds;
        Self {
            bounds,
            identity,
            frames: 0,
            with_face: 0,
            people: People::new(people, bounds.presence.get()),
            brightness: Vec::new(),
            backlight: Vec::new(),
            sharpness: Vec::new(),
            width: Vec::new(),
            meshes: Vec::new(),
            passive,
            frontal: Spread::new(bounds.frontal),
            turned: Vec::new(),
            at_rest: Vec::new(),
            track: Track::default(),
        }
    }

    /// Frames looked at.
    pub fn frames(&self) -> u32 {
        self.frames
    }

    /// Frames with at least one face.
    pub fn frames_with_face(&self) -> u32 {
        self.with_face
    }

    /// Looks at a frame of a step.
    pub fn look(&mut self, sight: &mut Sight, frame: Frame, step: &Step) -> Result<Look, InferError> {
        let Scene { any, person, others } = self.people.look(sight, &frame)?;
        self.frames += 1;
        self.with_face += u32::from(any);
        let Some((face, mesh)) = person else { return Ok(Look { others, seen: None, shown: None }) };
        let at_rest = *step == Step::LookAhead;
        let index = self.track.push(sight, sight.chip(&frame, &mesh)?, at_rest)?;
        let shown = Shown::of(&frame, &mesh)?;
        let seen = Seen { frame, face, mesh, index };
        // Coloured light says who is there, and whether anybody else is; it would disturb all other figures.
        if *step != Step::Shine {
            self.weigh(&seen, &shown, at_rest)?;
        }
        Ok(Look { others, seen: Some(seen), shown: Some(shown) })
    }

    fn weigh(&mut self, seen: &Seen, shown: &Shown, at_rest: bool) -> Result<(), InferError> {
        let Seen { frame, face, mesh, index } = seen;
        self.brightness.push(quality::brightness(frame, face)?);
        self.backlight.extend(quality::backlight(frame, face)?);
        self.sharpness.push(quality::sharpness(frame, face)?);
        self.width.push(face.size());
        self.meshes.push(mesh.points.iter().map(|p| [p[0], p[1]]).collect());
        if at_rest {
            self.at_rest.push(mesh.clone());
        }
        self.passive.offer(frame, face)?;
        if is_frontal(&shown.pose, &self.bounds) {
            self.frontal.offer(|_| *index);
        }
        Ok(())
    }

    /// The meshes of the frames in which the person was asked to look ahead.
    pub fn meshes_at_rest(&self) -> Vec<&Mesh> {
        self.at_rest.iter().collect()
    }

    /// Keeps a frame that shows a movement: its face must be the same as the others.
    pub fn keep_turned(&mut self, seen: &Seen) {
        self.turned.push(seen.index);
    }

    /// Fills in the measurements. Gives the mean embedding of the frontal frames.
    pub fn measure(&mut self, sight: &mut Sight, into: &mut Measurements) -> Result<Vec<f32>, InferError> {
        self.track.finish(sight)?;
        let mut set = |measure, value: Option<f32>| {
            if let Some(value) = value {
                into.set(measure, f64::from(value));
            }
        };
        set(Measure::Brightness, median(self.brightness.clone()));
        set(Measure::Backlit, median(self.backlight.clone()));
        set(Measure::Sharpness, median(self.sharpness.clone()));
        set(Measure::FaceSize, median(self.width.clone()));
        // Where nobody is, nobody is one too many.
        set(Measure::OneFace, self.people.alone().filter(|_| self.with_face > 0));
        set(Measure::Motion, motion(&self.meshes, &self.bounds));

        let frontal = self.track.of(self.frontal.take().copied());
        let turned = self.track.of(self.turned.iter().copied());
        set(Measure::FrontalFrames, Some(frontal.len() as f32));
        set(Measure::SameFace, same_face(&frontal, &turned));
        set(Measure::Identity, self.track.identity(&self.identity));
        Ok(quality::mean_direction(&frontal).unwrap_or_default())
    }
}

/// Whether a face is turned to the camera.
pub fn is_frontal(pose: &Pose, bounds: &Frames) -> bool {
    pose.yaw.abs() <= bounds.frontal_yaw.get()
        && pose.pitch.abs() <= bounds.frontal_pitch.get()
        && pose.roll.abs() <= bounds.frontal_roll.get()
}

/// The smallest cosine between an embedded frame, turned ones included, and the mean of the other frontal ones.
fn same_face(frontal: &[Vec<f32>], turned: &[Vec<f32>]) -> Option<f32> {
    if frontal.len() < 2 {
        return None;
    }
    let mut smallest = f32::INFINITY;
    for left_out in 0..frontal.len() {
        let others: Zeroizing<Vec<Vec<f32>>> = Zeroizing::new(
            (0..frontal.len()).filter(|&i| i != left_out).map(|i| frontal[i].clone()).collect(),
        );
        let mean = Zeroizing::new(quality::mean_direction(&others)?);
        smallest = smallest.min(quality::cosine(&frontal[left_out], &mean));
    }
    let mean = Zeroizing::new(quality::mean_direction(frontal)?);
    Some(turned.iter().fold(smallest, |smallest, vector| smallest.min(quality::cosine(vector, &mean))))
}

/// How much the mesh changes beyond what a flat picture can: the largest residual, after the best affine map onto the
/// middle frame, that all but [`Frames::motion_share`] of the frames reach; root mean square over the points, in eye
/// distances. A still picture,
/// also one that is moved and tilted, keeps its mesh up to an affine map and to the network's noise.
fn motion(meshes: &[Vec<[f32; 2]>], bounds: &Frames) -> Option<f32> {
    let reference = meshes.get(meshes.len() / 2)?;
    let [right, left] = points::OUTER_EYES.map(|i| reference.get(i));
    let (right, left) = (right?, left?);
    let eyes = (left[0] - right[0]).hypot(left[1] - right[1]);
    let mut residuals: Vec<f32> =
        meshes.iter().filter_map(|mesh| affine_residual(mesh, reference)).map(|rms| rms / eyes).collect();
    residuals.sort_unstable_by(f32::total_cmp);
    if residuals.len() < bounds.least || eyes <= 0.0 {
        None
    } else {
        residuals.get(residuals.len() * bounds.motion_share.0 as usize / 1000).copied()
    }
}

/// Root mean square distance between `to` and the best affine image of `from`.
fn affine_residual(from: &[[f32; 2]], to: &[[f32; 2]]) -> Option<f32> {
    let count = from.len() as f64;
    if from.len() != to.len() || from.len() < 3 {
        return None;
    }
    let centre = |points: &[[f32; 2]]| {
        let sum = points.iter().fold([0.0; 2], |sum, p| [sum[0] + f64::from(p[0]), sum[1] + f64::from(p[1])]);
        sum.map(|s| s / count)
    };
    let (a, b) = (centre(from), centre(to));
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    let mut cross = [[0.0; 2]; 2];
    let pairs: Vec<_> = from
        .iter()
        .zip(to)
        .map(|(p, q)| {
            let p = [f64::from(p[0]) - a[0], f64::from(p[1]) - a[1]];
            (p, [f64::from(q[0]) - b[0], f64::from(q[1]) - b[1]])
        })
        .collect();
    for (p, q) in &pairs {
        xx += p[0] * p[0];
        xy += p[0] * p[1];
        yy += p[1] * p[1];
        for (row, target) in cross.iter_mut().zip(q) {
            row[0] += target * p[0];
            row[1] += target * p[1];
        }
    }
    let determinant = xx * yy - xy * xy;
    if determinant.abs() < 1e-9 {
        return None;
    }
    let map = cross
        .map(|row| [(row[0] * yy - row[1] * xy) / determinant, (row[1] * xx - row[0] * xy) / determinant]);
    let sum: f64 = pairs
        .iter()
        .map(|(p, q)| (0..2).map(|i| (map[i][0] * p[0] + map[i][1] * p[1] - q[i]).powi(2)).sum::<f64>())
        .sum();
    Some((sum / count).sqrt() as f32)
}

#[cfg(test)]
mod tests {
    use wetsign_models::manifest::Manifest;

    use super::*;

    fn bounds() -> Frames {
        Manifest::embedded().capture.frames
    }

    fn wavy(count: usize, wave: f32) -> Vec<[f32; 2]> {
        (0..count)
            .map(|i| {
                let angle = i as f32 * 0.1;
                [angle.cos() * 50.0 + wave * (angle * 3.0).sin(), (angle * 1.7).sin() * 60.0]
            })
            .collect()
    }

    fn tilted(points: &[[f32; 2]]) -> Vec<[f32; 2]> {
        points.iter().map(|[x, y]| [0.9 * x - 0.3 * y + 17.0, 0.2 * x + 1.1 * y - 4.0]).collect()
    }

    #[test]
    fn a_moved_and_tilted_still_picture_has_no_motion() {
        let still = wavy(468, 0.0);
        let meshes: Vec<_> =
            (0..9).map(|i| if i % 2 == 0 { still.clone() } else { tilted(&still) }).collect();
        assert!(motion(&meshes, &bounds()).unwrap() < 1e-4);
    }

    #[test]
    fn a_face_that_changes_its_shape_has_motion() {
        let meshes: Vec<_> = (0..9).map(|i| wavy(468, i as f32)).collect();
        assert!(motion(&meshes, &bounds()).unwrap() > 0.01);
    }

    #[test]
    fn a_few_frames_are_no_measurement_of_motion() {
        assert_eq!(motion(&vec![wavy(468, 0.0); bounds().least - 1], &bounds()), None);
        assert_eq!(motion(&[], &bounds()), None);
    }

    #[test]
    fn one_foreign_frame_is_enough_to_differ() {
        let own = vec![1.0, 0.1, 0.0];
        let foreign = vec![0.0, 0.0, 1.0];
        assert!(same_face(&vec![own.clone(); 3], &[]).unwrap() > 0.99);
        assert!(same_face(&[own.clone(), own.clone(), foreign.clone()], &[]).unwrap() < 0.1);
        assert!(same_face(&vec![own.clone(); 3], &[foreign]).unwrap() < 0.1);
        assert_eq!(same_face(&[own], &[]), None);
    }
}
