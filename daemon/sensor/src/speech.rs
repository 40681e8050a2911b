//! What was heard: how loud the room is, quality of the sound, what was said, and whose voice.

use wetsign_infer::audio::{self, Sound};
use wetsign_infer::{InferError, Networks, lips::sync};
use wetsign_liveness::{Measure, Measurements, Thresholds};
use wetsign_models::manifest;
use zeroize::Zeroizing;

/// A sound, and the words that were to be said in it.
pub struct Said {
    /// All of it.
    pub sound: Sound,
    /// What was demanded.
    pub words: Vec<String>,
}

/// What the lips did meanwhile.
pub struct Lips<'a> {
    /// Gaps between them, seconds from the beginning of the sound.
    pub gaps: &'a [(f64, f32)],
    /// They may lead or follow the sound by this much, seconds.
    pub in_step: f64,
}

/// What was heard while words were demanded.
pub struct Heard {
    /// As the recogniser wrote it; empty: nothing was understood.
    pub transcript: String,
    /// Unit vector, 256 values; empty: there was no speech.
    pub embedding: Vec<f32>,
}

/// What stands between a sound and its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unclear {
    /// Speech does not stand out.
    Noisy,
    /// Too little was said, or nothing that was understood.
    NotUnderstood,
}

/// A sound at 16 kHz, with where somebody speaks in it.
struct Listened {
    samples: Zeroizing<Vec<f32>>,
    activity: Vec<f32>,
}

impl Listened {
    fn to(networks: &mut Networks, sound: &Sound) -> Result<Self, InferError> {
        let mut samples = Zeroizing::new(audio::resample_16k(sound)?);
        audio::without_offset(&mut samples);
        let activity = networks.voice_activity(&samples)?;
        Ok(Self { samples, activity })
    }
}

/// Whether a room, heard before anything is to be said, is so loud that speech of the expected level would hardly stand out.
pub fn loud(room: &Sound, bounds: &manifest::Speech) -> Result<bool, InferError> {
    let samples = Zeroizing::new(audio::resample_16k(room)?);
    let stands_out = |floor| -bounds.expected.get() - floor >= bounds.noisy.get();
    Ok(audio::floor_db(&samples).is_some_and(|floor| !stands_out(floor)))
}

/// Whether words have to be said again, and why. What was demanded plays no part in it but for how many letters there are:
/// whoever answers with a recording has one try as before, the last.
pub fn unclear(
    networks: &mut Networks,
    said: &Said,
    bounds: &manifest::Speech,
) -> Result<Option<Unclear>, InferError> {
    let Listened { samples, activity } = Listened::to(networks, &said.sound)?;
    let thresholds = Thresholds::from_manifest();
    let least = |measure| thresholds.of(measure).map_or(f32::INFINITY, |bound| bound as f32 / 1000.0);
    let snr = audio::snr_db(&samples, &activity);
    let too_loud = snr.is_some_and(|snr| snr < least(Measure::Snr));
    let too_little = audio::speech_seconds(&activity) < least(Measure::Speech);
    if !too_loud && !too_little && !networks.understand(&samples, &said.words, bounds.doubt.get())?.is_empty()
    {
        return Ok(None);
    }
    let noisy = snr.is_some_and(|snr| snr < bounds.noisy.get());
    Ok(Some(if noisy { Unclear::Noisy } else { Unclear::NotUnderstood }))
}

/// Measures a sound, and holds the gaps between the lips against it. The voice is embedded from the very sound that the
/// lips have to fit. Without speech there is neither a transcript nor an embedding, and what depends on them is missing.
pub fn listen(
    networks: &mut Networks,
    Said { sound, words }: &Said,
    lips: &Lips<'_>,
    bounds: &manifest::Speech,
    into: &mut Measurements,
) -> Result<Heard, InferError> {
    let Listened { samples, activity } = Listened::to(networks, sound)?;
    into.set(Measure::Clipping, f64::from(audio::clipping_ratio(&sound.samples)));
    let seconds = audio::speech_seconds(&activity);
    into.set(Measure::Speech, f64::from(seconds));
    if let Some(snr) = audio::snr_db(&samples, &activity) {
        into.set(Measure::Snr, f64::from(snr));
    }
    if let Some(sync) = sync(lips.gaps, &samples, lips.in_step) {
        into.set(Measure::Lips, sync.near);
        into.set(Measure::LipsLag, sync.lag.abs());
        into.set(Measure::LipsMoved, sync.moved);
    }
    if seconds <= 0.0 {
        return Ok(Heard { transcript: String::new(), embedding: Vec::new() });
    }
    let embedding = networks.embed_spoken(&samples)?;
    let transcript = networks.understand(&samples, words, bounds.doubt.get())?;
    Ok(Heard { transcript, embedding })
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
