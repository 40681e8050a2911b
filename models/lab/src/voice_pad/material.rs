//! From folders of recordings to presentations: pieces of one voice, trimmed, brought to one level, joined, sent through one channel.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest as _, Sha256};
use wetsign_infer::audio::{self, RATE};
use wetsign_infer::voice_pad::Analysis;
use wetsign_models::manifest::Digest;
use wetsign_models::store::{ModelStore, digest_file};

use super::channel::{self, Loudspeaker};
use crate::eval::folders::{self, SOUNDS};
use crate::eval::gather::Progress;
use crate::eval::seed_of;
use crate::recapture::Half;

/// Recorded letters or words in a presentation: as many as a kiosk's phrase has.
const PIECES: usize = 6;
/// Presentations of one voice at most.
const MOST: usize = 10;
/// Of this project's labels those with fewer recordings are left out: most of them are telephone recordings.
const FEWEST_RECORDINGS: usize = 24;
/// Seconds between pieces.
const GAP: f64 = 0.3;
/// Frames this far below a piece's loudest are cut off at both ends, decibels.
const TRIM_DB: f64 = 30.0;
/// A piece of which less is left is no piece, and none is longer, samples.
const PIECE: [usize; 2] = [RATE as usize / 20, RATE as usize * 6];

/// One speaker's recordings, or one voice of a synthesiser.
#[derive(Clone, Debug)]
pub struct Voice {
    /// Its name.
    pub name: String,
    /// Speakers of one kin may be one person, so they are never divided between a fit and its test.
    pub kin: String,
    /// Absent: a living speaker.
    pub synthesiser: Option<String>,
    /// Single letters, words or sentences.
    pub recordings: Vec<PathBuf>,
}

/// What a presentation is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Species {
    /// A living speaker before the microphone.
    BonaFide,
    /// Speech of this synthesiser, fed without a loudspeaker.
    Synthesis(String),
    /// A living speaker's recording through a simulated loudspeaker.
    Replay(Half),
}

/// One presentation.
#[derive(Clone, Debug)]
pub struct Presentation {
    /// [`Voice::name`].
    pub voice: String,
    /// [`Voice::kin`].
    pub kin: String,
    /// What it is.
    pub species: Species,
    /// Its features.
    pub analysis: Analysis,
}

/// All presentations, and what they were made of.
pub struct Material {
    /// In the order of the voices.
    pub presentations: Vec<Presentation>,
    /// Pieces that held too little sound, or less than 8 kHz of band.
    pub left_out: u64,
    /// Over all recordings: whose, and their digests.
    pub data: Digest,
}

/// The speakers of `klettres` and `ktuberling`, one kin a language, and the synthesisers below `spoof`.
pub fn own_voices(store: &ModelStore, spoof: &Path) -> Result<Vec<Voice>> {
    let mut voices = Vec::new();
    for set in ["klettres", "ktuberling"] {
        let mut speakers = speakers(&store.data(set)?, |speaker| {
            speaker.split(['_', '@']).next().unwrap_or(speaker).to_owned()
        })?;
        speakers.retain(|voice| voice.recordings.len() >= FEWEST_RECORDINGS);
        for voice in &mut speakers {
            voice.name = format!("{set}/{}", voice.name);
        }
        voices.extend(speakers);
    }
    voices.extend(synthesisers(spoof)?);
    Ok(voices)
}

/// The speakers of `DIR/bonafide/SPEAKER/…`, each their own kin, and the synthesisers of `DIR/spoof/SYNTHESISER/VOICE/…`.
pub fn voices_of(folder: &Path) -> Result<Vec<Voice>> {
    let mut voices = speakers(&folder.join("bonafide"), str::to_owned)?;
    voices.extend(synthesisers(&folder.join("spoof"))?);
    Ok(voices)
}

fn speakers(folder: &Path, kin: impl Fn(&str) -> String) -> Result<Vec<Voice>> {
    let mut found: BTreeMap<String, Voice> = BTreeMap::new();
    for item in folders::items(folder, &SOUNDS)? {
        let new = || Voice {
            name: item.subject.clone(),
            kin: kin(&item.subject),
            synthesiser: None,
            recordings: Vec::new(),
        };
        found.entry(item.subject.clone()).or_insert_with(new).recordings.push(item.path.clone());
    }
    Ok(found.into_values().collect())
}

fn synthesisers(folder: &Path) -> Result<Vec<Voice>> {
    let items = folders::items(folder, &SOUNDS).with_context(|| {
        format!(
            "no synthesised speech in {}: run `cargo xtask voice-pad`, which makes some",
            folder.display()
        )
    })?;
    let mut found: BTreeMap<(String, String), Voice> = BTreeMap::new();
    for item in items {
        let parts: Vec<&str> = item.name.split('/').collect();
        let [synthesiser, voice, _, ..] = parts[..] else {
            anyhow::bail!("{} does not lie in SYNTHESISER/VOICE/", item.path.display());
        };
        let name = format!("{synthesiser}/{voice}");
        let new = || Voice {
            name: name.clone(),
            kin: name.clone(),
            synthesiser: Some(synthesiser.to_owned()),
            recordings: Vec::new(),
        };
        let key = (synthesiser.to_owned(), voice.to_owned());
        found.entry(key).or_insert_with(new).recordings.push(item.path.clone());
    }
    Ok(found.into_values().collect())
}

/// Every presentation of every voice: living speakers also through loudspeakers, of either half of the parameters. The same
/// voices and seed give the same numbers.
pub fn present(voices: &[Voice], seed: u64, progress: Progress<'_>) -> Result<Material> {
    let mut material = Material { presentations: Vec::new(), left_out: 0, data: Digest([0; 32]) };
    let mut hash = Sha256::new();
    for (done, voice) in voices.iter().enumerate() {
        progress("voices", done, voices.len());
        let mut recordings = voice.recordings.clone();
        recordings.shuffle(&mut ChaCha8Rng::from_seed(seed_of(seed, &voice.name)));
        for (index, chosen) in recordings.chunks_exact(PIECES).take(MOST).enumerate() {
            let mut joined = Vec::new();
            for path in chosen {
                hash.update((voice.name.len() as u64).to_be_bytes());
                hash.update(&voice.name);
                let digest = digest_file(path).with_context(|| format!("cannot read {}", path.display()))?;
                hash.update(digest.0);
                match piece(path)? {
                    Some(piece) => {
                        joined.extend(channel::levelled(&piece));
                        joined.resize(joined.len() + (GAP * f64::from(RATE)) as usize, 0.0);
                    }
                    None => material.left_out += 1,
                }
            }
            take(&mut material.presentations, voice, index, &joined, seed);
        }
    }
    material.data = Digest(hash.finalize().into());
    Ok(material)
}

fn take(into: &mut Vec<Presentation>, voice: &Voice, index: usize, joined: &[f64], seed: u64) {
    if joined.is_empty() {
        return;
    }
    let mut through = |species: Species, purpose: &str| {
        let mut rng = ChaCha8Rng::from_seed(seed_of(seed, &format!("{} {index} {purpose}", voice.name)));
        let played = match &species {
            Species::Replay(half) => Loudspeaker::draw(*half, &mut rng).play(joined, &mut rng),
            _ => joined.to_vec(),
        };
        if let Some(analysis) = Analysis::of(&channel::microphone(&played, &mut rng)) {
            let (name, kin) = (voice.name.clone(), voice.kin.clone());
            into.push(Presentation { voice: name, kin, species, analysis });
        }
    };
    if let Some(name) = &voice.synthesiser {
        through(Species::Synthesis(name.clone()), "direct");
    } else {
        through(Species::BonaFide, "direct");
        through(Species::Replay(Half::Fit), "replay to fit");
        through(Species::Replay(Half::Test), "replay to test");
    }
}

/// A recording in the common band, without the silence at its ends; `None` if too little is left, or if it was taken with less than 16 kHz.
fn piece(path: &Path) -> Result<Option<Vec<f64>>> {
    let sound = audio::read_file(path).with_context(|| format!("{}", path.display()))?;
    if sound.rate < RATE {
        return Ok(None);
    }
    let samples = audio::resample_16k(&sound)?;
    ensure!(samples.iter().all(|s| s.is_finite()), "{} holds samples that are no numbers", path.display());
    let samples: Vec<f64> = samples.iter().map(|s| f64::from(*s)).collect();
    Ok(trimmed(&channel::in_band(&samples)))
}

fn trimmed(samples: &[f64]) -> Option<Vec<f64>> {
    let frame = RATE as usize / 100;
    let powers: Vec<f64> = samples.chunks_exact(frame).map(|f| f.iter().map(|s| s * s).sum()).collect();
    let enough = powers.iter().copied().fold(0.0, f64::max) * 10.0_f64.powf(-TRIM_DB / 10.0);
    let sounds = |power: &f64| *power > enough;
    let (first, last) = (powers.iter().position(sounds)?, powers.iter().rposition(sounds)?);
    let kept = &samples[first * frame..(last + 1) * frame];
    (kept.len() >= PIECE[0]).then(|| kept[..kept.len().min(PIECE[1])].to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_at_both_ends_is_cut_off() {
        let mut sound = vec![0.0001; 16_000];
        sound[4_800..9_600].fill(0.3);
        assert_eq!(trimmed(&sound).unwrap().len(), 4_800);
        assert!(trimmed(&vec![0.0; 16_000]).is_none());
        assert!(trimmed(&[]).is_none());
    }
}
