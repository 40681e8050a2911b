#!/usr/bin/env bash
# Surprise: a list of numbers in an assertion of one's own reads back as base64 of their lowest bytes: [1, 2, 300] as
#   "AQIs", which is 1, 2, 44, and [-1, 2] as "Ag==", the 2 alone. The file is Trusted. Empty lists and lists with a
#   text in them come back as they were.
# Expected: the list, as the same document says it where the library is given it.
# Who meets it: who keeps digests, counts, times or coordinates in C2PA assertions. A list of small numbers looks like
#   base64 that somebody wrote; a larger or negative number is gone. Write numbers as text.
# Documented: no.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"
. "$here/c2pa.bash"
pypi venv "${c2pa_packages[@]}"

cat >check.py <<'PY'
import struct
import sys
import c2pa
from signer import read, sign

samples = struct.pack("<16000h", *(index % 200 for index in range(16000)))
head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(samples), b"WAVE", b"fmt ", 16, 1, 1, 16000, 32000, 2, 16,
                   b"data", len(samples))
given = {"small": [1, 2, 3], "large": [1, 2, 300], "negative": [-1, 2], "empty": [], "mixed": [1, "a"], "one": 300}
own = {"label": "org.example.measured", "created": True, "data": given}
state, manifest = read("audio/wav", sign("audio/wav", head + samples, [own]))
[found] = [it["data"] for it in manifest["assertions"] if it["label"] == "org.example.measured"]
print(f"c2pa-python with c2pa-rs {c2pa.sdk_version()}: the file is {state}")
for name in given:
    print(f"  {name}: written {given[name]!r}, read {found[name]!r}")
stated = dict(given, small="AQID", large="AQIs", negative="Ag==")
sys.exit(not (state == "Trusted" and found == stated))
PY
venv/bin/python check.py
as_stated "lists of numbers come back as base64, and not all of them whole"
