// Looks at what a kiosk asks to be signed: whether its parts belong together, to this person and to this moment. The
// same questions as attest/src/offer asks, but one: the owner's rules are not evaluated again here.
import { hex, same, sha256, utf8 } from "./bytes.mjs";
import { decode } from "./cbor.mjs";
import { open, token } from "./cose.mjs";

const SKEW = 300 + 60;
const CUSTODY = 3;
const PERMIT = 1;
const DAY = 86_400;
const UNDECLARED = 30;
export const [COSIGNATURE, CONSENT] = ["wetsign/cosignature/1", "wetsign/consent/1"];

/** The kiosk lies or is mistaken: which part it is. */
export class Lie extends Error {}

function must(holds, part) {
  if (!holds) throw new Lie(part);
}

async function reading(part, work) {
  try {
    return await work();
  } catch (error) {
    throw error instanceof Lie ? error : new Lie(`${part}: ${error.message}`);
  }
}

/** What is asked, if everything holds. `own`: key, kiosk, its checker, counters (by the element's id, hexadecimal), time. */
export async function look({ id, bytes }, own) {
  const offer = await reading("offer", () => decode(bytes));
  must(offer.get(0) === "wetsign/offer/1", "offer");
  const payload = offer.get(1);
  must(payload instanceof Uint8Array && same(await sha256(payload), id), "payload");
  const fields = await reading("payload", () => decode(payload));
  const kind = fields.get(0);
  const asked = { id, kind, payload, code: await code(id), until: offer.get(6) };
  if (kind === CONSENT) return { ...asked, ...consent(fields, own) };
  must(kind === COSIGNATURE, "payload");
  return { ...asked, ...await question(offer, fields, own) };
}

/** Six digits that the kiosk shows too, if both speak of the same. */
export async function code(id) {
  const [a, b, c, d] = await sha256(utf8("wetsign/code/1"), id);
  return String((((a * 256 + b) * 256 + c) * 256 + d) % 1_000_000).padStart(6, "0");
}

const soon = (time, own) => Math.abs(time - own.now) <= SKEW;

function consent(fields, own) {
  must(same(fields.get(1), own.key), "person");
  must(same(fields.get(2), own.kiosk), "kiosk");
  must(soon(fields.get(5), own), "moment");
  return { text: fields.get(3), language: fields.get(4) };
}

async function question(offer, fields, own) {
  must(same(fields.get(9), own.key), "person");
  must(fields.get(10) === CUSTODY && fields.get(3) === PERMIT, "custody");
  must(soon(fields.get(11), own), "moment");
  const request = await reading("request", () => open("wetsign/request/1", offer.get(2), 2));
  const verdict = await reading("verdict", () => open("wetsign/verdict/1", offer.get(3), 2));
  must(same(fields.get(1), request.id) && same(verdict.fields.get(1), request.id), "request");
  must(same(fields.get(2), verdict.id), "verdict");
  // A phone that was paired before kiosks said it knows no checker, and is paired again to know it.
  must(own.checker && same(verdict.fields.get(2), own.checker), "checker");
  must(request.fields.get(9) >= own.now, "end");
  const works = await judged(offer, request.fields, verdict.fields);
  const capture = await captured(fields, own);
  return {
    request: request.id, verdict: verdict.id, works, capture,
    known: await registered(offer.get(7), request.fields, own),
    ...wanted(request.fields, fields.get(11)),
  };
}

/** Titles of the works; each permitted by the verdict, under the rules that lie beside it. */
async function judged(offer, request, verdict) {
  const [assets, given] = [request.get(1), verdict.get(4)];
  const [descriptors, rules] = [offer.get(4), offer.get(5)];
  must(given.length === assets.length && descriptors.length === assets.length && rules.length === assets.length, "rules");
  return Promise.all(given.map((one, at) => reading("rules", async () => {
    must(same(one.get(1), assets[at]), "verdict");
    const descriptor = await open("wetsign/asset/1", descriptors[at], 9);
    const rule = await open("wetsign/rules/1", rules[at], 4);
    must(same(one.get(2), descriptor.id) && same(one.get(3), rule.id), "rules");
    must(one.get(6) === PERMIT && one.get(8).length === 0, "verdict");
    return { title: descriptor.fields.get(5), rules: one.get(7) };
  })));
}

/** The capture is of this person's session for this request, of now, and was not signed for before. */
function captured(fields, own) {
  return reading("capture", async () => {
    const [first, second, ...more] = decode(fields.get(6));
    const device = await open("wetsign/device/1", first, 8);
    const provisioner = await open("wetsign/provisioner/1", second, 6);
    must(same(device.fields.get(8), provisioner.fields.get(1)) && more.length === 0, "chain");
    const claims = await token(fields.get(5), device.fields.get(1));
    const report = fields.get(7);
    const seen = decode(report);
    const handle = own.key.length === 33 ? await sha256(own.key) : own.key;
    const nonce = await sha256(fields.get(1), fields.get(2), handle, seen.get(3));
    must(same(claims.get(10), nonce) && same(claims.get(-65538), await sha256(report)), "capture");
    must(soon(seen.get(13), own), "moment");
    const [element, counter] = [hex(claims.get(256)), claims.get(-65540)];
    must(counter > (own.counters.get(element) ?? -1), "again");
    return { element, counter };
  });
}

/** The word of the device's own kiosk about who asks. */
async function registered(bytes, request, own) {
  if (bytes === undefined) return null;
  const { fields } = await reading("registration", () => open("wetsign/registration/1", bytes, 5));
  must(same(fields.get(5), own.kiosk) && same(fields.get(1), request.get(2)), "registration");
  must(fields.get(4).includes(request.get(4).get(1)), "registration");
  must(fields.get(6) <= own.now && own.now < fields.get(7), "registration");
  return { name: fields.get(2), contact: fields.get(3) };
}

/** What is asked for, in the request's own words. */
function wanted(request, time) {
  const attributes = request.get(4);
  const [form, values] = request.get(5);
  const fee = request.get(6).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  const days = attributes.get(7) ?? UNDECLARED;
  return {
    app: request.get(3), requester: hex(request.get(2)), purpose: attributes.get(1),
    text: form === 1 ? values[0] : null, held: form === 1 ? null : { digest: hex(values[0]), kind: values[1] },
    fee: hearts(fee), days, ends: time + days * DAY,
  };
}

/** An amount in heart, exactly: 18 digits behind the point, without zeros at the end. */
function hearts(atto) {
  const digits = atto.toString().padStart(19, "0");
  const rest = digits.slice(-18).replace(/0+$/, "");
  return rest ? `${digits.slice(0, -18)}.${rest}` : digits.slice(0, -18);
}
