//! The contracts as solc compiled them, and the arguments of a true proof.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use alloy::primitives::{Bytes, U256};
use anyhow::Context as _;
use serde::Deserialize;

/// Creation code by contract.
#[derive(Clone, Deserialize)]
pub struct Contracts(BTreeMap<String, Bytes>);

impl Contracts {
    /// Reads `contracts.json`, as `compile.mjs` leaves it.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        read(folder, "contracts.json")
    }

    /// The same code for every name.
    pub fn all_alike(names: &[&str], code: &Bytes) -> Self {
        Self(names.iter().map(|name| ((*name).to_owned(), code.clone())).collect())
    }

    /// Creation code of one.
    pub fn get(&self, name: &str) -> anyhow::Result<&Bytes> {
        self.0.get(name).with_context(|| format!("contracts.json has no {name}: compile the contracts again"))
    }
}

/// The arguments of `verify`.
#[derive(Clone, Deserialize)]
pub struct Call {
    /// A (x, y), B (x1, x0, y1, y0), C (x, y).
    pub proof: [U256; 8],
    /// The nine public inputs.
    pub input: [U256; 9],
}

impl Call {
    /// Reads `call.json`.
    pub fn read(folder: &Path) -> anyhow::Result<Self> {
        read(folder, "call.json")
    }
}

fn read<T: for<'a> Deserialize<'a>>(folder: &Path, name: &str) -> anyhow::Result<T> {
    let path = folder.join(name);
    let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("{} is not as expected", path.display()))
}
