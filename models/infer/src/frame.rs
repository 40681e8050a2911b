//! A picture: 8 bits, three channels, blue first, row by row.

use std::sync::OnceLock;

use opencv::core::{Mat, Size, Vec3b, Vector};
use opencv::prelude::*;
use opencv::{imgcodecs, imgproc};
use sha2::{Digest, Sha256};

use crate::error::{InferError, Result};
use crate::film::MAX_PIXELS;
use crate::picture::stated_size;

/// An owned picture: BGR, 8 bits a channel, rows without padding.
#[derive(Clone)]
pub struct Frame {
    mat: Mat,
    /// Computed when first asked for; a copy keeps it.
    digest: OnceLock<[u8; 32]>,
}

impl From<Mat> for Frame {
    fn from(mat: Mat) -> Self {
        Self { mat, digest: OnceLock::new() }
    }
}

impl Frame {
    /// Takes a picture over from packed BGR bytes (exactly `3·width·height`).
    pub fn from_bgr(width: u32, height: u32, bytes: &[u8]) -> Result<Self> {
        let (columns, rows) = checked_size("BGR", width, height, 3, bytes.len())?;
        Ok(Mat::new_rows_cols_with_bytes::<Vec3b>(rows, columns, bytes)?.try_clone()?.into())
    }

    /// Takes a picture over from packed YUYV 4:2:2 bytes (exactly `2·width·height`), as cameras send it.
    pub fn from_yuyv(width: u32, height: u32, bytes: &[u8]) -> Result<Self> {
        let (columns, rows) = checked_size("YUYV", width, height, 2, bytes.len())?;
        let packed = Mat::new_rows_cols_with_bytes::<opencv::core::Vec2b>(rows, columns, bytes)?;
        let mut out = Mat::default();
        imgproc::cvt_color_def(&packed, &mut out, imgproc::COLOR_YUV2BGR_YUYV)?;
        Ok(out.into())
    }

    /// Decodes a JPEG, PNG or BMP file, or one frame of an MJPEG stream, turned as a photo's EXIF says.
    ///
    /// # Errors
    /// [`InferError::TooLarge`] before anything is decoded, by what its header states; [`InferError::NotAPicture`].
    pub fn decode_image(bytes: &[u8]) -> Result<Self> {
        let refused = || InferError::NotAPicture { bytes: bytes.len() };
        let (width, height) = stated_size(bytes).ok_or_else(refused)?;
        if u64::from(width) * u64::from(height) > MAX_PIXELS {
            return Err(InferError::TooLarge { width, height, most: MAX_PIXELS });
        }
        let buffer = Mat::from_slice(bytes)?;
        let picture = imgcodecs::imdecode(&buffer, imgcodecs::IMREAD_COLOR).map_err(|_| refused())?;
        Self::from_mat(picture).ok_or_else(refused)
    }

    /// Wraps a matrix that OpenCV made; `None` unless it is a picture in this crate's layout.
    pub(crate) fn from_mat(mat: Mat) -> Option<Self> {
        (mat.typ() == opencv::core::CV_8UC3 && !mat.empty() && mat.is_continuous()).then(|| mat.into())
    }

    /// The matrix inside.
    pub(crate) fn mat(&self) -> &Mat {
        &self.mat
    }

    /// The matrix inside, for drawing.
    pub(crate) fn mat_mut(&mut self) -> &mut Mat {
        self.digest.take();
        &mut self.mat
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.mat.cols().unsigned_abs()
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.mat.rows().unsigned_abs()
    }

    /// The pixels: BGR, row by row, `3·width·height` bytes.
    pub fn bytes(&self) -> Result<&[u8]> {
        Ok(self.mat.data_bytes()?)
    }

    /// The picture scaled by a factor: bicubic when it grows, by area when it shrinks.
    pub fn scaled(&self, factor: f64) -> Result<Self> {
        let method = if factor > 1.0 { imgproc::INTER_CUBIC } else { imgproc::INTER_AREA };
        let mut out = Mat::default();
        imgproc::resize(&self.mat, &mut out, Size::new(0, 0), factor, factor, method)?;
        Ok(out.into())
    }

    /// A part of the picture, mirrored where it reaches beyond the edge.
    ///
    /// # Errors
    /// A part that is empty, or reaches as far beyond an edge as the picture is long.
    pub fn part(&self, [left, top]: [i32; 2], [width, height]: [i32; 2]) -> Result<Self> {
        let (columns, rows) = (self.mat.cols(), self.mat.rows());
        let beyond = |low: i32, length: i32, all: i32| [(-low).max(0), (low + length - all).max(0)];
        let ([before_x, after_x], [before_y, after_y]) =
            (beyond(left, width, columns), beyond(top, height, rows));
        if width < 1 || height < 1 || before_x.max(after_x) >= columns || before_y.max(after_y) >= rows {
            let corners = [left, top, left + width, top + height].map(|v| v as f32);
            return Err(InferError::FaceBox { bbox: corners, width: self.width(), height: self.height() });
        }
        let mut wide = Mat::default();
        opencv::core::copy_make_border(
            &self.mat,
            &mut wide,
            before_y,
            after_y,
            before_x,
            after_x,
            opencv::core::BORDER_REFLECT_101,
            opencv::core::Scalar::default(),
        )?;
        let place = opencv::core::Rect::new(left + before_x, top + before_y, width, height);
        Ok(Mat::roi(&wide, place)?.try_clone()?.into())
    }

    /// What a lens out of focus makes of the picture: a Gaussian of standard deviation `sigma`, pixels; 0 changes
    /// nothing.
    pub fn blurred(&self, sigma: f64) -> Result<Self> {
        if sigma <= 0.0 {
            return Ok(self.clone());
        }
        let mut out = Mat::default();
        imgproc::gaussian_blur_def(&self.mat, &mut out, Size::new(0, 0), sigma)?;
        Ok(out.into())
    }

    /// What a hand that moves `length` pixels while the shutter is open makes of the picture; `angle` in radians.
    pub fn smeared(&self, length: f64, angle: f64) -> Result<Self> {
        if length <= 0.0 {
            return Ok(self.clone());
        }
        let (kernel, middle) = smear(length, angle);
        let side = (2 * middle + 1) as i32;
        let kernel = Mat::from_slice(&kernel)?.reshape(1, side)?.try_clone()?;
        let mut out = Mat::default();
        imgproc::filter_2d_def(&self.mat, &mut out, -1, &kernel)?;
        Ok(out.into())
    }

    /// JPEG bytes of the picture, shrunk so that no side exceeds `max_side`; `quality` 0 to 100.
    pub fn to_jpeg(&self, max_side: u32, quality: u8) -> Result<Vec<u8>> {
        let longest = self.width().max(self.height());
        let params = Vector::from_slice(&[imgcodecs::IMWRITE_JPEG_QUALITY, i32::from(quality.min(100))]);
        if longest > max_side {
            let small = self.scaled(f64::from(max_side) / f64::from(longest))?;
            return encode(&small.mat, ".jpg", &params);
        }
        encode(&self.mat, ".jpg", &params)
    }

    /// PNG bytes of the picture.
    pub fn to_png(&self) -> Result<Vec<u8>> {
        encode(&self.mat, ".png", &Vector::from_slice(&[imgcodecs::IMWRITE_PNG_COMPRESSION, 9]))
    }

    /// SHA-256 over width and height (u32, big-endian) and the BGR bytes.
    pub fn digest(&self) -> Result<[u8; 32]> {
        if let Some(digest) = self.digest.get() {
            return Ok(*digest);
        }
        let mut hash = Sha256::new();
        hash.update(self.width().to_be_bytes());
        hash.update(self.height().to_be_bytes());
        hash.update(self.bytes()?);
        Ok(*self.digest.get_or_init(|| hash.finalize().into()))
    }
}

/// Row by row the weights of a straight path of that length about the middle, and the row of the middle.
fn smear(length: f64, angle: f64) -> (Vec<f32>, usize) {
    const STEPS: u32 = 64;
    let middle = (length / 2.0).ceil() as usize;
    let side = 2 * middle + 1;
    let mut weights = vec![0.0_f32; side * side];
    let (sin, cos) = angle.sin_cos();
    for step in 0..STEPS {
        let along = (f64::from(2 * step + 1) / f64::from(2 * STEPS) - 0.5) * length;
        let (x, y) = (along * cos + middle as f64, along * sin + middle as f64);
        let (left, top) = (x as usize, y as usize);
        let (right_part, lower_part) = (x - left as f64, y - top as f64);
        for (column, row, part) in [
            (left, top, (1.0 - right_part) * (1.0 - lower_part)),
            (left + 1, top, right_part * (1.0 - lower_part)),
            (left, top + 1, (1.0 - right_part) * lower_part),
            (left + 1, top + 1, right_part * lower_part),
        ] {
            // Beyond the edge the part is zero.
            if column < side && row < side {
                weights[row * side + column] += (part / f64::from(STEPS)) as f32;
            }
        }
    }
    (weights, middle)
}

fn encode(mat: &Mat, extension: &str, params: &Vector<i32>) -> Result<Vec<u8>> {
    let mut out = Vector::<u8>::new();
    imgcodecs::imencode(extension, mat, &mut out, params)?;
    Ok(out.to_vec())
}

fn checked_size(
    format: &'static str,
    width: u32,
    height: u32,
    bytes_per_pixel: usize,
    found: usize,
) -> Result<(i32, i32)> {
    let expected = width as usize * height as usize * bytes_per_pixel;
    match (i32::try_from(width), i32::try_from(height)) {
        (Ok(columns), Ok(rows)) if expected == found && expected > 0 => Ok((columns, rows)),
        _ => Err(InferError::PixelCount { format, width, height, expected, found }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bgr_picture_keeps_its_bytes() {
        let bytes: Vec<u8> = (0..24).collect();
        let frame = Frame::from_bgr(4, 2, &bytes).unwrap();
        assert_eq!((frame.width(), frame.height()), (4, 2));
        assert_eq!(frame.bytes().unwrap(), &bytes[..]);
    }

    #[test]
    fn a_wrong_byte_count_is_refused_with_both_numbers() {
        let error = Frame::from_bgr(4, 2, &[0; 23]).err().unwrap().to_string();
        assert!(error.contains("24") && error.contains("23"), "{error}");
        assert!(Frame::from_yuyv(0, 0, &[]).is_err());
    }

    #[test]
    fn yuyv_grey_becomes_grey() {
        let frame = Frame::from_yuyv(2, 2, &[128; 8]).unwrap();
        assert!(frame.bytes().unwrap().iter().all(|&b| b.abs_diff(130) < 3));
    }

    #[test]
    fn garbage_is_not_a_picture() {
        for bytes in [&b""[..], b"\xff\xd8\xff\xe0 not a jpeg", &[0u8; 100]] {
            assert!(matches!(Frame::decode_image(bytes), Err(InferError::NotAPicture { .. })));
        }
    }

    #[test]
    fn a_picture_of_four_hundred_million_pixels_is_refused_by_its_header() {
        let mut bytes = Frame::from_bgr(4, 2, &[7; 24]).unwrap().to_png().unwrap();
        for at in [16, 20] {
            bytes[at..at + 4].copy_from_slice(&20_000_u32.to_be_bytes());
        }
        let error = Frame::decode_image(&bytes).err().unwrap();
        assert!(matches!(error, InferError::TooLarge { width: 20_000, height: 20_000, .. }), "{error}");
    }

    #[test]
    fn a_jpeg_is_shrunk_to_the_longest_side_asked_for() {
        let frame = Frame::from_bgr(64, 32, &[90; 64 * 32 * 3]).unwrap();
        let small = Frame::decode_image(&frame.to_jpeg(16, 90).unwrap()).unwrap();
        assert_eq!((small.width(), small.height()), (16, 8));
    }

    #[test]
    fn a_part_is_mirrored_beyond_the_edge() {
        let bytes: Vec<u8> = (0..4 * 3 * 3).map(|i| (i / 3) as u8).collect();
        let frame = Frame::from_bgr(4, 3, &bytes).unwrap();
        let part = frame.part([-1, 1], [3, 2]).unwrap();
        let seen: Vec<u8> = part.bytes().unwrap().iter().step_by(3).copied().collect();
        assert_eq!(seen, [5, 4, 5, 9, 8, 9]);
        assert!(frame.part([-4, 0], [5, 3]).is_err() && frame.part([0, 0], [0, 3]).is_err());
    }

    #[test]
    fn blur_and_a_moving_hand_spread_light_and_lose_none() {
        let mut bytes = vec![0; 33 * 33 * 3];
        bytes[(16 * 33 + 16) * 3..][..3].fill(255);
        let point = Frame::from_bgr(33, 33, &bytes).unwrap();
        let at = |frame: &Frame, x: usize, y: usize| frame.bytes().unwrap()[(y * 33 + x) * 3];
        let blurred = point.blurred(1.0).unwrap();
        assert!(at(&blurred, 16, 16) < 60 && at(&blurred, 17, 16).abs_diff(at(&blurred, 16, 17)) <= 1);
        let moved = point.smeared(6.0, 0.0).unwrap();
        assert!(at(&moved, 14, 16) > 30 && at(&moved, 18, 16) > 30 && at(&moved, 16, 14) == 0);
        let (weights, _) = smear(3.7, 0.6);
        assert!((weights.iter().sum::<f32>() - 1.0).abs() < 1e-4);
        assert_eq!(point.smeared(0.0, 0.0).unwrap().bytes().unwrap(), point.bytes().unwrap());
    }

    #[test]
    fn the_digest_covers_the_size() {
        let wide = Frame::from_bgr(4, 2, &[7; 24]).unwrap().digest().unwrap();
        let tall = Frame::from_bgr(2, 4, &[7; 24]).unwrap().digest().unwrap();
        assert_ne!(wide, tall);
    }

    #[test]
    fn a_picture_that_was_drawn_upon_has_another_digest() {
        let mut frame = Frame::from_bgr(4, 2, &[7; 24]).unwrap();
        let (before, copy) = (frame.digest().unwrap(), frame.clone());
        *frame.mat_mut().at_2d_mut::<Vec3b>(0, 0).unwrap() = Vec3b::from([1, 2, 3]);
        assert_ne!(frame.digest().unwrap(), before);
        assert_eq!(copy.digest().unwrap(), before);
    }
}
