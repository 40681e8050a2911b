#!/usr/bin/env bash
# Surprise: on a chain without the P-256 precompile (EIP-7951, address 0x100) a call to it succeeds and returns nothing,
#   which is just what the precompile returns for a wrong signature. A contract cannot tell "not there" from "invalid":
#   every good signature of a passkey or a secure element is refused, and nothing says why.
# Expected: a call to what does not exist fails. In the EVM it does not: an address without code is called with success.
# Who meets it: who checks WebAuthn or secure elements on chain and deploys to a chain, or tests on a node, whose fork
#   is older than Osaka. Ask at deployment: verify one signature that is known to be good.
# Documented: both halves, apart: the EIP says that failure returns empty, the EVM's rules that such a call succeeds.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"
npmjs hardhat@2.29.1

cat >check.cjs <<'JS'
const crypto = require('node:crypto');
const hardhat = require('hardhat');

const { privateKey, publicKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
const challenge = Buffer.from('a challenge');
const hash = crypto.createHash('sha256').update(challenge).digest();
const signature = crypto.sign('sha256', challenge, { key: privateKey, dsaEncoding: 'ieee-p1363' });
const { x, y } = publicKey.export({ format: 'jwk' });
const good = Buffer.concat([hash, signature, Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
const wrong = Buffer.from(good);
wrong[0] ^= 1;
const call = (input) => hardhat.network.provider.send('eth_call', [
  { to: `0x${'100'.padStart(40, '0')}`, data: `0x${input.toString('hex')}`, gas: '0x100000' }, 'latest']);
(async () => console.log(`${process.env.FORK}: good ${await call(good)}, wrong ${await call(wrong)}`))();
JS
cat >hardhat.config.js <<'JS'
module.exports = { solidity: '0.8.28', networks: { hardhat: { hardfork: process.env.FORK } } };
JS
export HARDHAT_DISABLE_TELEMETRY_PROMPT=true HARDHAT_CONFIG=$work/hardhat.config.js HOME=$work
echo "hardhat $(node -p "require('hardhat/package.json').version")"
for fork in prague osaka; do FORK=$fork node check.cjs 2>/dev/null; done | tee answers
[ "$(xargs <answers)" = "prague: good 0x, wrong 0x osaka: good 0x$(printf '%064d' 1), wrong 0x" ]
as_stated "without the precompile a good signature looks like a wrong one"
