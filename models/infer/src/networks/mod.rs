//! All networks of a session, made once: those that look, those that doubt, those that hear. Each part can work
//! on a thread of its own.

mod others;
mod passive;
mod shared;
mod sight;
mod voice;
mod words;

use std::panic::resume_unwind;
use std::thread;

use wetsign_models::store::ModelStore;

pub use others::{AlternativeFaceEmbedder, OptionalPad};
pub use passive::{PAD_FEATURES, Passive, log_odds};
pub use shared::open;
pub use sight::Sight;
pub use voice::Voice;
pub use words::Words;

use crate::error::{InferError, Result};
use crate::memory::Memory;
use shared::Warm;

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
    /// Loads and warms all networks, what looks beside what hears; each runs on `threads` threads of its own.
    ///
    /// # Errors
    /// A model that is missing or whose digest differs from the manifest's; ONNX Runtime missing or too old.
    pub fn load(store: &ModelStore, threads: usize) -> Result<Self> {
        let (looks, hears) = thread::scope(|scope| {
            let looks = scope.spawn(|| {
                let warm = Warm::new()?;
                let (mut sight, mut passive) = (Sight::load(store, threads)?, Passive::load(store, threads)?);
                sight.warm(&warm)?;
                passive.warm(&warm)?;
                Ok::<_, InferError>((sight, passive))
            });
            let hears = || {
                let warm = Warm::new()?;
                let (mut voice, mut words) = (Voice::load(store, threads)?, Words::load(store, threads)?);
                voice.warm(&warm)?;
                words.warm(&warm)?;
                Ok::<_, InferError>((voice, words))
            };
            let hears = hears();
            (looks.join().unwrap_or_else(|panic| resume_unwind(panic)), hears)
        });
        let ((sight, passive), (voice, words)) = (looks?, hears?);
        Ok(Self { sight, passive, voice, words })
    }

    /// Keeps the last few thousand outputs and gives them again for the same input: for evaluations, which show the
    /// same frames often. They hold what people looked like, so no session uses it.
    pub fn remembering(mut self) -> Self {
        self.sight.memory = Some(Memory::default());
        self.passive.memory = Some(Memory::default());
        self.voice.memory = Some(Memory::default());
        self.words.memory = Some(Memory::default());
        self
    }
}
