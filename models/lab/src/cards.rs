//! The command `cards`.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use wetsign_models::card::{FACE_PAD, LIP_READING, card, face_pad_card, lip_reading_card};
use wetsign_models::manifest::Manifest;

#[derive(clap::Args)]
pub struct Arguments {
    /// Folder to write `NAME.md` into, one for each network of the manifest and one for each fitted rule.
    #[arg(long)]
    out: PathBuf,
}

/// Writes all cards.
pub fn run(arguments: &Arguments) -> Result<bool> {
    let manifest = Manifest::embedded();
    std::fs::create_dir_all(&arguments.out)
        .with_context(|| format!("cannot make {}", arguments.out.display()))?;
    for entry in &manifest.models {
        let path = arguments.out.join(format!("{}.md", entry.name));
        std::fs::write(&path, card(manifest, &entry.name)?)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    for (name, text) in [(FACE_PAD, face_pad_card(manifest)), (LIP_READING, lip_reading_card(manifest))] {
        let path = arguments.out.join(format!("{name}.md"));
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    say!("{} cards in {}", manifest.models.len() + 2, arguments.out.display());
    Ok(true)
}
