//! Material for attacks, made from recordings: a still picture out of a video, a phrase joined from spoken pieces.

use std::path::Path;

use anyhow::{Context, bail};
use wetsign_infer::{VideoReader, audio};

/// Samples a second of every sound that is written.
const RATE: u32 = 16_000;
/// Silence between two pieces of a phrase, seconds.
const GAP_S: f64 = 0.2;

/// Writes the first frame at or after `at_s` seconds as a PNG.
pub fn still(video: &Path, at_s: f64, out: &Path) -> anyhow::Result<()> {
    for shown in VideoReader::open(video)? {
        let (time, frame) = shown?;
        if time >= at_s {
            return std::fs::write(out, frame.to_png()?).with_context(|| format!("writing {}", out.display()));
        }
    }
    bail!("{} ends before {at_s} s: choose an earlier time", video.display())
}

/// Joins `<directory>/<word>.ogg` for each word, with 0.2 s between them, into a 16 kHz mono WAV file.
pub fn phrase(directory: &Path, words: &[String], out: &Path) -> anyhow::Result<()> {
    let pieces = words
        .iter()
        .map(|word| {
            let path = directory.join(format!("{word}.ogg"));
            let sound = audio::read_file(&path).with_context(|| format!("reading {}", path.display()))?;
            Ok(audio::resample_16k(&sound)?)
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = hound::WavWriter::create(out, spec).with_context(|| format!("writing {}", out.display()))?;
    for sample in audio::join(&pieces, GAP_S) {
        file.write_sample((sample.clamp(-1.0, 1.0) * f32::from(i16::MAX)) as i16)?;
    }
    Ok(file.finalize()?)
}
