//! Is a face picture good enough to be judged? And how near are two embeddings?

use opencv::core::{CV_64F, Mat, Rect, Scalar, Size};
use opencv::prelude::*;
use opencv::{core, imgproc};

use crate::error::{InferError, Result};
use crate::face::Face;
use crate::frame::Frame;

/// Sharpness is measured at this side, so that it does not depend on the distance to the camera.
const SHARPNESS_SIDE: i32 = 112;

/// Mean luma of the face box, 0..1.
pub fn brightness(frame: &Frame, face: &Face) -> Result<f32> {
    let mean = core::mean_def(&grey_box(frame, face)?)?;
    Ok((mean[0] / 255.0) as f32)
}

/// Variance of the Laplacian of the face box at 112×112 (Pech-Pacheco et al. 2000): blurred below about
/// 50, sharp from about 150.
pub fn sharpness(frame: &Frame, face: &Face) -> Result<f32> {
    let grey = grey_box(frame, face)?;
    let (mut chip, mut edges) = (Mat::default(), Mat::default());
    let size = Size::new(SHARPNESS_SIDE, SHARPNESS_SIDE);
    imgproc::resize(&grey, &mut chip, size, 0.0, 0.0, imgproc::INTER_AREA)?;
    imgproc::laplacian_def(&chip, &mut edges, CV_64F)?;
    let (mut mean, mut deviation) = (Scalar::default(), Scalar::default());
    core::mean_std_dev_def(&edges, &mut mean, &mut deviation)?;
    Ok((deviation[0] * deviation[0]) as f32)
}

/// The part of the face box that lies in the picture, grey.
fn grey_box(frame: &Frame, face: &Face) -> Result<Mat> {
    let (width, height) = (frame.width() as i32, frame.height() as i32);
    let [left, top, right, bottom] = face.bbox;
    let clip = |v: f32, limit: i32| (v.max(0.0) as i32).min(limit);
    let (x, y) = (clip(left, width), clip(top, height));
    let (columns, rows) = (clip(right, width) - x, clip(bottom, height) - y);
    if columns < 2 || rows < 2 {
        return Err(InferError::FaceBox { bbox: face.bbox, width: frame.width(), height: frame.height() });
    }
    let window = Mat::roi(frame.mat(), Rect::new(x, y, columns, rows))?;
    let mut grey = Mat::default();
    imgproc::cvt_color_def(&window, &mut grey, imgproc::COLOR_BGR2GRAY)?;
    debug_assert_eq!((grey.cols(), grey.rows()), (columns, rows));
    Ok(grey)
}

/// Cosine of the angle between two vectors of one length, −1..1; 0 if either is zero or the lengths differ.
pub fn cosine(a: &[f32], b: &[f32]) -> f32 {
    if a.len() != b.len() {
        return 0.0;
    }
    let dot = |p: &[f32], q: &[f32]| p.iter().zip(q).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
    let scale = (dot(a, a) * dot(b, b)).sqrt();
    if scale > 0.0 { (dot(a, b) / scale) as f32 } else { 0.0 }
}

/// Mean direction of unit vectors, itself of unit length; `None` without vectors or if they cancel out.
pub fn mean_direction(vectors: &[Vec<f32>]) -> Option<Vec<f32>> {
    let length = vectors.first()?.len();
    let mut sum = vec![0.0_f32; length];
    for vector in vectors {
        if vector.len() != length {
            return None;
        }
        sum.iter_mut().zip(vector).for_each(|(s, v)| *s += v);
    }
    let out = normalise(&sum);
    out.iter().any(|v| *v != 0.0).then_some(out)
}

/// The vector at unit length; zeros stay zeros.
pub(crate) fn normalise(vector: &[f32]) -> Vec<f32> {
    let length = vector.iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>().sqrt();
    let scale = if length > 0.0 { 1.0 / length } else { 0.0 };
    vector.iter().map(|v| (f64::from(*v) * scale) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(bbox: [f32; 4]) -> Face {
        Face { bbox, score: 1.0, keypoints: [[0.0; 2]; 6] }
    }

    fn chequered(side: usize, square: usize) -> Frame {
        let pixel = |i: usize| {
            let (x, y) = (i / 3 % side, i / 3 / side);
            if (x / square + y / square).is_multiple_of(2) { 200 } else { 40 }
        };
        let bytes: Vec<u8> = (0..side * side * 3).map(pixel).collect();
        Frame::from_bgr(side as u32, side as u32, &bytes).unwrap()
    }

    #[test]
    fn brightness_is_the_mean_luma_of_the_box() {
        let frame = Frame::from_bgr(8, 8, &[51; 192]).unwrap();
        assert!((brightness(&frame, &face([1.0, 1.0, 7.0, 7.0])).unwrap() - 0.2).abs() < 1e-3);
    }

    #[test]
    fn fine_detail_is_sharper_than_coarse_and_flat_is_zero() {
        let bbox = face([0.0, 0.0, 112.0, 112.0]);
        let fine = sharpness(&chequered(112, 2), &bbox).unwrap();
        let coarse = sharpness(&chequered(112, 28), &bbox).unwrap();
        let flat = sharpness(&chequered(112, 112), &bbox).unwrap();
        assert!(fine > coarse && coarse > flat && flat == 0.0);
    }

    #[test]
    fn a_box_outside_the_picture_is_refused() {
        let frame = chequered(16, 4);
        for bbox in [[20.0, 0.0, 30.0, 10.0], [-9.0, 0.0, -1.0, 10.0], [f32::NAN; 4]] {
            assert!(matches!(brightness(&frame, &face(bbox)), Err(InferError::FaceBox { .. })));
        }
    }

    #[test]
    fn cosine_of_unequal_lengths_is_no_match() {
        assert_eq!(cosine(&[1.0, 0.0], &[1.0]), 0.0);
        assert!((cosine(&[1.0, 1.0], &[2.0, 2.0]) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn the_mean_direction_has_unit_length() {
        let mean = mean_direction(&[vec![1.0, 0.0], vec![0.0, 1.0]]).unwrap();
        assert!((cosine(&mean, &[1.0, 1.0]) - 1.0).abs() < 1e-6);
        assert!(mean_direction(&[vec![1.0, 0.0], vec![-1.0, 0.0]]).is_none());
        assert!(mean_direction(&[]).is_none());
    }
}
