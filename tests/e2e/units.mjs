// The parts of the phone's page that need no browser, held against this repository's own vectors.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Rows for the modules in `assets`: name, faults, how many were looked at. */
export async function units(assets, repository) {
  const load = (name) => import(pathToFileURL(join(assets, `${name}.mjs`)).href);
  const [bytes, cbor, cose, hpke] = await Promise.all(["bytes", "cbor", "cose", "hpke"].map(load));
  return [await passkey(bytes, cose, repository), await keyEvents(bytes, cose, repository),
    await standing(bytes, await load("keys"), repository), codec(bytes, cbor), await seals(bytes, hpke)];
}

/** A signature of WebAuthn's form, out of r ‖ s: in DER, as browsers hand it out. */
function der(pair) {
  const integer = (half) => {
    const short = half.slice(half.findIndex((byte) => byte > 0));
    const body = short[0] > 127 ? [0, ...short] : [...short];
    return [2, body.length, ...body];
  };
  const both = [...integer(pair.slice(0, 32)), ...integer(pair.slice(32))];
  return Uint8Array.from([0x30, both.length, ...both]);
}

async function passkey({ hex, fromHex, utf8 }, cose, repository) {
  const vector = JSON.parse(readFileSync(join(repository, "attest/vectors/passkey.json"), "utf8"));
  const [kind, payload] = ["wetsign/decline/1", fromHex(vector.payload)];
  const faults = [];
  const must = (what, found, expected) => found === expected || faults.push(`${what}: ${found}`);
  must("challenge", hex(await cose.challenge(kind, payload)), vector.challenge);
  const envelope = (signature) => cose.envelope(payload, {
    authenticatorData: fromHex(vector.authenticator_data), clientData: utf8(vector.client_data), signature,
  });
  const pair = fromHex(vector.signature);
  must("envelope", hex(envelope(der(pair))), vector.envelope);
  const high = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n - BigInt(`0x${hex(pair.slice(32))}`);
  const other = Uint8Array.from([...pair.slice(0, 32), ...fromHex(high.toString(16).padStart(64, "0"))]);
  must("a high s", hex(envelope(der(other))), vector.envelope);
  const opened = await cose.open(kind, fromHex(vector.envelope), 3);
  must("id", hex(opened.id), vector.id);
  let refused = 0;
  const whole = fromHex(vector.envelope);
  for (let at = 0; at < whole.length; at += 1) {
    const changed = whole.slice();
    changed[at] ^= 1;
    refused += await cose.open(kind, changed, 3).then(() => 0, () => 1);
  }
  must("changed bytes that are refused", refused, whole.length);
  return { name: "a passkey's signature is that of attest/vectors, and any changed byte is refused", faults, count: whole.length };
}

/** Key events as the crate signs them, and one as the page writes it. */
async function keyEvents({ fromHex, hex }, { open, payload }, repository) {
  const { events } = JSON.parse(readFileSync(join(repository, "attest/vectors/key-events.json"), "utf8"));
  const kind = "wetsign/key-event/1";
  const faults = [];
  for (const [at, one] of events.entries()) {
    const { id, fields } = await open(kind, fromHex(one.envelope), 5);
    if (hex(id) !== one.id || fields.get(2) !== at + 1) faults.push(`event ${at + 1} is read as another`);
  }
  const revert = events.find((one) => one.act === "recovery reverted");
  const { fields } = await open(kind, fromHex(revert.envelope), 5);
  const [act, [recovery]] = fields.get(4);
  const members = [1, 2, 3].map((key) => [key, fields.get(key)]);
  const made = payload(kind, [...members, [4, [act, [recovery]]], [5, fields.get(5)], [6, fields.get(6)]]);
  if (!revert.envelope.includes(hex(made))) faults.push("a revert has other bytes");
  return { name: "key events are those of attest/vectors, and a revert has the crate's bytes", faults, count: events.length };
}

/** Which keys there are after the crate's events, and which recoveries wait, at each of them and a week later. */
async function standing({ fromHex }, { read, standing: after, RECOVER, SET, SUPPORT }, repository) {
  const { admins, approving, events } = JSON.parse(readFileSync(join(repository, "attest/vectors/key-events.json"), "utf8"));
  const told = await Promise.all(events.map(({ envelope }) => read(fromHex(envelope))));
  const faults = [];
  const must = (what, found, expected) => {
    const [one, other] = [found, expected].map((value) => JSON.stringify(value));
    if (one !== other) faults.push(`${what}: ${one}, not ${other}`);
  };
  const [WEEK, last] = [7 * 86_400, told.at(-1).time];
  const whole = after(told, last);
  must("keys", [whole.set.admins, whole.set.approving], [admins, approving]);
  const waits = (count, time) => after(told.slice(0, count), time).events.map((one) => one.waits).filter(Boolean);
  const [asked, supported] = [RECOVER, SUPPORT].map((act) => told.findIndex((one) => one.act === act));
  const holds = told[supported].time + WEEK;
  must("one helper", waits(asked + 1, told[asked].time), [{ wants: 1, needed: 2 }]);
  must("two helpers", waits(supported + 1, holds - 1), [{ wants: 2, needed: 2, holds }]);
  must("in force", waits(supported + 1, holds), []);
  must("new keys", after(told.slice(0, supported + 1), holds).set, told[asked].set);
  must("reverted", waits(supported + 2, holds), []);
  // A helper who turns to another recovery stops the week of the first, and one who comes again begins it anew.
  const say = (act, key, ref, time, about) => ({ act, key, ref, time, about, set: { needed: 2 } });
  const life = [say(SET, "a", "0", 0), say(RECOVER, "b", "1", 10), say(SUPPORT, "c", "2", 20, "1"), say(RECOVER, "c", "3", 30),
    say(SUPPORT, "c", "4", 40, "1")];
  const of = (count) => after(life.slice(0, count), 50).events.filter((one) => one.waits).map((one) => [one.ref, one.waits.holds]);
  must("stopped", of(4), [["3", undefined], ["1", undefined]]);
  must("begun anew", of(5), [["1", 40 + WEEK]]);
  return { name: "a person's keys and recoveries are those of the crate", faults, count: told.length + life.length };
}

function codec({ fromHex, hex }, { decode, encode }) {
  const good = ["00", "17", "1818", "1903e8", "1a000f4240", "1b000000e8d4a51000", "20", "3903e7", "4401020304", "6449455446",
    "83010203", "a201020304", "f4", "f5", "f6", "d28443a10126a04054"].slice(0, -1);
  const bad = ["1800", "190018", "1a00000018", "5f42010243030405ff", "a2010201ff", "a203010102", "a201020103", "00ff", "81", "ff",
    "fb3ff199999999999a", "1bffffffffffffffff", "62c328", `${"81".repeat(20)}00`, "5bffffffffffffff00", "a16161f7"];
  const faults = good.filter((one) => hex(encode(decode(fromHex(one)))) !== one).map((one) => `${one} is not kept`);
  for (const one of bad) {
    try {
      decode(fromHex(one));
      faults.push(`${one} was taken`);
    } catch { /* as it has to be */ }
  }
  return { name: "CBOR has one form, and any other is refused", faults, count: good.length + bad.length };
}

async function seals({ utf8, same }, { fresh, openFrom, raw, seal }) {
  const [kiosk, phone, stranger] = [await fresh(), await fresh(), await fresh()];
  const of = async (pair) => raw(pair.publicKey);
  const [info, plain] = [utf8("about"), utf8("words")];
  const sealed = await seal(await of(kiosk), info, plain, phone);
  const faults = [];
  if (!same(await openFrom(kiosk, await of(phone), info, sealed), plain)) faults.push("it opens otherwise");
  const changed = sealed.slice();
  changed[40] ^= 1;
  const anonymous = await seal(await of(kiosk), info, plain);
  for (const [what, pair, from, about, bytes] of [["another reader", stranger, phone, info, sealed],
    ["another sender", kiosk, stranger, info, sealed], ["another matter", kiosk, phone, utf8("other"), sealed],
    ["a changed byte", kiosk, phone, info, changed], ["nobody's", kiosk, phone, info, anonymous],
    ["a cut one", kiosk, phone, info, sealed.slice(0, 40)]]) {
    if (await openFrom(pair, await of(from), about, bytes).then(() => true, () => false)) faults.push(`${what} opens it`);
  }
  return { name: "what one seals opens for one other alone", faults, count: 7 };
}
