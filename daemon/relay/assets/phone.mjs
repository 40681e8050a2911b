// The page of a person's own phone: paired with a kiosk, it shows what the kiosk asks, and signs or says no.
import { fromHex, hex } from "./bytes.mjs";
import { payload } from "./cose.mjs";
import { OWN, own } from "./deeds.mjs";
import * as keep from "./keep.mjs";
import { Away, ERRAND, Refused, Unpaired, ask, devices, now, wait } from "./line.mjs";
import { CONSENT, look } from "./offer.mjs";
import { PAIRING, agree, greet, invitation } from "./pair.mjs";
import * as passkey from "./passkey.mjs";
import { screens } from "./screens.mjs";
import * as words from "./words.mjs";

const PAUSE = 2_000;
const DECLINE = "wetsign/decline/1";
/** Screens that something new may take the place of. */
const QUIET = new Set(["waiting", "signed", "paired", "declined", "lapsed", "history", "devices", "unverified", "unlocked",
  "lie", "refused", "works", "template", "keys", "erased", "done"]);

/** Where a state keeps what is written in a field. */
const WRITTEN = { invitation: "text", use: "ref" };

const place = document.getElementById("place");
let [draw, state, kept] = [null, null, null];
let [asked, invited, greeted, following, clock] = [null, null, null, null, null];
/** Offers that were seen; the newest 64 are told to the kiosk. */
let told = [];

function show(next) {
  const fresh = state?.screen !== next.screen;
  state = next;
  const focused = fresh ? null : document.activeElement?.dataset?.do;
  place.replaceChildren(...draw(next));
  const title = place.querySelector("h1");
  document.title = `${title.textContent} – Wetsign`;
  (focused ? place.querySelector(`[data-do="${focused}"]`) : title)?.focus({ preventScroll: !fresh });
  if (fresh) scrollTo(0, 0);
}

async function speak(tag) {
  const chosen = await words.load(tag);
  document.documentElement.lang = tag;
  document.documentElement.dir = chosen.rtl ? "rtl" : "ltr";
  draw = screens(chosen);
}

const label = () => (navigator.userAgentData?.platform || navigator.platform || "phone").slice(0, 40);

async function home() {
  asked = null;
  clearInterval(clock);
  kept = await keep.read();
  if (!passkey.able()) return show({ screen: "unable" });
  if (location.hash.startsWith("#wetsign-pair-")) {
    const text = location.href;
    // Once read it is in nobody's history.
    history.replaceState(null, "", location.pathname);
    return show({ screen: "pair", text, read: true, label: label() });
  }
  if (!kept.kiosk) return show({ screen: "pair", label: label() });
  show({ screen: "waiting" });
  return follow();
}

/** One question to the kiosk is always open. */
async function follow() {
  if (following) return;
  following = new AbortController();
  const { signal } = following;
  while (!signal.aborted) {
    try {
      const offer = await wait(kept.kiosk, told.slice(-64), signal);
      if (state.screen === "unpaired" || (state.screen === "waiting" && state.away)) show({ screen: "waiting" });
      if (offer) {
        told.push(offer.id);
        await offered(offer);
      }
    } catch (error) {
      if (signal.aborted) return;
      // It goes on asking: a relay may have said so in the kiosk's name.
      if (error instanceof Unpaired || error instanceof Refused) {
        if (QUIET.has(state.screen)) show({ screen: "unpaired", words: error.message });
      } else if (state.screen === "waiting" && !state.away) {
        show({ screen: "waiting", away: true });
      }
      await new Promise((done) => { setTimeout(done, PAUSE); });
    }
  }
}

function stop() {
  following?.abort();
  following = null;
}

async function offered(offer) {
  const own = { key: kept.passkey.public, kiosk: kept.kiosk.kiosk, checker: kept.kiosk.checker,
    counters: kept.counters, now: now() };
  try {
    asked = await look(offer, own);
  } catch (error) {
    // Also what this page did not expect: nothing that it cannot read is signed.
    await noted("lie", error.message);
    return show({ screen: "lie", part: error.message });
  }
  return put(asked);
}

/** Puts what is asked before its owner, until its time is over. */
function put(one) {
  const screen = one.kind === CONSENT ? "consent" : "asked";
  const left = () => Math.max(0, one.until - now());
  show({ screen, asked: one, left: left() });
  clearInterval(clock);
  clock = setInterval(() => {
    if (asked !== one || state.screen !== screen) {
      clearInterval(clock);
    } else if (left() > 0) {
      const fresh = draw({ screen, asked: one, left: left() })[1].querySelector("[role=timer]");
      place.querySelector("[role=timer]").textContent = fresh.textContent;
    } else {
      asked = null;
      clearInterval(clock);
      noted("lapsed", about(one));
      show({ screen: "lapsed" });
    }
  }, 1000);
}

const about = (one) => (one.kind === CONSENT ? one.text.slice(0, 200)
  : `${one.known?.name ?? one.app}: ${one.works.map((work) => work.title).join(", ")}`);

async function noted(what, matter) {
  kept = await keep.read();
  await keep.note(kept, { what, time: now(), about: matter });
  kept = await keep.read();
}

/** The device did not look at its person, or the person stopped it. */
const unverified = (error) => error.name === "NotAllowedError" || error.name === "InvalidStateError";

async function yes() {
  const one = asked;
  show({ screen: "signing" });
  // Before it is signed: a crash between the two costs one capture, never a second signature for it.
  if (one.capture) {
    kept.counters.set(one.capture.element, one.capture.counter);
    await keep.write(kept);
  }
  const signed = await passkey.sign(kept.passkey, one.kind, one.payload);
  await ask(kept.kiosk, ERRAND.sign, { about: [one.id], body: signed });
  asked = null;
  await noted("signed", about(one));
  return show({ screen: "signed", code: one.code });
}

async function no() {
  const one = asked;
  if (one.kind !== CONSENT) {
    show({ screen: "signing" });
    const body = await passkey.sign(kept.passkey, DECLINE, payload(DECLINE, [
      [1, one.request], [2, one.verdict], [3, kept.passkey.public], [4, "declined on the phone"], [5, now()],
    ]));
    await ask(kept.kiosk, ERRAND.decline, { body });
  }
  asked = null;
  await noted("declined", about(one));
  return show({ screen: "declined" });
}

async function pair({ invitation: text, label: name }) {
  invited = invitation(text);
  stop();
  show({ screen: "making" });
  if (!kept.passkey) {
    kept = { ...kept, passkey: await passkey.make(name) };
    await keep.write(kept);
  }
  greeted = await greet(invited, kept.passkey, name.trim());
  show({ screen: "digits", code: greeted.digits });
}

async function agreed() {
  const code = greeted.digits;
  show({ screen: "signing" });
  const signed = await passkey.sign(kept.passkey, PAIRING, greeted.record);
  show({ screen: "kiosk", code });
  const kiosk = await agree(invited, greeted, signed);
  kept = { ...kept, kiosk };
  [told, greeted, invited] = [[], null, null];
  await keep.write(kept);
  await noted("paired", location.host);
  show({ screen: "paired" });
  follow();
}

async function listed() {
  const all = await devices(kept.kiosk);
  const own = all.find((one) => !one.ended && one.until === kept.kiosk.until);
  show({ screen: "devices", devices: all.map((one) => ({ ...one, pairing: hex(one.pairing) })),
    own: own && hex(own.pairing) });
}

const deeds = {
  ...own({ show, noted, state: () => state, kept: () => kept, keeps: (more) => keep.write({ ...kept, ...more }) }),
  home,
  pair,
  same: agreed,
  yes,
  no,
  retry: async () => {
    if (greeted) show({ screen: "digits", code: greeted.digits });
    else if (asked) put(asked);
    else if (state.before) show(state.before);
    else await home();
  },
  differ: async () => {
    [greeted, invited] = [null, null];
    show({ screen: "trouble", why: "between" });
  },
  language: async (tag) => {
    const form = place.querySelector("form");
    // What was written stays.
    const written = form ? Object.fromEntries([...new FormData(form)].map(([name, value]) => [WRITTEN[name] ?? name, value])) : {};
    await speak(tag);
    show({ ...state, ...written });
  },
  history: async () => show({ screen: "history", told: (await keep.read()).told }),
  devices: listed,
  end: async (pairing) => {
    const one = state.devices.find((device) => device.pairing === pairing);
    show({ screen: "ending", label: one.label, value: pairing, own: pairing === state.own });
  },
  ended: async (pairing) => {
    await ask(kept.kiosk, ERRAND.end, { about: [fromHex(pairing)], words: "ended on a phone" });
    return listed();
  },
  unlock: async () => {
    await ask(kept.kiosk, ERRAND.unlock);
    show({ screen: "unlocked" });
  },
  forget: async () => {
    stop();
    kept = { ...await keep.read(), kiosk: null };
    await keep.write(kept);
    await home();
  },
};

/** Does it, or says why not. */
async function deed(what, value) {
  const before = state;
  try {
    await deeds[what](value);
  } catch (error) {
    if (unverified(error)) {
      const again = OWN.has(what) ? { own: true, before } : {};
      return show({ screen: "unverified", ...again });
    }
    if (error instanceof Unpaired) return show({ screen: "unpaired", words: error.message });
    if (error instanceof Refused) return show({ screen: "refused", words: error.message });
    const why = error instanceof Away ? "away" : error.message;
    return show({ screen: "trouble", why: /^[a-z]+$/.test(why) ? why : "other", words: error.message });
  }
  return undefined;
}

place.addEventListener("click", (event) => {
  const pressed = event.target.closest("button[data-do]");
  if (pressed) deed(pressed.dataset.do, pressed.dataset.value);
});
place.addEventListener("submit", (event) => {
  event.preventDefault();
  deed(event.target.dataset.do, Object.fromEntries(new FormData(event.target)));
});

addEventListener("hashchange", () => home());
await speak(words.preferred());
await deed("home");
