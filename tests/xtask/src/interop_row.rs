//! What every check with others' libraries shares: its outcome, and where its scripts are.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::programs;

/// One check and its outcome.
#[derive(Debug, Serialize, Deserialize)]
pub struct Row {
    pub name: String,
    pub ok: bool,
    pub why: String,
}

/// The folder of the scripts.
pub fn scripts() -> PathBuf {
    programs::workspace().join("tests/interop")
}
