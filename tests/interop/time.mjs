// Least time of snarkjs in milliseconds, inside one process: time.mjs prove|verify THREADS RUNS FOLDER
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";
const require = createRequire(process.env.NODE_MODULES + "/");
const snarkjs = require("snarkjs");

const [what, threads, runs, folder] = process.argv.slice(2);
const read = (name) => ({ type: "mem", data: new Uint8Array(fs.readFileSync(path.join(folder, name))) });
const json = (name) => JSON.parse(fs.readFileSync(path.join(folder, name), "utf8"));
const steps = {
    prove: () => {
        const [key, witness] = [read("match.zkey"), read("match.wtns")];
        return () => snarkjs.groth16.prove(key, witness, undefined, { singleThread: threads === "1" });
    },
    verify: () => {
        const [key, inputs, proof] = ["verification_key.json", "public.json", "proof.json"].map(json);
        return async () => {
            if (!(await snarkjs.groth16.verify(key, inputs, proof))) throw new Error("refused");
        };
    },
};
const step = steps[what]();
let least = Infinity;
for (let run = 0; run <= Number(runs); run++) {
    const begun = performance.now();
    await step();
    if (run > 0) least = Math.min(least, performance.now() - begun);
}
console.log(least);
process.exit(0);
