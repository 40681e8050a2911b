//! A sensor program that measures nothing: it answers with embeddings that were stored, and does as it is asked.
//!
//! What a kiosk does around a capture is the same: plan, element, templates, proof, books. So thousands of captures can
//! be led through it in the time in which a camera gives a hundred.

use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest as _, Sha256};
use wetsign_liveness::{Measure, Measurements, Sense, Thresholds};
use wetsign_models::manifest::Manifest;
use wetsign_sensor_ipc::{
    Captured, Devices, FromSensor, Move, Prompt, Ready, Repertoire, Source, SourceOpened, ToSensor,
    from_sensor, prompt, read_message, source, to_sensor, write_message,
};

/// Values of a face's and of a voice's embedding.
const FACE: usize = 192;
const VOICE: usize = 256;
/// By how much two captures of one person differ, in each value of an embedding.
const VARIES: f32 = 0.01;

/// The daemon's section `sensor` that has it start `program`, which calls [`serve`] when it is asked for `sensor`.
pub fn section(program: &Path) -> toml::Value {
    let settings = [
        ("program", program.display().to_string().into()),
        ("arguments", vec!["sensor"].into()),
        ("allow_simulated", true.into()),
    ];
    toml::Table::from_iter(settings.map(|(name, value)| (name.to_owned(), value))).into()
}

/// Serves whoever holds the other end of standard input, until they close it.
///
/// # Errors
/// Where standard input is no such socket.
pub fn serve() -> anyhow::Result<()> {
    let link = std::io::stdin().as_fd().try_clone_to_owned().context("standard input")?;
    let mut link = UnixStream::from(link);
    let mut chance = ChaCha8Rng::from_entropy();
    say(
        &mut link,
        from_sensor::Kind::Ready(Ready {
            version: "stand-in".into(),
            model_manifest_digest: Manifest::embedded().digest().to_vec(),
            ..Ready::default()
        }),
    )?;
    let mut person = [0; 32];
    while let Some(ToSensor { kind }) = read_message::<ToSensor>(&mut link)? {
        match kind {
            Some(to_sensor::Kind::OpenSource(open)) => {
                person = who(open.source.as_ref());
                say(&mut link, from_sensor::Kind::SourceOpened(opened(open.id)))?;
            }
            Some(to_sensor::Kind::Capture(capture)) => {
                let captured = captured(capture.id, &capture.prompts, person, &mut chance)?;
                say(&mut link, from_sensor::Kind::Captured(captured))?;
            }
            Some(to_sensor::Kind::ListDevices(_)) => {
                say(&mut link, from_sensor::Kind::Devices(Devices::default()))?;
            }
            Some(to_sensor::Kind::Shutdown(_)) => break,
            _ => {}
        }
    }
    Ok(())
}

fn say(link: &mut UnixStream, kind: from_sensor::Kind) -> anyhow::Result<()> {
    Ok(write_message(link, &FromSensor::from(kind))?)
}

/// Each replayed subject's folder is a person.
fn who(source: Option<&Source>) -> [u8; 32] {
    let directory = match source.and_then(|source| source.kind.as_ref()) {
        Some(source::Kind::Replay(replay)) => replay.directory.as_bytes(),
        _ => b"",
    };
    Sha256::digest(directory).into()
}

fn opened(id: u64) -> SourceOpened {
    let moves = |moves: &[Move]| moves.iter().map(|one| i32::from(*one)).collect::<Vec<_>>();
    let repertoire = Repertoire {
        head: moves(&[Move::HeadLeft, Move::HeadRight]),
        mouth: moves(&[Move::MouthOpen, Move::Smile]),
        vocabulary: ('a'..='z').map(String::from).collect(),
        phrase_len: 6,
        declared_by: "stand-in".into(),
        ..Repertoire::default()
    };
    let label = "a stand-in with stored embeddings".into();
    SourceOpened { id, label, simulated: true, repertoire: Some(repertoire), ..SourceOpened::default() }
}

fn captured(
    id: u64,
    prompts: &[Prompt],
    person: [u8; 32],
    chance: &mut ChaCha8Rng,
) -> anyhow::Result<Captured> {
    let words = prompts.iter().filter_map(|prompt| match &prompt.kind {
        Some(prompt::Kind::Say(phrase)) => Some(phrase.words.join(" ")),
        _ => None,
    });
    let mut stored = ChaCha8Rng::from_seed(person);
    let face_embedding = embedding(FACE, &mut stored, chance);
    let voice_embedding = embedding(VOICE, &mut stored, chance);
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as u64;
    Ok(Captured {
        id,
        face_embedding,
        voice_embedding,
        measurements: passing().to_names(),
        transcript: words.collect::<Vec<_>>().join(" "),
        started_ms: now,
        ended_ms: now,
        frames: 60,
        frames_with_face: 60,
        ..Captured::default()
    })
}

/// A direction that is this person's, a little off.
fn embedding(length: usize, stored: &mut ChaCha8Rng, chance: &mut ChaCha8Rng) -> Vec<f32> {
    let off = |value: f32, chance: &mut ChaCha8Rng| value + chance.gen_range(-VARIES..VARIES);
    let values: Vec<f32> = (0..length).map(|_| off(stored.gen_range(-1.0..1.0), chance)).collect();
    let norm = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    values.into_iter().map(|value| value / norm).collect()
}

/// What passes every bound, by a tenth.
fn passing() -> Measurements {
    let thresholds = Thresholds::from_manifest();
    let mut measured = Measurements::new();
    for measure in Measure::ALL {
        let Some(bound) = thresholds.of(measure).map(f64::from) else { continue };
        let beyond = bound.abs() * 0.1 + 1.0;
        let value = match measure.row().sense {
            Sense::AtLeast => bound + beyond,
            Sense::AtMost => (bound - beyond).max(0.0),
        };
        measured.set(measure, value / 1000.0);
    }
    measured
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_is_near_to_herself_and_far_from_another() {
        let mut chance = ChaCha8Rng::seed_from_u64(1);
        let mut of = |person: u8| embedding(FACE, &mut ChaCha8Rng::from_seed([person; 32]), &mut chance);
        let cosine = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        let (one, again, other) = (of(1), of(1), of(2));
        assert!(cosine(&one, &again) > 0.99);
        assert!(cosine(&one, &other) < 0.3);
    }
}
