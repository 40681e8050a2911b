// Deterministic CBOR (RFC 8949, 4.2.1), as far as Wetsign's objects use it: integers, bytes, text, arrays, maps with
// integer keys, true, false, null, tags. Whatever has another form is refused: what was read, written again, is the same.
import { join, same, utf8 } from "./bytes.mjs";

const NESTING = 16;
const MOST = 2 ** 53 - 1;

/** A tagged value. */
export class Tagged {
  constructor(tag, value) {
    this.tag = tag;
    this.value = value;
  }
}

function head(kind, number) {
  const first = kind << 5;
  if (!Number.isSafeInteger(number) || number < 0) throw new Error("a number is out of range");
  if (number < 24) return Uint8Array.of(first | number);
  if (number < 2 ** 8) return Uint8Array.of(first | 24, number);
  const count = number < 2 ** 16 ? 2 : number < 2 ** 32 ? 4 : 8;
  const bytes = new Uint8Array(1 + count);
  bytes[0] = first | { 2: 25, 4: 26, 8: 27 }[count];
  let left = number;
  for (let at = count; at > 0; at -= 1) {
    bytes[at] = left % 256;
    left = Math.floor(left / 256);
  }
  return bytes;
}

/** A value as bytes. Maps are `Map`s with integer keys; members that are `undefined` are left out. */
export function encode(value) {
  if (typeof value === "number") return value < 0 ? head(1, -1 - value) : head(0, value);
  if (value instanceof Uint8Array) return join(head(2, value.length), value);
  if (typeof value === "string") {
    const bytes = utf8(value);
    return join(head(3, bytes.length), bytes);
  }
  if (Array.isArray(value)) return join(head(4, value.length), ...value.map(encode));
  if (value instanceof Map) {
    const members = [...value].filter(([, member]) => member !== undefined);
    const written = members.map(([key, member]) => [encode(key), encode(member)]);
    written.sort(([one], [other]) => compare(one, other));
    return join(head(5, written.length), ...written.flat());
  }
  if (value instanceof Tagged) return join(head(6, value.tag), encode(value.value));
  if (value === false) return Uint8Array.of(0xf4);
  if (value === true) return Uint8Array.of(0xf5);
  if (value === null) return Uint8Array.of(0xf6);
  throw new Error(`nothing of this kind is written: ${typeof value}`);
}

/** Encoded keys in the order of their bytes; none begins with another. */
function compare(one, other) {
  const at = one.findIndex((byte, place) => byte !== other[place]);
  return at < 0 ? 0 : one[at] - other[at];
}

const words = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  take(count) {
    if (count > this.bytes.length - this.at) throw new Error("it is cut off");
    this.at += count;
    return this.bytes.slice(this.at - count, this.at);
  }

  head() {
    const [first] = this.take(1);
    const short = first & 31;
    if (short < 24) return [first >> 5, short, first];
    const count = { 24: 1, 25: 2, 26: 4, 27: 8 }[short];
    if (!count) throw new Error("it has a length of no known form");
    const number = this.take(count).reduce((sum, byte) => sum * 256 + byte, 0);
    if (number > MOST) throw new Error("a number is out of range");
    return [first >> 5, number, first];
  }

  value(depth) {
    if (depth > NESTING) throw new Error("it is nested too deeply");
    const [kind, number, first] = this.head();
    switch (kind) {
      case 0: return number;
      case 1: return -1 - number;
      case 2: return this.take(number);
      case 3: return words.decode(this.take(number));
      case 4: return this.list(number, depth);
      case 5: return this.map(number, depth);
      case 6: return new Tagged(number, this.value(depth + 1));
      default:
    }
    if (first === 0xf4 || first === 0xf5) return first === 0xf5;
    if (first === 0xf6) return null;
    throw new Error("it holds what is never used here");
  }

  list(count, depth) {
    if (count > this.bytes.length - this.at) throw new Error("it is cut off");
    return Array.from({ length: count }, () => this.value(depth + 1));
  }

  map(count, depth) {
    if (count > this.bytes.length - this.at) throw new Error("it is cut off");
    const map = new Map();
    for (let member = 0; member < count; member += 1) {
      const key = this.value(depth + 1);
      if (typeof key !== "number" && typeof key !== "string") throw new Error("a key is no number");
      if (map.has(key)) throw new Error("a key comes twice");
      map.set(key, this.value(depth + 1));
    }
    return map;
  }
}

/** The value that bytes hold, in its one form. */
export function decode(bytes) {
  const reader = new Reader(bytes);
  const value = reader.value(0);
  if (reader.at !== bytes.length) throw new Error("something follows it");
  if (!same(encode(value), bytes)) throw new Error("it is not in the one form");
  return value;
}

/** A map of a known shape: `{name: key}`; keys that are not named refuse it. */
export function members(map, shape) {
  if (!(map instanceof Map)) throw new Error("it is no map");
  const names = new Map(Object.entries(shape).map(([name, key]) => [key, name]));
  const found = {};
  for (const [key, value] of map) {
    if (!names.has(key)) throw new Error(`it has a member ${key} that is not known`);
    found[names.get(key)] = value;
  }
  return found;
}
