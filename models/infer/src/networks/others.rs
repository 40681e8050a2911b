//! Networks that no capture asks: for evaluation only.

use wetsign_models::store::{ModelStore, StoreError};

use super::open;
use crate::error::{InferError, Result};
use crate::face::embed::FrFeature;
use crate::face::pad::Suri;
use crate::face::{Face, Mesh};
use crate::frame::Frame;
use crate::runtime::{Net, environment};

/// The 512-value face embedding that the default was chosen over. For evaluation only.
pub struct AlternativeFaceEmbedder(FrFeature);

impl AlternativeFaceEmbedder {
    /// Loads the network `fr-feature`, without graph optimisation: with it one run takes three times as long.
    pub fn load(store: &ModelStore, threads: usize) -> Result<Self> {
        Ok(Self(FrFeature::new(open(store, "fr-feature", threads, false)?)))
    }

    /// 512 values of unit length.
    pub fn embed(&mut self, frame: &Frame, mesh: &Mesh) -> Result<Vec<f32>> {
        self.0.embed(frame, mesh)
    }
}

/// The third passive network, which no registry carries. For evaluation only.
pub struct OptionalPad(Suri);

impl OptionalPad {
    /// Loads the network `pad-suri`; `None` where nobody put it into the cache.
    ///
    /// # Errors
    /// A file whose digest differs from the manifest's.
    pub fn load(store: &ModelStore, threads: usize) -> Result<Option<Self>> {
        let refused = |e: StoreError| InferError::Store(e.to_string());
        let Some(path) = store.optional("pad-suri").map_err(refused)? else { return Ok(None) };
        let library = store.runtime_library().map_err(refused)?;
        let net = Net::open(&environment(&library)?, "pad-suri", &path, threads, true)?;
        Ok(Some(Self(Suri::new(net))))
    }

    /// 0..1, higher is live.
    pub fn score(&mut self, frame: &Frame, face: &Face) -> Result<f32> {
        self.0.score(frame, face)
    }
}
