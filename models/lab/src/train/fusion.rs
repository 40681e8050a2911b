//! Training of the fused rule for face and voice.

use anyhow::{Context as _, Result};
use wetsign_lab::eval::trials::Trials;
use wetsign_lab::eval::{fuse, gather};
use wetsign_models::manifest::Manifest;
use wetsign_models::trained::TrainedFusion;

use super::arguments::{Arguments, key};

/// Fits on one half of the people and writes; `wetsign-lab eval` with the same seed measures on the other half.
pub fn run(arguments: &Arguments) -> Result<bool> {
    let seed = arguments.seed;
    let mut acquirer = arguments.acquirer()?;
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
    say!("{}", serde_json::to_string_pretty(&model)?);
    Ok(true)
}
