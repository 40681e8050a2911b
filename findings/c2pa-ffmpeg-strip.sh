#!/usr/bin/env bash
# Surprise: `ffmpeg -i signed -map_metadata -1 -c copy stripped` takes a C2PA manifest out of WAV, MP3, FLAC, M4A and MP4,
#   and leaves JPEG, PNG, WebP and TIFF as they were, byte for byte: still Trusted. Of GIF it keeps the manifest, in
#   blocks that no C2PA reader can parse.
# Expected: one of both for all, as the flags promise: no metadata, or a copy.
# Who meets it: who strips uploads by FFmpeg and believes that provenance (and what a person wrote there) is gone; who
#   tests by it that marks are lost, and finds that pictures' are not.
# Documented: `-map_metadata -1` "disables automatic copying"; that a picture's manifest is part of its one packet, not.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"
. "$here/c2pa.bash"
pypi venv "${c2pa_packages[@]}" imageio-ffmpeg==0.8.1

cat >check.py <<'PY'
import pathlib
import subprocess
import sys
import c2pa
import imageio_ffmpeg
from signer import read, sign

SOUND, PICTURE = ["sine=d=1", []], ["testsrc=s=64x64:d=1", ["-frames:v", "1"]]
FILM = ["testsrc=s=64x64:d=1", ["-c:v", "mpeg4"]]
KINDS = {
    "jpg": ("image/jpeg", PICTURE), "png": ("image/png", PICTURE), "webp": ("image/webp", PICTURE),
    "tiff": ("image/tiff", PICTURE), "gif": ("image/gif", PICTURE), "wav": ("audio/wav", SOUND),
    "mp3": ("audio/mpeg", SOUND), "flac": ("audio/flac", SOUND), "m4a": ("audio/mp4", SOUND), "mp4": ("video/mp4", FILM),
}


def ffmpeg(*words):
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", *words], check=True)


print(f"FFmpeg {imageio_ffmpeg.get_ffmpeg_version()}, c2pa-rs {c2pa.sdk_version()}:")
found = {}
for kind, (media_type, (source, more)) in KINDS.items():
    plain, signed, stripped = (pathlib.Path(f"{name}.{kind}") for name in ("plain", "signed", "stripped"))
    ffmpeg("-f", "lavfi", "-i", source, *more, str(plain))
    signed.write_bytes(sign(media_type, plain.read_bytes()))
    assert read(media_type, signed.read_bytes())[0] == "Trusted", kind
    ffmpeg("-i", str(signed), "-map_metadata", "-1", "-c", "copy", str(stripped))
    same = stripped.read_bytes() == signed.read_bytes()
    found[kind] = same, read(media_type, stripped.read_bytes())[0]
    print(f"  {kind:4}  {'the same bytes' if same else 'other bytes':14}  {found[kind][1]}")
pictures = dict.fromkeys(["jpg", "png", "webp", "tiff"], (True, "Trusted"))
sounds = dict.fromkeys(["wav", "mp3", "flac", "m4a", "mp4"], (False, "C2paManifestNotFound"))
sys.exit(not (found == pictures | sounds | {"gif": (False, "C2paOther")}))
PY
venv/bin/python check.py
as_stated "the same flags strip sounds and films, and copy pictures"
