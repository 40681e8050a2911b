//! A recorded film, read frame by frame: pictures by OpenCV, their times, place and colours as the container says.

use std::path::{Path, PathBuf};

use opencv::core::{Mat, Size};
use opencv::imgproc;
use opencv::prelude::*;
use opencv::videoio::{self, VideoCapture};

use crate::error::{InferError, Result};
use crate::film::{self, Clock, MAX_PIXELS, Turn, corrected};
use crate::frame::Frame;

/// The most that a pixel may be wider than high, or higher than wide: beyond it the header is damaged.
const MAX_STRETCH: f64 = 4.0;

/// Reads a film from its beginning; yields each frame with its time in seconds.
pub struct VideoReader {
    path: PathBuf,
    capture: VideoCapture,
    clock: Clock,
    turn: Turn,
    /// Width of a pixel in heights.
    stretch: f64,
    colours: Option<[[f64; 3]; 3]>,
    seconds: f64,
    ended: bool,
}

impl VideoReader {
    /// Opens a film.
    ///
    /// # Errors
    /// [`InferError::Video`]: it cannot be read, or not as it was recorded.
    pub fn open(path: &Path) -> Result<Self> {
        let refused = |why: String| InferError::Video { path: path.to_owned(), why };
        if !path.is_file() {
            return Err(refused("no such file".into()));
        }
        let container = film::read(path).map_err(refused)?;
        let mut capture = VideoCapture::from_file(path, videoio::CAP_FFMPEG)?;
        if !capture.is_opened()? {
            return Err(refused("OpenCV does not know this format".into()));
        }
        // It would turn by itself, and a portrait film the wrong way.
        capture.set(videoio::CAP_PROP_ORIENTATION_AUTO, 0.0)?;
        let [width, height] =
            [capture.get(videoio::CAP_PROP_FRAME_WIDTH)?, capture.get(videoio::CAP_PROP_FRAME_HEIGHT)?];
        if width * height > MAX_PIXELS as f64 {
            return Err(refused(format!(
                "its pictures are {width} by {height}: more than {MAX_PIXELS} pixels"
            )));
        }
        let [across, down] =
            [capture.get(videoio::CAP_PROP_SAR_NUM)?, capture.get(videoio::CAP_PROP_SAR_DEN)?];
        let stretch = if across > 0.0 && down > 0.0 { across / down } else { 1.0 };
        if !(1.0 / MAX_STRETCH..=MAX_STRETCH).contains(&stretch) {
            return Err(refused(format!("its pixels are {across} by {down}")));
        }
        let rate = capture.get(videoio::CAP_PROP_FPS)?;
        let frame = if rate.is_finite() && rate > 0.0 { 1.0 / rate } else { 0.0 };
        let mut seconds = frame * capture.get(videoio::CAP_PROP_FRAME_COUNT)?.max(0.0);
        let (clock, turn, colours) = match container {
            Some(film) => {
                seconds = film.times.last().map_or(0.0, |last| last + frame);
                (Clock::listed(film.times), film.turn, film.colour.correction().map_err(refused)?)
            }
            None if frame > 0.0 => (Clock::constant(rate), Turn::default(), None),
            None => return Err(refused("it states no frame rate, so its frames cannot be timed".into())),
        };
        Ok(Self { path: path.to_owned(), capture, clock, turn, stretch, colours, seconds, ended: false })
    }

    /// When the last frame is shown, and as long as one lasts more; seconds.
    pub fn seconds(&self) -> f64 {
        self.seconds
    }

    fn read(&mut self) -> Result<Option<(f64, Frame)>> {
        let refused = |why: String| InferError::Video { path: self.path.clone(), why };
        let mut picture = Mat::default();
        if !self.capture.read(&mut picture)? {
            return Ok(None);
        }
        let decoder = self.capture.get(videoio::CAP_PROP_POS_MSEC)? / 1000.0;
        let time = self.clock.tick(decoder).map_err(refused)?;
        if let Some(by) = &self.colours {
            picture = corrected(&picture, by)?;
        }
        if (self.stretch - 1.0).abs() > 1e-6 {
            picture = stretched(&picture, self.stretch)?;
        }
        let frame = Frame::from_mat(self.turn.apply(picture)?);
        let frame =
            frame.ok_or_else(|| refused(format!("the frame at {time:.3} s is no 8-bit colour picture")))?;
        Ok(Some((time, frame)))
    }
}

/// Square pixels, none of the recorded ones left out.
fn stretched(picture: &Mat, by: f64) -> Result<Mat> {
    let (wider, higher) = if by > 1.0 { (by, 1.0) } else { (1.0, 1.0 / by) };
    let side = |length: i32, by: f64| (f64::from(length) * by).round() as i32;
    let size = Size::new(side(picture.cols(), wider), side(picture.rows(), higher));
    let mut out = Mat::default();
    imgproc::resize(picture, &mut out, size, 0.0, 0.0, imgproc::INTER_LINEAR)?;
    Ok(out)
}

impl Iterator for VideoReader {
    /// Time of the frame in seconds from the beginning, and the frame.
    type Item = Result<(f64, Frame)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.read().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}
