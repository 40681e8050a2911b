#!/usr/bin/env bash
# Surprise: "Poseidon over BN254" of 1 and 2 is not one number. circomlibjs and poseidon-lite (as circom) give element 0
#   of the permuted state [0, 1, 2]; the sponge of @noble/curves gives element 1, as the paper's sponge does, whose
#   element 0 is the capacity and never leaves. Field, width, rounds and constants are the same.
# Expected: that these settle the hash. And circomlibjs surprises once more: it returns the 32 bytes of a Montgomery
#   form, which in hexadecimal look like a hash and are none (F.toObject() makes the number).
# Who meets it: who computes a circuit's hash outside of it (Merkle trees, nullifiers, commitments) with another
#   library, arkworks' sponge for one; the proof then fails, and every parameter that one compares is right.
# Documented: circom's choice only in its source; the difference was reported as a fault (go-iden3-crypto issue 75).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"
npmjs circomlibjs@0.1.7 poseidon-lite@0.3.0 @noble/curves@2.4.0

cat >check.mjs <<'JS'
import { grainGenConstants, poseidon as permutation, poseidonSponge } from '@noble/curves/abstract/poseidon.js';
import { bn254 } from '@noble/curves/bn254.js';
import { buildPoseidon } from 'circomlibjs';
import { poseidon2 } from 'poseidon-lite';

const shape = { Fp: bn254.fields.Fr, t: 3, roundsFull: 8, roundsPartial: 57, sboxPower: 5 };
const constants = grainGenConstants(shape);
const state = permutation({ ...shape, ...constants })([0n, 1n, 2n]);
const sponge = poseidonSponge({ ...shape, ...constants, rate: 2, capacity: 1 })();
sponge.absorb([1n, 2n]);
const [squeezed] = sponge.squeeze(1);
const circom = await buildPoseidon();
const bytes = circom([1, 2]);

const show = (what, number) => console.log(what, number.toString(16).padStart(64, '0'));
show('circomlibjs 0.1.7, F.toObject:', circom.F.toObject(bytes));
show('poseidon-lite 0.3.0:          ', poseidon2([1, 2]));
show('@noble/curves 2.4.0, element 0:', state[0]);
show('@noble/curves 2.4.0, sponge:   ', squeezed);
console.log('circomlibjs 0.1.7, its bytes: ', Buffer.from(bytes).toString('hex'));
const same = circom.F.toObject(bytes) === poseidon2([1, 2]) && poseidon2([1, 2]) === state[0];
const bigEndian = Buffer.from(state[0].toString(16).padStart(64, '0'), 'hex');
const isPlain = [bigEndian, Buffer.from(bigEndian).reverse()].some((plain) => plain.equals(Buffer.from(bytes)));
process.exit(same && squeezed === state[1] && !isPlain ? 0 : 1);
JS
node check.mjs
as_stated "one permutation, two hashes"
