// Looks at the kiosk's page as a browser shows it: every state of the recordings, in each language, at two sizes.
//
// node page.mjs --modules DIR --program FILE --recordings DIR --chromium FILE --out DIR --kept FILE [--keep]
// Prints one JSON object, `ok` and `rows` (each with name, ok, why); pictures go to --out.
import { createRequire } from "node:module";
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { browser, serve } from "./serve.mjs";
import * as look from "./look.mjs";
import { keyboard } from "./keyboard.mjs";
import { compare, sheet } from "./sheet.mjs";

const text = { type: "string" };
const { values: given } = parseArgs({ options: {
  modules: text, program: text, recordings: text, chromium: text, out: text, kept: text,
  keep: { type: "boolean", default: false },
} });
const require = createRequire(join(given.modules, "node_modules", "x.js"));
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const LANGUAGES = ["en", "ro", "ar"];
const SIZES = { wide: { width: 1280, height: 800 }, tall: { width: 412, height: 915 } };
/** What the README shows, in this order. */
const SHOWN = ["asked", "head_left", "done"];
const MOST_BYTES = 300 * 1024;

const rows = [];
const row = (name, faults, count) => rows.push({
  name, ok: faults.length === 0 && count > 0, why: faults.length ? faults.slice(0, 8).join("; ") : `${count} looked at`,
});

mkdirSync(given.out, { recursive: true });
const files = readdirSync(given.recordings).filter((name) => name.endsWith(".jsonl")).sort();
const lines = (file) => readFileSync(join(given.recordings, file), "utf8").trim().split("\n").map((line) => JSON.parse(line));
const states = files.flatMap((file) => lines(file)
  .map(({ mark, at_ms: now }, at) => ({ file, line: at + 1, mark, now })).filter(({ mark }) => mark));

const chromium = await browser(require, given);
const faults = { axe: [], wide: [], size: [], large: [], equal: [], policy: [], direction: [], motion: [] };
const counts = Object.fromEntries(Object.keys(faults).map((name) => [name, 0]));
const pictures = {};
try {
  for (const file of files) {
    for (const language of LANGUAGES) {
      const server = await serve(given.program, join(given.recordings, file), language);
      for (const [size, viewport] of Object.entries(SIZES)) {
        const context = await chromium.newContext({ viewport, reducedMotion: "reduce" });
        const page = await context.newPage();
        page.on("console", (message) => message.type() === "error" && faults.policy.push(`${file}: ${message.text()}`));
        page.on("pageerror", (error) => faults.policy.push(`${file}: ${error.message}`));
        await page.goto(server.address);
        for (const state of states.filter((state) => state.file === file)) {
          const name = `${state.mark}.${language}.${size}`;
          await look.at(page, state);
          const picture = join(given.out, `${name}.png`);
          await page.screenshot({ path: picture });
          if (statSync(picture).size > MOST_BYTES) faults.size.push(`${name}: ${statSync(picture).size} bytes`);
          if (language === "en" && size === "wide") pictures[state.mark] = picture;
          for (const [check, found] of Object.entries(await look.all(page, axe, language))) {
            counts[check] += 1;
            faults[check].push(...found.map((why) => `${name}: ${why}`));
          }
          counts.size += 1;
          counts.policy += 1;
        }
        await context.close();
      }
      server.stop();
    }
  }
  row("a picture of every state, language and size, each at most 300 KiB", faults.size, counts.size);
  row("axe-core finds nothing (WCAG 2.2 A and AA, best practices), contrast included", faults.axe, counts.axe);
  row("nothing is wider than the screen, and every title is in sight", faults.wide, counts.wide);
  row("text at 200 % is twice as large, whole, and nothing is cut off", faults.large, counts.large);
  row("yes and no are equal in size, colour and weight", faults.equal, counts.equal);
  row("nothing moves where less motion is wanted", faults.motion, counts.motion);
  row("Arabic runs from the right", faults.direction, counts.direction);
  row("no policy is violated and no script fails", faults.policy, counts.policy);

  const session = join(given.recordings, "session.jsonl");
  const server = await serve(given.program, session, "en");
  const context = await chromium.newContext({ viewport: SIZES.wide });
  const page = await context.newPage();
  await page.goto(server.address);
  const walked = await keyboard(page);
  row("a session by keyboard alone, from the request to the camera, and out of it", walked.faults, walked.steps);
  const controls = await look.controls(page, axe, states.find((state) => state.mark === "work"));
  row("the checks find what is put there to be found", controls.faults, controls.count);
  server.stop();

  const fresh = await sheet(context, SHOWN.map((mark) => pictures[mark]));
  if (fresh.length > MOST_BYTES) row("the README's picture has at most 300 KiB", [`${fresh.length} bytes`], 1);
  if (given.keep) writeFileSync(given.kept, fresh);
  const { differs, why } = await compare(context, fresh, readFileSync(given.kept));
  row("the README's picture is what the page looks like", differs ? [why] : [], 1);
} finally {
  await chromium.close();
}
console.log(JSON.stringify({ ok: rows.every((one) => one.ok), states: states.length, rows }, null, 2));
