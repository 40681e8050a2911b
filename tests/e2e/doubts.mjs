// One real offer, and everything that somebody could change of it: the page's own check has to take the first alone.
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Faults of the check in `assets`, and how many changes were tried. All values but `now` are hexadecimal. */
export async function doubts(assets, given) {
  const load = (name) => import(pathToFileURL(join(assets, `${name}.mjs`)).href);
  const [{ look }, { decode, encode }, { fromHex, sha256 }] = await Promise.all(["offer", "cbor", "bytes"].map(load));
  const own = (change = {}) => ({
    key: fromHex(given.key), kiosk: fromHex(given.kiosk), checker: fromHex(given.checker), counters: new Map(), now: given.now, ...change,
  });
  const bytes = fromHex(given.offer);
  const id = fromHex(given.id);
  const faults = [];
  let count = 1;
  const asked = await look({ id, bytes }, own()).catch((error) => faults.push(`the real one is refused: ${error.message}`));
  if (!asked?.capture) return { faults, count };
  const refuses = async (what, offer, mine = own()) => {
    count += 1;
    if (await look(offer, mine).then(() => true, () => false)) faults.push(`${what} is taken`);
  };
  const other = (length) => new Uint8Array(length).fill(7);
  await refuses("another person's", { id, bytes }, own({ key: other(33) }));
  await refuses("another checker's verdict", { id, bytes }, own({ checker: other(32) }));
  await refuses("no checker that is known", { id, bytes }, own({ checker: undefined }));
  await refuses("another id", { id: other(32), bytes }, own());
  await refuses("an old one", { id, bytes }, own({ now: given.now + 3600 }));
  await refuses("one of the future", { id, bytes }, own({ now: given.now - 3600 }));
  await refuses("a capture that was signed for", { id, bytes },
    own({ counters: new Map([[asked.capture.element, asked.capture.counter]]) }));

  // The payload with another value in each member; its id follows, so that only what it speaks of can tell.
  const offer = decode(bytes);
  const changedPayload = async (change) => {
    const fields = decode(offer.get(1));
    change(fields);
    const payload = encode(fields);
    return { id: await sha256(payload), bytes: encode(new Map([...offer, [1, payload]])) };
  };
  for (const member of [1, 2, 5, 6, 7, 9]) {
    await refuses(`payload ${member}`, await changedPayload((fields) => {
      const value = fields.get(member).slice();
      value[value.length - 1] ^= 1;
      fields.set(member, value);
    }));
  }
  for (const [member, value] of [[0, "wetsign/withdrawal/1"], [3, 2], [10, 1], [10, 4], [11, given.now + 4000]]) {
    await refuses(`payload ${member}`, await changedPayload((fields) => fields.set(member, value)));
  }
  // Each object that lies beside it, with any byte changed, left out, or put in another's place.
  for (const member of [2, 3, 4, 5]) {
    const whole = offer.get(member);
    const list = Array.isArray(whole);
    const object = list ? whole[0] : whole;
    const put = (value) => ({ id, bytes: encode(new Map([...offer, [member, list ? [value] : value]])) });
    for (let at = 0; at < object.length; at += Math.max(1, Math.floor(object.length / 40))) {
      const changed = object.slice();
      changed[at] ^= 1;
      await refuses(`object ${member}, byte ${at}`, put(changed));
    }
    await refuses(`no object ${member}`, put(new Uint8Array(0)));
    await refuses(`another object as ${member}`, put(member === 2 ? offer.get(3) : offer.get(2)));
    if (list) await refuses(`an empty list ${member}`, { id, bytes: encode(new Map([...offer, [member, []]])) });
  }
  await refuses("a registration by nobody", { id, bytes: encode(new Map([...offer, [7, offer.get(2)]])) });
  return { faults, count };
}
