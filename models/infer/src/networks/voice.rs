//! The networks that hear when somebody speaks, and whose voice it is.

use wetsign_models::manifest::Manifest;
use wetsign_models::store::ModelStore;
use zeroize::Zeroizing;

use super::shared::{Warm, open, recall};
use crate::audio;
use crate::error::{InferError, Result};
use crate::memory::{Asked, Memory};
use crate::quality::cosine;
use crate::voice::activity::ActivityDetector;
use crate::voice::speaker::SpeakerEmbedder;

fn no_voice(embedding: &[f32]) -> InferError {
    let expected = Manifest::embedded().voice_rooms.mean.len();
    InferError::Shape { name: "ge2e", what: "values of a voice", found: embedding.len(), expected }
}

/// When and whose.
pub struct Voice {
    activity: ActivityDetector,
    speaker: SpeakerEmbedder,
    pub(super) memory: Option<Memory>,
}

impl Voice {
    pub(super) fn load(store: &ModelStore, threads: usize) -> Result<Self> {
        Ok(Self {
            activity: ActivityDetector::new(open(store, "silero-vad", threads, true)?),
            speaker: SpeakerEmbedder::new(open(store, "ge2e", threads, true)?),
            memory: None,
        })
    }

    pub(super) fn warm(&mut self, Warm { silence, .. }: &Warm) -> Result<()> {
        self.voice_activity(&silence[..1024])?;
        self.embed_voice(silence).map(drop)
    }

    /// Probability of speech, one value for each whole window of 512 samples at 16 kHz.
    pub fn voice_activity(&mut self, samples: &[f32]) -> Result<Vec<f32>> {
        let asked = self.memory.as_ref().map(|_| Asked::sound("activity", samples));
        recall(&mut self.memory, asked, |memory| &mut memory.activities, || self.activity.detect(samples))
    }

    /// Whose voice: 256 values of unit length, from 16 kHz mono that is speech alone
    /// ([`Voice::embed_spoken`] makes it so).
    pub fn embed_voice(&mut self, samples: &[f32]) -> Result<Vec<f32>> {
        let asked = self.memory.as_ref().map(|_| Asked::sound("speaker", samples));
        recall(&mut self.memory, asked, |memory| &mut memory.voices, || self.speaker.embed(samples))
    }

    /// Whose voice speaks in 16 kHz mono, to be compared with an enrolment: what rooms do to every voice is taken out
    /// of [`Voice::embed_clearer`].
    pub fn embed_spoken(&mut self, samples: &[f32]) -> Result<Vec<f32>> {
        let heard = self.embed_clearer(samples)?;
        Manifest::embedded().voice_rooms.without(&heard).ok_or_else(|| no_voice(&heard))
    }

    /// How alike both halves of 16 kHz mono are, the cosine of their voices without rooms: how far one stretch of
    /// speech can be trusted to say whose voice it is. None: it holds too little speech to be halved.
    pub fn steadiness(&mut self, samples: &[f32]) -> Result<Option<f32>> {
        let rooms = &Manifest::embedded().voice_rooms;
        let speech = self.clearer(samples)?;
        let Some(halves) = self.speaker.halves(&speech)? else { return Ok(None) };
        let [first, second] = halves.map(|half| rooms.without(&half));
        Ok(first.zip(second).map(|(first, second)| cosine(&first, &second)))
    }

    /// [`Voice::embed_spoken`] for an enrolment, which is heard in the manifest's made room as well: what is compared
    /// with it later may be said in another room.
    pub fn embed_enrolled(&mut self, samples: &[f32]) -> Result<Vec<f32>> {
        let rooms = &Manifest::embedded().voice_rooms;
        let there = Zeroizing::new(audio::heard_in(samples, &audio::made(&rooms.enrolled)));
        let (here, there) = (self.embed_clearer(samples)?, self.embed_clearer(&there)?);
        rooms.enrolment(&here, &there).ok_or_else(|| no_voice(&here))
    }

    /// Whose voice speaks in 16 kHz mono, rooms and all: the noise is held down, everything but speech is cut away, and
    /// the rest is embedded.
    pub fn embed_clearer(&mut self, samples: &[f32]) -> Result<Vec<f32>> {
        let speech = self.clearer(samples)?;
        self.embed_voice(&speech)
    }

    fn clearer(&mut self, samples: &[f32]) -> Result<Zeroizing<Vec<f32>>> {
        let clearer = Zeroizing::new(audio::denoise(samples));
        let activity = self.voice_activity(&clearer)?;
        Ok(Zeroizing::new(audio::trim_speech(&clearer, &activity)))
    }
}
