// A person's keys: what was said of them, and what follows. The rules are those of attest/src/terms/keys.rs, as far as
// what to show needs them: the kiosk took each event by them already.
import { hex } from "./bytes.mjs";
import { open } from "./cose.mjs";

export const KEY_EVENT = "wetsign/key-event/1";
export const [SET, ACCEPT, RECOVER, SUPPORT, REVERT] = [1, 2, 3, 4, 5];
const ACTS = { [SET]: "set", [ACCEPT]: "accept", [RECOVER]: "recover", [SUPPORT]: "support", [REVERT]: "revert" };
const WEEK = 7 * 86_400;

const keySet = (fields) => ({
  admins: fields.get(1).map(hex), approving: fields.get(2).map(hex), agents: fields.get(3).map(hex), needed: fields.get(4),
});

/** A signed event. */
export async function read(bytes) {
  const { id, fields } = await open(KEY_EVENT, bytes, 5);
  const [act, values] = fields.get(4);
  const about = act === SUPPORT || act === REVERT ? hex(values[0]) : null;
  return { id, ref: hex(id), person: fields.get(1), number: fields.get(2), previous: fields.get(3), act, about,
    name: ACTS[act] ?? "other", set: act === SET || act === RECOVER ? keySet(values[0]) : null, key: hex(fields.get(5)),
    time: fields.get(6) };
}

/** After these events, at `time`: the keys that were set, none where nobody set any, and the events, the newest first, a
 * recovery that waits with how many helpers want it (`wants`, of `needed`) and from when it holds (`holds`). */
export function standing(told, time) {
  let [set, waiting] = [null, new Map()];
  const take = (next) => {
    set = next;
    waiting.clear();
  };
  const due = (at) => {
    const over = [...waiting.values()].filter((one) => one.holds <= at).sort((one, other) => one.holds - other.holds);
    if (over.length) take(over[0].set);
  };
  // A helper wants one recovery at a time: turning to another one stops the week of the first.
  const wants = ({ key, time: at }, ref, wanted) => {
    for (const [other, one] of waiting) {
      if (one.agents.delete(key) && one.agents.size < set.needed) one.holds = undefined;
      if (!one.agents.size) waiting.delete(other);
    }
    const one = waiting.get(ref) ?? { set: wanted, agents: new Set(), holds: undefined };
    waiting.set(ref, one);
    one.agents.add(key);
    if (one.agents.size >= set.needed) one.holds ??= at + WEEK;
  };
  for (const event of told) {
    due(event.time);
    if (event.act === SET) take(event.set);
    else if (event.act === RECOVER) wants(event, event.ref, event.set);
    else if (event.act === SUPPORT) wants(event, event.about);
    else if (event.act === REVERT) waiting.delete(event.about);
  }
  due(time);
  const shown = (event) => {
    const one = waiting.get(event.ref);
    return one ? { ...event, waits: { wants: one.agents.size, needed: set.needed, holds: one.holds } } : event;
  };
  return { set, events: told.map(shown).reverse() };
}
