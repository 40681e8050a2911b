//! Is there a head with depth, or a flat picture of one, also if it is turned, moved and bent?
//!
//! A rest mesh is the reference: its points x, y in the picture and its relief z. Where the points lie in another frame
//! is explained twice, by least squares over the points that bones carry (those above the base of the nose):
//!
//! - as a **plane**: every map of x, y up to the third order. That covers a homography of a picture (Hartley and
//!   Zisserman 2004, § 2.3) to the third order of its foreshortening, and a picture bent along any parabola and turned,
//!   since its relief is itself of the second order in x, y;
//! - as a **rigid head**: the same, and the rest's own relief: z for a turn under weak perspective (Tomasi and Kanade
//!   1992), x·z and y·z for the perspective of coming closer.
//!
//! The root mean square distance that the relief explains beyond the plane is the [`parallax`](Fit::parallax): how far
//! the nose moved against the cheeks as only something with depth makes it. The mesh network has learned heads, and
//! draws some of it into a flat picture that is turned: up to half of what a real turn shows (`models/LIMITS.md`).
//! [`crate::flatness`] asks the pixels.

use opencv::core::{self, DECOMP_SVD, Mat};
use opencv::prelude::*;

use crate::error::Result;
use crate::face::Mesh;
use crate::face::points::{FOREHEAD, NOSE_BASE, OUTER_EYES};

/// Maps of a plane up to the third order: 1, x, y, x², xy, y², x³, x²y, xy², y³.
const PLANE_TERMS: usize = 10;
/// And z, xz, yz.
const HEAD_TERMS: usize = 13;

/// The head at rest, which later frames are held against.
pub struct Head {
    /// Indices of the points that bones carry.
    points: Vec<usize>,
    /// One row of [`HEAD_TERMS`] for each.
    terms: Vec<f64>,
    /// Distance of the outer corners of the eyes, pixels.
    eyes: f64,
}

/// How well a frame is explained, root mean square over the points, in distances of the eyes at rest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// What no bent and turned plane explains.
    pub plane: f64,
    /// What no rigid head explains either.
    pub head: f64,
    /// Size of the face against the rest, 1: as far away as at rest.
    pub scale: f64,
}

impl Fit {
    /// What the relief of a rigid head explains beyond a plane, in distances of the eyes at the frame's own scale.
    pub fn parallax(&self) -> f64 {
        (self.plane * self.plane - self.head * self.head).max(0.0).sqrt() / self.scale.max(f64::EPSILON)
    }
}

impl Head {
    /// The mean of the meshes of a person at rest; `None` without meshes, or without a face in them.
    pub fn of(rest: &[&Mesh]) -> Option<Self> {
        let count = rest.len() as f64;
        let mean: Vec<[f64; 3]> = (0..Mesh::POINTS)
            .map(|i| rest.iter().fold([0.0; 3], |sum, mesh| add(sum, mesh.points[i].map(f64::from))))
            .map(|sum| sum.map(|v| v / count))
            .collect();
        let between = |a: usize, b: usize| [0, 1].map(|axis| mean[b][axis] - mean[a][axis]);
        let across = between(OUTER_EYES[0], OUTER_EYES[1]);
        let eyes = across[0].hypot(across[1]);
        if rest.is_empty() || !eyes.is_finite() || eyes <= 0.0 {
            return None;
        }
        let up = between(NOSE_BASE, FOREHEAD);
        let above = |point: &[f64; 3]| {
            (point[0] - mean[NOSE_BASE][0]) * up[0] + (point[1] - mean[NOSE_BASE][1]) * up[1] >= 0.0
        };
        let points: Vec<usize> = (0..Mesh::POINTS).filter(|&i| above(&mean[i])).collect();
        let sum = points.iter().fold([0.0; 3], |sum, &i| add(sum, mean[i]));
        let centre = sum.map(|v| v / points.len().max(1) as f64);
        let terms = points
            .iter()
            .flat_map(|&i| {
                let [x, y, z] = [0, 1, 2].map(|axis| (mean[i][axis] - centre[axis]) / eyes);
                let second = [x * x, x * y, y * y];
                let third = [x * x * x, x * x * y, x * y * y, y * y * y];
                [[1.0, x, y].as_slice(), &second, &third, &[z, x * z, y * z]].concat()
            })
            .collect();
        (points.len() > HEAD_TERMS).then_some(Self { points, terms, eyes })
    }

    /// Explains a frame.
    pub fn fit(&self, mesh: &Mesh) -> Result<Fit> {
        let targets: Vec<f64> = self
            .points
            .iter()
            .flat_map(|&i| mesh.at(i).map(|pixels| f64::from(pixels) / self.eyes))
            .collect();
        let (plane, map) = self.residual(&targets, PLANE_TERMS)?;
        let (head, _) = self.residual(&targets, HEAD_TERMS)?;
        // Rows 1 and 2 of the map are the derivatives by x and y: their determinant is the change of the area.
        let scale = (map[2] * map[5] - map[3] * map[4]).abs().sqrt();
        Ok(Fit { plane, head, scale })
    }

    /// Root mean square residual of the best map of this many terms, and the map, two columns a term.
    fn residual(&self, targets: &[f64], terms: usize) -> Result<(f64, Vec<f64>)> {
        let count = self.points.len();
        let rows: Vec<f64> =
            self.terms.chunks_exact(HEAD_TERMS).flat_map(|row| &row[..terms]).copied().collect();
        let left = Mat::new_rows_cols_with_data(count as i32, terms as i32, &rows)?;
        let right = Mat::new_rows_cols_with_data(count as i32, 2, targets)?;
        let mut found = Mat::default();
        core::solve(&left, &right, &mut found, DECOMP_SVD)?;
        let map = found.data_typed::<f64>()?.to_vec();
        let mut sum = 0.0;
        for (row, target) in rows.chunks_exact(terms).zip(targets.chunks_exact(2)) {
            for axis in 0..2 {
                let mapped: f64 = row.iter().zip(map.chunks_exact(2)).map(|(term, c)| term * c[axis]).sum();
                sum += (mapped - target[axis]).powi(2);
            }
        }
        Ok(((sum / count as f64).sqrt(), map))
    }
}

fn add(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    std::array::from_fn(|i| a[i] + b[i])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A face of 100 pixels between the eyes on an ellipsoid, with a nose that stands out.
    fn head() -> Vec<[f64; 3]> {
        let mut points: Vec<[f64; 3]> = (0..Mesh::POINTS)
            .map(|i| {
                let (x, y) = ((i % 22) as f64 * 8.0 - 84.0, (i / 22) as f64 * 10.0 - 110.0);
                let nose = 35.0 * (-(x * x) / 300.0 - (y - 10.0).powi(2) / 700.0).exp();
                [x, y, (x * x + 0.5 * y * y) / 160.0 - nose]
            })
            .collect();
        points[OUTER_EYES[0]] = [-50.0, -20.0, 15.0];
        points[OUTER_EYES[1]] = [50.0, -20.0, 15.0];
        points[NOSE_BASE] = [0.0, 40.0, -20.0];
        points[FOREHEAD] = [0.0, -110.0, 30.0];
        points
    }

    /// What a camera 600 units away, focal length 600, sees of turned points, a quarter of a pixel of noise on them.
    fn seen(points: &[[f64; 3]], yaw: f64, pitch: f64, distance: f64) -> Mesh {
        let (sin, cos) = yaw.sin_cos();
        let (sip, cop) = pitch.sin_cos();
        let project = |(i, p): (usize, &[f64; 3])| {
            let [x, y, z] = [p[0] * cos - p[2] * sin, p[1], p[2] * cos + p[0] * sin];
            let [y, z] = [y * cop + z * sip, z * cop - y * sip];
            let shrink = 600.0 / (distance + z);
            let noise = |seed: usize| ((i * 7 + seed * 13) % 11) as f64 / 20.0 - 0.25;
            [(300.0 + x * shrink + noise(1)) as f32, (200.0 + y * shrink + noise(2)) as f32, z as f32]
        };
        Mesh { points: points.iter().enumerate().map(project).collect(), presence: 1.0 }
    }

    fn flat(points: &[[f64; 3]], bend: f64) -> Vec<[f64; 3]> {
        points.iter().map(|[x, y, _]| [*x, *y, bend * x * x / 100.0]).collect()
    }

    /// The reference is what a camera and the mesh network see of something at rest: also a picture seems to have
    /// relief.
    fn at_rest(points: &[[f64; 3]]) -> Head {
        let mut mesh = seen(points, 0.0, 0.0, 600.0);
        mesh.points.iter_mut().zip(head()).for_each(|(p, h)| p[2] = h[2] as f32);
        Head::of(&[&mesh]).unwrap()
    }

    #[test]
    fn a_turned_head_has_parallax_and_a_turned_picture_has_none() {
        let (head, picture) = (head(), flat(&head(), 0.0));
        let real = at_rest(&head).fit(&seen(&head, 0.35, 0.0, 600.0)).unwrap();
        let print = at_rest(&picture).fit(&seen(&picture, 0.35, 0.1, 600.0)).unwrap();
        assert!(real.parallax() > 0.01, "{real:?}");
        assert!(print.parallax() < 0.001, "{print:?}");
    }

    #[test]
    fn a_picture_that_is_bent_and_turned_has_none_either() {
        for bend in [0.2, 0.5, -0.4] {
            let bent = flat(&head(), bend);
            let fit = at_rest(&bent).fit(&seen(&bent, -0.4, 0.2, 600.0)).unwrap();
            assert!(fit.parallax() < 0.001, "bend {bend}: {fit:?}");
        }
    }

    #[test]
    fn bending_a_picture_meanwhile_gives_none() {
        let fit = at_rest(&flat(&head(), 0.0)).fit(&seen(&flat(&head(), 0.5), 0.3, 0.0, 600.0)).unwrap();
        assert!(fit.parallax() < 0.001, "{fit:?}");
    }

    #[test]
    fn coming_closer_changes_the_perspective_of_a_head_and_not_of_a_picture() {
        let (head, picture) = (head(), flat(&head(), 0.0));
        let real = at_rest(&head).fit(&seen(&head, 0.0, 0.0, 350.0)).unwrap();
        let print = at_rest(&picture).fit(&seen(&picture, 0.0, 0.0, 350.0)).unwrap();
        assert!((real.scale / (600.0 / 350.0) - 1.0).abs() < 0.15, "{real:?}");
        assert!(real.parallax() > 3.0 * print.parallax() && real.parallax() > 0.001, "{real:?} {print:?}");
    }

    #[test]
    fn without_a_face_there_is_no_head() {
        assert!(Head::of(&[]).is_none());
        let nothing = Mesh { points: vec![[0.0; 3]; Mesh::POINTS], presence: 0.0 };
        assert!(Head::of(&[&nothing]).is_none());
    }
}
