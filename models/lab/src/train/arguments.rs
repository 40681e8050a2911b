//! What is to be trained, on what, and who signs it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use ed25519_dalek::SigningKey;
use wetsign_lab::eval::acquire::Acquirer;
use wetsign_models::store::ModelStore;

/// Arguments of `train`.
#[derive(clap::Args)]
pub struct Arguments {
    /// What to train.
    #[arg(long)]
    pub task: Task,
    /// Folder with the data; without it: this project's own, from the cache.
    ///
    /// `fusion`: `faces/PERSON/…` and `voices/PERSON/…`. `face-pad`: `faces/PERSON/…`. `voice-pad`:
    /// `bonafide/SPEAKER/…` and `spoof/SYNTHESISER/VOICE/…`, each with recorded letters, words or short sentences.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// File with the signer's Ed25519 seed, 64 hexadecimal digits.
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// File to write. `voice-pad` writes the classifier, its figures and its card beside it: `.onnx`, `.json`, `.md`.
    #[arg(long)]
    pub out: PathBuf,
    /// What the draws come from.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// `face-pad`: write the features of every frame of the fit there too, one JSON object a line.
    #[arg(long, value_name = "FILE")]
    pub samples: Option<PathBuf>,
    /// `fusion`, `face-pad`: folder in which the networks' answers are kept. Default: `eval` in the cache.
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
pub enum Task {
    /// Calibration of face and voice, and the bound of both together.
    Fusion,
    /// Passive networks and cues as one piece of evidence against prints and screens.
    FacePad,
    /// Voices of living speakers against synthesisers and loudspeakers. Advice: no decision asks it.
    VoicePad,
}

impl Arguments {
    /// What looks at the data and keeps what it saw.
    pub fn acquirer(&self) -> Result<Acquirer> {
        let store = ModelStore::open_default()?;
        let kept = self.cache.clone().unwrap_or_else(|| store.cache().join("eval"));
        Acquirer::new(store, &kept)
    }
}

/// Reads the signer's key.
pub fn key(path: &Path) -> Result<SigningKey> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut seed = zeroize::Zeroizing::new([0; 32]);
    let decoded = hex::decode_to_slice(text.trim(), &mut *seed);
    ensure!(decoded.is_ok(), "{} does not hold 64 hexadecimal digits", path.display());
    Ok(SigningKey::from_bytes(&seed))
}
