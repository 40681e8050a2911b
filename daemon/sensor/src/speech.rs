//! What was heard: quality of the sound, what was said, and whose voice.

use wetsign_infer::audio::{self, Sound};
use wetsign_infer::{InferError, Networks, lips};
use wetsign_liveness::{Measure, Measurements};
use zeroize::Zeroizing;

/// What was heard while words were demanded.
pub struct Heard {
    /// As the recogniser wrote it; empty: nothing.
    pub transcript: String,
    /// Unit vector, 256 values; empty: there was no speech.
    pub embedding: Vec<f32>,
}

/// Measures a sound, and holds the gaps between the lips (seconds from its beginning) against it: lips may lead or follow by
/// `in_step` seconds. The voice is embedded from the very samples that the lips have to fit. Without speech there is neither
/// a transcript nor an embedding, and what depends on them is missing.
pub fn listen(
    networks: &mut Networks,
    sound: &Sound,
    gaps: &[(f64, f32)],
    in_step: f64,
    into: &mut Measurements,
) -> Result<Heard, InferError> {
    let mut samples = Zeroizing::new(audio::resample_16k(sound)?);
    audio::without_offset(&mut samples);
    let activity = networks.voice_activity(&samples)?;
    into.set(Measure::Clipping, f64::from(audio::clipping_ratio(&sound.samples)));
    let seconds = audio::speech_seconds(&activity);
    into.set(Measure::Speech, f64::from(seconds));
    if let Some(snr) = audio::snr_db(&samples, &activity) {
        into.set(Measure::Snr, f64::from(snr));
    }
    if let Some(sync) = lips::sync(gaps, &samples, in_step) {
        into.set(Measure::Lips, sync.near);
        into.set(Measure::LipsLag, sync.lag.abs());
        into.set(Measure::LipsMoved, sync.moved);
    }
    if seconds <= 0.0 {
        return Ok(Heard { transcript: String::new(), embedding: Vec::new() });
    }
    let spoken = Zeroizing::new(audio::trim_speech(&samples, &activity));
    let embedding = networks.embed_voice(&spoken)?;
    Ok(Heard { transcript: networks.transcribe(&samples)?, embedding })
}
