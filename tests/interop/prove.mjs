// Least time of snarkjs' prover in milliseconds: prove.mjs KEY.zkey WITNESS.wtns THREADS RUNS
import fs from "node:fs";
import { createRequire } from "node:module";
const require = createRequire(process.env.NODE_MODULES + "/");
const snarkjs = require("snarkjs");

const [zkeyPath, witnessPath, threads, runs] = process.argv.slice(2);
const read = (path) => ({ type: "mem", data: new Uint8Array(fs.readFileSync(path)) });
const [zkey, witness] = [read(zkeyPath), read(witnessPath)];
let least = Infinity;
for (let run = 0; run <= Number(runs); run++) {
    const begun = performance.now();
    await snarkjs.groth16.prove(zkey, witness, undefined, { singleThread: threads === "1" });
    if (run > 0) least = Math.min(least, performance.now() - begun);
}
console.log(least);
process.exit(0);
