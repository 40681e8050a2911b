#!/usr/bin/env node
// solc's old command line (`--version`, `FILE --combined-json …`) over npm's solc, for tools that want that program.
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const modules = process.env.NODE_MODULES;
const solc = createRequire(modules + "/")("solc");
const given = process.argv.slice(2);
if (given.includes("--version")) {
    console.log(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}`);
    process.exit(0);
}
const file = given.find((name) => name.endsWith(".sol"));
const places = ["", path.dirname(file), modules];
const find = (name) => {
    const found = places.map((place) => path.join(place, name)).find((place) => fs.existsSync(place));
    return found ? { contents: fs.readFileSync(found, "utf8") } : { error: `${name} is nowhere` };
};
const wanted = ["abi", "evm.bytecode", "evm.deployedBytecode", "evm.methodIdentifiers", "userdoc", "devdoc"];
const settings = { evmVersion: "cancun", outputSelection: { "*": { "*": wanted, "": ["ast"] } } };
const sources = { [file]: { content: fs.readFileSync(file, "utf8") } };
const input = JSON.stringify({ language: "Solidity", sources, settings });
const output = JSON.parse(solc.compile(input, { import: find }));
const errors = (output.errors ?? []).filter((error) => error.severity === "error");
if (errors.length) throw new Error(errors.map((error) => error.formattedMessage).join("\n"));
const answer = { contracts: {}, sources: {}, sourceList: [], version: solc.version() };
for (const [name, contracts] of Object.entries(output.contracts))
    for (const [contract, { abi, evm, userdoc, devdoc }] of Object.entries(contracts))
        answer.contracts[`${name}:${contract}`] = {
            abi,
            bin: evm.bytecode.object,
            "bin-runtime": evm.deployedBytecode.object,
            srcmap: evm.bytecode.sourceMap ?? "",
            "srcmap-runtime": evm.deployedBytecode.sourceMap ?? "",
            hashes: evm.methodIdentifiers,
            userdoc,
            devdoc,
        };
for (const [name, { ast, id }] of Object.entries(output.sources)) {
    answer.sources[name] = { AST: ast };
    answer.sourceList[id] = name;
}
console.log(JSON.stringify(answer));
