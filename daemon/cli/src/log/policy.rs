//! Whom the reader of a log believes.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use wetsign_attest::TrustPolicy;

use crate::draft::{read_bounded, text};

/// Whom to believe.
#[derive(Debug, Args)]
pub struct PolicyArgs {
    /// Your trust policy (TOML): log, witnesses, operators. Never take it from whoever runs the log.
    #[arg(long, value_name = "FILE")]
    pub policy: PathBuf,
}

impl PolicyArgs {
    /// Reads it.
    pub fn read(&self) -> anyhow::Result<TrustPolicy> {
        let bytes = read_bounded(&self.policy)?;
        let refused = || format!("trust policy {} is refused", self.policy.display());
        TrustPolicy::from_toml(text(&self.policy, &bytes)?).with_context(refused)
    }
}

/// A text file of at most 2 MiB.
pub fn read_text(path: &Path) -> anyhow::Result<String> {
    let bytes = read_bounded(path)?;
    Ok(text(path, &bytes)?.to_owned())
}
