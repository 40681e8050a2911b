//! What snarkjs and circomlibjs say of proofs and keys, and what an EVM does with the contracts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::Value;

use crate::interop_chain::{self, Hardhat};
use crate::interop_row::{Row, scripts};
use crate::node;
use crate::process;
use crate::programs;

/// Packages of others in `node`, files for them in `folder`.
pub struct Proofs {
    node: PathBuf,
    folder: PathBuf,
}

/// What the scripts and programs print.
#[derive(Debug, Deserialize)]
pub struct Found {
    pub rows: Vec<Row>,
    #[serde(default)]
    pub gas: Value,
}

impl Proofs {
    pub fn prepare(cache: &Path, folder: &Path) -> anyhow::Result<Self> {
        let node = node::prepare_interop(cache, &scripts())?;
        let folder = folder.join("proof");
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("cannot clear {}", folder.display()))?;
        }
        Ok(Self { node, folder })
    }

    /// Ours writes, theirs checks and answers, ours checks the answer and closes the ceremony, theirs checks that; then
    /// the contracts.
    pub fn check(&self, cache: &Path) -> anyhow::Result<(Vec<Row>, Value)> {
        let ours = |step: &str| {
            let mut command = programs::program("interchange")?;
            command.arg(step).arg(&self.folder).env("WETSIGN_CACHE", cache);
            Ok::<_, anyhow::Error>(command)
        };
        eprintln!("Handing a proof to snarkjs and circomlibjs …");
        process::openly(&mut ours("write")?)?;
        let mut rows = found(self.script("proof.mjs"))?.rows;
        rows.extend(found(ours("check")?)?.rows);
        rows.extend(found(self.script("ceremony.mjs"))?.rows);

        eprintln!("Asking the contracts in revm and on a hardhat node …");
        process::openly(&mut self.script("compile.mjs"))?;
        let mut chain = interop_chain::program()?;
        let hardhat = Hardhat::start(&self.node, 31_337)?;
        chain.arg("ask").arg(&self.folder).args(["--node", &hardhat.url]);
        let chain = found(chain)?;
        rows.extend(chain.rows);
        Ok((rows, chain.gas))
    }

    fn script(&self, name: &str) -> Command {
        let mut command = Command::new("node");
        command.arg(scripts().join(name)).arg(&self.folder);
        command.env("NODE_MODULES", self.node.join("node_modules"));
        command
    }
}

/// What a script or program printed last.
pub fn found(mut command: Command) -> anyhow::Result<Found> {
    let output = command.output().context("cannot start node or a program of ours")?;
    let said = String::from_utf8_lossy(&output.stderr);
    let last = output.stdout.trim_ascii().rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    serde_json::from_slice(last).with_context(|| format!("a check did not come to its end: {}", said.trim()))
}
