//! What all networks share: how one is opened, warmed, and spared a question that it has answered.

use wetsign_models::store::ModelStore;

use crate::error::{InferError, Result};
use crate::face::Face;
use crate::face::align::CHIP;
use crate::frame::Frame;
use crate::memory::{Answers, Asked, Memory};
use crate::runtime::{Net, environment};

/// What each network is run on once, for first runs allocate: an empty picture and a second of silence.
pub struct Warm {
    pub frame: Frame,
    pub face: Face,
    pub silence: Vec<f32>,
}

impl Warm {
    /// Made of nothing.
    pub fn new() -> Result<Self> {
        let side = CHIP as u32 * 2;
        let frame = Frame::from_bgr(side, side, &vec![96; (side * side * 3) as usize])?;
        let middle = side as f32 / 2.0;
        let bbox = [middle / 2.0, middle / 2.0, middle * 1.5, middle * 1.5];
        let mut keypoints = [[middle; 2]; 6];
        keypoints[1] = [middle + 20.0, middle];
        Ok(Self { frame, face: Face { bbox, score: 1.0, keypoints }, silence: vec![0.0; 16_000] })
    }
}

/// What memory holds for a question, else what the network answers, which is then kept.
pub fn recall<T: Clone>(
    memory: &mut Option<Memory>,
    asked: Option<Asked>,
    kind: impl Fn(&mut Memory) -> &mut Answers<T>,
    answer: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let (Some(memory), Some(asked)) = (memory, asked) else { return answer() };
    if let Some(known) = kind(memory).recall(&asked) {
        return Ok(known);
    }
    let answered = answer()?;
    kind(memory).keep(asked, answered.clone());
    Ok(answered)
}

/// Opens a network of the store by its name in the manifest: [`Net::open`].
pub fn open(store: &ModelStore, name: &'static str, threads: usize, optimise: bool) -> Result<Net> {
    let library = store.runtime_library().map_err(|e| InferError::Store(e.to_string()))?;
    Net::open(&environment(&library)?, name, &path(store, name)?, threads, optimise)
}

/// Where a file of the store is.
pub fn path(store: &ModelStore, name: &str) -> Result<std::path::PathBuf> {
    store.path(name).map_err(|e| InferError::Store(e.to_string()))
}
