#!/usr/bin/env bash
# Surprise: `pip install pycose` gives a library that reads no COSE message, not even one that it has just made: it
#   takes cbor2 without a bound, and since cbor2 6 the array inside a tag is a tuple, where pycose asks for a list.
# Expected: to read it, or to be refused by pip. The error, "Bytes cannot be decoded as COSE message", blames the bytes.
# Who meets it: who checks COSE, CWT or EAT with Python, or interoperability with it. With cbor2 below 6 it works.
# Documented: reported (pycose issue 141), open.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"
pypi six pycose==1.1.0 cbor2==6.3.0
pypi five pycose==1.1.0 cbor2==5.9.0

cat >check.py <<'PY'
from importlib.metadata import requires, version
from pycose.algorithms import EdDSA
from pycose.headers import Algorithm
from pycose.keys import OKPKey
from pycose.messages import CoseMessage, Sign1Message

key = OKPKey.generate_key("Ed25519")
message = Sign1Message(phdr={Algorithm: EdDSA}, payload=b"an approval")
message.key = key
try:
    read = CoseMessage.decode(message.encode())
    read.key = key
    answer = f"reads its own message, signature valid: {read.verify_signature()}"
except TypeError as error:
    answer = f"cannot read its own message: {error}"
print("pycose", version("pycose"), "requires", [r for r in requires("pycose") if r.startswith("cbor2")][0],
      "| cbor2", version("cbor2"), "|", answer)
PY
six=$(six/bin/python check.py) five=$(five/bin/python check.py)
printf '%s\n' "$five" "$six"
[[ $five == *"signature valid: True" && $six == *"requires cbor2 |"*"Bytes cannot be decoded as COSE message" ]]
as_stated "pycose reads nothing with cbor2 6, which pip picks"
