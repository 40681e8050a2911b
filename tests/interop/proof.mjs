// What snarkjs and circomlibjs say of our proofs: proof.mjs FOLDER, which `interchange write` has filled.
// Prints { rows: [{ name, ok, why }] }.
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";

const require = createRequire(process.env.NODE_MODULES + "/");
const snarkjs = require("snarkjs");
const { buildPoseidon } = require("circomlibjs");

const folder = process.argv[2];
const file = (name) => path.join(folder, name);
const json = (name) => JSON.parse(fs.readFileSync(file(name), "utf8"));
const rows = [];
const row = async (name, work) => {
    try {
        const why = await work();
        rows.push({ name, ok: true, why: why ?? "as expected" });
    } catch (error) {
        rows.push({ name, ok: false, why: String(error?.message ?? error) });
    }
};
const must = (condition, why) => {
    if (!condition) throw new Error(why);
};

const [key, proof, inputs] = ["verification_key.json", "proof.json", "public.json"].map(json);

await row("circomlibjs: Poseidon of 1 to 12 inputs", async () => {
    const poseidon = await buildPoseidon();
    const vectors = json("poseidon.json");
    for (const { inputs, hash } of vectors) {
        const found = poseidon.F.toString(poseidon(inputs.map(BigInt)));
        must(found === hash, `of ${inputs.length} inputs: circomlibjs ${found}, ours ${hash}`);
    }
    return `${vectors.length} vectors agree`;
});
await row("snarkjs wtns check", async () => {
    must(await snarkjs.wtns.check(file("match.r1cs"), file("match.wtns")), "the witness does not fit the constraints");
});
await row("snarkjs verifies our proof under our key", async () => {
    must(await snarkjs.groth16.verify(key, inputs, proof), "refused");
});
await row("snarkjs refuses each altered input", async () => {
    for (const at of inputs.keys()) {
        const other = [...inputs];
        other[at] = String(BigInt(other[at]) + 1n);
        must(!(await snarkjs.groth16.verify(key, other, proof)), `input ${at} may be altered`);
    }
    return `${inputs.length} inputs`;
});
await row("snarkjs proves with our key as a zkey", async () => {
    const made = await snarkjs.groth16.prove(file("match.zkey"), file("match.wtns"));
    fs.writeFileSync(file("snarkjs-proof.json"), JSON.stringify(made.proof));
    fs.writeFileSync(file("snarkjs-public.json"), JSON.stringify(made.publicSignals));
    must(await snarkjs.groth16.verify(key, made.publicSignals, made.proof), "snarkjs refuses its own proof");
});
await row("snarkjs reads the verifying key out of our zkey", async () => {
    const found = await snarkjs.zKey.exportVerificationKey(file("match.zkey"));
    for (const name of Object.keys(key)) {
        must(JSON.stringify(found[name]) === JSON.stringify(key[name]), `${name} differs`);
    }
});
await row("snarkjs contributes second of three", async () => {
    await snarkjs.zKey.contribute(file("tiny_1.zkey"), file("tiny_2.zkey"), "snarkjs", "some entropy");
});
await row("snarkjs verifies our contribution and its own", async () => {
    must(await snarkjs.zKey.verifyFromInit(file("tiny_0.zkey"), file("tiny.ptau"), file("tiny_2.zkey")), "refused");
});

console.log(JSON.stringify({ rows }));
process.exit(0);
