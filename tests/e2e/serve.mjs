// Starts the page and the browser.
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A page that shows `recording`: its address, and how to end it. */
export async function serve(program, recording, language) {
  const options = ["--simulate", recording, "--language", language];
  const child = spawn(program, options, { stdio: ["ignore", "pipe", "inherit"] });
  process.on("exit", () => child.kill());
  for await (const line of createInterface({ input: child.stdout })) {
    const found = /^open (http:\/\/127\.0\.0\.1:\d+\/\?token=[0-9a-f]{64})$/.exec(line);
    if (found) return { address: found[1], stop: () => child.kill() };
    break;
  }
  throw new Error(`${program} gave no address for ${recording}`);
}

/** Debian's Chromium with the pinned fonts and no others, and without anything that asks the network. */
export function browser(require, { modules, chromium, out }) {
  const fonts = join(out, "fonts.conf");
  mkdirSync(out, { recursive: true });
  writeFileSync(fonts, `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
    <dir>${modules}/node_modules/@expo-google-fonts/noto-sans/400Regular</dir>
    <dir>${modules}/node_modules/@expo-google-fonts/noto-sans/700Bold</dir>
    <dir>${modules}/node_modules/@expo-google-fonts/noto-sans-arabic/400Regular</dir>
    <dir>${modules}/node_modules/@expo-google-fonts/noto-sans-arabic/700Bold</dir>
    <cachedir>${out}/fonts</cachedir></fontconfig>`);
  return require("playwright-core").chromium.launch({
    executablePath: chromium,
    env: { ...process.env, FONTCONFIG_FILE: fonts },
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--font-render-hinting=none"],
  });
}
