//! snarkjs on the same key, the same witness and its own proof.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use wetsign_ceremony::iden3::{Zkey, json, wtns};
use wetsign_circuits::{ProvingKey, Shape, prove};

use crate::claim::Claim;
use crate::row::least;

/// Files for it in a folder that is removed afterwards.
pub struct Snarkjs {
    modules: PathBuf,
    folder: PathBuf,
}

impl Snarkjs {
    pub fn prepare(node: &Path, key: &ProvingKey, claim: &Claim) -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("wetsign-bench-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let snarkjs = Self { modules: node.join("node_modules"), folder };
        let proof = prove(key, &claim.public, &claim.private)?;
        let texts = [
            ("verification_key.json", json::verifying_key(key.verifying_key())),
            ("public.json", json::public(&claim.public)),
            ("proof.json", json::proof(&proof)),
        ];
        for (name, text) in texts {
            fs::write(snarkjs.folder.join(name), text.to_string())?;
        }
        fs::write(snarkjs.folder.join("match.zkey"), Zkey::from_key(key).to_bytes())?;
        fs::write(snarkjs.folder.join("match.wtns"), wtns(&Shape::DEFAULT, &claim.public, &claim.private)?)?;
        Ok(snarkjs)
    }

    /// A proof inside one process, files already read.
    pub fn prove(&self, threads: usize, runs: usize) -> anyhow::Result<Duration> {
        self.timed("prove", threads, runs.clamp(1, 5))
    }

    /// A check inside one process.
    pub fn verify(&self, threads: usize) -> anyhow::Result<Duration> {
        self.timed("verify", threads, 20)
    }

    /// A check by the command, which starts a process of its own and any threads that it likes.
    pub fn verify_command(&self) -> anyhow::Result<Duration> {
        least(3, || {
            let output = Command::new("node")
                .arg(self.modules.join("snarkjs/build/cli.cjs"))
                .args(["groth16", "verify", "verification_key.json", "public.json", "proof.json"])
                .current_dir(&self.folder)
                .output()
                .context("cannot start node")?;
            ensure!(output.status.success(), "snarkjs refuses our proof");
            Ok(())
        })
    }

    fn timed(&self, what: &str, threads: usize, runs: usize) -> anyhow::Result<Duration> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../interop/time.mjs");
        let output = Command::new("node")
            .arg(script)
            .args([what, &threads.to_string(), &runs.to_string()])
            .arg(&self.folder)
            .env("NODE_MODULES", &self.modules)
            .output()
            .context("cannot start node")?;
        ensure!(output.status.success(), "snarkjs: {}", String::from_utf8_lossy(&output.stderr).trim());
        let ms: f64 =
            String::from_utf8_lossy(&output.stdout).trim().parse().context("reading snarkjs' time")?;
        Ok(Duration::from_secs_f64(ms / 1e3))
    }
}

impl Drop for Snarkjs {
    fn drop(&mut self) {
        // What is left over is files in the system's temporary folder.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
