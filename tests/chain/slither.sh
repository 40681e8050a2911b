#!/usr/bin/env bash
# Does slither 0.11.6 (PyPI) find nothing in attest/contracts but what was looked at? Exit status 0 if so. It needs the
# packages of `cargo xtask chain`. Left out, as each place was read:
# - timestamp: days and weeks are measured, which no proposer bends by more than seconds;
# - unused-return: fields of a tuple that are not asked for; `slash` tells how much it took, to whom that matters;
# - missing-zero-check: a court of nobody, no registrar, no gateway over there only do nothing;
# - divide-before-multiply: what rounding leaves goes to the first payee; the other is a constant;
# - incorrect-equality: days and states are compared, no balances.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${WETSIGN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/wetsign}
export NODE_MODULES=$cache/node-interop/node_modules
[ -d "$NODE_MODULES/solc" ] || { echo "no $NODE_MODULES/solc: run cargo xtask chain first" >&2; exit 3; }
venv=$cache/slither
[ -x "$venv/bin/slither" ] || { python3 -m venv "$venv"; "$venv/bin/pip" --quiet install slither-analyzer==0.11.6; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here"/../../attest/contracts/*.sol "$work"
ln -s "$NODE_MODULES/@openzeppelin" "$work/@openzeppelin"
(cd "$work" && for one in *.sol; do echo "import \"./$one\";"; done) > "$work/all"
{ echo "// SPDX-License-Identifier: MIT"; echo "pragma solidity ^0.8.26;"; cat "$work/all"; } > "$work/All.sol"
cd "$work"
"$venv/bin/slither" All.sol --solc "$here/solc.mjs" --filter-paths openzeppelin --exclude-informational \
    --exclude-optimization --exclude timestamp,unused-return,missing-zero-check,divide-before-multiply,incorrect-equality \
    --fail-low
