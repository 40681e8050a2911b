//! Why a capture failed.

use std::time::Duration;

use wetsign_infer::InferError;
use wetsign_liveness::light::STEPS;
use wetsign_sensor_ipc::FailureCode;

use crate::source::SourceError;

/// Why a capture failed. A capture that was measured and will be refused is not a failure.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// No source is open.
    #[error("no source is open: send OpenSource first")]
    NoSource,
    /// The program was started to list devices.
    #[error("this sensor was started without networks: nothing can be measured")]
    NoNetworks,
    /// A prompt names nothing.
    #[error("prompt {0} names no movement and no words")]
    UnknownPrompt(usize),
    /// The page's colours are not those of a challenge.
    #[error("{0} colours of light of which not each is known: a challenge asks for {STEPS}, or none shines")]
    UnknownLight(usize),
    /// The daemon stopped it.
    #[error("the capture was cancelled")]
    Cancelled,
    /// The budget ran out.
    #[error("the capture did not end within {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// A capture has to say when it was.
    #[error("this machine's clock is before 1970: set it")]
    Clock,
    /// The source failed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A network failed.
    #[error(transparent)]
    Network(#[from] InferError),
}

impl CaptureError {
    /// What the daemon is told.
    pub fn code(&self) -> FailureCode {
        match self {
            Self::NoSource => FailureCode::NoSource,
            Self::UnknownPrompt(_) | Self::UnknownLight(_) => FailureCode::BadRequest,
            Self::Cancelled => FailureCode::Cancelled,
            Self::TimedOut(_) => FailureCode::TimedOut,
            Self::Clock => FailureCode::Internal,
            Self::Source(error) => error.code(),
            Self::NoNetworks | Self::Network(_) => FailureCode::Network,
        }
    }
}
