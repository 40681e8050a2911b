//! A network alone, timed: what `cargo xtask bench models` compares with another binding of the same runtime.

use std::borrow::Cow;
use std::time::Instant;

use ort::session::SessionInputValue;
use ort::value::{DynValue, Tensor};
use wetsign_models::store::ModelStore;

use crate::error::{InferError, Result};
use crate::networks::open;

/// Milliseconds of each of `runs` runs of the network `name` on `threads` threads, after one that is not counted. Its
/// inputs have the manifest's shapes, `varying` where a dimension varies, and hold 0.5 throughout (whole numbers: 1).
///
/// # Errors
/// A network that is missing, or that refuses such inputs.
pub fn network(
    store: &ModelStore,
    name: &'static str,
    threads: usize,
    varying: usize,
    runs: usize,
) -> Result<Vec<f64>> {
    let mut net = open(store, name, threads, true)?;
    let entry = store.manifest().entry(name).map_err(|e| InferError::Store(e.to_string()))?;
    let failed = |e: ort::Error| InferError::Network { name, why: e.to_string() };
    let mut inputs: Vec<(&str, DynValue)> = Vec::new();
    for input in &entry.inputs {
        let shape: Vec<usize> =
            input.shape.iter().map(|axis| if *axis == 0 { varying } else { *axis }).collect();
        let count = shape.iter().product::<usize>();
        let value = if input.element == "i64" {
            Tensor::from_array((shape, vec![1_i64; count])).map_err(failed)?.into_dyn()
        } else {
            Tensor::from_array((shape, vec![0.5_f32; count])).map_err(failed)?.into_dyn()
        };
        inputs.push((&input.name, value));
    }
    let mut taken = Vec::with_capacity(runs);
    for run in 0..=runs {
        let given: Vec<(Cow<'_, str>, SessionInputValue<'_>)> =
            inputs.iter().map(|(name, value)| (Cow::Borrowed(*name), value.into())).collect();
        let begun = Instant::now();
        net.run::<0>(given)?;
        if run > 0 {
            taken.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
    }
    Ok(taken)
}
