//! A camera's raw bytes as a picture, or why they cannot be one.

use std::borrow::Cow;

use nokhwa::utils::FrameFormat;
use wetsign_infer::Frame;

/// Drivers round buffers up to memory pages; the camera library hands over the whole buffer.
const PAGE: usize = 4096;
const START_OF_IMAGE: [u8; 2] = [0xff, 0xd8];
const END_OF_IMAGE: [u8; 2] = [0xff, 0xd9];

/// How pictures lie in a camera's buffers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// MJPG or YUYV.
    pub format: FrameFormat,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Bytes from one row to the next; 0 where the driver does not say, or the format has no rows.
    pub stride: u32,
}

impl Layout {
    /// The picture in a buffer, or what is wrong with it.
    pub fn read(&self, raw: &[u8]) -> Result<Frame, String> {
        let frame = match self.format {
            FrameFormat::YUYV => Frame::from_yuyv(self.width, self.height, &self.packed(raw)?),
            _ => Frame::decode_image(whole_jpeg(raw)?),
        };
        let frame = frame.map_err(|error| error.to_string())?;
        let (width, height) = (frame.width(), frame.height());
        if (width, height) == (self.width, self.height) {
            Ok(frame)
        } else {
            Err(format!("{width}x{height} instead of {}x{}", self.width, self.height))
        }
    }

    /// YUYV rows without what lies between and after them.
    fn packed<'a>(&self, raw: &'a [u8]) -> Result<Cow<'a, [u8]>, String> {
        let row = 2 * self.width as usize;
        let stride = (self.stride as usize).max(row);
        let size = stride * self.height as usize;
        if raw.len() < size || raw.len() >= size + PAGE {
            return Err(format!("{} bytes, where {} rows of {stride} are {size}", raw.len(), self.height));
        }
        if stride == row {
            return Ok(Cow::Borrowed(&raw[..size]));
        }
        Ok(Cow::Owned(raw[..size].chunks_exact(stride).flat_map(|line| &line[..row]).copied().collect()))
    }
}

/// A JPEG from its first byte to its last one. Decoders make a grey rest of what is missing at the end and call it
/// well.
fn whole_jpeg(raw: &[u8]) -> Result<&[u8], String> {
    if !raw.starts_with(&START_OF_IMAGE) {
        return Err(format!("{} bytes that do not begin as a JPEG", raw.len()));
    }
    let end = raw.windows(2).rposition(|pair| pair == END_OF_IMAGE);
    end.map(|end| &raw[..end + 2])
        .ok_or_else(|| format!("a JPEG that does not end within {} bytes", raw.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn yuyv(width: u32, height: u32, stride: u32) -> Layout {
        Layout { format: FrameFormat::YUYV, width, height, stride }
    }

    #[test]
    fn a_buffer_that_is_rounded_up_to_a_page_holds_a_picture() {
        let layout = yuyv(640, 360, 1280);
        assert!(layout.read(&vec![128; 460_800]).is_ok());
        assert!(layout.read(&vec![128; 462_848]).is_ok());
        assert!(layout.read(&vec![128; 460_799]).is_err_and(|why| why.contains("460799")));
        assert!(layout.read(&vec![128; 640 * 480 * 2]).is_err());
        assert!(yuyv(640, 360, 0).read(&vec![128; 462_848]).is_ok());
    }

    #[test]
    fn what_lies_between_rows_is_left_out() {
        let mut raw = Vec::new();
        for row in 0..2 {
            raw.extend([128; 8]);
            raw.extend([row; 8]);
        }
        assert_eq!(yuyv(4, 2, 16).packed(&raw).unwrap(), [128; 16].as_slice());
    }

    fn jpeg() -> Vec<u8> {
        let bytes: Vec<u8> = (0..64 * 48 * 3).map(|i: u32| (i * 7 % 251) as u8).collect();
        Frame::from_bgr(64, 48, &bytes).unwrap().to_jpeg(64, 90).unwrap()
    }

    #[test]
    fn a_jpeg_is_read_with_whatever_fills_the_buffer_after_it() {
        let layout = Layout { format: FrameFormat::MJPEG, width: 64, height: 48, stride: 0 };
        let mut raw = jpeg();
        assert!(layout.read(&raw).is_ok());
        raw.resize(raw.len() + 5000, 0);
        assert!(layout.read(&raw).is_ok());
        assert!(
            Layout { width: 32, ..layout }
                .read(&raw)
                .is_err_and(|why| why.contains("64x48 instead of 32x48"))
        );
    }

    #[test]
    fn half_a_jpeg_and_noise_are_no_pictures() {
        let layout = Layout { format: FrameFormat::MJPEG, width: 64, height: 48, stride: 0 };
        let mut half = jpeg();
        half.truncate(half.len() / 2);
        half.resize(20_000, 0);
        assert!(layout.read(&half).is_err_and(|why| why.contains("does not end")));
        let mut noise = vec![0x5a; 20_000];
        assert!(layout.read(&noise).is_err_and(|why| why.contains("begin")));
        noise[..2].copy_from_slice(&START_OF_IMAGE);
        noise[19_998..].copy_from_slice(&END_OF_IMAGE);
        assert!(layout.read(&noise).is_err());
        assert!(layout.read(&[]).is_err());
    }
}
