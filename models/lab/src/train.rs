//! The command `train`.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use ed25519_dalek::SigningKey;
use wetsign_lab::eval::acquire::Acquirer;
use wetsign_lab::eval::trials::Trials;
use wetsign_lab::eval::{fuse, gather};
use wetsign_models::manifest::Manifest;
use wetsign_models::store::ModelStore;
use wetsign_models::trained::TrainedFusion;

#[derive(clap::Args)]
pub struct Arguments {
    /// What to train.
    #[arg(long)]
    task: Task,
    /// Folder with `faces/PERSON/…` and `voices/PERSON/…`. Without it: this project's own cached data.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// File with the signer's Ed25519 seed, 64 hexadecimal digits.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// File to write.
    #[arg(long)]
    out: PathBuf,
    /// What the draws come from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder in which the networks' answers are kept. Default: `eval` in the cache.
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Task {
    /// Calibration of face and voice, and the bound of both together.
    Fusion,
}

/// Fits on one half of the people and writes; `wetsign-lab eval` with the same seed measures on the other half.
pub fn run(arguments: &Arguments) -> Result<bool> {
    let Task::Fusion = arguments.task;
    let seed = arguments.seed;
    let store = ModelStore::open_default()?;
    let kept = arguments.cache.clone().unwrap_or_else(|| store.cache().join("eval"));
    let mut acquirer = Acquirer::new(store, &kept)?;
    let mut progress = |_: &str, _: usize, _: usize| {};
    let (faces, voices) = match &arguments.data {
        Some(folder) => (
            gather::faces_of(&mut acquirer, &folder.join("faces"), &mut progress)?,
            gather::voices_of(&mut acquirer, &folder.join("voices"), &mut progress)?,
        ),
        None => (
            gather::own_faces(&mut acquirer, &mut progress)?,
            gather::own_voices(&mut acquirer, seed, &mut progress)?,
        ),
    };
    let (faces, voices) = (Trials::all(faces.captures, seed), Trials::all(voices.captures, seed));
    let fitted = fuse::fit_half(&faces, &voices, seed).context(
        "a half of the people has no comparisons of both kinds: bring four people with two captures each",
    )?;
    let people = fitted.people();
    let manifest = Manifest::embedded();
    let network = |name: &str| Ok::<_, anyhow::Error>(manifest.entry(name)?.stored.sha256);
    let model = TrainedFusion {
        task: "fusion".to_owned(),
        fusion: fitted.fusion,
        bound: fitted.bound,
        target_fmr: fuse::TARGET_FMR,
        claimable_fmr: (3.0 / people.0.min(people.1) as f64).min(1.0),
        people,
        chimeric: fitted.chimeric,
        data: fitted.data(),
        networks: (network(&manifest.quantiser.face)?, network(&manifest.quantiser.voice)?),
        seed,
    };
    let file = model.sign(&key(&arguments.key)?)?;
    std::fs::write(&arguments.out, file)
        .with_context(|| format!("cannot write {}", arguments.out.display()))?;
    println!("{}", serde_json::to_string_pretty(&model)?);
    Ok(true)
}

fn key(path: &PathBuf) -> Result<SigningKey> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut seed = zeroize::Zeroizing::new([0; 32]);
    let decoded = hex::decode_to_slice(text.trim(), &mut *seed);
    ensure!(decoded.is_ok(), "{} does not hold 64 hexadecimal digits", path.display());
    Ok(SigningKey::from_bytes(&seed))
}
