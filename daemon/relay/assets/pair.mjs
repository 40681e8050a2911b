// How this device and a kiosk come to know each other (daemon/pair): both promise a number, both show six digits.
import { bigEndian, fromBase64url, join, random, same, sha256, utf8 } from "./bytes.mjs";
import { decode, encode, members } from "./cbor.mjs";
import { payload } from "./cose.mjs";
import { fresh, openFrom, raw, seal } from "./hpke.mjs";
import { Away, now, say } from "./line.mjs";

const MARK = "wetsign-pair-1.";
const SKEW = 120;
const [AGAIN, TRIES] = [500, 20];
const PATIENCE = 150_000;
/** Passkey, by the number of its custody. */
const CUSTODY = 3;
export const PAIRING = "wetsign/pairing/1";

const about = (step, name) => join(utf8(`wetsign/pair/1/${step}/`), name);
const promise = (key, number) => sha256(utf8("wetsign/pair/commit/1"), key, number);
const bytes = (value, length) => value instanceof Uint8Array && value.length === length;

/** What the picture says: `https://HOST/k/LINE#wetsign-pair-1.…`, as text. It has to lead to this page's own relay. */
export function invitation(text) {
  const url = new URL(text.trim(), location.origin);
  const line = /^\/k\/([0-9a-f]{64})$/.exec(url.pathname)?.[1];
  if (!line || !url.hash.startsWith(`#${MARK}`)) throw new Error("none");
  if (url.origin !== location.origin) throw new Error("elsewhere");
  const read = members(decode(fromBase64url(url.hash.slice(1 + MARK.length))), {
    kiosk: 1, secret: 2, commitment: 3, certificate: 4, until: 5,
  });
  const { kiosk, secret, commitment, until } = read;
  if (!bytes(kiosk, 32) || !bytes(secret, 16) || !bytes(commitment, 32)) throw new Error("none");
  if (now() >= until) throw new Error("late");
  return { line, kiosk, secret, name: commitment, until };
}

/** Says it again while the kiosk is not there: it is back within seconds, and gives the same bytes the same answer. */
async function patiently(line, name, sealed) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await say(line, name, sealed);
    } catch (error) {
      if (!(error instanceof Away) || tries >= TRIES) throw error;
      await pause();
    }
  }
}

const pause = () => new Promise((done) => { setTimeout(done, AGAIN); });

/** Something in between, or a kiosk that does not keep its word. */
const wrong = () => new Error("between");

/** Greets the kiosk; answers what both agreed on, and the six digits that the kiosk has to show too. */
export async function greet(invited, passkey, label) {
  const { kiosk, secret, name } = invited;
  const pair = await fresh();
  const [device, number] = [await raw(pair.publicKey), random(32)];
  const hello = (shown) => encode(new Map([
    [1, shown], [2, device], [3, passkey.public], [4, CUSTODY], [5, label], [6, certified], [7, promised],
  ]));
  const [certified, promised] = [await unused(), await promise(device, number)];
  const answer = await patiently(invited.line, name, await seal(kiosk, about("hello", name), hello(secret)));
  if (!answer) throw wrong();
  const theirs = members(decode(await openFrom(pair, kiosk, about("kiosk's number", name), answer)), {
    number: 1, kiosk: 2, time: 3,
  });
  if (!same(await promise(kiosk, theirs.number), name)) throw wrong();
  if (Math.abs(theirs.time - now()) > SKEW) throw new Error("clock");
  const public_ = await sha256(hello(new Uint8Array(16)));
  const transcript = await sha256(utf8("wetsign/pair/transcript/1"), kiosk, public_, theirs.number, number,
    await sha256(theirs.kiosk), bigEndian(theirs.time, 8));
  const until = theirs.time + 90 * 86_400;
  const record = payload(PAIRING, [
    [1, theirs.kiosk], [2, passkey.public], [3, CUSTODY], [4, label], [5, device], [6, await sha256(certified)],
    [7, transcript], [8, theirs.time], [9, until],
  ]);
  const shown = encode(new Map([[1, number]]));
  await patiently(invited.line, name, await seal(kiosk, about("device's number", name), shown, pair));
  return { pair, record, digits: await digits(transcript), kiosk: theirs.kiosk, until };
}

async function digits(transcript) {
  const hash = await sha256(utf8("wetsign/pair/digits/1"), transcript);
  const number = hash.slice(0, 8).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  return String(number % 1_000_000n).padStart(6, "0");
}

/** A page shows no client certificate; a kiosk wants a key for one. Nobody keeps its other half. */
async function unused() {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
  return new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
}

/** Says the signed word until the person at the kiosk has said yes too; answers what is kept of the kiosk. */
export async function agree(invited, greeted, signed) {
  const { kiosk, name, line } = invited;
  const word = await seal(kiosk, about("word", name), encode(new Map([[1, signed]])), greeted.pair);
  const end = Date.now() + PATIENCE;
  for (;;) {
    const granted = await patiently(line, name, word);
    if (granted) {
      const plain = await openFrom(greeted.pair, kiosk, about("grant", name), granted);
      const { lasting, checker } = members(decode(plain), { certificate: 1, authority: 2, lasting: 3, checker: 4 });
      if (!bytes(lasting, 32) || !(bytes(checker, 32) || bytes(checker, 33))) throw wrong();
      return { line, lasting, checker, seal: greeted.pair, kiosk: greeted.kiosk, until: greeted.until };
    }
    if (Date.now() > end) throw new Error("late");
    await pause();
  }
}
