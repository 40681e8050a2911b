//! The networks that hear when somebody speaks, and whose voice it is.

use wetsign_models::store::ModelStore;
use zeroize::Zeroizing;

use super::shared::{Warm, open, recall};
use crate::audio;
use crate::error::Result;
use crate::memory::{Asked, Memory};
use crate::voice::activity::ActivityDetector;
use crate::voice::speaker::SpeakerEmbedder;

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

    /// Whose voice speaks in 16 kHz mono: the noise is held down, what is no speech cut away, the rest embedded.
    pub fn embed_spoken(&mut self, samples: &[f32]) -> Result<Vec<f32>> {
        let clearer = Zeroizing::new(audio::denoise(samples));
        let activity = self.voice_activity(&clearer)?;
        self.embed_voice(&Zeroizing::new(audio::trim_speech(&clearer, &activity)))
    }
}
