#!/usr/bin/env bash
# Surprise: @noble/curves from 2.0 on refuses about every second good P-256 signature: `verify` says false, not why,
#   when s is above half of the order. That is a rule of Bitcoin's; here it is the default for NIST's curves too.
# Expected: true, as OpenSSL, WebCrypto and cryptography say: the standard (FIPS 186-5) has no such rule, and passkeys,
#   TPMs and secure elements do not know it. `{ lowS: false }` makes it so; 1.9.7 needed no option.
# Who meets it: who moves from 1.x, or checks WebAuthn, COSE or JWT by it: users are refused now and then, tests
#   flicker.
# Documented: in the notes on moving to 2.0 and beside the option, whose default in 1.x differed from curve to curve.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"
npmjs @noble/curves@2.4.0 older@npm:@noble/curves@1.9.7
pypi venv cryptography==50.0.2

cat >check.mjs <<'JS'
import crypto from 'node:crypto';
import fs from 'node:fs';
import { p256 } from '@noble/curves/nist.js';
import { p256 as older } from 'older/nist.js';

const { privateKey, publicKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
const point = publicKey.export({ format: 'der', type: 'spki' }).subarray(-65);
const browser = await crypto.subtle.importKey('raw', point, { name: 'ECDSA', namedCurve: 'P-256' }, true, ['verify']);
const half = p256.Point.Fn.ORDER / 2n;
const counts = {};
const lines = [point.toString('hex')];
for (let n = 0; n < 200; n += 1) {
  const message = Buffer.from(`approval ${n}`);
  const digest = crypto.createHash('sha256').update(message).digest();
  const signature = crypto.sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' });
  const high = BigInt(`0x${signature.toString('hex', 32)}`) > half;
  const answers = [
    await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, browser, signature, message),
    older.verify(signature, digest, point),
    p256.verify(signature, message, point, { lowS: false }),
    p256.verify(signature, message, point),
  ].join(' ');
  const row = `${high ? 'high' : 'low'} s: ${answers}`;
  counts[row] = (counts[row] ?? 0) + 1;
  lines.push(`${message.toString('hex')} ${signature.toString('hex')}`);
}
fs.writeFileSync('signatures', lines.join('\n'));
console.log('OpenSSL signed 200; WebCrypto | noble 1.9.7 | noble 2.4.0, lowS: false | noble 2.4.0 as it is');
for (const [row, count] of Object.entries(counts)) console.log(count, row);
const expected = ['high s: true true true false', 'low s: true true true true'];
process.exitCode = JSON.stringify(Object.keys(counts).sort()) === JSON.stringify(expected) ? 0 : 1;
JS
cat >check.py <<'PY'
from importlib.metadata import version
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

point, *lines = open("signatures").read().split("\n")
key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes.fromhex(point))
for message, signature in map(str.split, lines):
    r, s = int(signature[:64], 16), int(signature[64:], 16)
    key.verify(utils.encode_dss_signature(r, s), bytes.fromhex(message), ec.ECDSA(SHA256()))
print("cryptography", version("cryptography"), "accepts all", len(lines))
PY
node check.mjs
venv/bin/python check.py
as_stated "half of good P-256 signatures are refused for their high s"
