//! A recorded film, read frame by frame through OpenCV.

use std::path::{Path, PathBuf};

use opencv::core::Mat;
use opencv::prelude::*;
use opencv::videoio::{self, VideoCapture};

use crate::error::{InferError, Result};
use crate::frame::Frame;

/// Reads a video file from its beginning; yields each frame with its time in seconds.
pub struct VideoReader {
    path: PathBuf,
    capture: VideoCapture,
    fps: f64,
    frames: u64,
    next: u64,
}

impl VideoReader {
    /// Opens a video file.
    pub fn open(path: &Path) -> Result<Self> {
        let refused = |why: &str| InferError::Video { path: path.to_owned(), why: why.to_owned() };
        if !path.is_file() {
            return Err(refused("no such file"));
        }
        let capture = VideoCapture::from_file(path, videoio::CAP_ANY)?;
        if !capture.is_opened()? {
            return Err(refused("OpenCV does not know this format"));
        }
        let fps = capture.get(videoio::CAP_PROP_FPS)?;
        if !(fps.is_finite() && fps > 0.0) {
            return Err(refused("it states no frame rate"));
        }
        let frames = capture.get(videoio::CAP_PROP_FRAME_COUNT)?.max(0.0) as u64;
        Ok(Self { path: path.to_owned(), capture, fps, frames, next: 0 })
    }

    /// Frames a second.
    pub fn fps(&self) -> f64 {
        self.fps
    }

    /// Number of frames that the file states.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Length in seconds.
    pub fn duration(&self) -> f64 {
        self.frames as f64 / self.fps
    }
}

impl Iterator for VideoReader {
    /// Time of the frame in seconds from the beginning, and the frame.
    type Item = Result<(f64, Frame)>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut mat = Mat::default();
        match self.capture.read(&mut mat) {
            Ok(true) => {}
            Ok(false) => return None,
            Err(error) => return Some(Err(error.into())),
        }
        let time = self.next as f64 / self.fps;
        self.next += 1;
        let frame = Frame::from_mat(mat).ok_or_else(|| InferError::Video {
            path: self.path.clone(),
            why: format!("frame {} is not an 8-bit colour picture", self.next),
        });
        Some(frame.map(|frame| (time, frame)))
    }
}
