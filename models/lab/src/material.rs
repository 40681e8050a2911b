//! Material for attacks, made from recordings: a still picture out of a video, a phrase joined from spoken pieces.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use wetsign_infer::{VideoReader, audio};

/// Samples a second of every sound that is written.
const RATE: u32 = 16_000;
/// Silence between two pieces of a phrase, seconds.
const GAP_S: f64 = 0.2;

#[derive(Args)]
pub struct StillArguments {
    /// The film.
    #[arg(long)]
    video: PathBuf,
    /// The first frame at or after this time, seconds.
    #[arg(long)]
    at: f64,
    /// PNG file to write.
    #[arg(long)]
    out: PathBuf,
}

#[derive(Args)]
pub struct PhraseArguments {
    /// Folder with one OGG file a letter or word.
    #[arg(long)]
    pieces: PathBuf,
    /// Letters or words, separated by commas; 0.2 s of silence goes between them.
    #[arg(long, value_delimiter = ',', required = true)]
    say: Vec<String>,
    /// WAV file to write, 16 kHz, one channel.
    #[arg(long)]
    out: PathBuf,
}

pub fn still(arguments: &StillArguments) -> anyhow::Result<bool> {
    let StillArguments { video, at, out } = arguments;
    for shown in VideoReader::open(video)? {
        let (time, frame) = shown?;
        if time >= *at {
            std::fs::write(out, frame.to_png()?).with_context(|| format!("writing {}", out.display()))?;
            return Ok(true);
        }
    }
    bail!("{} ends before {at} s: choose an earlier time", video.display())
}

pub fn phrase(arguments: &PhraseArguments) -> anyhow::Result<bool> {
    let pieces = arguments
        .say
        .iter()
        .map(|word| {
            let path = arguments.pieces.join(format!("{word}.ogg"));
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
    let out = &arguments.out;
    let mut file =
        hound::WavWriter::create(out, spec).with_context(|| format!("writing {}", out.display()))?;
    for sample in audio::join(&pieces, GAP_S) {
        file.write_sample((sample.clamp(-1.0, 1.0) * f32::from(i16::MAX)) as i16)?;
    }
    file.finalize()?;
    Ok(true)
}
