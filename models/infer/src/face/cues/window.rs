//! The part of a picture that is looked at, and the figures that every cue is made of.

use opencv::core::{Mat, Rect, Size};
use opencv::imgproc;
use opencv::prelude::*;

use crate::error::{InferError, Result};
use crate::face::Face;
use crate::frame::Frame;

/// The face window's least side, pixels: two tiles of a spectrum.
const LEAST_SIDE: i32 = 80;

/// Blue, green and red of a window, 0..255, row by row.
pub struct Window {
    pub width: usize,
    pub height: usize,
    pub bgr: Vec<[f32; 3]>,
}

impl Window {
    /// The part of a square of `scale` times the face box that lies in the picture; `smooth` pixels are averaged each
    /// way.
    pub fn of(frame: &Frame, face: &Face, scale: f32, smooth: i32) -> Result<Self> {
        let (columns, rows) = (frame.width() as i32, frame.height() as i32);
        let [x, y] = face.centre();
        let half = [face.size(), face.bbox[3] - face.bbox[1]].map(|side| side * scale / 2.0);
        let clip = |value: f32, limit: i32| (value.max(0.0) as i32).min(limit);
        let (left, top) = (clip(x - half[0], columns), clip(y - half[1], rows));
        let (width, height) = (clip(x + half[0], columns) - left, clip(y + half[1], rows) - top);
        if width < LEAST_SIDE || height < LEAST_SIDE {
            let (width, height) = (frame.width(), frame.height());
            return Err(InferError::FaceBox { bbox: face.bbox, width, height });
        }
        let region = Mat::roi(frame.mat(), Rect::new(left, top, width, height))?;
        let mut pixels = Mat::default();
        if smooth > 1 {
            imgproc::blur_def(&region, &mut pixels, Size::new(smooth, smooth))?;
        } else {
            region.copy_to(&mut pixels)?;
        }
        let bgr = pixels.data_bytes()?.chunks_exact(3).map(|p| [p[0], p[1], p[2]].map(f32::from)).collect();
        Ok(Self { width: width as usize, height: height as usize, bgr })
    }

    /// One value a pixel.
    pub fn plane(&self, of: impl Fn([f32; 3]) -> f32) -> Vec<f32> {
        self.bgr.iter().map(|pixel| of(*pixel)).collect()
    }
}

/// Luma of blue, green, red (ITU-R BT.601), in their unit.
pub fn luma([blue, green, red]: [f32; 3]) -> f32 {
    0.114 * blue + 0.587 * green + 0.299 * red
}

/// The value below which `share` of the values lie; 0 of none.
pub fn quantile(mut values: Vec<f32>, share: f64) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    let place = ((values.len() - 1) as f64 * share) as usize;
    *values.select_nth_unstable_by(place, f32::total_cmp).1
}

/// Mean and standard deviation.
pub fn moments(values: &[f32]) -> (f64, f64) {
    let count = values.len().max(1) as f64;
    let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / count;
    let variance = values.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / count;
    (mean, variance.sqrt())
}
