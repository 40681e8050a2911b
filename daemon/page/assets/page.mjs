// Shows what the kiosk sends, and sends back what is pressed. It decides nothing and keeps nothing.

const place = document.getElementById("place");
const said = document.getElementById("said");
let clock = { story: 0, here: performance.now(), runs: true };
let picture = 0;

/** Puts a new view in place. A screen that is still the same keeps its unchanged parts, and with them the focus. */
function show(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const next = holder.content.firstElementChild;
  const now = place.firstElementChild;
  const same = now && now.dataset.screen === next.dataset.screen && now.lang === next.lang;
  if (same) {
    for (const { name, value } of next.attributes) now.setAttribute(name, value);
    for (const name of now.getAttributeNames()) if (!next.hasAttribute(name)) now.removeAttribute(name);
    replaceParts(now, next);
  } else {
    place.replaceChildren(next);
    document.documentElement.lang = next.lang;
    document.documentElement.dir = next.dir;
    const title = next.querySelector("h1");
    document.title = title ? `${title.textContent} – Wetsign` : "Wetsign";
    window.scrollTo(0, 0);
    title?.focus({ preventScroll: true });
  }
  say(place.firstElementChild.dataset.say);
  light(place.firstElementChild.dataset.light);
  showPicture();
  tick();
}

/** Replaces the smallest parts that differ. */
function replaceParts(now, next) {
  const parts = (element) => [...element.querySelectorAll("[data-part]")].filter(
    (part) => part.parentElement.closest("[data-part]") === (element.matches("[data-part]") ? element : null));
  const [old, fresh] = [parts(now), parts(next)];
  for (const part of fresh) {
    const before = old.find((other) => other.dataset.part === part.dataset.part);
    if (!before || before.outerHTML === part.outerHTML) continue;
    const holds = parts(part).length;
    if (holds > 0 && parts(before).length === holds && shell(before) === shell(part)) replaceParts(before, part);
    else swap(before, part);
  }
}

/** A part without the parts in it. */
function shell(part) {
  const copy = part.cloneNode(true);
  for (const inner of copy.querySelectorAll("[data-part]")) inner.replaceChildren();
  return copy.innerHTML;
}

/** Replaces a part, and gives the focus back to what does the same in the new one. */
function swap(before, part) {
  const held = before.contains(document.activeElement) ? document.activeElement : null;
  before.replaceWith(part);
  if (!held) return;
  const { do: what, value } = held.dataset;
  const same = [...part.querySelectorAll("[data-do]")].find((one) => one.dataset.do === what && one.dataset.value === value);
  (same ?? part.querySelector("h1"))?.focus({ preventScroll: true });
}

/** Read aloud by whoever reads the screen aloud; the same words twice are said once. */
function say(words) {
  if (words && said.textContent !== words) said.textContent = words;
}

/** The whole page takes a colour, or none. Style sheets cannot know it beforehand. */
function light(colour) {
  document.documentElement.classList.toggle("light", Boolean(colour));
  document.documentElement.style.backgroundColor = colour || "";
}

function showPicture() {
  const image = place.querySelector("[data-preview]");
  const source = `/preview?${picture}`;
  if (image && picture && !image.src.endsWith(source)) image.src = source;
}

/** The time that is left, as a number and as a ring. */
function tick() {
  const view = place.firstElementChild;
  if (!view?.dataset.until) return;
  const now = clock.story + (clock.runs ? performance.now() - clock.here : 0);
  const left = Math.max(0, Number(view.dataset.until) - now);
  const share = Math.min(1, left / Number(view.dataset.whole));
  for (const ring of view.querySelectorAll("[data-ring]")) {
    ring.setAttribute("stroke-dasharray", `${(share * 100).toFixed(1)} 100`);
    ring.classList.toggle("late", left < 10_000);
  }
  for (const text of view.querySelectorAll("[data-left]")) {
    const words = text.dataset.form.replace("#", String(Math.ceil(left / 1000)));
    if (text.textContent !== words) text.textContent = words;
  }
}

async function press(what, value = "") {
  await fetch("/do", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ do: what, value }),
  });
}

place.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-do]");
  if (button) press(button.dataset.do, button.dataset.value);
});
place.addEventListener("submit", (event) => {
  event.preventDefault();
  press(event.target.dataset.do, new FormData(event.target).get("value"));
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") place.querySelector(".leave")?.click();
});

const events = new EventSource("/events");
events.addEventListener("view", ({ data }) => {
  const { now, runs, line, html } = JSON.parse(data);
  clock = { story: now, here: performance.now(), runs };
  show(html);
  document.documentElement.dataset.shown = `${line}/${now}`;
});
events.addEventListener("picture", ({ data }) => {
  picture = Number(data);
  showPicture();
});
setInterval(tick, 250);
