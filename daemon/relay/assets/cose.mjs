// Signed objects: COSE_Sign1 (RFC 9052), tag 18, the type string as external_aad. What a passkey has to answer, how its
// answer is put into the envelope, and whether somebody else's envelope holds (attest/README.md).
import { fromHex, join, same, sha256, toBase64url, utf8 } from "./bytes.mjs";
import { Tagged, decode, encode } from "./cbor.mjs";

const ED25519 = fromHex("a10127");
const PASSKEY = fromHex("a1013a00010000");
const NO_HEADER = new Map();
/** The order of P-256's points. */
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const { subtle } = crypto;

const toBeSigned = (header, kind, payload) => encode(["Signature1", header, utf8(kind), payload]);

/** An object's payload: a map whose key 0 is its type string. */
export const payload = (kind, fields) => encode(new Map([[0, kind], ...fields]));

/** The digest that a passkey has to answer so that it signs this payload. */
export const challenge = (kind, bytes) => sha256(toBeSigned(PASSKEY, kind, bytes));

/** A passkey's answer and the payload in their envelope. */
export function envelope(bytes, { authenticatorData, clientData, signature }) {
  const answer = encode([authenticatorData, clientData, pairOf(signature)]);
  return encode(new Tagged(18, [PASSKEY, NO_HEADER, bytes, answer]));
}

const number = (bytes) => bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
const scalar = (value) => fromHex(value.toString(16).padStart(64, "0"));

/** r ‖ s of a signature in DER, with the lower of the two values of s. */
function pairOf(der) {
  const integer = (at) => {
    const length = der[at + 1];
    if (der[at] !== 2 || length < 1 || length > 33 || at + 2 + length > der.length) throw new Error("no signature");
    return [number(der.slice(at + 2, at + 2 + length)), at + 2 + length];
  };
  if (der[0] !== 0x30 || der[1] !== der.length - 2) throw new Error("no signature");
  const [r, next] = integer(2);
  const [s, end] = integer(next);
  if (end !== der.length || r < 1n || r >= N || s < 1n || s >= N) throw new Error("no signature");
  return join(scalar(r), scalar(s > N / 2n ? N - s : s));
}

/** The payload of a signed object of this kind, with the member that holds its signer's key, if its signature holds. */
export async function open(kind, bytes, signer) {
  const { body, fields } = await opened(bytes, kind, (map) => map.get(signer));
  if (fields.get(0) !== kind) throw new Error(`it is no ${kind}`);
  return { id: await sha256(body), fields };
}

/** The claims of a token that this key signed (RFC 8392): no type string, no external_aad. */
export async function token(bytes, key) {
  return (await opened(bytes, "", () => key)).fields;
}

async function opened(bytes, aad, keyIn) {
  const outer = decode(bytes);
  const parts = outer instanceof Tagged && outer.tag === 18 ? outer.value : null;
  if (!Array.isArray(parts) || parts.length !== 4) throw new Error("it is no signed object");
  const [header, unprotected, body, signature] = parts;
  if (!(unprotected instanceof Map) || unprotected.size !== 0) throw new Error("it has a header that is never used");
  const fields = decode(body);
  if (!(fields instanceof Map)) throw new Error("its payload is no map");
  const [key, signed] = [keyIn(fields), toBeSigned(header, aad, body)];
  const holds = same(header, ED25519) ? await byProgram(key, signed, signature)
    : same(header, PASSKEY) && await byPasskey(key, signed, signature);
  if (!holds) throw new Error("its signature does not hold");
  return { body, fields };
}

async function byProgram(key, signed, signature) {
  if (key?.length !== 32) return false;
  const imported = await subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  return subtle.verify({ name: "Ed25519" }, imported, signature, signed);
}

/** A person's own: flags and challenge are looked at; which page asked is for a verifier's policy. */
async function byPasskey(key, signed, signature) {
  if (key?.length !== 33) return false;
  const [data, client, pair] = decode(signature);
  const said = JSON.parse(new TextDecoder().decode(client));
  const asked = toBase64url(await sha256(signed));
  if (said.type !== "webauthn.get" || said.challenge !== asked || said.crossOrigin === true || "topOrigin" in said) {
    return false;
  }
  if ((data[32] & 0x05) !== 0x05 || data[32] & 0x40) return false;
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const imported = await subtle.importKey("jwk", jwk(key), curve, false, ["verify"]);
  return subtle.verify({ name: "ECDSA", hash: "SHA-256" }, imported, pair, join(data, await sha256(client)));
}

/** A compressed point as a key: y² = x³ − 3x + b, and p is 3 modulo 4. */
function jwk(point) {
  const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
  const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;
  const x = number(point.slice(1));
  if (![2, 3].includes(point[0]) || x >= P) throw new Error("no key");
  const square = (((x * x * x - 3n * x + B) % P) + P) % P;
  let [y, base, power] = [1n, square, (P + 1n) / 4n];
  for (; power > 0n; power >>= 1n) {
    if (power & 1n) y = (y * base) % P;
    base = (base * base) % P;
  }
  if ((y * y) % P !== square) throw new Error("no key");
  if (Number(y & 1n) !== (point[0] & 1)) y = P - y;
  return { kty: "EC", crv: "P-256", x: toBase64url(point.slice(1)), y: toBase64url(scalar(y)) };
}

/** A compressed point out of a key as browsers hand it out (SubjectPublicKeyInfo of P-256, 91 bytes). */
export function compressed(spki) {
  const point = spki.slice(-65);
  if (spki.length !== 91 || point[0] !== 4) throw new Error("the new passkey is on no curve that is used here");
  return join(Uint8Array.of(2 + (point[64] & 1)), point.slice(1, 33));
}
