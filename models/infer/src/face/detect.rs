//! BlazeFace "back" 256 (Bazarevsky et al. 2019): every face in a picture.

use opencv::core::{BORDER_CONSTANT, Mat, Scalar, Size};
use opencv::prelude::*;
use opencv::{core, imgproc};

use super::Face;
use crate::error::{InferError, Result};
use crate::frame::Frame;
use crate::pixels::rgb_into;
use crate::runtime::Net;

const SIDE: usize = 256;
/// Grid stride in pixels and anchors per cell, as the network was trained.
const GRIDS: [(usize, usize); 2] = [(16, 2), (32, 6)];
const ANCHORS: usize = 896;
const VALUES: usize = 16;
const MIN_SCORE: f32 = 0.5;
const MAX_OVERLAP: f32 = 0.3;
const NAME: &str = "blazeface";

/// The detector with its anchors and its input buffer.
pub(crate) struct Detector {
    net: Net,
    anchors: Vec<[f32; 2]>,
    input: Vec<f32>,
}

impl Detector {
    pub(crate) fn new(net: Net) -> Self {
        Self { net, anchors: anchors(), input: vec![0.0; SIDE * SIDE * 3] }
    }

    /// Faces, best score first.
    pub(crate) fn detect(&mut self, frame: &Frame) -> Result<Vec<Face>> {
        let letterbox = Letterbox::of(frame);
        rgb_into(&letterbox.paint(frame)?, &mut self.input, |v| v / 127.5 - 1.0)?;
        let outputs = self.net.run_one(&[1, SIDE, SIDE, 3], &self.input)?;
        let (mut boxes, mut scores) = (None, None);
        for index in 0..outputs.len() {
            let (shape, data) = outputs[index]
                .try_extract_tensor::<f32>()
                .map_err(|e| InferError::Network { name: NAME, why: e.to_string() })?;
            match shape.last() {
                Some(16) => boxes = Some(data),
                Some(1) => scores = Some(data),
                _ => {}
            }
        }
        let boxes = sized(boxes, "boxes", ANCHORS * VALUES)?;
        let scores = sized(scores, "scores", ANCHORS)?;
        let mut found = Vec::new();
        for (index, anchor) in self.anchors.iter().enumerate() {
            let score = sigmoid(scores[index]);
            if score > MIN_SCORE {
                let values = &boxes[index * VALUES..(index + 1) * VALUES];
                found.push(letterbox.face(values, *anchor, score));
            }
        }
        Ok(suppress(found))
    }
}

fn sized<'a>(data: Option<&'a [f32]>, what: &'static str, expected: usize) -> Result<&'a [f32]> {
    let found = data.map_or(0, <[f32]>::len);
    data.filter(|d| d.len() == expected).ok_or(InferError::Shape { name: NAME, what, found, expected })
}

pub(crate) fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit.clamp(-80.0, 80.0)).exp())
}

/// Anchor centres, 0..1, in the order of the network's rows.
fn anchors() -> Vec<[f32; 2]> {
    let mut out = Vec::with_capacity(ANCHORS);
    for (stride, per_cell) in GRIDS {
        let cells = SIDE / stride;
        for y in 0..cells {
            for x in 0..cells {
                let centre = [(x as f32 + 0.5) / cells as f32, (y as f32 + 0.5) / cells as f32];
                out.extend(std::iter::repeat_n(centre, per_cell));
            }
        }
    }
    out
}

/// How the picture lies in the network's square.
struct Letterbox {
    scale: f64,
    width: i32,
    height: i32,
    left: i32,
    top: i32,
}

impl Letterbox {
    fn of(frame: &Frame) -> Self {
        let side = SIDE as i32;
        let scale = f64::from(side) / f64::from(frame.width().max(frame.height()));
        let fit = |pixels: u32| ((f64::from(pixels) * scale).round() as i32).clamp(1, side);
        let (width, height) = (fit(frame.width()), fit(frame.height()));
        Self { scale, width, height, left: (side - width) / 2, top: (side - height) / 2 }
    }

    fn paint(&self, frame: &Frame) -> Result<Mat> {
        let method = if self.scale < 1.0 { imgproc::INTER_AREA } else { imgproc::INTER_LINEAR };
        let mut small = Mat::default();
        imgproc::resize(frame.mat(), &mut small, Size::new(self.width, self.height), 0.0, 0.0, method)?;
        let side = SIDE as i32;
        let mut out = Mat::default();
        core::copy_make_border(
            &small,
            &mut out,
            self.top,
            side - self.height - self.top,
            self.left,
            side - self.width - self.left,
            BORDER_CONSTANT,
            Scalar::default(),
        )?;
        debug_assert_eq!((out.rows(), out.cols()), (side, side));
        Ok(out)
    }

    /// A row of the network's answer as a face in the frame's pixels.
    fn face(&self, values: &[f32], anchor: [f32; 2], score: f32) -> Face {
        let side = SIDE as f32;
        let point = |dx: f32, dy: f32| {
            let x = dx + anchor[0] * side - self.left as f32;
            let y = dy + anchor[1] * side - self.top as f32;
            [x / self.scale as f32, y / self.scale as f32]
        };
        let (half_width, half_height) = (values[2] / 2.0, values[3] / 2.0);
        let [left, top] = point(values[0] - half_width, values[1] - half_height);
        let [right, bottom] = point(values[0] + half_width, values[1] + half_height);
        let keypoints = std::array::from_fn(|k| point(values[4 + 2 * k], values[5 + 2 * k]));
        Face { bbox: [left, top, right, bottom], score, keypoints }
    }
}

/// Non-maximum suppression: of boxes that overlap, the best stays.
fn suppress(mut found: Vec<Face>) -> Vec<Face> {
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Face> = Vec::new();
    for face in found {
        if kept.iter().all(|k| k.overlap(&face) <= MAX_OVERLAP) {
            kept.push(face);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(left: f32, score: f32) -> Face {
        Face { bbox: [left, 0.0, left + 10.0, 10.0], score, keypoints: [[0.0; 2]; 6] }
    }

    #[test]
    fn there_is_an_anchor_for_each_row() {
        let anchors = anchors();
        assert_eq!(anchors.len(), ANCHORS);
        assert_eq!(anchors[0], [0.03125, 0.03125]);
        assert_eq!(anchors[ANCHORS - 1], [0.9375, 0.9375]);
    }

    #[test]
    fn overlapping_boxes_leave_the_best() {
        let kept = suppress(vec![face(1.0, 0.6), face(0.0, 0.9), face(30.0, 0.7)]);
        assert_eq!(kept.iter().map(|f| f.score).collect::<Vec<_>>(), [0.9, 0.7]);
    }

    #[test]
    fn a_letterboxed_point_comes_back_to_its_pixel() {
        let frame = Frame::from_bgr(640, 360, &vec![0; 640 * 360 * 3]).unwrap();
        let letterbox = Letterbox::of(&frame);
        assert_eq!((letterbox.width, letterbox.height, letterbox.left, letterbox.top), (256, 144, 0, 56));
        let found = letterbox.face(&[0.0; 16], [0.5, 0.5], 1.0);
        assert_eq!(found.keypoints[0], [320.0, 180.0]);
    }
}
