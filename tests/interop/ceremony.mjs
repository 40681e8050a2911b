// Is the finished ceremony what snarkjs would accept? ceremony.mjs FOLDER, after ours has closed it. Prints { rows }.
import path from "node:path";
import { createRequire } from "node:module";
const require = createRequire(process.env.NODE_MODULES + "/");
const snarkjs = require("snarkjs");

const file = (name) => path.join(process.argv[2], name);
const name = "snarkjs verifies the whole ceremony, beacon included";
const ok = await snarkjs.zKey.verifyFromInit(file("tiny_0.zkey"), file("tiny.ptau"), file("tiny_final.zkey"));
console.log(JSON.stringify({ rows: [{ name, ok, why: ok ? "ours, snarkjs', ours, beacon" : "refused" }] }));
process.exit(0);
