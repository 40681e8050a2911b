#!/usr/bin/env bash
# Surprise: OpenCV 4.6 turns films by their rotation the wrong way round: portrait films come out upside down. The size
#   is right and nothing is said, so a face detector finds "no face".
# Expected: the picture that every player shows, and that 4.14 gives (4.5.5 too, by the report).
# Who meets it: who builds against Debian 12 or Ubuntu 24.04 (both ship 4.6.0) and reads films of telephones; so do the
#   Rust and Java bindings there. Tests with landscape films never show it.
# Documented: reported (opencv issue 22088) and mended later; Debian 12's 4.6.0+dfsg-12 still does it.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"
pypi old opencv-python-headless==4.6.0.66 numpy==1.26.4
pypi new opencv-python-headless==4.14.0.94 numpy==2.4.6 av==18.1.0

cat >film.py <<'PY'
import struct
import av, numpy

# As a telephone held upright stores it: lying, red where the top is (left), and a matrix that says "turn clockwise".
picture = numpy.full((120, 160, 3), 90, numpy.uint8)
picture[:, :20] = 220, 30, 30
with av.open("lying.mp4", "w") as out:
    stream = out.add_stream("libx264", rate=10)
    stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
    for _ in range(5):
        out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
    out.mux(stream.encode())
film = bytearray(open("lying.mp4", "rb").read())
matrix = film.index(b"tkhd") + 4 + 40
film[matrix:matrix + 36] = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 120 << 16, 0, 1 << 30)
open("portrait.mp4", "wb").write(film)
with av.open("portrait.mp4") as source:
    print("FFmpeg says: turn by", next(source.decode(video=0)).rotation, "degrees (counter-clockwise)")
PY
cat >where.py <<'PY'
import cv2

capture = cv2.VideoCapture("portrait.mp4")
picture = capture.read()[1].astype(int)
red = picture[:, :, 2] - picture[:, :, 1] > 80
edges = {"top": red[5, 60], "bottom": red[-5, 60], "left": red[80, 5], "right": red[80, -5]}
where = " ".join(edge for edge, is_red in edges.items() if is_red)
print(f"OpenCV {cv2.__version__}: {picture.shape[1]}x{picture.shape[0]}, red at {where}")
PY
new/bin/python film.py
old=$(old/bin/python where.py) new=$(new/bin/python where.py)
printf '%s\n' "$old" "$new"
[[ $old == "OpenCV 4.6.0: 120x160, red at bottom" && $new == "OpenCV 4.14.0: 120x160, red at top" ]]
as_stated "a portrait film is upside down in OpenCV 4.6"
