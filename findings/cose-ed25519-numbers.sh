#!/usr/bin/env bash
# Surprise: Ed25519 has two numbers in COSE, and readers disagree on them. RFC 9864 (2025) gave it -19 and deprecated
#   -8 (EdDSA); a message that says -19, otherwise the same, is unknown to pycose and @auth0/cose, and read by cwt and
#   fido2.
# Expected: that a reader of Ed25519 knows the number that the registry recommends.
# Who meets it: who follows the registry (EAT, CWT, passkeys) and has verifiers of others. Until they know -19, writers
#   are wise to say -8, readers to take both.
# Documented: the RFC; the libraries' lists of algorithms, by omission.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"
pypi venv cbor2==5.9.0 pycose==1.1.0 cwt==3.3.0 fido2==2.2.1 cryptography==50.0.2
npmjs @auth0/cose@1.0.2

cat >check.py <<'PY'
from importlib.metadata import version
import cbor2, cwt, fido2.cose
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pycose.keys import OKPKey
from pycose.messages import CoseMessage

key = Ed25519PrivateKey.generate()
public = key.public_key().public_bytes_raw()
open("public", "wb").write(public)


def sign1(algorithm):
    """COSE_Sign1 (RFC 9052): only the protected header differs, and so the signature."""
    protected, payload = cbor2.dumps({1: algorithm}), b"an approval"
    signature = key.sign(cbor2.dumps(["Signature1", protected, b"", payload]))
    return cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload, signature]))


def pycose(algorithm):
    message = CoseMessage.decode(sign1(algorithm))
    message.key = OKPKey(crv="Ed25519", x=public)
    return message.verify_signature()


def by_cwt(algorithm):
    cose_key = cwt.COSEKey.new({1: 1, 3: algorithm, -1: 6, -2: public})
    return cwt.COSE.new().decode(sign1(algorithm), cose_key) == b"an approval"


def by_fido2(algorithm):
    fido2.cose.CoseKey.parse({1: 1, 3: algorithm, -1: 6, -2: public}).verify(b"assertion", key.sign(b"assertion"))
    return True


for library, check in (("pycose", pycose), ("cwt", by_cwt), ("fido2", by_fido2)):
    for algorithm in (-8, -19):
        try:
            answer = "valid" if check(algorithm) else "invalid"
        except Exception as error:
            answer = f"refused: {error}"
        print(f"{library}-{version(library)} {algorithm} {answer}")
for algorithm in (-8, -19):
    open(f"message{algorithm}", "wb").write(sign1(algorithm))
PY
cat >check.mjs <<'JS'
import fs from 'node:fs';
import { Sign1 } from '@auth0/cose';
const jwk = { kty: 'OKP', crv: 'Ed25519', x: fs.readFileSync('public').toString('base64url') };
const key = await crypto.subtle.importKey('jwk', jwk, { name: 'Ed25519' }, true, ['verify']);
for (const algorithm of [-8, -19]) {
  const answer = await Sign1.decode(fs.readFileSync(`message${algorithm}`)).verify(key)
    .then(() => 'valid', (error) => `refused: ${error.message}`);
  console.log(`@auth0/cose-1.0.2 ${algorithm} ${answer}`);
}
JS
{ venv/bin/python check.py; node --no-warnings check.mjs; } | tee answers
both="-8valid -19valid" one="-8valid -19refused:"
[ "$(awk '{print $2 $3}' answers | xargs)" = "$one $both $both $one" ]
as_stated "-19 is unknown to two of four libraries"
