// grpc-js, which knows nothing of this project, over the kiosk's Unix socket and over TLS.
//     clients.mjs SOCKET HOST:PORT CA       (CA: a file in PEM)
// Prints { ok, rows: [{ name, ok, why }] }.
import fs from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.env.NODE_MODULES + "/");
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");
const protobuf = require("protobufjs");

const TIMEOUT = 20_000;
const STATUS = "/wetsign.v1.Kiosk/Status";
const GET = "/wetsign.v1.Requests/Get";
const LIST = "/wetsign.v1.Requests/List";
const HEALTH = "/grpc.health.v1.Health/Check";
const WATCH = "/grpc.health.v1.Health/Watch";
const NOTHING = Buffer.alloc(0);
// RequestId { id: 32 bytes of zero }
const UNKNOWN = Buffer.concat([Buffer.from([0x0a, 32]), Buffer.alloc(32)]);

// The part of grpc.reflection that is used here: the same in v1 and v1alpha.
const reflection = protobuf.parse(`syntax = "proto3";
    message Ask { oneof what { string file_containing_symbol = 4; string list_services = 7; } }
    message Answer {
        Files file_descriptor_response = 4;
        Services list_services_response = 6;
        Error error_response = 7;
    }
    message Files { repeated bytes file_descriptor_proto = 1; }
    message Services { repeated Service service = 1; }
    message Service { string name = 1; }
    message Error { int32 error_code = 1; string error_message = 2; }`, { keepCase: true }).root;
const [Ask, Answer] = ["Ask", "Answer"].map((name) => reflection.lookupType(name));

const same = (data) => data;
const deadline = () => ({ deadline: Date.now() + TIMEOUT });
const must = (condition, why) => {
    if (!condition) throw new Error(why);
};

const ask = (client, path, message = NOTHING, metadata = new grpc.Metadata()) =>
    new Promise((done, failed) =>
        client.makeUnaryRequest(path, same, same, message, metadata, deadline(), (error, answer) =>
            error ? failed(error) : done(answer)));

// More than one call on a connection: later ones name the authority by its place in the table of fields.
const calls = async (client) => {
    for (const path of [STATUS, STATUS, HEALTH, STATUS]) {
        must((await ask(client, path)).length > 0, `an empty answer to ${path}`);
    }
    return "4 calls answered";
};

// More fields than the table holds, so that the authority's entry is evicted and written again.
const many = async (client) => {
    for (let number = 0; number < 200; number++) {
        const metadata = new grpc.Metadata();
        metadata.set(`x-trace-${number}`, "/".repeat(number % 90));
        await ask(client, STATUS, NOTHING, metadata);
    }
    return "200 calls answered";
};

const refused = (code, path, message = NOTHING) => async (client) => {
    try {
        await ask(client, path, message);
    } catch (error) {
        if (error.code === grpc.status[code] && error.details) return `${code}: ${error.details}`;
        throw error;
    }
    throw new Error(`an answer where ${code} was expected`);
};

const first = (client) =>
    new Promise((done, failed) => {
        const stream = client.makeServerStreamRequest(WATCH, same, same, NOTHING, deadline());
        stream.on("data", (state) => {
            // HealthCheckResponse { status: SERVING }
            if (state.equals(Buffer.from([8, 1]))) done("serving");
            else failed(new Error(`health says ${state.toString("hex")}`));
            stream.cancel();
        });
        stream.on("error", failed);
    });

const reflect = (client, version, what) =>
    new Promise((done, failed) => {
        const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
        const stream = client.makeBidiStreamRequest(path, same, same, deadline());
        stream.on("data", (bytes) => done(Answer.toObject(Answer.decode(bytes))));
        stream.on("error", failed);
        stream.on("end", () => failed(new Error("it ended without an answer")));
        stream.write(Buffer.from(Ask.encode(what).finish()));
        stream.end();
    });

const listed = (version) => async (client) => {
    const answer = await reflect(client, version, { list_services: "*" });
    const names = (answer.list_services_response?.service ?? []).map((service) => service.name);
    must(names.includes("wetsign.v1.Requests"), `no service of ours in ${JSON.stringify(answer)}`);
    return names.join(", ");
};

// What grpcurl does: it asks for the descriptors, then calls by name and reads the answer by them.
const byName = (version, target, credentials) => async (client) => {
    const answer = await reflect(client, version, { file_containing_symbol: "wetsign.v1.Kiosk" });
    const files = answer.file_descriptor_response?.file_descriptor_proto;
    must(files?.length, `no descriptor in ${JSON.stringify(answer)}`);
    const set = protobuf.Writer.create();
    for (const file of files) set.uint32(0x0a).bytes(file);
    const types = loader.loadFileDescriptorSetFromBuffer(Buffer.from(set.finish()));
    const kiosk = new (grpc.loadPackageDefinition(types).wetsign.v1.Kiosk)(target, credentials);
    try {
        const status = await new Promise((done, failed) =>
            kiosk.Status({}, deadline(), (error, answer) => (error ? failed(error) : done(answer))));
        must(status.state === "ready", `the kiosk says ${JSON.stringify(status.state)}`);
        return `Status: ${status.state}`;
    } finally {
        kiosk.close();
    }
};

const [socket, address, authority] = process.argv.slice(2);
must(authority, "clients.mjs SOCKET HOST:PORT CA");
const { version } = require("@grpc/grpc-js/package.json");
const plain = grpc.credentials.createInsecure();
const trusted = grpc.credentials.createSsl(fs.readFileSync(authority));
const local = `unix:${socket}`;
const named = (name) => ({ "grpc.default_authority": name });

const checks = [
    ["socket: unix:", local, plain, {}, calls],
    ["socket: unix://", `unix://${socket}`, plain, {}, calls],
    ["socket: the path as authority", local, plain, named(socket), calls],
    ["socket: the path as authority, percent-encoded", local, plain, named(encodeURIComponent(socket)), calls],
    ["socket: the address as authority", local, plain, named(local), calls],
    ["socket: 200 calls over one connection", local, plain, {}, many],
];
for (const [door, target, credentials] of [["socket", local, plain], ["TLS", `dns:${address}`, trusted]]) {
    checks.push([`${door}: calls`, target, credentials, {}, calls]);
    checks.push([`${door}: a refusal is a status`, target, credentials, {}, refused("NOT_FOUND", GET, UNKNOWN)]);
    checks.push([`${door}: the first of a stream`, target, credentials, {}, first]);
    for (const of of ["v1", "v1alpha"]) {
        checks.push([`${door}: reflection ${of}`, target, credentials, {}, listed(of)]);
        checks.push([`${door}: a call by reflection ${of}`, target, credentials, {}, byName(of, target, credentials)]);
    }
}
checks.push(["TLS: a stranger may not list", `dns:${address}`, trusted, {}, refused("PERMISSION_DENIED", LIST)]);
checks.push(["TLS: unknown authorities are not believed", `dns:${address}`, grpc.credentials.createSsl(), {},
    refused("UNAVAILABLE", STATUS)]);

const rows = [];
for (const [name, target, credentials, options, check] of checks) {
    // A connection of its own for each.
    const client = new grpc.Client(target, credentials, { ...options, "grpc.use_local_subchannel_pool": 1 });
    try {
        rows.push({ name: `grpc-js ${version}, ${name}`, ok: true, why: await check(client) });
    } catch (error) {
        rows.push({ name: `grpc-js ${version}, ${name}`, ok: false, why: String(error?.message ?? error) });
    } finally {
        client.close();
    }
}
const ok = rows.every((row) => row.ok);
console.log(JSON.stringify({ ok, rows }));
process.exit(ok ? 0 : 2);
