// What tests/chain needs: compile.mjs FOLDER reads MatchVerifier.sol, proof.json and public.json there, and leaves the creation
// code of both contracts in contracts.json and the arguments of the true proof in call.json.
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const require = createRequire(process.env.NODE_MODULES + "/");
const solc = require("solc");
const folder = process.argv[2];
const committed = path.join(path.dirname(fileURLToPath(import.meta.url)), "../../attest/contracts");
const json = (name) => JSON.parse(fs.readFileSync(path.join(folder, name), "utf8"));
const source = (place, name) => ({ content: fs.readFileSync(path.join(place, name), "utf8") });

const sources = {
    "MatchVerifier.sol": source(folder, "MatchVerifier.sol"),
    "ProofRegistry.sol": source(committed, "ProofRegistry.sol"),
};
const settings = {
    evmVersion: "cancun",
    optimizer: { enabled: true, runs: 10000 },
    outputSelection: { "*": { "*": ["evm.bytecode.object"] } },
};
const output = JSON.parse(solc.compile(JSON.stringify({ language: "Solidity", sources, settings })));
const problems = (output.errors ?? []).map((error) => error.formattedMessage);
if (problems.length) throw new Error(problems.join("\n"));
const code = (name) => "0x" + output.contracts[`${name}.sol`][name].evm.bytecode.object;
const contracts = Object.fromEntries(["MatchVerifier", "ProofRegistry"].map((name) => [name, code(name)]));
fs.writeFileSync(path.join(folder, "contracts.json"), JSON.stringify(contracts));

// The precompile takes the second part of an element of the extension field first.
const { pi_a, pi_b, pi_c } = json("proof.json");
const [x, y] = pi_b;
const points = [pi_a[0], pi_a[1], x[1], x[0], y[1], y[0], pi_c[0], pi_c[1]];
const words = (numbers) => numbers.map((number) => "0x" + BigInt(number).toString(16));
fs.writeFileSync(path.join(folder, "call.json"), JSON.stringify({ proof: words(points), input: words(json("public.json")) }));
