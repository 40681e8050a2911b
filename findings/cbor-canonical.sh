#!/usr/bin/env bash
# Surprise: "canonical" CBOR is two things. cbor2 (Python) sorts the keys of maps by length first (RFC 7049, 2013),
#   also in its version 6; cbor and cborg (JavaScript) and fido2 (Python) sort these as bytes. One map, two forms.
# Expected: the order of RFC 8949, 4.2.1, which replaced it in 2020: bytewise. Most maps come out alike in both (small
#   positive keys, names alone), so it shows only with negative keys beside larger ones, or names beside numbers.
# Who meets it: who signs or hashes CBOR that another library makes anew, or has a reader that insists on the order.
# Documented: cbor2's manual says "canonical" and "a pre-determined order" and not which; the RFC names both (4.2.3).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"
pypi venv cbor2==6.2.1 fido2==2.2.1
npmjs cbor@10.0.12 cborg@6.1.5

cat >check.py <<'PY'
from importlib.metadata import version
import cbor2, fido2.cbor

claims = {256: b"ueid", 10: b"nonce", -1: 1, 100: 2}
print("cbor2-" + version("cbor2"), cbor2.dumps(claims, canonical=True).hex())
print("fido2-" + version("fido2"), fido2.cbor.encode(claims).hex())
PY
cat >check.mjs <<'JS'
import cbor from 'cbor';
import * as cborg from 'cborg';
const bytes = (text) => Buffer.from(text);
const claims = new Map([[256, bytes('ueid')], [10, bytes('nonce')], [-1, 1], [100, 2]]);
const hex = (encoded) => Buffer.from(encoded).toString('hex');
console.log('cbor-10.0.12', hex(cbor.encodeCanonical(claims)));
console.log('cborg-6.1.5', hex(cborg.encode(claims, cborg.rfc8949EncodeOptions)));
JS
{ venv/bin/python check.py; node check.mjs; } | tee forms
length_first=a40a456e6f6e636520011864021901004475656964
bytewise=a40a456e6f6e636518640219010044756569642001
[ "$(awk '{print $2}' forms | xargs)" = "$length_first $bytewise $bytewise $bytewise" ]
as_stated "cbor2 sorts by length first, three others bytewise"
