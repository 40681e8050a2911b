//! Affine maps: the crop for the mesh, the five-point alignment for the embedding.

use opencv::core::{BORDER_CONSTANT, Mat, Scalar, Size};
use opencv::imgproc;

use crate::error::Result;
use crate::frame::Frame;

/// Reference positions in a 112×112 chip: right eye, left eye, nose tip, right and left corner of the
/// mouth (subject's own sides); the template that ArcFace-style embeddings are trained on.
const TEMPLATE: [[f64; 2]; 5] =
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]];

/// Side of the aligned chip, pixels.
pub(crate) const CHIP: i32 = 112;

/// A map of the plane: `x' = a·x + b·y + c`, `y' = d·x + e·y + f`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Affine([[f64; 3]; 2]);

impl Affine {
    /// The similarity that takes `from` to `to` with the least squared error (Umeyama 1991, without
    /// reflection; in the plane it has a closed form).
    pub(crate) fn similarity(from: &[[f64; 2]; 5], to: &[[f64; 2]; 5]) -> Self {
        let mean = |points: &[[f64; 2]; 5], axis: usize| points.iter().map(|p| p[axis]).sum::<f64>() / 5.0;
        let (mean_x, mean_y) = (mean(from, 0), mean(from, 1));
        let (target_x, target_y) = (mean(to, 0), mean(to, 1));
        let (mut along, mut across, mut spread) = (0.0, 0.0, 0.0);
        for (p, q) in from.iter().zip(to) {
            let (x, y) = (p[0] - mean_x, p[1] - mean_y);
            let (u, v) = (q[0] - target_x, q[1] - target_y);
            along += x * u + y * v;
            across += x * v - y * u;
            spread += x * x + y * y;
        }
        let (cos, sin) = (along / spread, across / spread);
        Self([
            [cos, -sin, target_x - cos * mean_x + sin * mean_y],
            [sin, cos, target_y - sin * mean_x - cos * mean_y],
        ])
    }

    /// Rotates by `degrees` about `centre`, scales, and moves the centre to the middle of a square of `side`.
    pub(crate) fn centred(centre: [f64; 2], degrees: f64, scale: f64, side: f64) -> Self {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let (a, b) = (scale * cos, scale * sin);
        let [x, y] = centre;
        Self([[a, b, side / 2.0 - a * x - b * y], [-b, a, side / 2.0 + b * x - a * y]])
    }

    /// The inverse map.
    pub(crate) fn inverse(&self) -> Self {
        let [[a, b, c], [d, e, f]] = self.0;
        let det = a * e - b * d;
        let (ia, ib, id, ie) = (e / det, -b / det, -d / det, a / det);
        Self([[ia, ib, -ia * c - ib * f], [id, ie, -id * c - ie * f]])
    }

    /// Applies the map to a point.
    pub(crate) fn apply(&self, x: f64, y: f64) -> [f64; 2] {
        self.0.map(|[a, b, c]| a * x + b * y + c)
    }

    /// The square of `side` pixels that the map brings into view: bilinear, black outside the picture.
    pub(crate) fn warp(&self, frame: &Frame, side: i32) -> Result<Mat> {
        let map = Mat::from_slice_2d(&self.0)?;
        let mut out = Mat::default();
        imgproc::warp_affine(
            frame.mat(),
            &mut out,
            &map,
            Size::new(side, side),
            imgproc::INTER_LINEAR,
            BORDER_CONSTANT,
            Scalar::default(),
        )?;
        Ok(out)
    }
}

/// The 112×112 chip with the five points at the template's places.
pub(crate) fn align(frame: &Frame, five_points: &[[f32; 2]; 5]) -> Result<Mat> {
    let points = five_points.map(|p| p.map(f64::from));
    Affine::similarity(&points, &TEMPLATE).warp(frame, CHIP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_similarity_is_recovered_exactly() {
        let truth = Affine::centred([10.0, -4.0], 31.0, 1.7, 112.0);
        let moved = TEMPLATE.map(|[x, y]| truth.inverse().apply(x, y));
        let found = Affine::similarity(&moved, &TEMPLATE);
        for (p, q) in moved.iter().zip(TEMPLATE) {
            let [x, y] = found.apply(p[0], p[1]);
            assert!((x - q[0]).abs() < 1e-9 && (y - q[1]).abs() < 1e-9);
        }
    }

    #[test]
    fn the_inverse_undoes_the_map() {
        let map = Affine::centred([300.0, 120.0], -12.0, 0.4, 192.0);
        let [x, y] = map.apply(17.0, 250.0);
        let [x, y] = map.inverse().apply(x, y);
        assert!((x - 17.0).abs() < 1e-9 && (y - 250.0).abs() < 1e-9);
    }

    #[test]
    fn the_centre_lands_in_the_middle() {
        let [x, y] = Affine::centred([300.0, 120.0], 25.0, 0.4, 192.0).apply(300.0, 120.0);
        assert!((x - 96.0).abs() < 1e-9 && (y - 96.0).abs() < 1e-9);
    }
}
