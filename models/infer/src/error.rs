//! What can go wrong between a picture or a sound and its figures.

use std::path::PathBuf;

/// An inference failure. Every variant refuses: there is no default score.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InferError {
    /// A model or the runtime library is missing from the cache, or its digest differs.
    #[error("model store: {0}")]
    Store(String),
    /// ONNX Runtime could not be loaded, or may not be.
    #[error(transparent)]
    Onnx(#[from] wetsign_onnx::OnnxError),
    /// A network refused to load or to run.
    #[error("network {name}: {why}")]
    Network {
        /// The manifest's name of the network.
        name: &'static str,
        /// What ONNX Runtime said.
        why: String,
    },
    /// A network answered with a tensor of another size than its card states.
    #[error("network {name}: {what} has {found} values, expected {expected}")]
    Shape {
        /// The manifest's name of the network.
        name: &'static str,
        /// Which tensor.
        what: &'static str,
        /// Values found.
        found: usize,
        /// Values expected.
        expected: usize,
    },
    /// Pixel data does not fit the stated width and height.
    #[error("a {format} picture of {width}×{height} needs {expected} bytes, got {found}")]
    PixelCount {
        /// Pixel layout.
        format: &'static str,
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// Bytes needed.
        expected: usize,
        /// Bytes given.
        found: usize,
    },
    /// The bytes are not a picture that OpenCV can decode.
    #[error("{bytes} bytes are not a picture that can be decoded (JPEG, PNG or BMP)")]
    NotAPicture {
        /// Length of the refused data.
        bytes: usize,
    },
    /// A picture states more pixels than are decoded.
    #[error(
        "a picture of {width}×{height} is too large: at most {most} pixels are decoded; scale it down first"
    )]
    TooLarge {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// Most pixels.
        most: u64,
    },
    /// OpenCV refused an operation.
    #[error("OpenCV: {0}")]
    OpenCv(#[from] opencv::Error),
    /// A video file cannot be opened or has no frame.
    #[error("video {path} cannot be read: {why}")]
    Video {
        /// The file.
        path: PathBuf,
        /// Reason.
        why: String,
    },
    /// A sound file cannot be read.
    #[error("sound {path} cannot be read: {why}")]
    Sound {
        /// The file.
        path: PathBuf,
        /// Reason.
        why: String,
    },
    /// Resampling failed.
    #[error("resampling from {from} Hz to 16000 Hz: {why}")]
    Resample {
        /// Rate of the input.
        from: u32,
        /// Reason.
        why: String,
    },
    /// Too little sound for the network that was asked.
    #[error("{found} samples of sound, at least {needed} needed ({needed_for})")]
    TooShort {
        /// Samples given (16 kHz).
        found: usize,
        /// Samples needed.
        needed: usize,
        /// What needs them.
        needed_for: &'static str,
    },
    /// A measure needs a face box of positive size inside the picture.
    #[error("face box {bbox:?} lies outside the picture of {width}×{height} or is empty")]
    FaceBox {
        /// Box, x1 y1 x2 y2 in pixels.
        bbox: [f32; 4],
        /// Width of the picture.
        width: u32,
        /// Height of the picture.
        height: u32,
    },
    /// The tokenizer file is damaged.
    #[error("tokenizer: {0}")]
    Tokenizer(&'static str),
}

/// Result of this crate.
pub type Result<T, E = InferError> = std::result::Result<T, E>;
