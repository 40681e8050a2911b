//! Why ONNX Runtime is not there.

use std::path::PathBuf;

/// Why ONNX Runtime is not there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OnnxError {
    /// It could not be loaded.
    #[error("ONNX Runtime at {path} cannot be loaded: {why}; run `cargo xtask models`")]
    Runtime {
        /// The library that was tried.
        path: PathBuf,
        /// What the loader said.
        why: String,
    },
    /// It may not be loaded: nothing keeps it from calling its maker.
    #[error(
        "ONNX Runtime is not loaded: {name} is {value}, and only 1 keeps newer versions from calling their maker; start \
         the program through cargo or with {name}=1",
        name = wetsign_models::store::QUIET_RUNTIME.0,
        value = .found.as_deref().unwrap_or("not set")
    )]
    NotQuiet {
        /// The variable's value.
        found: Option<String>,
    },
}
