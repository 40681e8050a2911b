//! From folders of recordings to presentations: pieces of one voice, joined to phrases of as much speech and as much
//! silence, brought to one long-term spectrum and one level, sent through one channel.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::voice_pad::analysis::Analysis;
use anyhow::{Context as _, Result};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest as _, Sha256};
use wetsign_models::manifest::Digest;
use wetsign_models::store::{ModelStore, digest_file};

use super::channel::{self, Loudspeaker};
use super::pieces::{self, FRAME, Piece};
use crate::eval::folders::{self, SOUNDS};
use crate::eval::gather::Progress;
use crate::eval::seed_of;
use crate::recapture::Half;

/// Presentations of one voice at most.
const MOST: usize = 10;
/// Of this project's labels those with fewer recordings are left out: most of them are telephone recordings.
const FEWEST_RECORDINGS: usize = 24;
/// Frames of speech in a phrase: 2 s, about what a kiosk's phrase of six letters has.
const SPOKEN: usize = 200;
/// Frames of silence before it: 2 s, in which no room can still sound.
const BEFORE: usize = 200;
/// Frames of silence behind each piece.
const BEHIND: usize = 15;

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
    /// Recordings that held too little sound, or less than 8 kHz of band.
    pub left_out: u64,
    /// Over all recordings: whose, and their digests.
    pub data: Digest,
}

/// The living of [`own_speakers`], and the synthesisers below `spoof`.
pub fn own_voices(store: &ModelStore, spoof: &Path) -> Result<Vec<Voice>> {
    let mut voices = own_speakers(store)?;
    let machines = synthesisers(spoof, &voices)?;
    voices.extend(machines);
    Ok(voices)
}

/// The speakers of `klettres` and `ktuberling`, one kin a language; two readers, and the speaker of `obama_speech.wav`.
pub fn own_speakers(store: &ModelStore) -> Result<Vec<Voice>> {
    let mut voices = Vec::new();
    for set in ["klettres", "ktuberling"] {
        let mut speakers = speakers(&store.data(set)?, |speaker| {
            speaker.split(['_', '@']).next().unwrap_or(speaker).to_owned()
        })?;
        speakers.retain(|voice| voice.recordings.len() >= FEWEST_RECORDINGS);
        for voice in &mut speakers {
            voice.name = format!("{set}-{}", voice.name);
        }
        voices.extend(speakers);
    }
    for (set, name) in [("readers", "beckett"), ("readers", "two_cities"), ("speech-clip", "obama_speech")] {
        let recordings = vec![store.data(set)?.join(format!("{name}.wav"))];
        voices.push(Voice { name: name.to_owned(), kin: name.to_owned(), synthesiser: None, recordings });
    }
    Ok(voices)
}

/// The speakers of `DIR/bonafide/SPEAKER/…`, each their own kin, and the synthesisers of
/// `DIR/spoof/SYNTHESISER/VOICE/…`.
pub fn voices_of(folder: &Path) -> Result<Vec<Voice>> {
    let mut voices = speakers(&folder.join("bonafide"), str::to_owned)?;
    let machines = synthesisers(&folder.join("spoof"), &voices)?;
    voices.extend(machines);
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

/// A voice that has a living speaker's name is a copy of theirs, and of their kin.
fn synthesisers(folder: &Path, living: &[Voice]) -> Result<Vec<Voice>> {
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
        let copied = living.iter().find(|speaker| speaker.name == voice);
        let new = || Voice {
            name: name.clone(),
            kin: copied.map_or_else(|| name.clone(), |speaker| speaker.kin.clone()),
            synthesiser: Some(synthesiser.to_owned()),
            recordings: Vec::new(),
        };
        let key = (synthesiser.to_owned(), voice.to_owned());
        found.entry(key).or_insert_with(new).recordings.push(item.path.clone());
    }
    Ok(found.into_values().collect())
}

/// Every presentation of every voice: living speakers also through loudspeakers, of either half of the parameters. The
/// same voices and seed give the same numbers.
pub fn present(voices: &[Voice], seed: u64, progress: Progress<'_>) -> Result<Material> {
    let mut material = Material { presentations: Vec::new(), left_out: 0, data: Digest([0; 32]) };
    let mut hash = Sha256::new();
    for (done, voice) in voices.iter().enumerate() {
        progress("voices", done, voices.len());
        let mut recordings = voice.recordings.clone();
        recordings.shuffle(&mut ChaCha8Rng::from_seed(seed_of(seed, &voice.name)));
        let mut phrase = Phrase::new();
        let mut whole = Vec::new();
        for path in recordings {
            if whole.len() == MOST {
                break;
            }
            hash.update((voice.name.len() as u64).to_be_bytes());
            hash.update(&voice.name);
            hash.update(digest_file(&path).with_context(|| format!("cannot read {}", path.display()))?.0);
            let pieces = pieces::read(&path)?;
            material.left_out += u64::from(pieces.is_empty());
            for piece in pieces {
                phrase.add(piece);
                if phrase.spoken == SPOKEN {
                    whole.push(std::mem::replace(&mut phrase, Phrase::new()));
                }
            }
        }
        for (index, phrase) in whole.iter().take(MOST).enumerate() {
            take(&mut material.presentations, voice, index, phrase, seed);
        }
    }
    material.data = Digest(hash.finalize().into());
    Ok(material)
}

/// As much speech and as much silence in everything, so that neither tells where it comes from.
struct Phrase {
    samples: Vec<f64>,
    spoken: usize,
}

impl Phrase {
    fn new() -> Self {
        Self { samples: vec![0.0; BEFORE * FRAME], spoken: 0 }
    }

    /// Of a piece what is still wanted.
    fn add(&mut self, piece: Piece) {
        let piece = piece.beginning(SPOKEN - self.spoken);
        self.spoken += piece.spoken;
        self.samples.extend(channel::levelled(&piece.samples, piece.spoken * FRAME));
        self.samples.resize(self.samples.len() + BEHIND * FRAME, 0.0);
    }
}

fn take(into: &mut Vec<Presentation>, voice: &Voice, index: usize, phrase: &Phrase, seed: u64) {
    let spoken = phrase.spoken * FRAME;
    let mut through = |species: Species, purpose: &str| {
        let mut rng = ChaCha8Rng::from_seed(seed_of(seed, &format!("{} {index} {purpose}", voice.name)));
        let said = channel::long_term_spectrum(&phrase.samples, spoken, &mut rng);
        let played = match &species {
            Species::Replay(half) => Loudspeaker::draw(*half, &mut rng).play(&said, &mut rng),
            _ => said,
        };
        if let Some(analysis) = Analysis::of(&channel::microphone(&played, spoken, &mut rng)) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phrase_has_as_much_speech_and_the_same_silence_before_it() {
        let piece = || Piece { samples: vec![0.3; 70 * FRAME], spoken: 70 };
        let mut phrase = Phrase::new();
        for spoken in [70, 140, SPOKEN] {
            phrase.add(piece());
            assert_eq!(phrase.spoken, spoken);
        }
        assert_eq!(phrase.samples.len(), (BEFORE + SPOKEN + 3 * BEHIND) * FRAME);
        assert!(phrase.samples[..BEFORE * FRAME].iter().all(|s| *s == 0.0));
        assert!(phrase.samples[BEFORE * FRAME] > 0.0);
    }

    #[test]
    fn the_copy_of_a_speaker_is_of_their_kin_and_another_voice_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["machine/anna/a.wav", "machine/other/a.wav"] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"").unwrap();
        }
        let anna = Voice {
            name: "anna".into(),
            kin: "kin of anna".into(),
            synthesiser: None,
            recordings: Vec::new(),
        };
        let found = synthesisers(folder.path(), &[anna]).unwrap();
        let kins: Vec<&str> = found.iter().map(|voice| voice.kin.as_str()).collect();
        assert_eq!(kins, ["kin of anna", "machine/other"]);
    }
}
