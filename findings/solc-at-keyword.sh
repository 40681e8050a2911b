#!/usr/bin/env bash
# Surprise: whoever takes solc's warnings for errors cannot compile a token with votes. solc 0.8.37 says that `at` "will be
#   promoted to keyword in the future and will not be allowed as an identifier anymore", and OpenZeppelin 5.7.0 has
#   functions of that name, in Checkpoints.sol under ERC20Votes and Governor. Their next version of Solidity breaks callers.
# Expected: the newest library compiles under the newest compiler without a word.
# Who meets it: whose CI refuses warnings. solc cannot silence one warning; tell them apart by the file they are about.
# Documented: by the warning alone.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.bash"
npmjs solc@0.8.37 @openzeppelin/contracts@5.7.0
cat >votes.js <<'JS'
const fs = require("fs");
const solc = require("solc");
const content = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.26;
import {ERC20, ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
contract Votes is ERC20Votes {
    constructor() ERC20("Votes", "V") EIP712("Votes", "1") {}
}`;
const input = { language: "Solidity", sources: { "Votes.sol": { content } }, settings: { outputSelection: {} } };
const library = (name) => ({ contents: fs.readFileSync("node_modules/" + name, "utf8") });
const found = JSON.parse(solc.compile(JSON.stringify(input), { import: library })).errors ?? [];
const at = found.filter((error) => error.message.startsWith('"at" will be promoted to keyword'));
const files = [...new Set(at.map((error) => error.sourceLocation.file))];
console.log(solc.version(), at.length, "warnings about at, in", files.join(" "));
process.exit(at.length && at.every((error) => error.severity === "warning" && error.sourceLocation.file.startsWith("@")) ? 0 : 1);
JS
node votes.js || exit 1
as_stated "the library's own sources, and none of ours, give the warnings"
