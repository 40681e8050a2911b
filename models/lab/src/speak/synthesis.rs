//! Letters and words spoken by a network: VITS (Kim et al. 2021) as Piper exports it. An attacker's tool, for
//! evaluations only.

use wetsign_models::store::ModelStore;
use wetsign_speak::{SpeakError, Voice, spelled};

use wetsign_infer::audio::{RATE, Sound, resample_16k};
use wetsign_infer::runtime::environment;
use wetsign_infer::{InferError, Result};

const NAME: &str = "neural-voice";
/// What the network was trained on, samples a second.
const NATIVE_RATE: u32 = 22_050;
/// No randomness, neither in the sound nor in its rhythm, and spoken a quarter slower than the training voice: letters
/// are spelled.
const NOISE_PACE_RHYTHM: [f32; 3] = [0.0, 1.25, 0.0];

/// The network with its session.
pub struct NeuralVoice(Voice);

impl NeuralVoice {
    /// Loads it; it runs on `threads` threads of its own.
    ///
    /// # Errors
    /// A model that is missing or whose digest differs from the manifest's; ONNX Runtime missing or too old.
    pub fn load(store: &ModelStore, threads: usize) -> Result<Self> {
        let failed = |e: wetsign_models::store::StoreError| InferError::Store(e.to_string());
        let environment = environment(&store.runtime_library().map_err(failed)?)?;
        Ok(Self(Voice::open(&environment, &store.path(NAME).map_err(failed)?, threads).map_err(refused)?))
    }

    /// 16 kHz sound of letters, spelled one after the other. The same letters give the same sound.
    ///
    /// # Errors
    /// A word that is not one letter of a to z.
    pub fn say(&mut self, letters: &[String]) -> Result<Sound> {
        self.pronounce(&spelled(letters).map_err(refused)?)
    }

    /// 16 kHz sound of phonemes as eSpeak writes American English. The same phonemes give the same sound.
    ///
    /// # Errors
    /// A phoneme that the network has no number for.
    pub fn pronounce(&mut self, phonemes: &str) -> Result<Sound> {
        let samples = self.0.say(&format!("{phonemes}."), NOISE_PACE_RHYTHM).map_err(refused)?;
        Ok(Sound { samples: resample_16k(&Sound { samples, rate: NATIVE_RATE })?, rate: RATE })
    }
}

fn refused(error: SpeakError) -> InferError {
    InferError::Network { name: NAME, why: error.to_string() }
}
