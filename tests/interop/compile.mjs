// compile.mjs FOLDER: compiles the contracts of attest/contracts, those of tests/chain/contracts that try them, and FOLDER's
// MatchVerifier.sol; leaves the creation code in contracts.json, the interfaces in abi.json
// and, where FOLDER has proof.json and public.json, the arguments of
// that true proof in call.json. A warning about our own sources is an error.
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const require = createRequire(process.env.NODE_MODULES + "/");
const solc = require("solc");
const folder = process.argv[2];
const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "../..");
const json = (name) => JSON.parse(fs.readFileSync(path.join(folder, name), "utf8"));

const sources = {};
for (const place of [path.join(root, "attest/contracts"), path.join(root, "tests/chain/contracts"), folder])
    for (const name of fs.readdirSync(place).filter((name) => name.endsWith(".sol")))
        sources[name] = { content: fs.readFileSync(path.join(place, name), "utf8") };
const library = (name) => {
    try {
        return { contents: fs.readFileSync(path.join(process.env.NODE_MODULES, name), "utf8") };
    } catch (error) {
        return { error: `${name}: ${error.message}` };
    }
};
const settings = {
    evmVersion: "cancun",
    optimizer: { enabled: true, runs: 10000 },
    outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
};
const input = JSON.stringify({ language: "Solidity", sources, settings });
const output = JSON.parse(solc.compile(input, { import: library }));
// OpenZeppelin 5.7.0 has functions named `at`, which solc 0.8.37 wants for itself one day, and writes transient storage.
const theirs = (error) => error.severity === "warning" && error.sourceLocation?.file.startsWith("@openzeppelin/");
const problems = (output.errors ?? []).filter((error) => !theirs(error)).map((error) => error.formattedMessage);
if (problems.length) throw new Error(problems.join("\n"));
const [contracts, abis] = [{}, {}];
for (const name of Object.keys(sources))
    for (const [contract, { abi, evm }] of Object.entries(output.contracts[name] ?? {}))
        if (evm.bytecode.object) [contracts[contract], abis[contract]] = ["0x" + evm.bytecode.object, abi];
fs.writeFileSync(path.join(folder, "contracts.json"), JSON.stringify(contracts));
fs.writeFileSync(path.join(folder, "abi.json"), JSON.stringify(abis));

// The precompile takes the second part of an element of the extension field first.
if (fs.existsSync(path.join(folder, "proof.json"))) {
    const { pi_a, pi_b, pi_c } = json("proof.json");
    const [x, y] = pi_b;
    const points = [pi_a[0], pi_a[1], x[1], x[0], y[1], y[0], pi_c[0], pi_c[1]];
    const words = (numbers) => numbers.map((number) => "0x" + BigInt(number).toString(16));
    const call = { proof: words(points), input: words(json("public.json")) };
    fs.writeFileSync(path.join(folder, "call.json"), JSON.stringify(call));
}
