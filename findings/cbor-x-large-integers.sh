#!/usr/bin/env bash
# Surprise: cbor-x encodes whole numbers from 2^32 on as floating point, and a map of two entries with a head of three
#   bytes. A time in milliseconds becomes fb..., where other encoders write the integer 1b...
# Expected: preferred serialisation (RFC 8949, 4.1): integers as integers, the shortest head. A reader in a typed
#   language asks for u64 and refuses the float; who signs or hashes the bytes gets others than everybody else.
# Who meets it: JavaScript that feeds COSE, CWT or EAT readers in Rust, Go or C with times in ms, sizes, counters.
#   BigInt(n) is encoded as an integer (by cbor 10, here, as a bignum); `variableMapSize` gives the short head.
# Documented: the map's head in the readme; the floats in an answer to an issue (cbor-x 56) only.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"
npmjs cbor-x@1.6.9 cbor@10.0.12 cborg@6.1.5

cat >check.mjs <<'JS'
import * as x from 'cbor-x';
import cbor from 'cbor';
import * as cborg from 'cborg';

const hex = (bytes) => Buffer.from(bytes).toString('hex');
const shortHeads = new x.Encoder({ variableMapSize: true, useRecords: false });
const time = 1764366899000;
const rows = [
  ['2^32 - 1', 2 ** 32 - 1], ['2^32', 2 ** 32], ['a time in ms', time], ['the same as BigInt', BigInt(time)],
  ['a map of two', { iat: 1, exp: 2 }],
].map(([what, value]) => [what, hex(x.encode(value)), hex(cbor.encode(value)), hex(cborg.encode(value))]);
console.log('node', process.version, '| what: cbor-x | cbor | cborg');
for (const [what, ...bytes] of rows) console.log(`${what}: ${bytes.join(' | ')}`);
console.log('variableMapSize:', hex(shortHeads.encode({ iat: 1, exp: 2 })), hex(shortHeads.encode(time)));

const [below, from, ms, big, map] = rows;
const floats = [from, ms].every(([, own, a, b]) => own.startsWith('fb') && a.startsWith('1b') && a === b);
const integers = below[1] === below[2] && big[1] === ms[2];
process.exitCode = floats && integers && map[1].startsWith('b90002') && map[2].startsWith('a2') ? 0 : 1;
JS
node check.mjs
as_stated "cbor-x writes large whole numbers as floats"
