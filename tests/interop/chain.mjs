// The contracts on a hardhat node: compiled by solc, reached over JSON-RPC.
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const require = createRequire(process.env.NODE_MODULES + "/");
const solc = require("solc");
const { keccak256 } = require("js-sha3");
const here = path.dirname(fileURLToPath(import.meta.url));
const FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

const word = (value) => BigInt(value).toString(16).padStart(64, "0");
const words = (values) => values.map(word).join("");

function compile(folder) {
    const sources = {
        "MatchVerifier.sol": { content: fs.readFileSync(path.join(folder, "MatchVerifier.sol"), "utf8") },
        "ProofRegistry.sol": {
            content: fs.readFileSync(path.join(here, "../../attest/contracts/ProofRegistry.sol"), "utf8"),
        },
    };
    const settings = {
        evmVersion: "cancun",
        optimizer: { enabled: true, runs: 10000 },
        outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.methodIdentifiers"] } },
    };
    const output = JSON.parse(solc.compile(JSON.stringify({ language: "Solidity", sources, settings })));
    const problems = (output.errors ?? []).map((error) => error.formattedMessage);
    if (problems.length) throw new Error(problems.join("\n"));
    return [output.contracts["MatchVerifier.sol"].MatchVerifier, output.contracts["ProofRegistry.sol"].ProofRegistry];
}

async function freePort() {
    const server = net.createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address();
    await new Promise((resolve) => server.close(resolve));
    return port;
}

async function node() {
    const home = process.env.NODE_MODULES.replace(/\/node_modules$/, "");
    fs.writeFileSync(path.join(home, "hardhat.config.js"), 'module.exports = { solidity: "0.8.24" };\n');
    const port = await freePort();
    const cli = path.join(process.env.NODE_MODULES, "hardhat/internal/cli/cli.js");
    const environment = { ...process.env, HARDHAT_DISABLE_TELEMETRY_PROMPT: "true" };
    const child = spawn(process.execPath, [cli, "node", "--hostname", "127.0.0.1", "--port", String(port)], {
        cwd: home,
        env: environment,
        stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    await new Promise((resolve, reject) => {
        const hear = (data) => {
            said += data;
            if (said.includes("Started HTTP")) resolve();
        };
        child.stdout.on("data", hear);
        child.stderr.on("data", hear);
        child.once("exit", () => reject(new Error(`hardhat ended: ${said.slice(-500)}`)));
    });
    const rpc = async (method, params) => {
        const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
        const headers = { "content-type": "application/json" };
        const answer = await (await fetch(`http://127.0.0.1:${port}`, { method: "POST", headers, body })).json();
        if (answer.error) throw Object.assign(new Error(answer.error.message), { data: answer.error.data });
        return answer.result;
    };
    return { rpc, stop: () => child.kill() };
}

/// Deploys both contracts and tells `row` what they accept and refuse. Answers with the gas that each step took.
export async function chain(row, must, folder, proof, inputs) {
    const gas = {};
    let running;
    await row("hardhat node runs the contracts that solc compiled", async () => {
        const [verifier, registry] = compile(folder);
        running = await node();
        const { rpc } = running;
        const [from] = await rpc("eth_accounts", []);
        const send = async (what, to, data) => {
            const hash = await rpc("eth_sendTransaction", [{ from, to, data, gas: "0x7a1200" }]);
            const receipt = await rpc("eth_getTransactionReceipt", [hash]);
            must(receipt.status === "0x1", `${what} failed`);
            gas[what] = Number(receipt.gasUsed);
            return receipt;
        };
        const deploy = async (what, contract, tail = "") =>
            (await send(what, undefined, "0x" + contract.evm.bytecode.object + tail)).contractAddress;
        const [tauFace, tauVoice] = [inputs[7], inputs[8]];
        running.verifierAddress = await deploy("deploy verifier", verifier);
        running.registryAddress = await deploy("deploy registry", registry, words([from, tauFace, tauVoice]));
        running.send = send;
        running.verifier = verifier.evm.methodIdentifiers;
        running.registry = registry.evm.methodIdentifiers;
        running.from = from;
        const errors = registry.abi.filter((entry) => entry.type === "error");
        const signature = ({ name, inputs }) => `${name}(${inputs.map((input) => input.type).join(",")})`;
        running.errors = new Map(errors.map((error) => [error.name, keccak256(signature(error)).slice(0, 8)]));
    });
    if (!running?.registry) return gas;
    const { rpc, send, verifier, registry, errors, from, verifierAddress, registryAddress } = running;
    const points = [
        ...proof.pi_a.slice(0, 2),
        proof.pi_b[0][1], proof.pi_b[0][0], proof.pi_b[1][1], proof.pi_b[1][0],
        ...proof.pi_c.slice(0, 2),
    ];
    const verifyData = (points, inputs) =>
        "0x" + verifier["verify(uint256[8],uint256[9])"] + words(points) + words(inputs);
    const holds = async (points, inputs) => {
        const answer = await rpc("eth_call", [{ from, to: verifierAddress, data: verifyData(points, inputs) }, "latest"]);
        return BigInt(answer) === 1n;
    };
    await row("EVM: the proof holds, in at most 272,000 gas", async () => {
        must(await holds(points, inputs), "refused");
        await send("verify", verifierAddress, verifyData(points, inputs));
        must(gas.verify <= 272000, `${gas.verify} gas`);
        return `${gas.verify} gas`;
    });
    await row("EVM: each altered input and each alias n + r is refused", async () => {
        for (const at of inputs.keys()) {
            for (const by of [1n, FIELD]) {
                const other = [...inputs];
                other[at] = String(BigInt(other[at]) + by);
                must(!(await holds(points, other)), `input ${at} + ${by} is accepted`);
            }
        }
    });
    await row("EVM: malformed and altered points are refused", async () => {
        for (const at of points.keys()) {
            for (const value of [0n, 1n, BigInt(points[at]) + 1n, 2n ** 256n - 1n]) {
                const other = [...points];
                other[at] = String(value);
                must(!(await holds(other, inputs)), `coordinate ${at} = ${value} is accepted`);
            }
        }
        must(!(await holds(points.map(() => "0"), inputs)), "the identity is accepted");
    });
    const refusal = async (data) => {
        try {
            await rpc("eth_call", [{ from, to: registryAddress, data }, "latest"]);
            return "accepted";
        } catch (error) {
            return error.message;
        }
    };
    const call = (signature, values) => "0x" + registry[signature] + words(values);
    const submit = (points, inputs) =>
        call("submit(address,uint256[8],uint256[9])", [verifierAddress, ...points, ...inputs]);
    const refused = async (name, data) => {
        const found = await refusal(data);
        must(found.includes(`return data: 0x${errors.get(name)}`), `expected ${name}, found: ${found}`);
    };
    await row("EVM: the registry takes a proof only under key, epoch, model and thresholds, and once", async () => {
        await refused("KeyNotAccepted", submit(points, inputs));
        await send("accept key", registryAddress, call("setKey(address,bool)", [verifierAddress, 1]));
        await refused("RootNotInForce", submit(points, inputs));
        await refused("EpochNotNext", call("setEpoch(uint64,uint256)", [2, inputs[0]]));
        await send("set epoch", registryAddress, call("setEpoch(uint64,uint256)", [1, inputs[0]]));
        await refused("ModelNotAccepted", submit(points, inputs));
        await send("accept model", registryAddress, call("setModel(uint256,bool)", [inputs[5], 1]));
        const strict = [BigInt(inputs[7]) + 1n, inputs[8]];
        await send("set thresholds", registryAddress, call("setThresholds(uint256,uint256)", strict));
        await refused("ThresholdTooLow", submit(points, inputs));
        await send("set thresholds", registryAddress, call("setThresholds(uint256,uint256)", [inputs[7], inputs[8]]));
        const signal = [...inputs];
        signal[4] = String(BigInt(signal[4]) + 1n);
        await refused("ProofRefused", submit(points, signal));
        const alias = [...inputs];
        alias[1] = String(BigInt(alias[1]) + FIELD);
        await refused("ProofRefused", submit(points, alias));
        await send("submit", registryAddress, submit(points, inputs));
        await refused("NullifierUsed", submit(points, inputs));
        await refused("ProofRefused", submit(points, alias));
        await send("set epoch", registryAddress, call("setEpoch(uint64,uint256)", [2, 1]));
        await refused("NullifierUsed", submit(points, inputs));
        await send("set epoch", registryAddress, call("setEpoch(uint64,uint256)", [3, 2]));
        await refused("RootNotInForce", submit(points, inputs));
        return `${gas.submit} gas to submit`;
    });
    running.stop();
    return gas;
}
