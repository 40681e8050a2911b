//! The command `train`: one file a task.

mod face_pad;
mod fusion;
mod voice_pad;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use ed25519_dalek::SigningKey;
use wetsign_lab::eval::acquire::Acquirer;
use wetsign_models::store::ModelStore;

#[derive(clap::Args)]
pub struct Arguments {
    /// What to train.
    #[arg(long)]
    task: Task,
    /// Folder with the data; without it: this project's own, from the cache.
    ///
    /// `fusion`: `faces/PERSON/…` and `voices/PERSON/…`. `face-pad`: `faces/PERSON/…`. `voice-pad`: `bonafide/SPEAKER/…` and `spoof/SYNTHESISER/VOICE/…`, each
    /// with recorded letters, words or short sentences.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// File with the signer's Ed25519 seed, 64 hexadecimal digits.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// File to write. `voice-pad` writes the classifier, its figures and its card beside it: `.onnx`, `.json`, `.md`.
    #[arg(long)]
    out: PathBuf,
    /// What the draws come from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// `face-pad`: write the features of every frame of the fit there too, one JSON object a line.
    #[arg(long, value_name = "FILE")]
    samples: Option<PathBuf>,
    /// `fusion`, `face-pad`: folder in which the networks' answers are kept. Default: `eval` in the cache.
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Task {
    /// Calibration of face and voice, and the bound of both together.
    Fusion,
    /// Passive networks and cues as one piece of evidence against prints and screens.
    FacePad,
    /// Voices of living speakers against synthesisers and loudspeakers. Advice: no decision asks it.
    VoicePad,
}

/// Trains and writes.
pub fn run(arguments: &Arguments) -> Result<bool> {
    match arguments.task {
        Task::Fusion => fusion::run(arguments),
        Task::FacePad => face_pad::run(arguments),
        Task::VoicePad => voice_pad::run(arguments),
    }
}

impl Arguments {
    fn acquirer(&self) -> Result<Acquirer> {
        let store = ModelStore::open_default()?;
        let kept = self.cache.clone().unwrap_or_else(|| store.cache().join("eval"));
        Acquirer::new(store, &kept)
    }
}

fn key(path: &Path) -> Result<SigningKey> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut seed = zeroize::Zeroizing::new([0; 32]);
    let decoded = hex::decode_to_slice(text.trim(), &mut *seed);
    ensure!(decoded.is_ok(), "{} does not hold 64 hexadecimal digits", path.display());
    Ok(SigningKey::from_bytes(&seed))
}
