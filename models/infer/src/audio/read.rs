//! Sound files: WAV here; Ogg Vorbis, FLAC and AAC in MP4 by symphonia. Several channels become one.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

use symphonia::core::audio::SampleBuffer;
use symphonia::core::codecs::{CODEC_TYPE_NULL, Decoder, DecoderOptions};
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::{FormatOptions, FormatReader};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::probe::Hint;

use super::bounds::{CHANNELS, MAX_SAMPLES, RATES, plausible};
use super::mono::to_mono;
use super::{Sound, wav};
use crate::error::{InferError, Result};
use crate::film::{self, SoundEdit};

/// Reads a whole sound file as mono.
pub fn read_file(path: &Path) -> Result<Sound> {
    let refused = |why: String| InferError::Sound { path: path.to_owned(), why };
    let sound = read(path).map_err(refused)?;
    if sound.samples.is_empty() {
        return Err(refused("it holds no sound".into()));
    }
    Ok(sound)
}

/// By what the file begins with, whatever it is called.
fn read(path: &Path) -> Result<Sound, String> {
    let mut file = BufReader::new(File::open(path).map_err(|e| e.to_string())?);
    let mut start = Vec::new();
    file.by_ref().take(4).read_to_end(&mut start).map_err(|e| e.to_string())?;
    if [b"RIFF", b"RF64", b"BW64"].iter().any(|name| start == name.as_slice()) {
        file.rewind().map_err(|e| e.to_string())?;
        let found = wav::read(&mut file)?;
        return Ok(Sound { samples: to_mono(&found.samples, found.channels), rate: found.rate });
    }
    let edit = film::sound_edit(path)?;
    read_coded(path).and_then(|sound| edited(sound, edit))
}

/// What of a track is meant to be heard, and when.
fn edited(mut sound: Sound, edit: SoundEdit) -> Result<Sound, String> {
    let samples = |seconds: f64| (seconds * f64::from(sound.rate)).round() as usize;
    let (skip, delay, length) = (samples(edit.skip), samples(edit.delay), edit.length.map(samples));
    if delay > MAX_SAMPLES {
        return Err(format!("it begins after {:.0} s of silence", edit.delay));
    }
    sound.samples.drain(..skip.min(sound.samples.len()));
    sound.samples.truncate(length.unwrap_or(usize::MAX));
    sound.samples.splice(..0, std::iter::repeat_n(0.0, delay));
    Ok(sound)
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

    let (mut interleaved, mut rate, mut channels) = (Vec::new(), 0, 0);
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
        if !RATES.contains(&rate) || !CHANNELS.contains(&spec.channels.count()) {
            return Err(format!("it has {} channels of {rate} samples a second", spec.channels.count()));
        }
        let mut buffer = SampleBuffer::<f32>::new(decoded.capacity() as u64, spec);
        buffer.copy_interleaved_ref(decoded);
        if channels != 0 && channels != spec.channels.count() {
            return Err(format!("its channels change from {channels} to {}", spec.channels.count()));
        }
        channels = spec.channels.count();
        for (index, sample) in buffer.samples().iter().enumerate() {
            plausible(*sample).map_err(|why| format!("sample {} {why}", interleaved.len() + index))?;
        }
        interleaved.extend_from_slice(buffer.samples());
        if interleaved.len() > MAX_SAMPLES * channels.min(2) {
            return Err(format!("it is longer than {MAX_SAMPLES} samples"));
        }
    }
    // Over the whole: whether channels cancel must not change from packet to packet.
    Ok(Sound { samples: to_mono(&interleaved, channels), rate })
}

/// The first track with sound in it, and its decoder.
fn first_track(format: &dyn FormatReader) -> Result<(u32, Box<dyn Decoder>), String> {
    let codecs = symphonia::default::get_codecs();
    let tracks = format.tracks().iter().filter(|t| t.codec_params.codec != CODEC_TYPE_NULL);
    let mut made =
        tracks.filter_map(|t| Some((t.id, codecs.make(&t.codec_params, &DecoderOptions::default()).ok()?)));
    made.next().ok_or("it has no sound track that can be decoded (Vorbis, AAC, FLAC, PCM)".to_owned())
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
    fn what_an_edit_leaves_out_is_not_heard_and_its_delay_is_silence() {
        let sound = || Sound { samples: (0..100_u8).map(|i| f32::from(i) / 100.0).collect(), rate: 1000 };
        let edit = SoundEdit { delay: 0.002, skip: 0.024, length: Some(0.003) };
        assert_eq!(edited(sound(), edit).unwrap().samples, [0.0, 0.0, 0.24, 0.25, 0.26]);
        assert_eq!(edited(sound(), SoundEdit::default()).unwrap(), sound());
        let all = SoundEdit { skip: 9.0, ..SoundEdit::default() };
        assert_eq!(edited(sound(), all).unwrap().samples, [0.0; 0]);
        assert!(edited(sound(), SoundEdit { delay: 1e9, ..all }).is_err());
    }

    #[test]
    fn a_sound_is_known_by_its_bytes_and_not_by_its_name() {
        let path = std::env::temp_dir().join(format!("wetsign-named-{}.ogg", std::process::id()));
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 8_000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(&path, spec).unwrap();
        writer.write_sample(16384_i16).unwrap();
        writer.finalize().unwrap();
        let sound = read_file(&path);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(sound.unwrap(), Sound { samples: vec![0.5], rate: 8_000 });
    }

    #[test]
    fn a_missing_or_foreign_file_says_which() {
        let error = read_file(Path::new("/nowhere/voice.ogg")).unwrap_err().to_string();
        assert!(error.contains("/nowhere/voice.ogg"), "{error}");
        assert!(read_file(Path::new("/nowhere/voice.wav")).is_err());
        assert!(read_file(&Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).is_err());
    }
}
