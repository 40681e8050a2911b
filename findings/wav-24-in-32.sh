#!/usr/bin/env bash
# Surprise: FFmpeg reads a WAV file of 24 valid bits in 32 (WAVE_FORMAT_EXTENSIBLE, subformat PCM) as floating point.
#   A tone of amplitude .4 becomes noise with samples up to 10^31. There is no error and no warning.
# Expected: the tone. The subformat says integers; "valid bits" only says how many of them carry sound.
# Who meets it: who records with interfaces of 24 bits (Windows describes their format so) and reads with FFmpeg or with
#   what builds on it: PyAV, torchcodec, players. libsndfile reads the same file right.
# Documented: no. FFmpeg takes the header for its format "PCM 24.0 floating point".
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"
pypi venv av==18.1.0 soundfile==0.14.0 numpy==2.4.6

cat >check.py <<'PY'
import struct, sys
import av, numpy, soundfile

RATE = 16000
tone = 0.4 * numpy.sin(2 * numpy.pi * 440 * numpy.arange(RATE) / RATE)
samples = (numpy.round(tone * 2**23).astype("<i4") << 8).tobytes()  # left-aligned, the low byte 0
pcm = bytes.fromhex("0100000000001000800000aa00389b71")
fmt = struct.pack("<HHIIHHHHI", 0xFFFE, 1, RATE, RATE * 4, 4, 32, 22, 24, 4) + pcm
chunks = b"WAVE" + b"fmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", len(samples)) + samples
with open("tone.wav", "wb") as file:
    file.write(b"RIFF" + struct.pack("<I", len(chunks)) + chunks)

right = soundfile.read("tone.wav")[0]
print("libsndfile", soundfile.__libsndfile_version__, soundfile.info("tone.wav").subtype, "peak", abs(right).max())
with av.open("tone.wav") as film:
    decoder = film.streams.audio[0].codec_context.name
    heard = numpy.concatenate([frame.to_ndarray().ravel() for frame in film.decode(audio=0)])
print("FFmpeg, libavformat", av.library_versions["libavformat"], decoder, heard.dtype, "peak", abs(heard).max())
sys.exit(not (abs(right - tone).max() < 1e-6 and heard.dtype == "float32" and abs(heard).max() > 1e9))
PY
venv/bin/python check.py
as_stated "libsndfile reads a tone, FFmpeg noise, from one valid file"
