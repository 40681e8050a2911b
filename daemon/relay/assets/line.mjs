// The way to the kiosk: sealed questions and answers through the relay that served this page (daemon/pair: line.rs).
import { join, random, same, utf8 } from "./bytes.mjs";
import { decode, encode, members } from "./cbor.mjs";
import { openFrom, raw, seal } from "./hpke.mjs";

const ASK = utf8("wetsign/line/1/ask");
const REPLY = utf8("wetsign/line/1/reply/");
const [HEARD, SEALED, REFUSED] = [0, 1, 2];
const MOST = 1024 * 1024 + 4 * 1024;
export const ERRAND = { wait: 1, sign: 2, decline: 3, devices: 4, end: 5, unlock: 6, verdict: 7, keys: 8, keyEvent: 9, uses: 10,
  withdraw: 11, complain: 12, template: 13, erase: 14 };

/** The relay handed nothing on. */
export class Away extends Error {}
/** The kiosk, or the relay in its name, does not let this device in. Not sealed: nobody is to be believed. */
export class Unpaired extends Error {}
/** The kiosk said no, sealed. */
export class Refused extends Error {}

export const now = () => Math.floor(Date.now() / 1000);

/** Sends a packet to a line; answers what is sealed, or nothing if the kiosk only heard it. */
async function exchange(line, packet, signal) {
  let answer;
  try {
    answer = await fetch(`/k/${line}`, {
      method: "POST", body: packet, signal, cache: "no-store", headers: { "content-type": "application/octet-stream" },
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Away("the relay does not answer");
  }
  const bytes = new Uint8Array(await answer.arrayBuffer());
  if (!answer.ok) throw new Away(new TextDecoder().decode(bytes.slice(0, 200)));
  if (bytes.length > MOST || bytes.length === 0) throw new Away("the answer has no form that is known");
  const rest = bytes.slice(1);
  if (bytes[0] === HEARD && !rest.length) return null;
  if (bytes[0] === SEALED) return rest;
  if (bytes[0] === REFUSED) throw new Unpaired(new TextDecoder().decode(rest.slice(0, 1024)));
  throw new Away("the answer has no form that is known");
}

/** A message of a pairing. */
export const say = (line, name, sealed) => exchange(line, join(Uint8Array.of(1), name, sealed));

/** A question to the kiosk with which this device is paired. */
export async function ask(kept, errand, { about = [], body, words } = {}, signal = undefined) {
  const number = random(16);
  const question = encode(new Map([[1, number], [2, now()], [3, errand], [4, about], [5, body], [6, words]]));
  const sealed = await seal(kept.lasting, ASK, question, kept.seal);
  const device = await raw(kept.seal.publicKey);
  const back = await exchange(kept.line, join(Uint8Array.of(2), device, sealed), signal);
  if (!back) throw new Away("the kiosk gave no answer");
  const plain = await openFrom(kept.seal, kept.lasting, join(REPLY, number), back);
  const reply = members(decode(plain), { refused: 1, offer: 2, devices: 3, verdict: 4, events: 5, person: 6, uses: 7,
    template: 8, receipt: 9 });
  if (reply.refused !== undefined) throw new Refused(reply.refused);
  return reply;
}

/** The next offer that is not among `told`; none for a while. */
export async function wait(kept, told, signal) {
  const { offer } = await ask(kept, ERRAND.wait, { about: told }, signal);
  if (!offer) return null;
  const { id, offer: bytes } = members(offer, { id: 1, offer: 2 });
  if (told.some((one) => same(one, id))) throw new Refused("the kiosk asks the same again");
  return { id, bytes };
}

/** The devices of this person. */
export async function devices(kept) {
  const { devices: listed } = await ask(kept, ERRAND.devices);
  return listed.map((one) => members(one, { pairing: 1, label: 2, time: 3, until: 4, ended: 5 }));
}
