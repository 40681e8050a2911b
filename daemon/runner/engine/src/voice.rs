//! A voice speaks a text.

use std::io::Cursor;

use anyhow::{Context, ensure};
use hound::{SampleFormat, WavSpec, WavWriter};
use ort::environment::Environment;
use wetsign_runner_ipc::frame::OUTPUT;
use wetsign_speak::{Lexicon, Voice};

/// Silence between two sentences, in thousandths of a second.
const BETWEEN_MS: u32 = 250;

/// A WAV file (one channel, 16 bits) in which a voice says every word of a text, in order, and no other.
///
/// # Errors
/// Words that the lexicon does not have; what ONNX Runtime says; more sound than is taken.
pub fn speak(
    environment: &Environment,
    onnx: &[u8],
    rate: u32,
    scales: [u32; 3],
    lexicon: &str,
    text: &str,
    threads: usize,
) -> anyhow::Result<Vec<u8>> {
    // What cannot be said is known before the network is loaded.
    let sentences = Lexicon::from_lines(lexicon)?.sentences(text)?;
    let mut voice = Voice::from_bytes(environment, onnx, threads)?;
    let scales = scales.map(|scale| scale as f32 / 1000.0);
    let spec =
        WavSpec { channels: 1, sample_rate: rate, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let mut file = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut file, spec).context("beginning the sound")?;
    for (at, sentence) in sentences.iter().enumerate() {
        let silence = if at == 0 { 0 } else { rate * BETWEEN_MS / 1000 };
        let samples = voice.say(sentence, scales)?;
        ensure!(!samples.is_empty(), "the voice gave no sound for sentence {}", at + 1);
        let bytes = (writer.len() as usize + silence as usize + samples.len()) * 2;
        ensure!(bytes < OUTPUT, "the sound would have more than {OUTPUT} bytes: ask for a shorter text");
        for sample in std::iter::repeat_n(0.0, silence as usize).chain(samples) {
            writer.write_sample((sample.clamp(-1.0, 1.0) * f32::from(i16::MAX)).round() as i16)?;
        }
    }
    writer.finalize().context("ending the sound")?;
    Ok(file.into_inner())
}
