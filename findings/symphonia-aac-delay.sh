#!/usr/bin/env bash
# Surprise: symphonia plays what an AAC encoder put in front: sound from an MP4 or M4A file begins 1024 samples late, 64
#   ms at 16 kHz, 21 ms at 48. It reads the edit list that says to leave them out, and drops it; `Track::delay` is
#   empty, and packets begin at time 0.
# Expected: the sound where the file puts it, as FFmpeg gives it, or at least the number of samples to leave out.
# Who meets it: who lays a voice beside pictures (does the mouth move with the words?), beside a transcript's times, or
#   beside the same file read by FFmpeg. Read the edit list oneself and drop as many.
# Documented: reported (Symphonia issue 544), open.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"
need cargo
pypi venv av==18.1.0 numpy==2.4.6
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "delay"
version = "0.0.0"
edition = "2021"
[dependencies]
symphonia = { version = "=0.6.1", default-features = false, features = ["aac", "isomp4"] }
[workspace]
TOML
cat >src/main.rs <<'RUST'
use std::{fs, fs::File};
use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::formats::{probe::Hint, FormatOptions, TrackType};
use symphonia::core::io::MediaSourceStream;

fn main() {
    let file = MediaSourceStream::new(Box::new(File::open("voice.m4a").unwrap()), Default::default());
    let probe = symphonia::default::get_probe();
    let mut format = probe.probe(&Hint::new(), file, FormatOptions::default(), Default::default()).unwrap();
    let track = format.default_track(TrackType::Audio).unwrap();
    println!("symphonia 0.6.1 says: delay {:?}, padding {:?}", track.delay, track.padding);
    let parameters = track.codec_params.as_ref().unwrap().audio().unwrap();
    let mut decoder =
        symphonia::default::get_codecs().make_audio_decoder(parameters, &AudioDecoderOptions::default()).unwrap();
    let mut heard = vec![];
    while let Some(packet) = format.next_packet().unwrap() {
        if heard.is_empty() {
            println!("first packet: time {}, to trim at its start {}", packet.pts.get(), packet.trim_start.get());
        }
        let decoded = decoder.decode(&packet).unwrap();
        let mut samples = vec![0f32; decoded.samples_interleaved()];
        decoded.copy_to_slice_interleaved(&mut samples);
        heard.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    }
    fs::write("symphonia", heard).unwrap();
}
RUST
cat >make.py <<'PY'
import av, numpy

# Two seconds of noise below 1 kHz: a place in it is found to the sample.
sound = numpy.convolve(numpy.random.default_rng(5).normal(size=32031), numpy.hanning(32) / 16, "valid") * 0.2
sound = sound.astype("float32")
sound.tofile("sound")
with av.open("voice.m4a", "w", format="mp4") as out:
    stream = out.add_stream("aac", rate=16000, layout="mono", bit_rate=64000)
    frame = av.AudioFrame.from_ndarray(sound[None], format="fltp", layout="mono")
    frame.sample_rate, frame.pts = 16000, 0
    out.mux(stream.encode(frame))
    out.mux(stream.encode(None))
with av.open("voice.m4a") as file:
    numpy.concatenate([frame.to_ndarray()[0] for frame in file.decode(audio=0)]).tofile("ffmpeg")
PY
cat >check.py <<'PY'
import sys
import numpy

sound = numpy.fromfile("sound", "float32")


def late(name):
    """By how many samples: where the two fit best, of all shifts."""
    heard, size = numpy.fromfile(name, "float32"), 1 << 17
    fit = numpy.fft.irfft(numpy.fft.rfft(heard, size) * numpy.conj(numpy.fft.rfft(sound, size)), size)
    shift = int(fit.argmax())
    return shift if shift < size // 2 else shift - size


data = open("voice.m4a", "rb").read()
start = data.index(b"elst") + 16
print("media time in the edit list:", int.from_bytes(data[start:start + 4], "big"))
print("samples late: FFmpeg", late("ffmpeg"), "symphonia", late("symphonia"))
sys.exit(not (late("ffmpeg") == 0 and late("symphonia") == 1024))
PY
"${CARGO:-cargo}" build --quiet --target-dir target || missing "from crates.io: symphonia 0.6.1, or a compiler for it"
venv/bin/python make.py
target/debug/delay | tee said
grep -q "delay None" said
grep -q "time 0, to trim at its start 0" said
venv/bin/python check.py
as_stated "AAC's 1024 samples of delay stay in front"
