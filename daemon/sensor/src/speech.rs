//! What was heard: how loud the room is, quality of the sound, what was said, and whose voice.

use std::panic::resume_unwind;
use std::thread;

use wetsign_infer::audio::{self, Sound};
use wetsign_infer::lips::{LipSync, sync};
use wetsign_infer::{InferError, Voice, Words, quality};
use wetsign_liveness::{Measure, Measurements, Thresholds, phrase};
use wetsign_models::manifest;
use zeroize::Zeroizing;

/// What the lips did while words were demanded.
pub struct Lips<'a> {
    /// Gaps between them, seconds from the beginning of the sound.
    pub gaps: &'a [(f64, f32)],
    /// They may lead or follow the sound by this much, seconds.
    pub in_step: f64,
}

/// Who hears whose voice it is.
pub struct Listener<'a> {
    /// The networks.
    pub voice: &'a mut Voice,
    /// A template is made of it.
    pub enrols: bool,
}

/// What is listened for.
pub struct Wanted<'a> {
    /// The demanded words.
    pub words: &'a [String],
    /// What they were drawn from.
    pub vocabulary: &'a [String],
}

/// What was heard while words were demanded.
pub struct Heard {
    /// As the recogniser wrote it; empty: nothing was understood.
    pub transcript: String,
    /// Unit vector, 256 values; empty: there was no speech.
    pub embedding: Vec<f32>,
    /// Cosine of the voices of its two halves; none: too short for that.
    steady: Option<f32>,
    clipping: f32,
    /// Speech, seconds.
    speech: f32,
    /// Speech over the rest, decibels.
    snr: Option<f32>,
    in_step: Option<LipSync>,
}

/// What stands between a sound and its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unclear {
    /// Speech does not stand out.
    Noisy,
    /// Too little was said, or nothing that was understood.
    NotUnderstood,
}

/// Whether a room, heard before anything is to be said, is so loud that speech of the expected level would hardly stand
/// out.
pub fn loud(room: &Sound, bounds: &manifest::Speech) -> Result<bool, InferError> {
    let samples = Zeroizing::new(audio::resample_16k(room)?);
    let stands_out = |floor| -bounds.expected.get() - floor >= bounds.noisy.get();
    Ok(audio::floor_db(&samples).is_some_and(|floor| !stands_out(floor)))
}

/// Hears a sound in which words were demanded, once; voice and words are worked out side by side. The gaps between
/// the lips are held against it: the voice is embedded from the very sound that the lips have to fit. Without speech
/// there is neither a transcript nor an embedding, and what depends on them is missing.
pub fn listen(
    Listener { voice, enrols }: Listener<'_>,
    words: &mut Words,
    (sound, wanted): (&Sound, &Wanted<'_>),
    lips: &Lips<'_>,
    bounds: &manifest::Speech,
) -> Result<Heard, InferError> {
    let mut samples = Zeroizing::new(audio::resample_16k(sound)?);
    audio::without_offset(&mut samples);
    let activity = voice.voice_activity(&samples)?;
    let mut heard = Heard {
        transcript: String::new(),
        embedding: Vec::new(),
        steady: None,
        clipping: audio::clipping_ratio(&sound.samples),
        speech: audio::speech_seconds(&activity),
        snr: audio::snr_db(&samples, &activity),
        in_step: None,
    };
    if heard.speech > 0.0 {
        let (whose, said, of_lips) = thread::scope(|scope| {
            let whose = scope.spawn(|| {
                let steady = voice.steadiness(&samples)?;
                let embedding =
                    if enrols { voice.embed_enrolled(&samples) } else { voice.embed_spoken(&samples) };
                Ok::<_, InferError>((embedding?, steady))
            });
            let said = words.understand(&samples, (wanted.words, wanted.vocabulary), bounds.doubt.get());
            let of_lips = words.lips(&samples);
            (whose.join().unwrap_or_else(|panic| resume_unwind(panic)), said, of_lips)
        });
        (heard.embedding, heard.steady) = whose?;
        heard.transcript = said?;
        heard.in_step = sync(lips.gaps, &of_lips?, lips.in_step);
    }
    Ok(heard)
}

impl Heard {
    /// Whether the words have to be said again, and why. What was demanded plays no part in it but for how many letters
    /// there are: whoever answers with a recording has one try as before, the last.
    pub fn unclear(&self, bounds: &manifest::Speech) -> Option<Unclear> {
        let thresholds = Thresholds::from_manifest();
        let least = |measure| thresholds.of(measure).map_or(f32::INFINITY, |bound| bound as f32 / 1000.0);
        let too_loud = self.snr.is_some_and(|snr| snr < least(Measure::Snr));
        if !too_loud && self.speech >= least(Measure::Speech) && !self.transcript.is_empty() {
            return None;
        }
        let noisy = self.snr.is_some_and(|snr| snr < bounds.noisy.get());
        Some(if noisy { Unclear::Noisy } else { Unclear::NotUnderstood })
    }

    /// Whether the words were read as they were demanded, but one half of them sounds too little like the other to say
    /// well whose voice it is: then they are said once more, for the voice alone.
    pub fn is_unsteady(&self, demanded: &[String], bounds: &manifest::Speech) -> bool {
        self.has(demanded) && self.steady.is_none_or(|steady| steady < bounds.steady.get())
    }

    fn has(&self, demanded: &[String]) -> bool {
        phrase::score(demanded, &self.transcript) >= phrase::required_score(demanded.len())
    }

    /// With the voice of the same words said once more, where they were; with nothing of it where they were not.
    /// Whatever was said then, what is held against the demanded words stays what was said first.
    pub fn with(mut self, again: &Self, demanded: &[String]) -> Self {
        if again.has(demanded)
            && let Some(both) = quality::mean_direction(&[self.embedding.clone(), again.embedding.clone()])
        {
            self.embedding = both;
            self.speech += again.speech;
            self.clipping = self.clipping.max(again.clipping);
        }
        self
    }

    /// Fills in what was measured.
    pub fn measure(&self, into: &mut Measurements) {
        into.set(Measure::Clipping, f64::from(self.clipping));
        into.set(Measure::Speech, f64::from(self.speech));
        if let Some(snr) = self.snr {
            into.set(Measure::Snr, f64::from(snr));
        }
        if let Some(in_step) = &self.in_step {
            into.set(Measure::Lips, in_step.near);
            into.set(Measure::LipsLag, in_step.lag.abs());
            into.set(Measure::LipsMoved, in_step.moved);
        }
    }
}

#[cfg(test)]
mod tests {
    use wetsign_models::manifest::Manifest;

    use super::*;

    #[test]
    fn a_room_is_loud_where_speech_would_hardly_stand_out() {
        let bounds = Manifest::embedded().capture.speech;
        let room = |level: f32| Sound { samples: [level, -level].repeat(8_000), rate: audio::RATE };
        for (level, expected) in [(0.0, false), (0.005, false), (0.0085, false), (0.01, true), (0.3, true)] {
            assert_eq!(loud(&room(level), &bounds).unwrap(), expected, "{level}");
        }
    }
}
