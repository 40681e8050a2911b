//! Training of the fused rule against prints and screens.

use std::path::Path;

use anyhow::{Context as _, Result};
use wetsign_lab::eval::{face_pad, presented};
use wetsign_models::manifest::Manifest;

use super::arguments::{Arguments, key};

/// `wetsign-lab eval` and the attack suite test it on other people and on the simulator's other half. False: this
/// project's own data no longer give the rule that the manifest states.
pub fn run(arguments: &Arguments) -> Result<bool> {
    let mut acquirer = arguments.acquirer()?;
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
    say!("{}", serde_json::to_string_pretty(&fitted)?);
    // A user's own data make another rule, and so does another seed.
    let own = arguments.data.is_none() && arguments.seed == Manifest::embedded().face_pad.seed;
    Ok(fitted.in_manifest || !own)
}

fn write(path: &Path, file: &[u8]) -> Result<()> {
    std::fs::write(path, file).with_context(|| format!("cannot write {}", path.display()))
}
