//! Is a face picture good enough to be judged? And how near are two embeddings?

use opencv::core::{CV_64F, Mat, Rect, Scalar, Size};
use opencv::prelude::*;
use opencv::{core, imgproc};

use crate::error::{InferError, Result};
use crate::face::Face;
use crate::frame::Frame;

/// Sharpness is measured at this side, so that it does not depend on the distance to the camera.
const SHARPNESS_SIDE: i32 = 112;
/// What blue, green and red count for in luma (BT.601).
const LUMA: [f64; 3] = [0.114, 0.587, 0.299];
/// How far a head reaches from the middle of the face box, up and to both sides, and down; sides of the box.
const HEAD: [f32; 2] = [0.6, 0.7];
/// Share of the picture that has to be left about the head.
const LEAST_AROUND: f64 = 0.05;

/// Mean luma of the face box, 0..1.
pub fn brightness(frame: &Frame, face: &Face) -> Result<f32> {
    let mean = core::mean_def(&grey_box(frame, face)?)?;
    Ok((mean[0] / 255.0) as f32)
}

/// Mean luma of the picture about the head, of that of the face: high where light comes from behind. `None`: the head
/// fills the picture, or the face is black.
pub fn backlight(frame: &Frame, face: &Face) -> Result<Option<f32>> {
    let luma = |mat: &Mat| -> Result<f64> {
        let [blue, green, red, _] = core::mean_def(mat)?.0;
        Ok(LUMA[0] * blue + LUMA[1] * green + LUMA[2] * red)
    };
    let (width, height) = (frame.width() as f32, frame.height() as f32);
    let ([x, y], side) = (face.centre(), face.longest_side());
    let [left, right] = [x - HEAD[0] * side, x + HEAD[0] * side].map(|v| v.clamp(0.0, width) as i32);
    let [top, bottom] = [y - HEAD[0] * side, y + HEAD[1] * side].map(|v| v.clamp(0.0, height) as i32);
    let (all, head) = (f64::from(width * height), f64::from((right - left) * (bottom - top)));
    let on_face = f64::from(brightness(frame, face)?) * 255.0;
    if head < 1.0 || all - head < LEAST_AROUND * all || on_face < 1.0 {
        return Ok(None);
    }
    let of_head =
        luma(&Mat::roi(frame.mat(), Rect::new(left, top, right - left, bottom - top))?.try_clone()?)?;
    let around = (luma(frame.mat())? * all - of_head * head) / (all - head);
    Ok(Some((around / on_face) as f32))
}

/// Variance of the Laplacian of the face box at 112×112 (Pech-Pacheco et al. 2000), in percent of the box's own
/// variance: so that a face in little light, or with light behind it, is as sharp as the same face in good light.
pub fn sharpness(frame: &Frame, face: &Face) -> Result<f32> {
    let grey = grey_box(frame, face)?;
    let (mut chip, mut edges) = (Mat::default(), Mat::default());
    let size = Size::new(SHARPNESS_SIDE, SHARPNESS_SIDE);
    imgproc::resize(&grey, &mut chip, size, 0.0, 0.0, imgproc::INTER_AREA)?;
    imgproc::laplacian_def(&chip, &mut edges, CV_64F)?;
    let variance = |of: &Mat| -> Result<f64> {
        let (mut mean, mut deviation) = (Scalar::default(), Scalar::default());
        core::mean_std_dev_def(of, &mut mean, &mut deviation)?;
        Ok(deviation[0] * deviation[0])
    };
    Ok((100.0 * variance(&edges)? / variance(&chip)?.max(1.0)) as f32)
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

    /// What a camera makes of a face in a third of the light.
    fn dimmed(frame: &Frame, by: f32) -> Frame {
        let bytes: Vec<u8> = frame.bytes().unwrap().iter().map(|v| (f32::from(*v) * by) as u8).collect();
        Frame::from_bgr(frame.width(), frame.height(), &bytes).unwrap()
    }

    #[test]
    fn a_dim_face_is_as_sharp_as_the_same_face_in_good_light() {
        let (frame, bbox) = (chequered(112, 14), face([0.0, 0.0, 112.0, 112.0]));
        let bright = sharpness(&frame, &bbox).unwrap();
        let dim = sharpness(&dimmed(&frame, 0.3), &bbox).unwrap();
        assert!((dim / bright - 1.0).abs() < 0.05, "{bright} {dim}");
    }

    #[test]
    fn light_from_behind_is_brighter_about_a_face_than_on_it() {
        let (side, bbox) = (200_usize, face([70.0, 70.0, 130.0, 130.0]));
        let lit = |inside: u8, outside: u8| {
            let pixel = |i: usize| {
                let (x, y) = (i / 3 % side, i / 3 / side);
                if (60..140).contains(&x) && (60..145).contains(&y) { inside } else { outside }
            };
            let bytes: Vec<u8> = (0..side * side * 3).map(pixel).collect();
            backlight(&Frame::from_bgr(200, 200, &bytes).unwrap(), &bbox).unwrap()
        };
        assert!((lit(50, 200).unwrap() - 4.0).abs() < 0.2);
        assert!((lit(50, 50).unwrap() - 1.0).abs() < 0.05);
        assert_eq!(lit(0, 200), None);
        let filling = face([-30.0, -30.0, 230.0, 230.0]);
        assert_eq!(backlight(&chequered(200, 4), &filling).unwrap(), None);
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
