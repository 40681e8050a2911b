//! ONNX Runtime: one environment a process, one session a network.

use std::path::Path;
use std::sync::Mutex;

use ort::environment::Environment;
use ort::logging::LogLevel;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::session::{Session, SessionInputs, SessionOutputs};
use ort::value::{DynValue, TensorRef};

use crate::error::{InferError, Result};
use crate::quiet;

static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);

/// The process's environment, from the library at `path`: the only place that loads it. The first caller's library
/// serves all later ones.
pub fn environment(path: &Path) -> Result<Environment> {
    let refused = |why: String| InferError::Runtime { path: path.to_owned(), why };
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

/// One network: its session and the name the manifest knows it by.
pub struct Net {
    name: &'static str,
    session: Session,
}

impl Net {
    /// Opens a model file. `optimise` off keeps the graph as it was exported.
    pub fn open(
        environment: &Environment,
        name: &'static str,
        path: &Path,
        threads: usize,
        optimise: bool,
    ) -> Result<Self> {
        let failed = |e: ort::Error| InferError::Network { name, why: e.to_string() };
        let level = if optimise { GraphOptimizationLevel::All } else { GraphOptimizationLevel::Disable };
        let session = builder(environment, threads, level)
            .and_then(|mut b| b.commit_from_file(path))
            .map_err(failed)?;
        Ok(Self { name, session })
    }

    /// Opens a small network from its bytes; it runs on one thread.
    pub fn from_bytes(environment: &Environment, name: &'static str, onnx: &[u8]) -> Result<Self> {
        let failed = |e: ort::Error| InferError::Network { name, why: e.to_string() };
        let session = builder(environment, 1, GraphOptimizationLevel::All)
            .and_then(|mut b| b.commit_from_memory(onnx))
            .map_err(failed)?;
        Ok(Self { name, session })
    }

    /// Names of the inputs, in order.
    pub fn input_names(&self) -> Vec<String> {
        self.session.inputs().iter().map(|i| i.name().to_owned()).collect()
    }

    /// Names of the outputs, in order.
    pub fn output_names(&self) -> Vec<String> {
        self.session.outputs().iter().map(|o| o.name().to_owned()).collect()
    }

    /// Shape that an input declares; −1 where it is free.
    pub fn input_shape(&self, index: usize) -> Vec<i64> {
        let shape = self.session.inputs().get(index).and_then(|i| i.dtype().tensor_shape().cloned());
        shape.map(|s| s.to_vec()).unwrap_or_default()
    }

    /// Runs with any inputs.
    pub fn run<'s, 'i, 'v: 'i, const N: usize>(
        &'s mut self,
        inputs: impl Into<SessionInputs<'i, 'v, N>>,
    ) -> Result<SessionOutputs<'s>> {
        let name = self.name;
        self.session.run(inputs).map_err(|e| InferError::Network { name, why: e.to_string() })
    }

    /// Runs with one f32 tensor as the only input.
    pub fn run_one(&mut self, shape: &[usize], data: &[f32]) -> Result<SessionOutputs<'_>> {
        let input = TensorRef::from_array_view((shape, data)).map_err(|e| self.failure(&e))?;
        self.run(ort::inputs![input])
    }

    /// Values of an output, refused unless there are exactly `expected`.
    pub fn values<'o>(
        name: &'static str,
        value: &'o DynValue,
        what: &'static str,
        expected: usize,
    ) -> Result<&'o [f32]> {
        let (_, data) = value
            .try_extract_tensor::<f32>()
            .map_err(|e| InferError::Network { name, why: e.to_string() })?;
        if data.len() != expected {
            return Err(InferError::Shape { name, what, found: data.len(), expected });
        }
        Ok(data)
    }

    /// This network's error for something ONNX Runtime said.
    pub fn failure(&self, error: &ort::Error) -> InferError {
        InferError::Network { name: self.name, why: error.to_string() }
    }
}

fn builder(
    environment: &Environment,
    threads: usize,
    level: GraphOptimizationLevel,
) -> ort::Result<SessionBuilder> {
    let builder = Session::builder(environment)?
        .with_intra_threads(threads.max(1))?
        .with_inter_threads(1)?
        .with_intra_op_spinning(false)?
        .with_log_level(LogLevel::Error)?
        .with_optimization_level(level)?;
    Ok(builder)
}
