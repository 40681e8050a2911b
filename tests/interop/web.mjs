// Connect's client for gRPC-Web, which knows nothing of this project: over TLS, and at the door for people's devices.
//     web.mjs SOCKET HOST:PORT CA       (CA: a file in PEM; WETSIGN_DEVICES, WETSIGN_DEVICES_CA: the same of that door,
//                                        WETSIGN_PASSKEY: the file of a passkey that is paired there)
// Prints { ok, rows: [{ name, ok, why }] }.
import fs from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.env.NODE_MODULES + "/");
const { Code, ConnectError, createClient } = require("@connectrpc/connect");
const { createGrpcWebTransport } = require("@connectrpc/connect-node");
const { createFileRegistry, fromBinary } = require("@bufbuild/protobuf");
const { FileDescriptorSetSchema } = require("@bufbuild/protobuf/wkt");
const grpc = require("@grpc/grpc-js");
const protobuf = require("protobufjs");
const manifest = `${process.env.NODE_MODULES}/@connectrpc/connect-node/package.json`;
const { version } = JSON.parse(fs.readFileSync(manifest, "utf8"));

const TIMEOUT = 20_000;
const [, address, authority] = process.argv.slice(2);
const must = (condition, why) => {
    if (!condition) throw new Error(why);
};
must(authority, "web.mjs SOCKET HOST:PORT CA");
const { WETSIGN_DEVICES: devices, WETSIGN_DEVICES_CA: devicesAuthority, WETSIGN_PASSKEY: passkey } = process.env;
must(devices && devicesAuthority && passkey, "WETSIGN_DEVICES, WETSIGN_DEVICES_CA and WETSIGN_PASSKEY");

// Reflection is a stream in both ways, which gRPC-Web has not: the descriptors are asked for by gRPC.
const reflection = protobuf.parse(`syntax = "proto3";
    message Ask { string file_containing_symbol = 4; }
    message Answer { Files file_descriptor_response = 4; }
    message Files { repeated bytes file_descriptor_proto = 1; }`, { keepCase: true }).root;
const [Ask, Answer] = ["Ask", "Answer"].map((name) => reflection.lookupType(name));

const files = (symbol) => new Promise((done, failed) => {
    const client = new grpc.Client(`dns:${address}`, grpc.credentials.createSsl(fs.readFileSync(authority)));
    const path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    const same = (data) => data;
    const stream = client.makeBidiStreamRequest(path, same, same, { deadline: Date.now() + TIMEOUT });
    stream.on("data", (bytes) => {
        done(Answer.toObject(Answer.decode(bytes)).file_descriptor_response.file_descriptor_proto);
        client.close();
    });
    stream.on("error", failed);
    stream.write(Buffer.from(Ask.encode({ file_containing_symbol: symbol }).finish()));
    stream.end();
});

async function registry() {
    const set = protobuf.Writer.create();
    for (const symbol of ["wetsign.v1.Kiosk", "grpc.health.v1.Health"]) {
        for (const file of await files(symbol)) set.uint32(0x0a).bytes(file);
    }
    return createFileRegistry(fromBinary(FileDescriptorSetSchema, set.finish()));
}

const known = await registry();
const client = (service, at, ca, own = {}) => createClient(known.getService(service), createGrpcWebTransport({
    baseUrl: `https://${at}`, httpVersion: "2", defaultTimeoutMs: TIMEOUT, nodeOptions: { ca: ca && fs.readFileSync(ca), ...own },
}));
const at = (service) => client(service, address, authority);
const unpaired = (service) => client(service, devices, devicesAuthority);

/** What `wetsign companion pair` keeps beside the passkey: certificate and key in DER, hexadecimal. */
const kept = JSON.parse(fs.readFileSync(`${passkey}.paired`, "utf8"));
const pem = (name, digits) => `-----BEGIN ${name}-----\n${Buffer.from(digits, "hex").toString("base64").replace(/.{64}/g, "$&\n")}
-----END ${name}-----\n`;
const identity = { cert: pem("CERTIFICATE", kept.certificate), key: pem("PRIVATE KEY", kept.key) };
const paired = (service) => client(service, devices, devicesAuthority, identity);

const refused = async (code, call) => {
    try {
        await call();
    } catch (error) {
        const { code: found, rawMessage } = ConnectError.from(error);
        if (found === code && rawMessage) return `${Code[code]}: ${rawMessage}`;
        throw error;
    }
    throw new Error(`an answer where ${Code[code]} was expected`);
};

const first = async (service) => {
    for await (const { status } of service.watch({})) {
        must(status === 1, `health says ${status}`);
        return "serving";
    }
    throw new Error("it ended without an answer");
};

const RECEIVED = new Uint8Array(32);
const checks = [
    ["TLS: a call", async () => {
        const { state } = await at("wetsign.v1.Kiosk").status({});
        must(state === "ready", `the kiosk says ${JSON.stringify(state)}`);
        return `Status: ${state}`;
    }],
    ["TLS: 20 calls over one connection", async () => {
        const kiosk = at("wetsign.v1.Kiosk");
        for (let call = 0; call < 20; call += 1) must((await kiosk.status({})).version, "no version");
        return "20 calls answered";
    }],
    ["TLS: a refusal is a status", () => refused(Code.NotFound, () => at("wetsign.v1.Requests").get({ id: RECEIVED }))],
    ["TLS: the first of a stream", () => first(at("grpc.health.v1.Health"))],
    ["TLS: a stranger may not list", () => refused(Code.PermissionDenied, () => at("wetsign.v1.Requests").list({}))],
    ["TLS: a stranger conducts nobody", () => refused(Code.PermissionDenied, () => at("wetsign.v1.Sessions").start({}))],
    ["devices: who is not paired gets health", async () => {
        const { status } = await unpaired("grpc.health.v1.Health").check({});
        must(status === 1, `health says ${status}`);
        return "serving";
    }],
    ["devices: and is not told what the kiosk is", () => refused(Code.PermissionDenied, () => unpaired("wetsign.v1.Kiosk").status({}))],
    ["devices: nor what a person is asked", () => refused(Code.PermissionDenied, async () => {
        for await (const offer of unpaired("wetsign.v1.Companion").watch({ key: RECEIVED })) return offer;
        return null;
    })],
    ["devices: nor who has which", () => refused(Code.PermissionDenied, () => unpaired("wetsign.v1.Pairings").list({}))],
    ["devices: who is paired sees their own devices", async () => {
        const { pairings } = await paired("wetsign.v1.Pairings").list({});
        must(pairings.length === 1 && pairings[0].label === "her phone", `${pairings.length} devices`);
        return pairings[0].label;
    }],
    ["devices: and what the kiosk keeps of them", async () => {
        const [{ validatorKey: key }] = (await paired("wetsign.v1.Pairings").list({})).pairings;
        const { leaf, time } = await paired("wetsign.v1.Companion").template({ key });
        must(leaf.length === 32 && time > 0, "no template");
        return `since ${time}`;
    }],
    ["devices: and conducts nobody", () => refused(Code.PermissionDenied, () => paired("wetsign.v1.Sessions").start({}))],
];

const rows = [];
for (const [name, check] of checks) {
    try {
        rows.push({ name: `connect-node ${version} (gRPC-Web), ${name}`, ok: true, why: await check() });
    } catch (error) {
        rows.push({ name: `connect-node ${version} (gRPC-Web), ${name}`, ok: false, why: String(error?.message ?? error) });
    }
}
const ok = rows.every((row) => row.ok);
console.log(JSON.stringify({ ok, rows }));
process.exit(ok ? 0 : 2);
