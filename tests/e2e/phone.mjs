// A phone's browser for a story that somebody else tells: orders come in as lines of JSON, answers go out as lines.
//
// node phone.mjs --modules DIR --chromium FILE --assets DIR --repository DIR --out DIR
// Every answer has `ok`; the last one, to {"do": "end"}, has the `rows` (name, ok, why) of what was looked at.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { browser } from "./serve.mjs";
import { tooWide, violations } from "./look.mjs";
import { doubts } from "./doubts.mjs";
import { units } from "./units.mjs";

const text = { type: "string" };
const { values: given } = parseArgs({ options: {
  modules: text, chromium: text, assets: text, repository: text, out: text,
} });
const require = createRequire(join(given.modules, "node_modules", "x.js"));
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const VIEWPORT = { width: 360, height: 740 };
const PATIENCE = 60_000;
const LANGUAGES = ["ro", "ar", "en"];
const FIELDS = ["button", "input:not([type=hidden])", "textarea", "summary"].map((one) => `#place ${one}`).join();

mkdirSync(given.out, { recursive: true });
const rows = (await units(given.assets, given.repository)).map(({ name, faults, count }) => ({ name, faults, count }));
const looks = Object.fromEntries(["axe", "wide", "large", "keys", "policy", "words"].map((name) => [name, []]));
const carried = [];
let screens = 0;

const chromium = await browser(require, given);
const context = await chromium.newContext({ viewport: VIEWPORT, deviceScaleFactor: 2, reducedMotion: "reduce",
  locale: "en-GB", bypassCSP: false });
const page = await context.newPage();
page.on("console", (message) => message.type() === "error" && !/50[34]|Failed to load/.test(message.text())
  && looks.policy.push(message.text()));
page.on("pageerror", (error) => looks.policy.push(error.stack));
page.on("request", (request) => request.method() === "POST" && carried.push(request.postDataBuffer()));
page.on("response", async (response) => {
  // A page that moved on has no body left to look at.
  if (response.request().method() === "POST" && response.ok()) carried.push(await response.body().catch(() => Buffer.alloc(0)));
});
const devtools = await context.newCDPSession(page);
await devtools.send("WebAuthn.enable");
const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", { options: {
  protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
  automaticPresenceSimulation: true,
} });

const shown = () => page.evaluate(() => {
  const view = document.querySelector("#view");
  return { screen: view?.dataset.screen, code: view?.querySelector(".code")?.textContent ?? "", text: view?.innerText ?? "" };
});

/** Looks at the screen as it is: pictures in each language, axe, width, size, keyboard. */
async function look(name) {
  screens += 1;
  for (const tag of LANGUAGES) {
    await page.locator(`[data-do=language][data-value=${tag}]`).click();
    await page.waitForFunction((one) => document.documentElement.lang === one, tag);
    await page.evaluate(() => document.fonts.ready.then(() => scrollTo(0, 0)));
    await page.screenshot({ path: join(given.out, `${name}.${tag}.png`), fullPage: true });
    const faults = (list, found) => looks[list].push(...found.map((why) => `${name}.${tag}: ${why}`));
    faults("axe", await violations(page, axe));
    faults("wide", await tooWide(page));
    faults("large", await large());
    faults("words", await page.evaluate(() => [...document.querySelectorAll("#place *")]
      .filter((one) => !one.closest("bdi, q, code, blockquote") && one.children.length === 0 && /^[a-z]+(-[a-z]+)+$/.test(one.textContent)).map((one) => one.textContent)));
  }
  await page.evaluate(() => document.querySelector("h1").focus());
  looks.keys.push(...(await keys()).map((why) => `${name}: ${why}`));
}

/** Text at twice its size fits the width. */
async function large() {
  const wide = await page.evaluate(() => {
    document.documentElement.style.fontSize = "200%";
    const { scrollWidth, clientWidth } = document.documentElement;
    document.documentElement.style.fontSize = "";
    return [scrollWidth, clientWidth];
  });
  return wide[0] > wide[1] ? [`${wide[0]} px in ${wide[1]} at 200 %`] : [];
}

/** Each button and field is reached by Tab, and is seen to be. */
async function keys() {
  const wanted = await page.evaluate((fields) => document.querySelectorAll(fields).length, FIELDS);
  const found = new Set();
  const faults = [];
  for (let step = 0; step < wanted + 2; step += 1) {
    await page.keyboard.press("Tab");
    const here = await page.evaluate((fields) => {
      const all = [...document.querySelectorAll(fields)];
      const one = document.activeElement;
      return { at: all.indexOf(one), seen: parseFloat(getComputedStyle(one).outlineWidth) >= 2, what: one.outerHTML.slice(0, 60) };
    }, FIELDS);
    if (here.at >= 0) found.add(here.at);
    if (here.at >= 0 && !here.seen) faults.push(`focus is not seen on ${here.what}`);
  }
  return found.size < wanted ? [...faults, `${found.size} of ${wanted} are reached by Tab`] : faults;
}

const orders = {
  open: async ({ url }) => {
    await page.goto(url);
    await page.waitForSelector("#view");
  },
  screen: async ({ name }) => {
    await page.waitForSelector(`#view[data-screen="${name}"]`, { timeout: PATIENCE });
    return shown();
  },
  shown,
  look: ({ name }) => look(name),
  press: async ({ what, last }) => {
    await page.waitForSelector(`[data-do="${what}"]`, { timeout: PATIENCE });
    const all = page.locator(`#place [data-do="${what}"]`);
    await (last ? all.last() : all.first()).focus();
    await page.keyboard.press("Enter");
  },
  fill: async ({ name, value }) => page.fill(`#${name}`, value),
  submit: async () => {
    await page.locator("#place form [type=submit]").focus();
    await page.keyboard.press("Enter");
  },
  saves: async () => {
    const saved = page.waitForEvent("download", { timeout: PATIENCE });
    await page.locator("#place [data-do=save]").first().focus();
    await page.keyboard.press("Enter");
    return { file: readFileSync(await (await saved).path()).toString("hex") };
  },
  verified: ({ on }) => devtools.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: on }).then(() => ({})),
  signs: async ({ kind, payload }) => ({ signed: await page.evaluate(async (given) => {
    const [bytes, keep, passkey] = await Promise.all(["bytes", "keep", "passkey"].map((name) => import(`/${name}.mjs`)));
    const { passkey: own } = await keep.read();
    return bytes.hex(await passkey.sign(own, given.kind, bytes.fromHex(given.payload)));
  }, { kind, payload }) }),
  offline: async ({ on }) => context.setOffline(on),
  doubts: async ({ offer, id, kiosk, checker, key, now }) => {
    const { faults, count } = await doubts(given.assets, { offer, id, kiosk, checker, key, now });
    rows.push({ name: "an offer whose parts do not belong together is refused, whatever was changed", faults, count });
  },
  secrets: async ({ words }) => {
    const bytes = Buffer.concat(carried);
    const faults = words.filter((one) => bytes.includes(Buffer.from(one))).map((one) => `the relay carried ${JSON.stringify(one)}`);
    rows.push({ name: "the relay carries nothing that can be read", faults, count: carried.length });
  },
  row: async ({ name, why }) => rows.push({ name, faults: why ? [why] : [], count: 1 }),
};

const NAMES = {
  axe: "axe-core finds nothing (WCAG 2.2 A and AA, best practices), contrast included",
  wide: "nothing is wider than 360 px, and every title is in sight",
  large: "text at 200 % fits the width",
  keys: "everything is reached by keyboard, and the focus is seen",
  policy: "no policy is violated and no script fails",
  words: "every text has words in English, Romanian and Arabic",
};

for await (const line of createInterface({ input: process.stdin })) {
  const { do: what, ...rest } = JSON.parse(line);
  if (what === "end") break;
  try {
    console.log(JSON.stringify({ ok: true, ...(await orders[what](rest)) }));
  } catch (error) {
    const now = await shown().catch(() => ({}));
    await page.screenshot({ path: join(given.out, "failed.png"), fullPage: true }).catch(() => {});
    console.log(JSON.stringify({ ok: false, why: `${what}: ${error.message.split("\n")[0]}; the page shows ${now.screen}: ${now.text}` }));
  }
}
for (const [list, name] of Object.entries(NAMES)) rows.push({ name, faults: looks[list], count: screens * LANGUAGES.length });
await chromium.close();
console.log(JSON.stringify({ ok: true, screens, rows: rows.map(({ name, faults, count }) => ({
  name, ok: faults.length === 0 && count > 0, why: faults.length ? faults.slice(0, 6).join("; ") : `${count} looked at`,
})) }));
// Whoever gave the orders may keep its end open.
process.exit(0);
