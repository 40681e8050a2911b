// What is one's own: works and their uses, what a kiosk keeps of a face and a voice, keys. What the kiosk tells is looked
// at; what the person says is signed by their passkey.
import { hex, same } from "./bytes.mjs";
import { members } from "./cbor.mjs";
import { open, payload } from "./cose.mjs";
import { KEY_EVENT, REVERT, read, standing } from "./keys.mjs";
import { ERRAND, ask, now } from "./line.mjs";
import * as passkey from "./passkey.mjs";

const [WITHDRAWAL, COMPLAINT] = ["wetsign/withdrawal/1", "wetsign/complaint/1"];
const [WISH, RECEIPT] = ["wetsign/erasure-request/1", "wetsign/erasure/1"];

async function say(kept, errand, kind, fields) {
  const body = await passkey.sign(kept.passkey, kind, payload(kind, fields));
  return ask(kept.kiosk, errand, { body });
}

/** Approvals of this person's works, the newest first; each request signed by who made it. */
export async function uses(kept) {
  const { uses: told = [] } = await ask(kept.kiosk, ERRAND.uses);
  return Promise.all(told.map(async (one) => {
    const use = members(one, { approval: 1, asset: 2, title: 3, request: 4, known: 5, time: 6, until: 7, withdrawn: 8, complaints: 9 });
    const { fields } = await open("wetsign/request/1", use.request, 2);
    if (!fields.get(1).some((asset) => same(asset, use.asset))) throw new Error("a use is of another work");
    const [form, values] = fields.get(5);
    return { ...use, id: hex(use.approval), app: fields.get(3), purpose: fields.get(4).get(1), text: form === 1 ? values[0] : null };
  }));
}

/** Takes an approval back. */
export const takeBack = (kept, { asset, approval }) => say(kept, ERRAND.withdraw, WITHDRAWAL,
  [[1, asset], [2, approval], [4, kept.passkey.public], [5, now()]]);

/** Complains of a use. */
export const complain = (kept, { asset, approval }, words) => say(kept, ERRAND.complain, COMPLAINT,
  [[1, asset], [2, approval], [3, words], [4, kept.passkey.public], [5, now()]]);

/** What the kiosk keeps of this person; nothing where it keeps nothing. */
export async function template(kept) {
  const { template: told } = await ask(kept.kiosk, ERRAND.template);
  return told ? members(told, { leaf: 1, time: 2 }) : null;
}

/** Has it erased; answers the kiosk's receipt. */
export async function erase(kept, { leaf }) {
  const { receipt } = await say(kept, ERRAND.erase, WISH,
    [[1, kept.passkey.public], [2, kept.kiosk.kiosk], [3, leaf], [4, now()]]);
  const { id, fields } = await open(RECEIPT, receipt, 1);
  const holds = same(fields.get(1), kept.kiosk.kiosk) && same(fields.get(3), leaf) && same(fields.get(5), kept.passkey.public);
  if (!holds) throw new Error("the receipt is for something else");
  return { id: hex(id), time: fields.get(8), bytes: receipt };
}

/** What a receipt of this phone says, and its bytes. */
export async function receipts({ receipts: kept = [] }) {
  const opened = kept.map(async (bytes) => {
    const { id, fields } = await open(RECEIPT, bytes, 1);
    return { id: hex(id), time: fields.get(8), bytes };
  });
  return (await Promise.all(opened)).reverse();
}

/** What was said of this person's keys, the newest first, which there are now, and which recoveries wait. */
export async function keys(kept) {
  const { events = [], person } = await ask(kept.kiosk, ERRAND.keys);
  const told = await Promise.all(events.map(read));
  told.forEach((one, at) => {
    const follows = at === 0 ? one.previous === undefined : same(one.previous ?? [], told[at - 1].id);
    if (!same(one.person, person) || one.number !== at + 1 || !follows) throw new Error("the key events are no chain");
  });
  return { person, own: hex(kept.passkey.public), ...standing(told, now()) };
}

/** Ends a recovery. The kiosk says whether this phone's key has a say in it. */
export const revert = (kept, { person, events }, ref) => {
  const [newest, recovery] = [events[0], events.find((one) => one.ref === ref)];
  return say(kept, ERRAND.keyEvent, KEY_EVENT, [[1, person], [2, newest.number + 1], [3, newest.id],
    [4, [REVERT, [recovery.id]]], [5, kept.passkey.public], [6, Math.max(now(), newest.time)]]);
};
