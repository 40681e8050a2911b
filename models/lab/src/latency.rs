//! How long networks take: alone, with what stands before and after them, and as the paths of a session.

use std::time::Instant;

use anyhow::{Context as _, Result};
use wetsign_infer::flatness::Texture;
use wetsign_infer::{Frame, Networks, audio, cues, timing};
use wetsign_lab::eval::report::Latency;
use wetsign_models::store::ModelStore;

/// Seconds of sound that the speech networks hear.
const SPEECH: f64 = 3.2;
/// Networks that are timed alone, and what stands for a dimension that varies: slices of 1.6 s, samples of 3.2 s.
const ALONE: [(&str, usize); 8] = [
    ("blazeface", 1),
    ("facemesh", 1),
    ("mobilefacenet", 1),
    ("pad-fas", 1),
    ("pad-fr", 1),
    ("silero-vad", 1),
    ("ge2e", 2),
    ("moonshine-encoder", 51_200),
];

#[derive(clap::Args)]
pub struct Arguments {
    /// Threads of each network.
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Calls of each; the least and the median are printed.
    #[arg(long, default_value_t = 20)]
    runs: usize,
}

/// Prints every row of [`networks`] and [`paths`] as one JSON list.
pub fn run(arguments: &Arguments) -> Result<bool> {
    let mut rows = networks(arguments.threads, arguments.runs)?;
    rows.extend(paths(arguments.threads, arguments.runs)?);
    say!("{}", serde_json::to_string(&rows)?);
    Ok(true)
}

/// Each network alone.
fn networks(threads: usize, runs: usize) -> Result<Vec<Latency>> {
    let store = ModelStore::open_default()?;
    let timed = |(name, varying): (&'static str, usize)| {
        let taken = timing::network(&store, name, threads, varying, runs)?;
        row(&format!("network {name}"), threads, taken)
    };
    ALONE.into_iter().map(timed).collect()
}

/// Each step with what stands before and after the network, and the two paths, on one photo and one recording of the
/// cached data.
pub fn paths(threads: usize, runs: usize) -> Result<Vec<Latency>> {
    if runs == 0 {
        return Ok(Vec::new());
    }
    let store = ModelStore::open_default()?;
    let photo = store.data("photos")?.join("obama2.jpg");
    let bytes = std::fs::read(&photo).with_context(|| format!("cannot read {}", photo.display()))?;
    let frame = Frame::decode_image(&bytes)?;
    let read = audio::read_file(&store.data("speech-clip")?.join("obama_speech.wav"))?;
    let mut sound = audio::resample_16k(&read)?;
    sound.truncate((SPEECH * f64::from(audio::RATE)) as usize);
    let mut networks = Networks::load(&store, threads)?;
    let face = networks.sight.faces(&frame)?.into_iter().next().context("a face in obama2.jpg")?;
    let mesh = networks.sight.mesh(&frame, &face)?;
    let mut rows = Vec::new();
    let mut time = |name: &str, call: &mut dyn FnMut(&mut Networks) -> wetsign_infer::Result<()>| {
        let mut taken = Vec::with_capacity(runs);
        for _ in 0..runs {
            let begun = Instant::now();
            call(&mut networks)?;
            taken.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
        rows.push(row(name, threads, taken)?);
        anyhow::Ok(())
    };
    time("detect", &mut |n| n.sight.faces(&frame).map(drop))?;
    time("mesh", &mut |n| n.sight.mesh(&frame, &face).map(drop))?;
    time("embed face", &mut |n| n.sight.embed_face(&frame, &mesh).map(drop))?;
    time("pad_fas", &mut |n| n.passive.pad_fas(&frame, &face).map(drop))?;
    time("pad_fr", &mut |n| n.passive.pad_fr(&frame, &face).map(drop))?;
    time("cues of pad_fused", &mut |_| cues::cues(&frame, &face).map(drop))?;
    time("pad_fused, networks included", &mut |n| n.passive.pad_features(&frame, &face).map(drop))?;
    let texture = Texture::of(&frame, &mesh)?.context("corners in the face of obama2.jpg")?;
    time("corners of flatness, once a capture", &mut |_| Texture::of(&frame, &mesh).map(drop))?;
    time("flatness", &mut |_| texture.flatness(&frame, &mesh).map(drop))?;
    time("frame path", &mut |n| {
        for face in n.sight.faces(&frame)?.iter().take(1) {
            let mesh = n.sight.mesh(&frame, face)?;
            n.passive.pad_fas(&frame, face)?;
            n.passive.pad_fr(&frame, face)?;
            n.sight.embed_face(&frame, &mesh)?;
        }
        Ok(())
    })?;
    time("voice activity, 3.2 s", &mut |n| n.voice.voice_activity(&sound).map(drop))?;
    time("embed voice, 3.2 s", &mut |n| n.voice.embed_voice(&sound).map(drop))?;
    time("transcribe, 3.2 s", &mut |n| n.words.transcribe(&sound).map(drop))?;
    time("speech path, 3.2 s", &mut |n| {
        n.voice.voice_activity(&sound)?;
        n.voice.embed_voice(&sound)?;
        n.words.transcribe(&sound).map(drop)
    })?;
    Ok(rows)
}

fn row(name: &str, threads: usize, mut taken: Vec<f64>) -> Result<Latency> {
    taken.sort_by(f64::total_cmp);
    let min_ms = *taken.first().context("at least one run")?;
    Ok(Latency { name: name.to_owned(), threads, min_ms, median_ms: taken[taken.len() / 2] })
}
