//! From a matrix of BGR bytes to the floats a network wants.

use opencv::core::Mat;
use opencv::prelude::*;

use crate::error::{InferError, Result};

fn bytes(mat: &Mat, expected: usize) -> Result<&[u8]> {
    let data = mat.data_bytes()?;
    if data.len() != expected {
        let (width, height) = (mat.cols().unsigned_abs(), mat.rows().unsigned_abs());
        return Err(InferError::PixelCount { format: "BGR", width, height, expected, found: data.len() });
    }
    Ok(data)
}

/// Red first, pixel by pixel (NHWC).
pub(crate) fn rgb_into(mat: &Mat, out: &mut [f32], scale: impl Fn(f32) -> f32) -> Result<()> {
    let table: [f32; 256] = std::array::from_fn(|v| scale(v as f32));
    for (source, target) in bytes(mat, out.len())?.chunks_exact(3).zip(out.chunks_exact_mut(3)) {
        target[0] = table[source[2] as usize];
        target[1] = table[source[1] as usize];
        target[2] = table[source[0] as usize];
    }
    Ok(())
}

/// Red plane, green plane, blue plane (NCHW).
pub(crate) fn rgb_planes_into(mat: &Mat, out: &mut [f32], scale: impl Fn(f32) -> f32) -> Result<()> {
    planes(mat, out, [2, 1, 0], scale)
}

/// Blue plane, green plane, red plane (NCHW).
pub(crate) fn bgr_planes_into(mat: &Mat, out: &mut [f32], scale: impl Fn(f32) -> f32) -> Result<()> {
    planes(mat, out, [0, 1, 2], scale)
}

fn planes(mat: &Mat, out: &mut [f32], order: [usize; 3], scale: impl Fn(f32) -> f32) -> Result<()> {
    let table: [f32; 256] = std::array::from_fn(|v| scale(v as f32));
    let data = bytes(mat, out.len())?;
    let area = out.len() / 3;
    for (plane, channel) in out.chunks_exact_mut(area).zip(order) {
        for (target, source) in plane.iter_mut().zip(data.chunks_exact(3)) {
            *target = table[source[channel] as usize];
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Frame;

    #[test]
    fn channels_land_where_the_network_wants_them() {
        let frame = Frame::from_bgr(2, 1, &[1, 2, 3, 4, 5, 6]).unwrap();
        let mut out = [0.0; 6];
        rgb_into(frame.mat(), &mut out, |v| v).unwrap();
        assert_eq!(out, [3.0, 2.0, 1.0, 6.0, 5.0, 4.0]);
        rgb_planes_into(frame.mat(), &mut out, |v| v).unwrap();
        assert_eq!(out, [3.0, 6.0, 2.0, 5.0, 1.0, 4.0]);
        bgr_planes_into(frame.mat(), &mut out, |v| v).unwrap();
        assert_eq!(out, [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    }

    #[test]
    fn a_buffer_of_another_size_is_refused() {
        let frame = Frame::from_bgr(2, 1, &[0; 6]).unwrap();
        assert!(rgb_into(frame.mat(), &mut [0.0; 9], |v| v).is_err());
    }
}
