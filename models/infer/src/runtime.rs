//! ONNX Runtime: one environment a process, one session a network.

use std::path::Path;

use ort::environment::Environment;
use ort::session::{SessionInputs, SessionOutputs};
use ort::value::{DynValue, TensorRef};
use wetsign_onnx::Opened;

use crate::error::{InferError, Result};

/// The process's environment: [`wetsign_onnx::environment`].
pub fn environment(path: &Path) -> Result<Environment> {
    Ok(wetsign_onnx::environment(path)?)
}

/// One network: its session and the name the manifest knows it by.
pub struct Net {
    name: &'static str,
    session: Opened,
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
        let session = Opened::file(environment, path, threads, optimise).map_err(failed)?;
        Ok(Self { name, session })
    }

    /// Opens a small network from its bytes; it runs on one thread.
    pub fn from_bytes(environment: &Environment, name: &'static str, onnx: &[u8]) -> Result<Self> {
        let failed = |e: ort::Error| InferError::Network { name, why: e.to_string() };
        let session = wetsign_onnx::builder(environment, 1, true)
            .and_then(|mut b| b.commit_from_memory(onnx))
            .map_err(failed)?;
        Ok(Self { name, session: Opened::Read(session) })
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
