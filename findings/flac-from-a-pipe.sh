#!/usr/bin/env bash
# Surprise: a FLAC file that was written to a pipe cannot be read by soundfile (nor by librosa, which uses it). It is
#   said to have 2^63-1 samples; reading all fails with "array is too big", reading in blocks, or just as many samples
#   as there are, with an error of seeking. What ends before the last sample works.
# Expected: to decode to the end. A total of 0 in STREAMINFO means "unknown" (RFC 9639, 8.2).
# Who meets it: who streams or segments recordings (`ffmpeg ... -f flac -`, a recorder behind a socket) and reads them
#   in Python. FFmpeg reads the same file.
# Documented: reported to libsndfile (issue 1038) and python-soundfile (issue 361), open; in neither manual.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"
pypi venv av==18.1.0 soundfile==0.14.0 numpy==2.4.6

cat >check.py <<'PY'
import sys
import av, numpy, soundfile

RATE, LENGTH = 16000, 32000


class Pipe:
    """Can be written only, as a pipe: the encoder cannot come back to fill in the total."""

    def __init__(self, file):
        self.write = file.write


tone = numpy.round(12000 * numpy.sin(2 * numpy.pi * 440 * numpy.arange(LENGTH) / RATE)).astype("int16")
with open("tone.flac", "wb") as file, av.open(Pipe(file), "w", format="flac") as out:
    stream = out.add_stream("flac", rate=RATE, layout="mono", format="s16")
    frame = av.AudioFrame.from_ndarray(tone[None], format="s16", layout="mono")
    frame.sample_rate, frame.pts = RATE, 0
    out.mux(stream.encode(frame))
    out.mux(stream.encode(None))

header = open("tone.flac", "rb").read(42)
total = int.from_bytes(header[21:26], "big") & (2**36 - 1)
with av.open("tone.flac") as sound:
    decoded = numpy.concatenate([f.to_ndarray().ravel() for f in sound.decode(audio=0)])
print("total in STREAMINFO:", total, "| FFmpeg decodes", len(decoded), "samples")


def attempt(what, read):
    try:
        answer = f"{read()} samples"
    except Exception as error:
        answer = f"{type(error).__name__}: {error}"
    print(f"soundfile {soundfile.__version__}, {what}: {answer}")
    return answer


all_ = attempt("read()", lambda: len(soundfile.read("tone.flac")[0]))
blocks = attempt("blocks(4000)", lambda: sum(map(len, soundfile.SoundFile("tone.flac").blocks(4000))))
known = attempt(f"read({LENGTH})", lambda: len(soundfile.SoundFile("tone.flac").read(LENGTH)))
half = attempt(f"read({LENGTH // 2})", lambda: len(soundfile.SoundFile("tone.flac").read(LENGTH // 2)))
frames = soundfile.info("tone.flac").frames
print("info().frames:", frames)
valid = total == 0 and numpy.array_equal(decoded, tone)
refused = "too big" in all_ and "Error" in blocks and "Error" in known
sys.exit(not (valid and frames == 2**63 - 1 and refused and half == f"{LENGTH // 2} samples"))
PY
venv/bin/python check.py
as_stated "a valid FLAC of unknown length is refused as too big"
