//! What is held before the camera in a living person's place, and the recorded people themselves.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, ensure};
use wetsign_api::v1;

use crate::visit::{plain_file, replayed_subject};

/// When the woman looks straight into the camera, seconds into her video.
const LOOKS_STRAIGHT_S: f64 = 2.0;
/// What the attacker recorded her saying on another day.
const OLD_PHRASE: &str = "K,R,O,M,S";

/// A validator of the story.
#[derive(Debug, Clone)]
pub struct Person {
    /// How the story calls them.
    pub name: &'static str,
    /// Their recorded self.
    pub subject: PathBuf,
    /// Their key, once enrolled.
    pub key: Vec<u8>,
}

/// An attack at the kiosk and the gate that has to stop it.
#[derive(Debug, Clone)]
pub struct Attack {
    /// What it is.
    pub name: &'static str,
    /// What the kiosk's source shows.
    pub source: v1::Source,
    /// The gate that has to fail.
    pub gate: &'static str,
}

/// The folder of a recorded person that comes with the product (recordings themselves lie in the cache).
pub fn subject(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("subjects").join(name)
}

/// The recorded people of the stories, not yet enrolled.
pub fn people() -> [Person; 2] {
    [("the woman", "woman"), ("the man", "man")].map(|(name, folder)| Person {
        name,
        subject: subject(folder),
        key: Vec::new(),
    })
}

/// The story's three attacks on the woman, made from her recordings into `folder`.
pub fn all(programs: &Path, cache: &Path, folder: &Path) -> anyhow::Result<Vec<Attack>> {
    std::fs::create_dir_all(folder)?;
    let video = cache.join("data/woman/WolfgangLanger_Pexels.mp4");
    let photo = folder.join("photo.png");
    let old_phrase = folder.join("old-phrase.wav");
    lab(
        programs,
        &["still", "--video", &text(&video), "--at", &LOOKS_STRAIGHT_S.to_string(), "--out", &text(&photo)],
    )?;
    let letters = cache.join("data/klettres/en/alpha");
    lab(
        programs,
        &["phrase", "--pieces", &text(&letters), "--say", OLD_PHRASE, "--out", &text(&old_phrase)],
    )?;
    Ok(vec![
        Attack {
            name: "a photo of her, with her recorded voice",
            source: plain_file(&photo, Some(&old_phrase)),
            gate: "motion",
        },
        Attack {
            name: "her video played from beginning to end, with her recorded voice",
            source: plain_file(&video, Some(&old_phrase)),
            gate: "phrase",
        },
        Attack {
            name: "her face doing what is asked, with another person's voice",
            source: replayed_subject(&subject("borrowed-voice")),
            gate: "voice_match",
        },
    ])
}

fn lab(programs: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    let output =
        Command::new(programs.join("wetsign-lab")).args(arguments).output().context("running wetsign-lab")?;
    ensure!(
        output.status.success(),
        "wetsign-lab {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
