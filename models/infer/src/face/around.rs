//! A face with what the passive networks and the cues see around it, so that dozens of frames of a capture can be kept.

use super::Face;
use crate::error::{InferError, Result};
use crate::frame::Frame;

/// What is kept, in longer sides of the face box: the widest crop that anything here looks at has 2.
const SIDES: f32 = 2.2;

impl Face {
    /// The part of the picture about the face, at the camera's own resolution, and the face in it. Every crop of it is
    /// that of the whole picture, to the byte.
    ///
    /// # Errors
    /// A box whose centre lies outside the picture.
    pub fn around(&self, frame: &Frame) -> Result<(Frame, Self)> {
        let [x, y] = self.centre();
        let half = self.longest_side() * SIDES / 2.0;
        let inside = x >= 0.0 && y >= 0.0 && x < frame.width() as f32 && y < frame.height() as f32;
        if !inside || !half.is_finite() {
            return Err(InferError::FaceBox {
                bbox: self.bbox,
                width: frame.width(),
                height: frame.height(),
            });
        }
        let within = |centre: f32, all: u32| {
            let low = ((centre - half).floor() as i32).max(0);
            let high = (centre + half).ceil().min(all as f32) as i32;
            (low, high - low)
        };
        let ((left, width), (top, height)) = (within(x, frame.width()), within(y, frame.height()));
        let part = frame.part([left, top], [width, height])?;
        let moved = |[x, y]: [f32; 2]| [x - left as f32, y - top as f32];
        let [x0, y0, x1, y1] = self.bbox;
        let ([x0, y0], [x1, y1]) = (moved([x0, y0]), moved([x1, y1]));
        Ok((part, Self { bbox: [x0, y0, x1, y1], score: self.score, keypoints: self.keypoints.map(moved) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::pad::square_crop;

    fn picture() -> Frame {
        let bytes: Vec<u8> =
            (0..320_u32 * 200 * 3).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        Frame::from_bgr(320, 200, &bytes).unwrap()
    }

    #[test]
    fn a_kept_part_gives_every_crop_that_the_whole_picture_gives() {
        let whole = picture();
        for bbox in [
            [120.0, 60.0, 180.0, 130.0],
            [0.0, 10.0, 90.0, 100.0],
            [260.0, 120.0, 318.0, 199.0],
            [90.25, 40.5, 230.75, 190.5],
        ] {
            let face = Face { bbox, score: 1.0, keypoints: [[bbox[0], bbox[1]]; 6] };
            let (part, in_it) = face.around(&whole).unwrap();
            assert!(part.width() <= whole.width() && part.height() <= whole.height());
            for margin in [0.9, 1.0, 1.1, 1.5, 2.0] {
                let crop = |frame: &Frame, face: &Face| {
                    Frame::from(square_crop(frame, face, margin, 64).unwrap()).bytes().unwrap().to_vec()
                };
                assert_eq!(crop(&part, &in_it), crop(&whole, &face), "{bbox:?} × {margin}");
            }
        }
    }

    #[test]
    fn a_face_outside_the_picture_has_nothing_around_it() {
        let face = Face { bbox: [900.0, 900.0, 950.0, 950.0], score: 1.0, keypoints: [[0.0; 2]; 6] };
        assert!(face.around(&picture()).is_err());
        let face = Face { bbox: [f32::NAN; 4], score: 1.0, keypoints: [[0.0; 2]; 6] };
        assert!(face.around(&picture()).is_err());
    }
}
