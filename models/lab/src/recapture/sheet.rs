//! A sheet in space, seen by a pinhole camera.

use serde::{Deserialize, Serialize};
use wetsign_infer::{Frame, InferError};

use super::medium::Medium;

/// Where a sheet is and how it is bent. At [`Pose::FRONTAL`] it fills the camera's view.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pose {
    /// Turn about the vertical axis, radians.
    pub yaw: f64,
    /// Turn about the horizontal axis, radians.
    pub pitch: f64,
    /// Turn in the picture, radians.
    pub roll: f64,
    /// Sagitta of the bend: how far the sheet's left and right edges stand back, in half widths. 0 is flat.
    pub bend: f64,
    /// Distance over that of the frontal sheet: below 1 is nearer.
    pub distance: f64,
    /// Shift, in half widths of the view.
    pub shift: [f64; 2],
}

impl Pose {
    /// Flat, upright, filling the view.
    pub const FRONTAL: Self =
        Self { yaw: 0.0, pitch: 0.0, roll: 0.0, bend: 0.0, distance: 1.0, shift: [0.0, 0.0] };
}

/// Focal length in half widths: a field of view of 60 degrees across.
const FOCAL: f64 = 1.732;

/// BGR bytes of what the camera sees, in the picture's own size.
pub(super) fn render(picture: &Frame, medium: &Medium, pose: &Pose) -> Result<Vec<u8>, InferError> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let source = picture.bytes()?;
    let aspect = width as f64 / height as f64;
    let view = View::new(pose);
    let (surround, shown) = (medium.surround(), medium.shown());
    // Light stands above: gloss wanders as the sheet turns.
    let lobe = [0.5 + 1.2 * pose.yaw, 0.25 - 1.2 * pose.pitch];
    let mut out = Vec::with_capacity(source.len());
    for row in 0..height {
        for column in 0..width {
            let u = (column as f64 + 0.5) / width as f64 * 2.0 - 1.0;
            let v = ((row as f64 + 0.5) / height as f64 * 2.0 - 1.0) / aspect;
            let colour = match view.place(u, v) {
                Some([x, y]) if x.abs() <= 1.0 && (y * aspect).abs() <= 1.0 => {
                    let place = [f64::midpoint(x, 1.0), f64::midpoint(y * aspect, 1.0)];
                    let taken = bilinear(source, width, height, place);
                    shown.at(taken, place, aspect, lobe)
                }
                _ => surround,
            };
            // The cast holds the ends: colours are never below zero.
            out.extend(colour.map(|c| (c * 255.0 + 0.5) as u8));
        }
    }
    Ok(out)
}

/// The camera in the sheet's own coordinates.
struct View {
    /// Columns of the rotation, camera to sheet.
    turn: [[f64; 3]; 3],
    origin: [f64; 3],
    bend: f64,
}

impl View {
    fn new(pose: &Pose) -> Self {
        let ((sy, cy), (sp, cp), (sr, cr)) = (pose.yaw.sin_cos(), pose.pitch.sin_cos(), pose.roll.sin_cos());
        // Sheet to camera: roll, then pitch, then yaw; its transpose takes the camera's rays to the sheet.
        let sheet = [
            [cy * cr + sy * sp * sr, -cy * sr + sy * sp * cr, sy * cp],
            [cp * sr, cp * cr, -sp],
            [-sy * cr + cy * sp * sr, sy * sr + cy * sp * cr, cy * cp],
        ];
        let turn = std::array::from_fn(|i| std::array::from_fn(|j| sheet[j][i]));
        let at = [pose.shift[0], pose.shift[1], FOCAL * pose.distance];
        let mut view = Self { turn, origin: [0.0; 3], bend: pose.bend };
        view.origin = view.turned([-at[0], -at[1], -at[2]]);
        view
    }

    fn turned(&self, v: [f64; 3]) -> [f64; 3] {
        std::array::from_fn(|i| (0..3).map(|j| self.turn[i][j] * v[j]).sum())
    }

    /// Where a ray through (u, v) of the picture plane meets the sheet z = bend·x²; half widths.
    fn place(&self, u: f64, v: f64) -> Option<[f64; 2]> {
        let ([ox, oy, oz], [dx, dy, dz]) = (self.origin, self.turned([u, v, FOCAL]));
        let (a, b, c) = (self.bend * dx * dx, 2.0 * self.bend * ox * dx - dz, self.bend * ox * ox - oz);
        let time = if a.abs() < 1e-9 {
            -c / b
        } else {
            let root = (b * b - 4.0 * a * c).max(0.0).sqrt();
            let (near, far) = ((-b - root) / (2.0 * a), (-b + root) / (2.0 * a));
            let (near, far) = (near.min(far), near.max(far));
            if b * b < 4.0 * a * c {
                return None;
            }
            if near > 0.0 { near } else { far }
        };
        (time > 0.0).then_some([ox + time * dx, oy + time * dy])
    }
}

fn bilinear(source: &[u8], width: usize, height: usize, place: [f64; 2]) -> [f64; 3] {
    let x = (place[0] * width as f64 - 0.5).clamp(0.0, width as f64 - 1.001);
    let y = (place[1] * height as f64 - 0.5).clamp(0.0, height as f64 - 1.001);
    let (left, top) = (x as usize, y as usize);
    let (fx, fy) = (x - left as f64, y - top as f64);
    let right = if left + 1 < width { 3 } else { 0 };
    let pair = |row: usize| {
        let start = (row.min(height - 1) * width + left) * 3;
        let pixels = &source[start..start + right + 3];
        std::array::from_fn::<f64, 3, _>(|channel| {
            f64::from(pixels[channel]) * (1.0 - fx) + f64::from(pixels[right + channel]) * fx
        })
    };
    let (upper, lower) = (pair(top), pair(top + 1));
    std::array::from_fn(|channel| (upper[channel] * (1.0 - fy) + lower[channel] * fy) / 255.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frontal_sheet_lies_where_its_picture_does() {
        let view = View::new(&Pose::FRONTAL);
        for (u, v) in [(0.0, 0.0), (0.7, -0.3), (-1.0, 0.5)] {
            let [x, y] = view.place(u, v).unwrap();
            assert!((x - u).abs() < 1e-9 && (y - v).abs() < 1e-9);
        }
    }

    #[test]
    fn turning_brings_one_side_nearer_and_bending_takes_both_back() {
        let turned = View::new(&Pose { yaw: 0.4, ..Pose::FRONTAL });
        let (left, right) = (turned.place(-0.5, 0.0).unwrap()[0], turned.place(0.5, 0.0).unwrap()[0]);
        assert!((left.abs() - right.abs()).abs() > 0.05, "{left} {right}");
        let bent = View::new(&Pose { bend: 0.3, ..Pose::FRONTAL });
        assert!(bent.place(0.5, 0.0).unwrap()[0] > 0.5);
    }
}
