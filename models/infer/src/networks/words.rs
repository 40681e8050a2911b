//! The networks that hear what is said.

use wetsign_liveness::consent;
use wetsign_models::manifest::Manifest;
use wetsign_models::store::ModelStore;

use super::shared::{Warm, open, path, recall};
use crate::error::{InferError, Result};
use crate::memory::{Asked, Memory};
use crate::voice::spelling::{Letters, Spelled};
use crate::voice::tokens::Tokens;
use crate::voice::transcript::Transcriber;

/// The recogniser.
pub struct Words {
    transcriber: Transcriber,
    pub(super) memory: Option<Memory>,
}

impl Words {
    pub(super) fn load(store: &ModelStore, threads: usize) -> Result<Self> {
        let open = |name| open(store, name, threads, true);
        let vocabulary = path(store, "moonshine-tokenizer")?;
        let vocabulary = std::fs::read(&vocabulary)
            .map_err(|e| InferError::Store(format!("{} cannot be read: {e}", vocabulary.display())))?;
        let tokens = Tokens::parse(&vocabulary)?;
        let transcriber = Transcriber::new(open("moonshine-encoder")?, open("moonshine-decoder")?, tokens)?;
        Ok(Self { transcriber, memory: None })
    }

    pub(super) fn warm(&mut self, Warm { silence, .. }: &Warm) -> Result<()> {
        self.transcribe(silence)?;
        self.spell(silence, Letters::any(2)).map(drop)
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

    /// What was said where words of a vocabulary were asked for: letters are spelled ([`Words::spell`]), other words
    /// transcribed.
    /// Empty: not understood. Spelled letters are not where they are more than `doubt` nats from certain, in the mean,
    /// nor where consent was asked for before them and something else was said.
    pub fn understand(
        &mut self,
        samples: &[f32],
        (asked, vocabulary): (&[String], &[String]),
        doubt: f32,
    ) -> Result<String> {
        let certain = |spelled: &Spelled| spelled.certainty >= -doubt;
        if let Some(letters) = consent::after(asked).and_then(|letters| Letters::of(letters, vocabulary)) {
            let spelled = self.spell_after_consent(samples, letters)?.filter(certain);
            return Ok(spelled.map(|spelled| format!("I approve, {}", spelled.text)).unwrap_or_default());
        }
        let Some(letters) = Letters::of(asked, vocabulary) else {
            return Ok(self.transcribe(samples)?.unwrap_or_default());
        };
        let spelled = Some(self.spell(samples, letters)?).filter(certain);
        Ok(spelled.map(|spelled| spelled.text).unwrap_or_default())
    }

    /// [`Words::spell`] where consent is to be said before the letters. `None`: something else was said there.
    pub fn spell_after_consent(&mut self, samples: &[f32], letters: Letters) -> Result<Option<Spelled>> {
        let kind = format!("consent and {letters:?}");
        let asked = self.memory.as_ref().map(|_| Asked::sound(&kind, samples));
        recall(
            &mut self.memory,
            asked,
            |memory| &mut memory.consents,
            || self.transcriber.spell_after_consent(samples, letters),
        )
    }

    /// What the sound says of the gap between the speaker's lips, from 16 kHz mono, at most 30 s of it: one number each
    /// [`lips::STATE_STEP`](crate::lips::STATE_STEP), without a scale ([`wetsign_models::lip_reading`]).
    pub fn lips(&mut self, samples: &[f32]) -> Result<Vec<f32>> {
        let asked = self.memory.as_ref().map(|_| Asked::sound("lips", samples));
        recall(
            &mut self.memory,
            asked,
            |memory| &mut memory.lips,
            || {
                let (states, width) = self.transcriber.states(samples)?;
                let said = Manifest::embedded().lip_reading.read(&states);
                said.ok_or(InferError::Shape {
                    name: "moonshine-encoder",
                    what: "numbers a state",
                    found: width,
                    expected: Manifest::embedded().lip_reading.weights.len(),
                })
            },
        )
    }

    /// The recogniser's states themselves, one after the other, and how many numbers a state has: to fit on.
    pub fn states(&mut self, samples: &[f32]) -> Result<(Vec<f32>, usize)> {
        self.transcriber.states(samples)
    }

    /// Which letters were spoken, from 16 kHz mono, at most 30 s of it, where it is known how many they are and not
    /// which.
    pub fn spell(&mut self, samples: &[f32], letters: Letters) -> Result<Spelled> {
        let asked = self.memory.as_ref().map(|_| Asked::sound(&format!("{letters:?}"), samples));
        recall(
            &mut self.memory,
            asked,
            |memory| &mut memory.spellings,
            || self.transcriber.spell(samples, letters),
        )
    }
}
