//! The kiosk without its daemon: capture, gates, match.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use wetsign_infer::audio::Sound;
use wetsign_infer::{
    Networks,
    quality::{cosine, mean_direction},
};
use wetsign_lab::speak::NeuralVoice;
use wetsign_liveness::{Gate, Measurements, Thresholds, decide, derive, match_gates, outcomes, refusals};
use wetsign_models::store::ModelStore;
use wetsign_sensor::capture::{self, Nobody};
use wetsign_sensor::source::{self, ReplayedSubject, Source};
use wetsign_sensor_ipc::{self as wire, Captured, Part};

use crate::attacks::subject;

/// Networks, thresholds and the templates of the enrolled people; and what an attacker has: recordings and a speaking
/// network.
pub struct Kiosk {
    networks: Networks,
    thresholds: Thresholds,
    cache: PathBuf,
    recorded: BTreeMap<(String, Part), ReplayedSubject>,
    voice: NeuralVoice,
    templates: BTreeMap<String, (Vec<f32>, Vec<f32>)>,
}

/// One presentation, ready to be judged.
pub struct Presentation {
    /// Whose template is attacked.
    pub subject: String,
    /// What is held before camera and microphone.
    pub instrument: String,
    /// It.
    pub source: Box<dyn Source>,
    /// The element's challenge.
    pub challenge: [u8; 32],
}

impl Kiosk {
    /// Loads the networks once; they remember what they answered last.
    pub fn open(cache: &Path) -> anyhow::Result<Self> {
        let store = ModelStore::open(cache.to_owned())?;
        Ok(Self {
            networks: Networks::load(&store, 1)?.remembering(),
            thresholds: Thresholds::from_manifest(),
            cache: cache.to_owned(),
            recorded: BTreeMap::new(),
            voice: NeuralVoice::load(&store, 1)?,
            templates: BTreeMap::new(),
        })
    }

    /// A recorded person as a source. The recordings are read once.
    pub fn replayed(&mut self, name: &str, part: Part) -> anyhow::Result<Box<dyn Source>> {
        let key = (name.to_owned(), part);
        if let Some(known) = self.recorded.get(&key) {
            return Ok(Box::new(known.again()));
        }
        let opened = ReplayedSubject::open(&subject(name), part, &self.cache)
            .with_context(|| format!("opening the subject {name}"))?;
        let source = opened.again();
        self.recorded.insert(key, opened);
        Ok(Box::new(source))
    }

    /// Words in the voice of a network.
    pub fn synthesised(&mut self, words: &[String]) -> anyhow::Result<Sound> {
        Ok(self.voice.say(words)?)
    }

    /// A plain film of the test data, without sound of its own.
    pub fn film(&self, path: &str) -> anyhow::Result<Box<dyn Source>> {
        let picture = self.cache.join("data").join(path).display().to_string();
        let kind = wire::source::Kind::File(wire::File { picture, sound: String::new() });
        let film = wire::Source { kind: Some(kind), part: Part::Verify.into() };
        source::open(Some(&film), &self.cache).with_context(|| format!("opening the film {path}"))
    }

    /// Captures a presentation and decides on it: the names of the gates that did not pass; none: accepted.
    ///
    /// # Errors
    /// A source or a network that fails: no verdict.
    pub fn judge(&mut self, shown: &mut Presentation) -> anyhow::Result<Vec<String>> {
        let plan = derive(&shown.challenge, &shown.source.about().repertoire);
        let captured = self.capture(&mut *shown.source, &shown.challenge, false)?;
        let names = captured.measurements.iter().map(|(name, value)| (name.as_str(), *value));
        let transcript = Some(captured.transcript.as_str());
        let mut gates = decide(&plan, &Measurements::from_names(names), transcript, &self.thresholds);
        gates.extend(self.matched(&shown.subject, &captured)?);
        Ok(refusals(&outcomes(&gates), &[]).iter().map(|refusal| refusal.gate.to_string()).collect())
    }

    fn matched(&mut self, name: &str, probe: &Captured) -> anyhow::Result<Vec<Gate>> {
        if !self.templates.contains_key(name) {
            let mut faces = Vec::new();
            let mut voices = Vec::new();
            for (part, challenge) in [(Part::Enrol, [1; 32]), (Part::Confirm, [2; 32])] {
                let mut enrolling = self.replayed(name, part)?;
                let captured = self.capture(&mut *enrolling, &challenge, true)?;
                faces.push(captured.face_embedding.clone());
                voices.push(captured.voice_embedding.clone());
            }
            let both = mean_direction(&faces).zip(mean_direction(&voices));
            let template = both.with_context(|| format!("{name} cannot be enrolled"))?;
            self.templates.insert(name.to_owned(), template);
        }
        let (face, voice) = &self.templates[name];
        let against =
            |template: &[f32], probe: &[f32]| (!probe.is_empty()).then(|| f64::from(cosine(template, probe)));
        let cosines = (against(face, &probe.face_embedding), against(voice, &probe.voice_embedding));
        Ok(match_gates(cosines.0, cosines.1, &self.thresholds))
    }

    fn capture(
        &mut self,
        source: &mut dyn Source,
        challenge: &[u8; 32],
        enrols: bool,
    ) -> anyhow::Result<Captured> {
        let plan = derive(challenge, &source.about().repertoire);
        let unhurried = (Duration::from_hours(1), enrols);
        Ok(capture::show(&Nobody, &mut self.networks, source, &plan.prompts, unhurried)?)
    }
}
