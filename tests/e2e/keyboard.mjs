// A person without a pointer: Tab, Enter and Escape alone.

/** Walks from the request to the camera, and leaves. */
export async function keyboard(page) {
  const faults = [];
  let steps = 0;
  const screen = (name) => page.waitForSelector(`#view[data-screen="${name}"]`, { timeout: 20_000 });
  const reach = async (what) => {
    for (let tries = 0; tries < 30; tries += 1) {
      await page.keyboard.press("Tab");
      const here = await page.evaluate(() => {
        const element = document.activeElement;
        return { what: element.dataset?.do, seen: parseFloat(getComputedStyle(element).outlineWidth) >= 2 };
      });
      if (here.what && !here.seen) faults.push(`focus on ${here.what} cannot be seen`);
      if (here.what === what) return true;
    }
    faults.push(`${what} cannot be reached`);
    return false;
  };
  for (const [name, what] of [["idle", "begin"], ["who", "who"], ["asked", "yes"], ["consent", "agree"]]) {
    await screen(name);
    await page.waitForSelector(`[data-do="${what}"]`);
    const heard = await page.evaluate(() => document.activeElement.tagName);
    if (name !== "idle" && heard !== "H1") faults.push(`${name} does not begin at its title but at ${heard}`);
    if (!(await reach(what))) return { faults, steps };
    await page.keyboard.press("Enter");
    steps += 1;
  }
  // What follows the consent may be over before anybody looks: any screen after it will do.
  const after = () => document.querySelector("#view").dataset.screen !== "consent";
  await page.waitForFunction(after, undefined, { timeout: 20_000 });
  await page.keyboard.press("Escape");
  await screen("idle");
  return { faults, steps: steps + 1 };
}
