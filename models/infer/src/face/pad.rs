//! Presentation-attack detection from single frames. Neither network is strong alone; both may only refuse.

use opencv::core::{BORDER_REFLECT_101, Mat, Rect, Scalar, Size};
use opencv::imgproc;

use super::Face;
use crate::error::{InferError, Result};
use crate::frame::Frame;
use crate::pixels::{bgr_planes_into, rgb_into, rgb_planes_into};
use crate::runtime::Net;

/// A square crop about the box, `scale` times its longer side, mirrored at the picture's edge, `side` pixels.
pub(crate) fn square_crop(frame: &Frame, face: &Face, scale: f32, side: i32) -> Result<Mat> {
    let (columns, rows) = (frame.width() as i32, frame.height() as i32);
    let outside = || InferError::FaceBox { bbox: face.bbox, width: frame.width(), height: frame.height() };
    let length = face.longest_side() * scale;
    let [x, y] = face.centre();
    let inside = x >= 0.0 && y >= 0.0 && x < columns as f32 && y < rows as f32;
    if !(length >= 2.0 && inside && length < (4 * columns.max(rows)) as f32) {
        return Err(outside());
    }
    let size = length as i32;
    // Truncated, not rounded, towards the padded picture's origin: as the figures were measured.
    let left = (x - length / 2.0) as i32;
    let top = (y - length / 2.0) as i32;
    let need = |low: i32, extent: i32| ((-low).max(0), (low + size - extent).max(0));
    let (before_x, after_x) = need(left, columns);
    let (before_y, after_y) = need(top, rows);
    let mut padded = Mat::default();
    let source = if before_x + after_x + before_y + after_y > 0 {
        opencv::core::copy_make_border(
            frame.mat(),
            &mut padded,
            before_y,
            after_y,
            before_x,
            after_x,
            BORDER_REFLECT_101,
            Scalar::default(),
        )?;
        &padded
    } else {
        frame.mat()
    };
    let window = Mat::roi(source, Rect::new(left + before_x, top + before_y, size, size))?;
    let mut out = Mat::default();
    imgproc::resize(&window, &mut out, Size::new(side, side), 0.0, 0.0, imgproc::INTER_AREA)?;
    Ok(out)
}

/// How a face is cut out for a network that answers differently to crops that differ by a tenth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crop {
    /// Side of the square, in longer sides of the face box.
    pub margin: f32,
    /// Left and right exchanged.
    pub mirrored: bool,
}

impl Crop {
    /// The face box itself.
    pub const PLAIN: Self = Self { margin: 1.0, mirrored: false };
}

/// FaceAntiSpoofing 256: a tree of eight leaves; the score is the weighted sum of their answers.
pub(crate) struct FaceAntiSpoofing {
    net: Net,
    input: Vec<f32>,
}

impl FaceAntiSpoofing {
    const SIDE: usize = 256;
    const LEAVES: usize = 8;

    pub(crate) fn new(net: Net) -> Self {
        Self { net, input: vec![0.0; Self::SIDE * Self::SIDE * 3] }
    }

    /// 0..1, higher is live: one minus Σ|answer|·weight, clamped.
    pub(crate) fn score(&mut self, frame: &Frame, face: &Face, how: Crop) -> Result<f32> {
        let mut crop = square_crop(frame, face, how.margin, Self::SIDE as i32)?;
        if how.mirrored {
            let mut mirrored = Mat::default();
            opencv::core::flip(&crop, &mut mirrored, 1)?;
            crop = mirrored;
        }
        rgb_into(&crop, &mut self.input, |v| v / 255.0)?;
        let outputs = self.net.run_one(&[1, Self::SIDE, Self::SIDE, 3], &self.input)?;
        let answers = Net::values("pad-fas", &outputs[0], "leaf answers", Self::LEAVES)?;
        let weights = Net::values("pad-fas", &outputs[1], "leaf weights", Self::LEAVES)?;
        let spoof: f32 = answers.iter().zip(weights).map(|(a, w)| a.abs() * w).sum();
        live(1.0 - spoof, "pad-fas")
    }
}

/// fr_liveness 128: two classes, the first is live.
pub(crate) struct FrLiveness {
    net: Net,
    input: Vec<f32>,
}

impl FrLiveness {
    const SIDE: usize = 128;
    /// The crop that its authors' figures stand for, in sides of the face box.
    pub(crate) const MARGIN: f32 = 1.5;

    pub(crate) fn new(net: Net) -> Self {
        Self { net, input: vec![0.0; Self::SIDE * Self::SIDE * 3] }
    }

    /// 0..1, higher is live: softmax of the live class, of a crop of `margin` sides of the face box.
    pub(crate) fn score(&mut self, frame: &Frame, face: &Face, margin: f32) -> Result<f32> {
        let crop = square_crop(frame, face, margin, Self::SIDE as i32)?;
        bgr_planes_into(&crop, &mut self.input, |v| v)?;
        first_of_softmax(&mut self.net, "pad-fr", Self::SIDE, &self.input)
    }
}

/// suri 98.20, an optional network: two classes, the first is live.
pub(crate) struct Suri {
    net: Net,
    input: Vec<f32>,
}

impl Suri {
    const SIDE: usize = 128;
    const MARGIN: f32 = 1.5;

    pub(crate) fn new(net: Net) -> Self {
        Self { net, input: vec![0.0; Self::SIDE * Self::SIDE * 3] }
    }

    /// 0..1, higher is live: softmax of the live class.
    pub(crate) fn score(&mut self, frame: &Frame, face: &Face) -> Result<f32> {
        let crop = square_crop(frame, face, Self::MARGIN, Self::SIDE as i32)?;
        rgb_planes_into(&crop, &mut self.input, |v| v / 255.0)?;
        first_of_softmax(&mut self.net, "pad-suri", Self::SIDE, &self.input)
    }
}

/// The share of the first class; at least two are expected.
fn first_of_softmax(net: &mut Net, name: &'static str, side: usize, input: &[f32]) -> Result<f32> {
    let outputs = net.run_one(&[1, 3, side, side], input)?;
    let (_, logits) = outputs[0]
        .try_extract_tensor::<f32>()
        .map_err(|e| InferError::Network { name, why: e.to_string() })?;
    if logits.len() < 2 {
        return Err(InferError::Shape { name, what: "logits", found: logits.len(), expected: 2 });
    }
    let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let total: f32 = logits.iter().map(|l| (l - highest).exp()).sum();
    live((logits[0] - highest).exp() / total, name)
}

/// A score is a number between 0 and 1, or it is an error: NaN must never look like a pass.
fn live(score: f32, name: &'static str) -> Result<f32> {
    if score.is_finite() {
        Ok(score.clamp(0.0, 1.0))
    } else {
        Err(InferError::Network { name, why: format!("its score is {score}") })
    }
}
