#!/usr/bin/env bash
# Surprise: one EIP-712 document, two digests and an error. A yes-or-no that came as text ("false", from a form or a
#   database) is signed as true by ethers and MetaMask's library, as false by eth-account, and refused by viem. Two
#   items in uint256[3] and a struct that was left out are signed by some of them and refused by others.
# Expected: one digest or an error. Numbers as text are fine everywhere ("16" and "0x10" alike), so one trusts text.
# Who meets it: who makes the document in one language and checks the signature in another: "wrong signature" says
#   nothing of the value. Check documents against their types before signing: true and false, lengths, no gaps.
# Documented: the EIP does not say how values look in JSON; reported (eth-sig-util issues 210 and 303), open.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"
npmjs ethers@6.17.0 viem@2.57.20 @metamask/eth-sig-util@8.2.0
pypi venv eth-account==0.14.0

cat >documents.json <<'JSON'
{
  "domain": { "name": "Approvals", "version": "1", "chainId": 1,
    "verifyingContract": "0x1111111111111111111111111111111111111111" },
  "documents": {
    "number 16": [{ "T": [{ "name": "v", "type": "uint256" }] }, { "v": 16 }],
    "number \"16\"": [{ "T": [{ "name": "v", "type": "uint256" }] }, { "v": "16" }],
    "bool true": [{ "T": [{ "name": "v", "type": "bool" }] }, { "v": true }],
    "bool false": [{ "T": [{ "name": "v", "type": "bool" }] }, { "v": false }],
    "bool \"false\"": [{ "T": [{ "name": "v", "type": "bool" }] }, { "v": "false" }],
    "two of three": [{ "T": [{ "name": "v", "type": "uint256[3]" }] }, { "v": [1, 2] }],
    "no struct": [{ "T": [{ "name": "n", "type": "uint256" }, { "name": "v", "type": "U" }],
      "U": [{ "name": "w", "type": "uint256" }] }, { "n": 1 }]
  }
}
JSON
cat >check.mjs <<'JS'
import fs from 'node:fs';
import sigUtil from '@metamask/eth-sig-util';
import { TypedDataEncoder } from 'ethers';
import { hashTypedData } from 'viem';

const { domain, documents } = JSON.parse(fs.readFileSync('documents.json'));
const EIP712Domain = [
  { name: 'name', type: 'string' }, { name: 'version', type: 'string' },
  { name: 'chainId', type: 'uint256' }, { name: 'verifyingContract', type: 'address' },
];
const libraries = {
  ethers: (types, message) => TypedDataEncoder.hash(domain, types, message),
  viem: (types, message) => hashTypedData({ domain, types, primaryType: 'T', message }),
  'eth-sig-util': (types, message) => `0x${Buffer.from(sigUtil.TypedDataUtils.eip712Hash(
    { domain, types: { ...types, EIP712Domain }, primaryType: 'T', message }, 'V4')).toString('hex')}`,
};
for (const [name, hash] of Object.entries(libraries)) {
  for (const [what, [types, message]] of Object.entries(documents)) {
    let answer = 'refused';
    try { answer = hash(types, message); } catch { /* is what refusing means */ }
    console.log(`${what}|${name}|${answer}`);
  }
}
JS
cat >check.py <<'PY'
import collections, json, subprocess, sys
from importlib.metadata import version
from eth_account.messages import encode_typed_data
from eth_utils import keccak

given = json.load(open("documents.json"))
digests = collections.defaultdict(dict)
for line in subprocess.run(["node", "check.mjs"], check=True, capture_output=True, text=True).stdout.splitlines():
    what, library, answer = line.split("|")
    digests[what][library] = answer
for what, (types, message) in given["documents"].items():
    try:
        signable = encode_typed_data(given["domain"], types, message)
        answer = "0x" + keccak(b"\x19" + signable.version + signable.header + signable.body).hex()
    except Exception:
        answer = "refused"
    digests[what]["eth-account"] = answer
print("eth-account", version("eth-account"))
for what, row in digests.items():
    print(f"{what:14}", *(f"{library} {answer[:10]}" for library, answer in row.items()), sep="  ")

alike = all(len(set(digests[what].values())) == 1 for what in ("number 16", 'number "16"', "bool true", "bool false"))
alike = alike and digests["number 16"] == digests['number "16"']
yes, no = digests["bool true"]["ethers"], digests["bool false"]["ethers"]
text = digests['bool "false"'] == {"ethers": yes, "viem": "refused", "eth-sig-util": yes, "eth-account": no}
refused = {what: {name for name, answer in row.items() if answer == "refused"} for what, row in digests.items()}
gaps = refused["two of three"] == {"ethers"} and refused["no struct"] == {"ethers", "viem"}
sys.exit(not (alike and text and gaps))
PY
venv/bin/python check.py
as_stated "text in a yes-or-no is true, false or refused"
