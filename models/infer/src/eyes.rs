//! Are the eyes open? Read from the pixels between the eyelids, for the mesh does not tell: it follows lips, but keeps
//! its eyelids apart when they are shut (.86 of the gap at rest at the least, over 22 blinks).
//!
//! Iris, pupil and white have upright edges, a lid that is shut has none: the mean change of luma from left to right
//! falls to about half. It differs between people and with the light: compare with the same person's rest.

use crate::error::Result;
use crate::face::Mesh;
use crate::face::points::{LEFT_EYE, RIGHT_EYE};
use crate::frame::Frame;

/// The patch of an eye is as wide as from corner to corner and half as high; in samples.
const COLUMNS: usize = 32;
const ROWS: usize = 16;
/// Luma of blue, green and red (ITU-R BT.601).
const LUMA: [f32; 3] = [0.114, 0.587, 0.299];

/// Mean absolute change of luma between neighbouring samples along the eye, over its mean luma; mean of both eyes.
/// About .03 to .10 open, half of it shut. 0 where nothing is to be seen.
pub fn eye_detail(frame: &Frame, mesh: &Mesh) -> Result<f32> {
    let picture =
        Picture { bytes: frame.bytes()?, width: frame.width() as usize, height: frame.height() as usize };
    let details = [RIGHT_EYE, LEFT_EYE].map(|corners| picture.detail(corners.map(|corner| mesh.at(corner))));
    Ok(f32::midpoint(details[0], details[1]))
}

struct Picture<'a> {
    bytes: &'a [u8],
    width: usize,
    height: usize,
}

impl Picture<'_> {
    fn detail(&self, [left, right]: [[f32; 2]; 2]) -> f32 {
        let along = [right[0] - left[0], right[1] - left[1]];
        let middle = [f32::midpoint(left[0], right[0]), f32::midpoint(left[1], right[1])];
        let (mut change, mut sum) = (0.0, 0.0);
        for row in 0..ROWS {
            let down = ((row as f32 + 0.5) / ROWS as f32 - 0.5) * 0.5;
            let mut before = None;
            for column in 0..COLUMNS {
                let across = (column as f32 + 0.5) / COLUMNS as f32 - 0.5;
                let luma = self.luma([
                    middle[0] + across * along[0] - down * along[1],
                    middle[1] + across * along[1] + down * along[0],
                ]);
                change += before.map_or(0.0, |before: f32| (luma - before).abs());
                sum += luma;
                before = Some(luma);
            }
        }
        let changes = (ROWS * (COLUMNS - 1)) as f32;
        if sum > 0.0 { (change / changes) / (sum / (ROWS * COLUMNS) as f32) } else { 0.0 }
    }

    /// Between the four pixels about a point; outside the picture its edge.
    fn luma(&self, [x, y]: [f32; 2]) -> f32 {
        let [x, y] = [x.clamp(0.0, (self.width - 1) as f32), y.clamp(0.0, (self.height - 1) as f32)];
        let (left, top) = (x as usize, y as usize);
        let (right, bottom) = ((left + 1).min(self.width - 1), (top + 1).min(self.height - 1));
        let (fx, fy) = (x - left as f32, y - top as f32);
        let at = |column: usize, row: usize| {
            let start = (row * self.width + column) * 3;
            self.bytes[start..start + 3]
                .iter()
                .zip(LUMA)
                .map(|(value, share)| f32::from(*value) * share)
                .sum::<f32>()
        };
        let mix = |a: f32, b: f32, share: f32| a + (b - a) * share;
        mix(mix(at(left, top), at(right, top), fx), mix(at(left, bottom), at(right, bottom), fx), fy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(value: impl Fn(usize, usize) -> u8) -> Vec<u8> {
        (0..60 * 100).flat_map(|at| [value(at % 100, at / 100); 3]).collect()
    }

    fn detail(bytes: &[u8], corners: [[f32; 2]; 2]) -> f32 {
        Picture { bytes, width: 100, height: 60 }.detail(corners)
    }

    #[test]
    fn an_iris_has_edges_that_a_shut_lid_has_not() {
        let open = picture(|x, y| if (x as f32 - 50.0).hypot(y as f32 - 30.0) < 8.0 { 40 } else { 180 });
        let shut = picture(|_, y| if y == 33 { 60 } else { 180 });
        let corners = [[30.0, 30.0], [70.0, 30.0]];
        assert!(detail(&open, corners) > 0.02, "{}", detail(&open, corners));
        assert!(detail(&shut, corners) < 1e-6, "{}", detail(&shut, corners));
    }

    #[test]
    fn half_the_light_changes_nothing_and_darkness_or_the_edge_of_the_picture_are_no_error() {
        let lit = picture(|x, y| if x.abs_diff(50) < 6 && y.abs_diff(30) < 6 { 60 } else { 200 });
        let dim: Vec<u8> = lit.iter().map(|value| value / 2).collect();
        let corners = [[30.0, 30.0], [70.0, 30.0]];
        assert!((detail(&lit, corners) - detail(&dim, corners)).abs() < 1e-4);
        assert_eq!(detail(&picture(|_, _| 0), corners), 0.0);
        assert!(detail(&lit, [[-20.0, -5.0], [140.0, 90.0]]).is_finite());
    }
}
