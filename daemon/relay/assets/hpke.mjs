// HPKE (RFC 9180): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM; one seal for one message, what it is about in
// `info`. Over WebCrypto, so that a device's secret is a key that no script reads.
import { bigEndian, join, utf8 } from "./bytes.mjs";

const KEM = join(utf8("KEM"), bigEndian(0x20, 2));
const SUITE = join(utf8("HPKE"), bigEndian(0x20, 2), bigEndian(1, 2), bigEndian(1, 2));
const VERSION = utf8("HPKE-v1");
const NONE = new Uint8Array(0);
const [BASE, AUTH] = [0, 2];
const ENCAPSULATED = 32;
const { subtle } = crypto;

async function hmac(key, ...parts) {
  // HMAC fills a short key up with zeros, and browsers take no empty one.
  const raw = key.length ? key : new Uint8Array(32);
  const imported = await subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await subtle.sign("HMAC", imported, join(...parts)));
}

const extract = (suite, salt, label, secret) => hmac(salt, VERSION, suite, utf8(label), secret);

/** At most 32 bytes: one block is enough. */
async function expand(suite, secret, label, info, count) {
  const block = await hmac(secret, bigEndian(count, 2), VERSION, suite, utf8(label), info, Uint8Array.of(1));
  return block.slice(0, count);
}

/** A new pair: the secret half is never shown. */
export const fresh = () => subtle.generateKey({ name: "X25519" }, false, ["deriveBits"]);

/** The bytes of a public key. */
export const raw = async (key) => new Uint8Array(await subtle.exportKey("raw", key));

const publicKey = (bytes) => subtle.importKey("raw", bytes, { name: "X25519" }, true, []);

async function agree(secret, bytes) {
  const key = { name: "X25519", public: await publicKey(bytes) };
  const shared = new Uint8Array(await subtle.deriveBits(key, secret, 256));
  if (shared.every((byte) => byte === 0)) throw new Error("the other side's key is none");
  return shared;
}

async function derived(agreed, context) {
  const secret = await extract(KEM, NONE, "eae_prk", agreed);
  return expand(KEM, secret, "shared_secret", context, 32);
}

async function cipher(mode, shared, info, use) {
  const empty = await extract(SUITE, NONE, "psk_id_hash", NONE);
  const about = await extract(SUITE, NONE, "info_hash", info);
  const context = join(Uint8Array.of(mode), empty, about);
  const secret = await extract(SUITE, shared, "secret", NONE);
  const key = await expand(SUITE, secret, "key", context, 16);
  const iv = await expand(SUITE, secret, "base_nonce", context, 12);
  return [{ name: "AES-GCM", iv }, await subtle.importKey("raw", key, "AES-GCM", false, [use])];
}

/** Seals for the key `to`; with a pair in `from`, the other side knows that it did. `once` is for test vectors. */
export async function seal(to, info, plain, from = null, once = null) {
  const pair = once ?? await fresh();
  const enc = await raw(pair.publicKey);
  const own = from ? await raw(from.publicKey) : NONE;
  const agreed = [await agree(pair.privateKey, to)];
  if (from) agreed.push(await agree(from.privateKey, to));
  const shared = await derived(join(...agreed), join(enc, to, own));
  const [how, key] = await cipher(from ? AUTH : BASE, shared, info, "encrypt");
  return join(enc, new Uint8Array(await subtle.encrypt(how, key, plain)));
}

/** Opens what the key `from` sealed for this pair. */
export async function openFrom(pair, from, info, sealed) {
  if (sealed.length < ENCAPSULATED + 16) throw new Error("the message is cut off");
  const enc = sealed.slice(0, ENCAPSULATED);
  const own = await raw(pair.publicKey);
  const agreed = join(await agree(pair.privateKey, enc), await agree(pair.privateKey, from));
  const shared = await derived(agreed, join(enc, own, from));
  const [how, key] = await cipher(AUTH, shared, info, "decrypt");
  try {
    return new Uint8Array(await subtle.decrypt(how, key, sealed.slice(ENCAPSULATED)));
  } catch {
    throw new Error("the message does not open: it is for another, from another, about something else, or was changed");
  }
}
