//! # wetsign-onnx: how is ONNX Runtime loaded, and kept quiet?
//!
//! The one place that loads it: [`environment`], once a process, from the library that the manifest pins. A program
//! calls [`start_quiet`] first in `main`; without it nothing is loaded. [`builder`] makes sessions that all run alike.
//! What networks take and give is for those to say who run them: `wetsign-infer`, `wetsign-speak`, `wetsign-engine`.

mod error;
mod mapped;
mod quiet;

use std::path::Path;
use std::sync::Mutex;

use ort::environment::Environment;
use ort::logging::LogLevel;
use ort::session::Session;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};

pub use error::OnnxError;
pub use mapped::Opened;
pub use quiet::start_quiet;

static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);

/// The process's environment, from the library at `path`. The first caller's library serves all later ones.
///
/// # Errors
/// [`OnnxError`].
pub fn environment(path: &Path) -> Result<Environment, OnnxError> {
    let refused = |why: String| OnnxError::Runtime { path: path.to_owned(), why };
    let mut slot = ENVIRONMENT.lock().map_err(|_| refused("an earlier attempt panicked".into()))?;
    if let Some(environment) = slot.as_ref() {
        return Ok(environment.clone());
    }
    quiet::demand()?;
    let builder = ort::init_from(path).map_err(|e| refused(e.to_string()))?;
    let environment =
        builder.with_name("wetsign").with_telemetry(false).build().map_err(|e| refused(e.to_string()))?;
    Ok(slot.insert(environment).clone())
}

/// What opens a session: `threads` of its own (1 at least), none of which spins. `optimise` off keeps the graph as it
/// was exported. No plan is kept of where each tensor lies: for nets of many branches it takes twice the memory that
/// running them takes (`pad-fas`: 59 MB, without it 32), and no run is quicker for it.
///
/// # Errors
/// What ONNX Runtime says.
pub fn builder(environment: &Environment, threads: usize, optimise: bool) -> ort::Result<SessionBuilder> {
    let level = if optimise { GraphOptimizationLevel::All } else { GraphOptimizationLevel::Disable };
    let builder = Session::builder(environment)?
        .with_intra_threads(threads.max(1))?
        .with_inter_threads(1)?
        .with_intra_op_spinning(false)?
        .with_memory_pattern(false)?
        .with_log_level(LogLevel::Error)?
        .with_optimization_level(level)?;
    Ok(builder)
}
