//! The voice of a story before it is locked, and who runs it.

use std::path::Path;

use wetsign_attest::id::{ChannelKey, Digest};
use wetsign_models::store::ModelStore;

use crate::locked::Package;
use crate::runner::Runner;

/// The voice before it is locked, and the runner who may be asked to speak with it.
pub struct Narration {
    /// What is locked.
    pub package: Package,
    /// Who runs it.
    pub runner: Runner,
    /// The runner's key that the request names.
    pub opens_to: ChannelKey,
}

impl Narration {
    /// Packs the voice, and has the runner make a key.
    ///
    /// # Errors
    /// The network or the dictionary is not in the cache; the runner's program is not built.
    pub fn new(programs: &Path, cache: &Path, state: &Path) -> anyhow::Result<Self> {
        let runner = Runner::new(programs, state);
        let package = Package::voice(&ModelStore::open(cache)?)?;
        let opens_to = runner.key()?;
        Ok(Self { package, runner, opens_to })
    }

    /// The content that the owner's descriptor names.
    ///
    /// # Errors
    /// None as long as it was made here.
    pub fn content(&self) -> anyhow::Result<Digest> {
        self.package.content()
    }
}
