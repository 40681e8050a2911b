//! What was heard: quality of the sound, what was said, and whose voice.

use wetsign_infer::audio::{self, Sound};
use wetsign_infer::{InferError, Networks};
use wetsign_models::{Measure, Measurements, phrase};
use zeroize::Zeroizing;

/// How often a recogniser that fell into an endless repetition is asked again, each time with a little more silence
/// before the phrase. Whether it is asked again depends on the repetition alone, never on the demanded words.
const ATTEMPTS: usize = 3;
/// Samples of silence that each further attempt adds (0.25 s).
const LEAD: usize = audio::RATE as usize / 4;

/// What was heard while words were demanded.
pub struct Heard {
    /// As the recogniser wrote it; empty: nothing.
    pub transcript: String,
    /// Unit vector, 256 values; empty: there was no speech.
    pub embedding: Vec<f32>,
}

/// Measures a sound. Without speech there is neither a transcript nor an embedding, and what depends on them is missing.
pub fn listen(networks: &mut Networks, sound: &Sound, into: &mut Measurements) -> Result<Heard, InferError> {
    let samples = Zeroizing::new(audio::resample_16k(sound)?);
    let activity = networks.voice_activity(&samples)?;
    into.set(Measure::Clipping, f64::from(audio::clipping_ratio(&sound.samples)));
    let seconds = audio::speech_seconds(&activity);
    into.set(Measure::Speech, f64::from(seconds));
    if let Some(snr) = audio::snr_db(&samples, &activity) {
        into.set(Measure::Snr, f64::from(snr));
    }
    if seconds <= 0.0 {
        return Ok(Heard { transcript: String::new(), embedding: Vec::new() });
    }
    let spoken = Zeroizing::new(audio::trim_speech(&samples, &activity));
    let embedding = networks.embed_voice(&spoken)?;
    Ok(Heard { transcript: transcribe(networks, &samples)?, embedding })
}

fn transcribe(networks: &mut Networks, samples: &[f32]) -> Result<String, InferError> {
    let mut padded = Zeroizing::new(samples.to_vec());
    let mut transcript = networks.transcribe(&padded)?;
    for _ in 1..ATTEMPTS {
        if !phrase::is_looped(&transcript) {
            break;
        }
        tracing::debug!("the recogniser repeats itself: asked again");
        padded.splice(0..0, std::iter::repeat_n(0.0, LEAD));
        transcript = networks.transcribe(&padded)?;
    }
    Ok(transcript)
}
