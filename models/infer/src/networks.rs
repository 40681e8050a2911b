//! All networks of a session, made once.

use wetsign_models::store::{ModelStore, StoreError};
use zeroize::Zeroizing;

use crate::audio;
use crate::error::{InferError, Result};
use crate::face::align::CHIP;
use crate::face::detect::Detector;
use crate::face::embed::{FrFeature, MobileFaceNet};
use crate::face::mesh::Mesher;
use crate::face::pad::{FaceAntiSpoofing, FrLiveness, Suri};
use crate::face::{Chip, Crop, Face, Mesh, cues};
use crate::frame::Frame;
use crate::memory::{Answers, Asked, Memory};
use crate::runtime::{Net, environment};
use crate::voice::activity::ActivityDetector;
use crate::voice::speaker::SpeakerEmbedder;
use crate::voice::spelling::{self, Spelled};
use crate::voice::tokens::Tokens;
use crate::voice::transcript::Transcriber;

/// Every network that a session needs, loaded and warm. Each call takes `&mut self`: the sessions keep buffers.
/// The value can be moved to the thread that works.
pub struct Networks {
    detector: Detector,
    mesher: Mesher,
    embedder: MobileFaceNet,
    pad_fas: FaceAntiSpoofing,
    pad_fr: FrLiveness,
    activity: ActivityDetector,
    speaker: SpeakerEmbedder,
    transcriber: Transcriber,
    memory: Option<Memory>,
}

impl Networks {
    /// Loads and warms all networks; each runs on `threads` threads of its own.
    ///
    /// # Errors
    /// A model that is missing or whose digest differs from the manifest's; ONNX Runtime missing or too old.
    pub fn load(store: &ModelStore, threads: usize) -> Result<Self> {
        let open = |name| open(store, name, threads, true);
        let vocabulary = path(store, "moonshine-tokenizer")?;
        let vocabulary = std::fs::read(&vocabulary)
            .map_err(|e| InferError::Store(format!("{} cannot be read: {e}", vocabulary.display())))?;
        let mut networks = Self {
            detector: Detector::new(open("blazeface")?),
            mesher: Mesher::new(open("facemesh")?),
            embedder: MobileFaceNet::new(open("mobilefacenet")?),
            pad_fas: FaceAntiSpoofing::new(open("pad-fas")?),
            pad_fr: FrLiveness::new(open("pad-fr")?),
            activity: ActivityDetector::new(open("silero-vad")?),
            speaker: SpeakerEmbedder::new(open("ge2e")?),
            transcriber: Transcriber::new(
                open("moonshine-encoder")?,
                open("moonshine-decoder")?,
                Tokens::parse(&vocabulary)?,
            )?,
            memory: None,
        };
        networks.warm()?;
        Ok(networks)
    }

    /// Runs each network once on an empty picture and a second of silence: first runs allocate.
    fn warm(&mut self) -> Result<()> {
        let side = CHIP as u32 * 2;
        let frame = Frame::from_bgr(side, side, &vec![96; (side * side * 3) as usize])?;
        let middle = side as f32 / 2.0;
        let bbox = [middle / 2.0, middle / 2.0, middle * 1.5, middle * 1.5];
        let mut keypoints = [[middle; 2]; 6];
        keypoints[1] = [middle + 20.0, middle];
        let face = Face { bbox, score: 1.0, keypoints };
        self.faces(&frame)?;
        let mesh = self.mesh(&frame, &face)?;
        self.embed_face(&frame, &mesh)?;
        self.pad_fas(&frame, &face)?;
        self.pad_fr(&frame, &face)?;
        let silence = vec![0.0; 16_000];
        self.voice_activity(&silence[..1024])?;
        self.embed_voice(&silence)?;
        self.transcribe(&silence)?;
        self.spell(&silence, 2)?;
        Ok(())
    }

    /// Keeps the last few thousand outputs and gives them again for the same input: for evaluations, which show the same
    /// frames often. They hold what people looked like, so no session uses it.
    pub fn remembering(mut self) -> Self {
        self.memory = Some(Memory::default());
        self
    }

    /// Every face in the picture, best score first.
    pub fn faces(&mut self, frame: &Frame) -> Result<Vec<Face>> {
        let asked = self.memory.as_ref().map(|_| Asked::picture("faces", frame, &[])).transpose()?;
        recall(&mut self.memory, asked, |memory| &mut memory.faces, || self.detector.detect(frame))
    }

    /// The mesh of a detected face.
    pub fn mesh(&mut self, frame: &Frame, face: &Face) -> Result<Mesh> {
        let asked = self.memory.as_ref().map(|_| Asked::picture("mesh", frame, &face.bbox)).transpose()?;
        recall(&mut self.memory, asked, |memory| &mut memory.meshes, || self.mesher.mesh(frame, face))
    }

    /// Whose face: 192 values of unit length.
    pub fn embed_face(&mut self, frame: &Frame, mesh: &Mesh) -> Result<Vec<f32>> {
        Ok(self.embed_chips(&[self.chip(frame, mesh)?])?.remove(0))
    }

    /// The aligned face of a mesh, to be embedded together with others.
    pub fn chip(&self, frame: &Frame, mesh: &Mesh) -> Result<Chip> {
        Chip::of(frame, mesh)
    }

    /// Whose faces: 192 values of unit length for each. Two cost as much as one.
    pub fn embed_chips(&mut self, chips: &[Chip]) -> Result<Vec<Vec<f32>>> {
        let asked = self.memory.as_ref().map(|_| Asked::chips(chips)).transpose()?;
        recall(&mut self.memory, asked, |memory| &mut memory.embeddings, || self.embedder.embed(chips))
    }

    /// Passive presentation-attack score of FaceAntiSpoofing 256 on the face box: 0..1, higher is live.
    pub fn pad_fas(&mut self, frame: &Frame, face: &Face) -> Result<f32> {
        self.pad_fas_cut(frame, face, Crop::PLAIN)
    }

    /// The same on another crop.
    pub fn pad_fas_cut(&mut self, frame: &Frame, face: &Face, how: Crop) -> Result<f32> {
        let [left, top, right, bottom] = face.bbox;
        let place = [left, top, right, bottom, how.margin, f32::from(u8::from(how.mirrored))];
        let asked = self.memory.as_ref().map(|_| Asked::picture("pad_fas", frame, &place)).transpose()?;
        recall(&mut self.memory, asked, |memory| &mut memory.scores, || self.pad_fas.score(frame, face, how))
    }

    /// Passive presentation-attack score of fr_liveness 128: 0..1, higher is live.
    pub fn pad_fr(&mut self, frame: &Frame, face: &Face) -> Result<f32> {
        let asked = self.memory.as_ref().map(|_| Asked::picture("pad_fr", frame, &face.bbox)).transpose()?;
        let margin = FrLiveness::MARGIN;
        recall(
            &mut self.memory,
            asked,
            |memory| &mut memory.scores,
            || self.pad_fr.score(frame, face, margin),
        )
    }

    /// What speaks for a living face and against a print or a screen, in the order of [`PAD_FEATURES`]: both passive networks,
    /// the second on three crops, as log-odds, and the cues.
    ///
    /// # Errors
    /// A box of which less than 80 by 80 pixels lie in the picture.
    pub fn pad_features(&mut self, frame: &Frame, face: &Face) -> Result<Vec<f64>> {
        let (fas, fr) = (self.pad_fas(frame, face)?, self.pad_fr(frame, face)?);
        self.pad_features_with(frame, face, fas, fr)
    }

    /// The same where [`Networks::pad_fas`] and [`Networks::pad_fr`] have already said what they say of this face.
    ///
    /// # Errors
    /// Those of [`Networks::pad_features`].
    pub fn pad_features_with(&mut self, frame: &Frame, face: &Face, fas: f32, fr: f32) -> Result<Vec<f64>> {
        let asked =
            self.memory.as_ref().map(|_| Asked::picture("pad_features", frame, &face.bbox)).transpose()?;
        recall(
            &mut self.memory,
            asked,
            |memory| &mut memory.features,
            || {
                let mut features = vec![log_odds(fas), log_odds(fr)];
                for margin in OTHER_CROPS {
                    features.push(log_odds(self.pad_fr.score(frame, face, margin)?));
                }
                features.extend(cues::cues(frame, face)?);
                Ok(features)
            },
        )
    }

    /// Probability of speech, one value for each whole window of 512 samples at 16 kHz.
    pub fn voice_activity(&mut self, samples: &[f32]) -> Result<Vec<f32>> {
        let asked = self.memory.as_ref().map(|_| Asked::sound("activity", samples));
        recall(&mut self.memory, asked, |memory| &mut memory.activities, || self.activity.detect(samples))
    }

    /// Whose voice: 256 values of unit length, from 16 kHz mono that is speech alone
    /// ([`Networks::embed_spoken`] makes it so).
    pub fn embed_voice(&mut self, samples: &[f32]) -> Result<Vec<f32>> {
        let asked = self.memory.as_ref().map(|_| Asked::sound("speaker", samples));
        recall(&mut self.memory, asked, |memory| &mut memory.voices, || self.speaker.embed(samples))
    }

    /// Whose voice speaks in 16 kHz mono: the noise is held down, what is no speech cut away, the rest embedded.
    pub fn embed_spoken(&mut self, samples: &[f32]) -> Result<Vec<f32>> {
        let clearer = Zeroizing::new(audio::denoise(samples));
        let activity = self.voice_activity(&clearer)?;
        self.embed_voice(&Zeroizing::new(audio::trim_speech(&clearer, &activity)))
    }

    /// What was said, English, from 16 kHz mono, at most 30 s of it; as the network writes it, capitals and
    /// punctuation included. `None`: not understood, for the network ran in circles or found no end.
    pub fn transcribe(&mut self, samples: &[f32]) -> Result<Option<String>> {
        let asked = self.memory.as_ref().map(|_| Asked::sound("transcript", samples));
        recall(
            &mut self.memory,
            asked,
            |memory| &mut memory.transcripts,
            || self.transcriber.transcribe(samples),
        )
    }

    /// What was said where these words were asked for: letters are spelled ([`Networks::spell`]), other words transcribed.
    /// Empty: not understood. Spelled letters are not where they are more than `doubt` nats from certain, in the mean.
    pub fn understand(&mut self, samples: &[f32], asked: &[String], doubt: f32) -> Result<String> {
        if !spelling::are_letters(asked) {
            return Ok(self.transcribe(samples)?.unwrap_or_default());
        }
        let spelled = self.spell(samples, asked.len())?;
        Ok(if spelled.certainty >= -doubt { spelled.text } else { String::new() })
    }

    /// Which letters were spoken, from 16 kHz mono, at most 30 s of it, where it is known how many they are and not which.
    pub fn spell(&mut self, samples: &[f32], letters: usize) -> Result<Spelled> {
        let asked = self.memory.as_ref().map(|_| Asked::sound(&format!("{letters} letters"), samples));
        recall(
            &mut self.memory,
            asked,
            |memory| &mut memory.spellings,
            || self.transcriber.spell(samples, letters),
        )
    }
}

/// Crops that the second passive network sees beside its own, sides of the face box.
const OTHER_CROPS: [f32; 2] = [1.2, 2.0];

/// Names of what [`Networks::pad_features`] gives.
pub const PAD_FEATURES: [&str; 4 + cues::NAMES.len()] = {
    let mut names = [""; 4 + cues::NAMES.len()];
    (names[0], names[1], names[2], names[3]) = ("pad_fas", "pad_fr", "pad_fr_near", "pad_fr_wide");
    let mut i = 0;
    while i < cues::NAMES.len() {
        names[4 + i] = cues::NAMES[i];
        i += 1;
    }
    names
};

/// Of a score 0..1, nats; no score counts for more than one in a hundred.
pub fn log_odds(score: f32) -> f64 {
    let score = f64::from(score);
    ((score + 0.01) / (1.01 - score)).ln()
}

/// The 512-value face embedding that the default was chosen over. For evaluation only.
pub struct AlternativeFaceEmbedder(FrFeature);

impl AlternativeFaceEmbedder {
    /// Loads the network `fr-feature`, without graph optimisation: with it one run takes three times as long.
    pub fn load(store: &ModelStore, threads: usize) -> Result<Self> {
        Ok(Self(FrFeature::new(open(store, "fr-feature", threads, false)?)))
    }

    /// 512 values of unit length.
    pub fn embed(&mut self, frame: &Frame, mesh: &Mesh) -> Result<Vec<f32>> {
        self.0.embed(frame, mesh)
    }
}

/// The third passive network, which no registry carries. For evaluation only.
pub struct OptionalPad(Suri);

impl OptionalPad {
    /// Loads the network `pad-suri`; `None` where nobody put it into the cache.
    ///
    /// # Errors
    /// A file whose digest differs from the manifest's.
    pub fn load(store: &ModelStore, threads: usize) -> Result<Option<Self>> {
        let refused = |e: StoreError| InferError::Store(e.to_string());
        let Some(path) = store.optional("pad-suri").map_err(refused)? else { return Ok(None) };
        let library = store.runtime_library().map_err(refused)?;
        let net = Net::open(&environment(&library)?, "pad-suri", &path, threads, true)?;
        Ok(Some(Self(Suri::new(net))))
    }

    /// 0..1, higher is live.
    pub fn score(&mut self, frame: &Frame, face: &Face) -> Result<f32> {
        self.0.score(frame, face)
    }
}

/// What memory holds for a question, else what the network answers, which is then kept.
fn recall<T: Clone>(
    memory: &mut Option<Memory>,
    asked: Option<Asked>,
    kind: impl Fn(&mut Memory) -> &mut Answers<T>,
    answer: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let (Some(memory), Some(asked)) = (memory, asked) else { return answer() };
    if let Some(known) = kind(memory).recall(&asked) {
        return Ok(known);
    }
    let answered = answer()?;
    kind(memory).keep(asked, answered.clone());
    Ok(answered)
}

/// Opens a network of the store by its name in the manifest: [`Net::open`].
pub fn open(store: &ModelStore, name: &'static str, threads: usize, optimise: bool) -> Result<Net> {
    let library = store.runtime_library().map_err(|e| InferError::Store(e.to_string()))?;
    Net::open(&environment(&library)?, name, &path(store, name)?, threads, optimise)
}

fn path(store: &ModelStore, name: &str) -> Result<std::path::PathBuf> {
    store.path(name).map_err(|e| InferError::Store(e.to_string()))
}
