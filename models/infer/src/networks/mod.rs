//! All networks of a session, made once: those that look, those that doubt, those that hear. Each part can work
//! on a thread of its own.

mod others;
mod passive;
mod sight;
mod voice;
mod words;

use wetsign_models::store::ModelStore;

pub use others::{AlternativeFaceEmbedder, OptionalPad};
pub use passive::{PAD_FEATURES, Passive, log_odds};
pub use sight::Sight;
pub use voice::Voice;
pub use words::Words;

use crate::error::{InferError, Result};
use crate::face::Face;
use crate::face::align::CHIP;
use crate::frame::Frame;
use crate::memory::{Answers, Asked, Memory};
use crate::runtime::{Net, environment};

/// Every network that a session needs, loaded and warm. Each call takes `&mut self`: the sessions keep buffers.
pub struct Networks {
    /// Faces, meshes, whose face.
    pub sight: Sight,
    /// Print or screen?
    pub passive: Passive,
    /// When somebody speaks, and whose voice it is.
    pub voice: Voice,
    /// What is said.
    pub words: Words,
}

impl Networks {
    /// Loads and warms all networks; each runs on `threads` threads of its own.
    ///
    /// # Errors
    /// A model that is missing or whose digest differs from the manifest's; ONNX Runtime missing or too old.
    pub fn load(store: &ModelStore, threads: usize) -> Result<Self> {
        let mut networks = Self {
            sight: Sight::load(store, threads)?,
            passive: Passive::load(store, threads)?,
            voice: Voice::load(store, threads)?,
            words: Words::load(store, threads)?,
        };
        let warm = Warm::new()?;
        networks.sight.warm(&warm)?;
        networks.passive.warm(&warm)?;
        networks.voice.warm(&warm)?;
        networks.words.warm(&warm)?;
        Ok(networks)
    }

    /// Keeps the last few thousand outputs and gives them again for the same input: for evaluations, which show the same
    /// frames often. They hold what people looked like, so no session uses it.
    pub fn remembering(mut self) -> Self {
        self.sight.memory = Some(Memory::default());
        self.passive.memory = Some(Memory::default());
        self.voice.memory = Some(Memory::default());
        self.words.memory = Some(Memory::default());
        self
    }
}

/// What each network is run on once, for first runs allocate: an empty picture and a second of silence.
struct Warm {
    frame: Frame,
    face: Face,
    silence: Vec<f32>,
}

impl Warm {
    fn new() -> Result<Self> {
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
fn recall<T: Clone>(
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

fn path(store: &ModelStore, name: &str) -> Result<std::path::PathBuf> {
    store.path(name).map_err(|e| InferError::Store(e.to_string()))
}
