//! What is timed, and with which keys.

use std::path::Path;

use anyhow::Context as _;
use wetsign_circuits::{Prover, ProverOptions, ProvingKey, development_key};

use crate::claim::Claim;
use crate::snarkjs::Snarkjs;

/// What is timed, how often, on how many threads.
pub struct Timing<'a> {
    pub keys: Keys<'a>,
    pub claim: &'a Claim,
    pub snarkjs: Option<&'a Snarkjs>,
    pub threads: usize,
    pub runs: usize,
}

impl Timing<'_> {
    /// As a kiosk has it, but for the priority of its threads.
    pub fn options(&self) -> ProverOptions {
        ProverOptions { threads: self.threads, background: false, ..ProverOptions::default() }
    }

    /// A pool for those that bring no threads of their own.
    pub fn pool(&self) -> anyhow::Result<rayon::ThreadPool> {
        Ok(rayon::ThreadPoolBuilder::new().num_threads(self.threads).build()?)
    }
}

/// The development key and the tables beside it.
#[derive(Clone, Copy)]
pub struct Keys<'a> {
    pub cache: &'a Path,
}

impl Keys<'_> {
    pub fn key(&self) -> anyhow::Result<ProvingKey> {
        development_key(self.cache).context("the development key cannot be had")
    }

    pub fn prover(&self, options: ProverOptions) -> anyhow::Result<Prover> {
        Ok(Prover::new(self.key()?, options, Some(&self.cache.join("keys")))?)
    }

    /// Its tables are made anew and not kept.
    pub fn prover_of_memory(&self, options: ProverOptions) -> anyhow::Result<Prover> {
        Ok(Prover::new(self.key()?, options, None)?)
    }
}
