//! Sound files: WAV by hound; Ogg Vorbis, FLAC and AAC in MP4 by symphonia. Channels are averaged.

use std::fs::File;
use std::path::Path;

use symphonia::core::audio::SampleBuffer;
use symphonia::core::codecs::{CODEC_TYPE_NULL, Decoder, DecoderOptions};
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::{FormatOptions, FormatReader};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::probe::Hint;

use super::Sound;
use crate::error::{InferError, Result};

/// Longest recording that is read: ten minutes of 48 kHz.
const MAX_SAMPLES: usize = 48_000 * 600;

/// Reads a whole sound file as mono.
pub fn read_file(path: &Path) -> Result<Sound> {
    let is_wav = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("wav"));
    let sound = if is_wav { read_wav(path) } else { read_coded(path) };
    let refused = |why: String| InferError::Sound { path: path.to_owned(), why };
    let sound = sound.map_err(refused)?;
    if sound.samples.is_empty() || sound.rate == 0 {
        return Err(refused("it holds no sound".into()));
    }
    Ok(sound)
}

fn read_wav(path: &Path) -> Result<Sound, String> {
    let text = |e: hound::Error| e.to_string();
    let mut reader = hound::WavReader::open(path).map_err(text)?;
    let spec = reader.spec();
    if reader.duration() as usize > MAX_SAMPLES {
        return Err(format!("it is longer than {MAX_SAMPLES} samples"));
    }
    let interleaved: Vec<f32> = match spec.sample_format {
        hound::SampleFormat::Float => reader.samples::<f32>().collect::<Result<_, _>>().map_err(text)?,
        hound::SampleFormat::Int => {
            let scale = 1.0 / (1_u32 << (spec.bits_per_sample.clamp(1, 32) - 1)) as f32;
            reader
                .samples::<i32>()
                .map(|s| s.map(|s| s as f32 * scale))
                .collect::<Result<_, _>>()
                .map_err(text)?
        }
    };
    Ok(Sound { samples: to_mono(&interleaved, usize::from(spec.channels)), rate: spec.sample_rate })
}

fn read_coded(path: &Path) -> Result<Sound, String> {
    let text = |e: SymphoniaError| e.to_string();
    let file = File::open(path).map_err(|e| e.to_string())?;
    let mut hint = Hint::new();
    if let Some(extension) = path.extension().and_then(|e| e.to_str()) {
        hint.with_extension(extension);
    }
    let stream = MediaSourceStream::new(Box::new(file), MediaSourceStreamOptions::default());
    let probed = symphonia::default::get_probe()
        .format(&hint, stream, &FormatOptions::default(), &MetadataOptions::default())
        .map_err(text)?;
    let mut format = probed.format;
    let (mut track, mut decoder) = first_track(&*format)?;

    let (mut samples, mut rate) = (Vec::new(), 0);
    loop {
        let packet = match format.next_packet() {
            Ok(packet) => packet,
            Err(SymphoniaError::IoError(e)) if e.kind() == std::io::ErrorKind::UnexpectedEof => break,
            // A chained Ogg stream: another recording follows in the same file.
            Err(SymphoniaError::ResetRequired) => {
                (track, decoder) = first_track(&*format)?;
                continue;
            }
            Err(e) => return Err(e.to_string()),
        };
        if packet.track_id() != track {
            continue;
        }
        let decoded = decoder.decode(&packet).map_err(text)?;
        let spec = *decoded.spec();
        if rate != 0 && rate != spec.rate {
            return Err(format!("its rate changes from {rate} to {} Hz", spec.rate));
        }
        rate = spec.rate;
        let mut buffer = SampleBuffer::<f32>::new(decoded.capacity() as u64, spec);
        buffer.copy_interleaved_ref(decoded);
        samples.extend(to_mono(buffer.samples(), spec.channels.count()));
        if samples.len() > MAX_SAMPLES {
            return Err(format!("it is longer than {MAX_SAMPLES} samples"));
        }
    }
    Ok(Sound { samples, rate })
}

/// The first track with sound in it, and its decoder.
fn first_track(format: &dyn FormatReader) -> Result<(u32, Box<dyn Decoder>), String> {
    let codecs = symphonia::default::get_codecs();
    let tracks = format.tracks().iter().filter(|t| t.codec_params.codec != CODEC_TYPE_NULL);
    let mut made =
        tracks.filter_map(|t| Some((t.id, codecs.make(&t.codec_params, &DecoderOptions::default()).ok()?)));
    made.next().ok_or("it has no sound track that can be decoded (Vorbis, AAC, FLAC, PCM)".to_owned())
}

fn to_mono(interleaved: &[f32], channels: usize) -> Vec<f32> {
    let channels = channels.max(1);
    interleaved.chunks_exact(channels).map(|frame| frame.iter().sum::<f32>() / channels as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stereo_wav_is_averaged() {
        let path = std::env::temp_dir().join(format!("wetsign-stereo-{}.wav", std::process::id()));
        let spec = hound::WavSpec {
            channels: 2,
            sample_rate: 44_100,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(&path, spec).unwrap();
        for sample in [16384_i16, 0, -16384, -16384] {
            writer.write_sample(sample).unwrap();
        }
        writer.finalize().unwrap();
        let sound = read_file(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(sound, Sound { samples: vec![0.25, -0.5], rate: 44_100 });
    }

    #[test]
    fn a_missing_or_foreign_file_says_which() {
        let error = read_file(Path::new("/nowhere/voice.ogg")).unwrap_err().to_string();
        assert!(error.contains("/nowhere/voice.ogg"), "{error}");
        assert!(read_file(Path::new("/nowhere/voice.wav")).is_err());
        assert!(read_file(&Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).is_err());
    }
}
