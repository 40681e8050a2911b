//! The command `train`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use ed25519_dalek::SigningKey;
use wetsign_lab::eval::acquire::Acquirer;
use wetsign_lab::eval::trials::Trials;
use wetsign_lab::eval::{face_pad, fuse, gather, presented};
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
    /// With `face-pad`: write the features of every frame of the fit there too, one JSON object a line.
    #[arg(long, value_name = "FILE")]
    samples: Option<PathBuf>,
    /// Folder in which the networks' answers are kept. Default: `eval` in the cache.
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Task {
    /// Calibration of face and voice, and the bound of both together.
    Fusion,
    /// Passive networks and cues as one piece of evidence against prints and screens; of a folder only `faces` is read.
    FacePad,
}

/// Fits and writes.
pub fn run(arguments: &Arguments) -> Result<bool> {
    let store = ModelStore::open_default()?;
    let kept = arguments.cache.clone().unwrap_or_else(|| store.cache().join("eval"));
    let acquirer = Acquirer::new(store, &kept)?;
    match arguments.task {
        Task::Fusion => fusion(arguments, acquirer),
        Task::FacePad => face_pad(arguments, acquirer),
    }
}

/// `wetsign-lab eval` and the attack suite test it on other people and on the simulator's other half. False: this project's own data no
/// longer give the rule that the manifest states.
fn face_pad(arguments: &Arguments, mut acquirer: Acquirer) -> Result<bool> {
    let portraits = match &arguments.data {
        Some(folder) => presented::portraits_of(&mut acquirer, &folder.join("faces"))?,
        None => presented::own_portraits(&mut acquirer)?,
    };
    let mut told = std::time::Instant::now();
    let mut progress = move |what: &str, done: usize, of: usize| {
        if told.elapsed().as_secs() >= 5 {
            eprintln!("{what}: {done} of {of}");
            told = std::time::Instant::now();
        }
    };
    let shown = presented::presented(&mut acquirer, &portraits, arguments.seed, &mut progress)?;
    if let Some(path) = &arguments.samples {
        let lines =
            shown.iter().map(|frame| Ok(serde_json::to_string(frame)? + "\n")).collect::<Result<String>>()?;
        write(path, lines.as_bytes())?;
    }
    let fitted = face_pad::fit(&shown, arguments.seed, Manifest::embedded())?;
    write(&arguments.out, &fitted.model.sign(&key(&arguments.key)?)?)?;
    println!("{}", serde_json::to_string_pretty(&fitted)?);
    // A user's own data make another rule, and so does another seed.
    let own = arguments.data.is_none() && arguments.seed == Manifest::embedded().face_pad.seed;
    Ok(fitted.in_manifest || !own)
}

/// Fits on one half of the people and writes; `wetsign-lab eval` with the same seed measures on the other half.
fn fusion(arguments: &Arguments, mut acquirer: Acquirer) -> Result<bool> {
    let seed = arguments.seed;
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
    write(&arguments.out, &file)?;
    println!("{}", serde_json::to_string_pretty(&model)?);
    Ok(true)
}

fn write(path: &Path, file: &[u8]) -> Result<()> {
    std::fs::write(path, file).with_context(|| format!("cannot write {}", path.display()))
}

fn key(path: &PathBuf) -> Result<SigningKey> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut seed = zeroize::Zeroizing::new([0; 32]);
    let decoded = hex::decode_to_slice(text.trim(), &mut *seed);
    ensure!(decoded.is_ok(), "{} does not hold 64 hexadecimal digits", path.display());
    Ok(SigningKey::from_bytes(&seed))
}
