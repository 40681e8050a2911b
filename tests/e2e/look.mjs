// What is looked at on one screen. Each check gives a list of faults; an empty one is good.

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

const press = (page, what, value) => page.evaluate(([what, value]) => fetch("/do", {
  method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ do: what, value }),
}), [what, value]);

/** Shows a recording up to one line, standing still, and waits until it is to be seen. */
export async function at(page, { line, now }) {
  await page.waitForSelector("#view");
  await press(page, "at", String(line));
  await page.waitForFunction((shown) => document.documentElement.dataset.shown === shown, `${line}/${now}`);
  await page.waitForFunction(() => [...document.images].every(
    (image) => image.complete && (!image.src || image.naturalWidth > 0)));
  await page.evaluate(() => document.fonts.ready);
}

/** Everything that holds for every screen. */
export async function all(page, axe, language) {
  const found = {
    axe: await violations(page, axe), wide: await tooWide(page), equal: await equal(page), motion: await motion(page),
  };
  if (language === "ar") found.direction = await direction(page);
  found.large = await large(page);
  return found;
}

export async function violations(page, axe) {
  await page.evaluate(axe);
  const result = await page.evaluate((tags) => globalThis.axe.run(document, { runOnly: tags }), TAGS);
  const applied = [...result.passes, ...result.violations].some((rule) => rule.id === "color-contrast");
  // It passes over words whose letters join (findings/axe-arabic-contrast.sh).
  const ratio = applied ? null : await contrast(page);
  if (ratio !== null && !(ratio >= 4.5)) return [`the title's contrast is ${ratio}`];
  return result.violations.map((rule) => `${rule.id}: ${rule.nodes.map((node) => node.html.slice(0, 90)).join(" | ")}`);
}

/** Contrast of the title against what lies behind it (WCAG 2.2, "contrast ratio"). */
function contrast(page) {
  return page.evaluate(() => {
    const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
    const light = ([red, green, blue]) => [red, green, blue]
      .map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
      .reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0);
    const title = document.querySelector("h1");
    let behind = title;
    const ground = (element) => numbers(getComputedStyle(element).backgroundColor);
    while (behind.parentElement && (ground(behind)[3] ?? 1) === 0) behind = behind.parentElement;
    const [high, low] = [light(numbers(getComputedStyle(title).color)), light(ground(behind))].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  });
}

export function tooWide(page) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const faults = scrollWidth > clientWidth ? [`${scrollWidth} px in ${clientWidth}`] : [];
    const title = document.querySelector("h1").getBoundingClientRect();
    return title.bottom > innerHeight || title.top < 0 ? [...faults, "the title is out of sight"] : faults;
  });
}

export function equal(page) {
  return page.evaluate(() => [...document.querySelectorAll(".two")].flatMap((two) => {
    const buttons = [...two.querySelectorAll("button")];
    const looks = buttons.map((button) => {
      const { width, height } = button.getBoundingClientRect();
      const style = getComputedStyle(button);
      const { color, backgroundColor, fontSize, fontWeight } = style;
      return [Math.round(width), Math.round(height), color, backgroundColor, fontSize, fontWeight].join(" ");
    });
    return looks.every((one) => one === looks[0]) ? [] : [looks.join(" / ")];
  }));
}

export function motion(page) {
  return page.evaluate(() => document.getAnimations()
    .filter((one) => one.playState === "running").map((one) => `moves: ${one.constructor.name}`));
}

export function direction(page) {
  return page.evaluate(() => {
    const camera = document.querySelector(".camera").getBoundingClientRect();
    const brand = document.querySelector(".brand").getBoundingClientRect();
    const right = document.documentElement.dir === "rtl" && (brand.left > camera.left || brand.top < camera.top);
    return right ? [] : ["the brand does not stand at the right"];
  });
}

/** Text at twice its size (WCAG 2.2, 1.4.4): all of it grows, none of it is lost. */
export async function large(page) {
  const sizes = () => page.evaluate(() => ["h1", "main", "footer button"].map((one) =>
    parseFloat(getComputedStyle(document.querySelector(one)).fontSize)));
  const before = await sizes();
  await page.evaluate(() => { document.documentElement.style.fontSize = "200%"; });
  const after = await sizes();
  const faults = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const cut = [...document.querySelectorAll("main *, header *, footer *")].filter((element) => {
      const style = getComputedStyle(element);
      const cuts = style.overflowX === "hidden" && element.textContent.trim();
      return cuts && element.scrollWidth > element.clientWidth + 1;
    });
    return [...(scrollWidth > clientWidth ? [`${scrollWidth} px in ${clientWidth} at 200 %`] : []),
      ...cut.map((element) => `cut off at 200 %: ${element.outerHTML.slice(0, 60)}`)];
  });
  await page.evaluate(() => { document.documentElement.style.fontSize = ""; });
  if (after.some((size, place) => Math.abs(size - 2 * before[place]) > 0.5)) faults.push(`${before} px became ${after}`);
  return faults;
}

/** Puts faults there on purpose: a check that cannot fail says nothing. */
export async function controls(page, axe, work) {
  const faults = [];
  const must = (name, found) => found.length || faults.push(`${name} was not found`);
  await at(page, work);
  must("motion", await motion(page));
  await page.evaluate(() => document.querySelector("main").insertAdjacentHTML("beforeend",
    `<p id="pale">pale</p><div class="two"><button class="big">a</button><button class="small">b</button></div>
     <img src="/page.css">`));
  await page.evaluate(() => {
    document.querySelector("#pale").style.color = "#bbb";
    document.querySelector("main").style.minWidth = "3000px";
  });
  const found = await violations(page, axe);
  must("pale text", found.filter((one) => one.startsWith("color-contrast")));
  must("a picture without words", found.filter((one) => one.startsWith("image-alt")));
  must("a wide page", await tooWide(page));
  must("unequal buttons", await equal(page));
  await page.evaluate(() => { document.querySelector("h1").style.fontSize = "40px"; });
  must("text that does not grow", await large(page));
  const inline = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "globalThis.ran = true";
    document.body.append(script);
    return globalThis.ran === true;
  });
  if (inline) faults.push("an inline script ran");
  return { faults, count: 7 };
}
