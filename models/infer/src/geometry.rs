//! What a mesh shows: where the head points, how far the mouth is open, whether it smiles.
//!
//! All measures are ratios, free of the picture's scale. *Left* and *right* are the subject's own.

use crate::face::Mesh;
use crate::face::points::{
    CHEEKS, CHIN, FOREHEAD, INNER_LIPS, LEFT_EYE, MOUTH_CORNERS, NOSE_TIP, OUTER_EYES, RIGHT_EYE,
};

/// An upright face leans back by this much in the mesh: the plane through cheeks, forehead and chin
/// is not the plane of the face.
const LEAN_OF_AN_UPRIGHT_FACE: f32 = 0.10;

/// Where the head points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    /// Nose tip between the cheeks: −1 at the right cheek, 0 midway, +1 at the left. Positive: turned
    /// to the subject's left. A clear turn is beyond ±0.2.
    pub yaw: f32,
    /// Sine of the elevation of the face's plane. Positive: looking up. A clear nod is beyond ±0.15.
    pub pitch: f32,
    /// Angle of the line through the cheeks, radians. Positive: clockwise in the picture.
    pub roll: f32,
}

/// Reads the pose from a mesh.
pub fn pose(mesh: &Mesh) -> Pose {
    let [right, left] = CHEEKS.map(|i| mesh.points[i]);
    let across = minus(left, right);
    let upwards = minus(mesh.points[FOREHEAD], mesh.points[CHIN]);
    let nose = minus(mesh.points[NOSE_TIP], right);
    let width_squared = across[0] * across[0] + across[1] * across[1];
    let forward = unit(cross(across, upwards));
    Pose {
        yaw: 2.0 * (nose[0] * across[0] + nose[1] * across[1]) / width_squared - 1.0,
        pitch: LEAN_OF_AN_UPRIGHT_FACE - forward[1],
        roll: across[1].atan2(across[0]),
    }
}

/// Gap between the lips over the width of the mouth: shut below 0.05, open from about 0.15.
pub fn mouth_opening(mesh: &Mesh) -> f32 {
    distance(mesh, INNER_LIPS) / distance(mesh, MOUTH_CORNERS)
}

/// Gap between the lips over the distance of the outer corners of the eyes: unlike [`mouth_opening`] it
/// does not shrink when the mouth widens, so it is the measure to hold against the sound.
pub fn lip_gap(mesh: &Mesh) -> f32 {
    distance(mesh, INNER_LIPS) / distance(mesh, OUTER_EYES)
}

/// Width of the mouth over the distance of the outer corners of the eyes: about 0.55 to 0.65 at rest,
/// from about 0.70 in a smile. It differs between people: compare with the same person's rest.
pub fn smile(mesh: &Mesh) -> f32 {
    distance(mesh, MOUTH_CORNERS) / distance(mesh, OUTER_EYES)
}

/// Distance of the outer corners of the eyes in space, in pixels: how near the face is, also when it is turned.
pub fn eye_distance(mesh: &Mesh) -> f32 {
    let [right, left] = OUTER_EYES.map(|i| mesh.points[i]);
    let between = minus(left, right);
    between.iter().map(|x| x * x).sum::<f32>().sqrt()
}

/// The five points of alignment: right eye, left eye, nose tip, right and left corner of the mouth; pixels.
pub fn five_points(mesh: &Mesh) -> [[f32; 2]; 5] {
    let middle = |[a, b]: [usize; 2]| {
        let (p, q) = (mesh.at(a), mesh.at(b));
        [f32::midpoint(p[0], q[0]), f32::midpoint(p[1], q[1])]
    };
    let [right_corner, left_corner] = MOUTH_CORNERS.map(|i| mesh.at(i));
    [middle(RIGHT_EYE), middle(LEFT_EYE), mesh.at(NOSE_TIP), right_corner, left_corner]
}

fn distance(mesh: &Mesh, [a, b]: [usize; 2]) -> f32 {
    let (p, q) = (mesh.at(a), mesh.at(b));
    (p[0] - q[0]).hypot(p[1] - q[1])
}

fn minus(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    std::array::from_fn(|i| a[i] - b[i])
}

fn cross(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn unit(v: [f32; 3]) -> [f32; 3] {
    let length = v.iter().map(|x| x * x).sum::<f32>().sqrt();
    v.map(|x| x / length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An upright, frontal face of 100 pixels, nose tip towards the camera.
    fn frontal() -> Mesh {
        let mut points = vec![[0.0; 3]; Mesh::POINTS];
        for (index, point) in [
            (CHEEKS[0], [0.0, 50.0, 0.0]),
            (CHEEKS[1], [100.0, 50.0, 0.0]),
            (FOREHEAD, [50.0, 0.0, 0.0]),
            (CHIN, [50.0, 110.0, 0.0]),
            (NOSE_TIP, [50.0, 60.0, -20.0]),
            (RIGHT_EYE[0], [20.0, 40.0, 0.0]),
            (RIGHT_EYE[1], [40.0, 40.0, 0.0]),
            (LEFT_EYE[0], [60.0, 40.0, 0.0]),
            (LEFT_EYE[1], [80.0, 40.0, 0.0]),
            (MOUTH_CORNERS[0], [32.0, 85.0, 0.0]),
            (MOUTH_CORNERS[1], [68.0, 85.0, 0.0]),
            (INNER_LIPS[0], [50.0, 83.0, 0.0]),
            (INNER_LIPS[1], [50.0, 92.0, 0.0]),
        ] {
            points[index] = point;
        }
        Mesh { points, presence: 1.0 }
    }

    /// Turns the points about an axis (0 = x: positive raises the face, 1 = y: positive turns to the
    /// picture's right, 2 = z: positive is clockwise).
    fn turned(axis: usize, angle: f32) -> Mesh {
        let mut mesh = frontal();
        let (sin, cos) = angle.sin_cos();
        for p in &mut mesh.points {
            let [x, y, z] = *p;
            *p = match axis {
                0 => [x, y * cos + z * sin, z * cos - y * sin],
                1 => [x * cos - z * sin, y, z * cos + x * sin],
                _ => [x * cos - y * sin, y * cos + x * sin, z],
            };
        }
        mesh
    }

    #[test]
    fn a_frontal_face_points_nowhere() {
        let Pose { yaw, roll, .. } = pose(&frontal());
        assert!(yaw.abs() < 1e-6 && roll.abs() < 1e-6);
    }

    #[test]
    fn turning_to_the_pictures_right_is_the_subjects_left() {
        assert!(pose(&turned(1, 0.4)).yaw > 0.1);
        assert!(pose(&turned(1, -0.4)).yaw < -0.1);
    }

    #[test]
    fn looking_up_raises_the_pitch_by_the_sine() {
        let rest = pose(&frontal()).pitch;
        assert!((pose(&turned(0, 0.3)).pitch - rest - 0.3_f32.sin()).abs() < 1e-3);
        assert!((pose(&turned(0, -0.3)).pitch - rest + 0.3_f32.sin()).abs() < 1e-3);
    }

    #[test]
    fn leaning_changes_roll_alone() {
        let leaning = pose(&turned(2, 0.4));
        assert!((leaning.roll - 0.4).abs() < 1e-5);
        assert!(leaning.yaw.abs() < 0.1);
    }

    #[test]
    fn mouth_and_smile_are_ratios() {
        let mesh = frontal();
        assert!((mouth_opening(&mesh) - 0.25).abs() < 1e-6);
        assert!((smile(&mesh) - 0.6).abs() < 1e-6);
        assert!((lip_gap(&mesh) - 0.15).abs() < 1e-6);
    }

    #[test]
    fn the_five_points_stand_where_the_template_wants_them() {
        assert_eq!(
            five_points(&frontal()),
            [[30.0, 40.0], [70.0, 40.0], [50.0, 60.0], [32.0, 85.0], [68.0, 85.0]]
        );
    }
}
