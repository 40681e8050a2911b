// What is to be seen: from a state to elements. Nothing is decided here, and no text of others is taken for HTML.
import { LANGUAGES } from "./words.mjs";

/** Text of others: what draws nothing or turns the direction of what follows is shown as such. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{DI}]/gu;
export const shown = (text) => String(text).replace(INVISIBLE, "\u{FFFD}");

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const foreign = (text) => element("bdi", {}, shown(text));
const quoted = (text) => element("q", { dir: "auto" }, shown(text));
/** Text of others inside a sentence of ours: it turns no direction but its own. */
const inside = (text) => `\u2068${shown(text)}\u2069`;

/** Names and values, as a list of both. */
const table = (...rows) => element("dl", {}, ...rows.filter(Boolean).flatMap(([name, ...values]) =>
  [element("dt", {}, name), element("dd", {}, ...values)]));

export function screens({ say, has, tag }) {
  const button = (what, words, attributes = {}) => element("button", { type: "button", "data-do": what, ...attributes }, words);
  const small = (id) => element("span", { class: "small" }, say(id));
  const note = (id, given) => element("p", { class: "note" }, say(id, given));
  const time = (seconds) => new Intl.DateTimeFormat(`${tag}-u-nu-latn`, { dateStyle: "medium", timeStyle: "short" })
    .format(new Date(seconds * 1000));
  const digits = (code) => element("p", { class: "code", dir: "ltr", "aria-label": [...code].join(" ") }, code);
  const two = (...buttons) => element("div", { class: "two" }, ...buttons);
  const home = () => button("home", say("back"));
  const field = (name, value, most) => element("p", { class: "field" },
    element("label", { for: name }, say(`field-${name}`)),
    element("input", { id: name, name, value, maxlength: most, autocomplete: "off", required: "" }));
  const long = (name, value, most) => element("p", { class: "field" },
    element("label", { for: name }, say(`field-${name}`)),
    element("textarea", { id: name, name, maxlength: most, rows: 4, required: "" }, value));
  const plain = (title, ...rest) => ({ title, rest });
  const left = (count) => element("p", { class: "left", role: "timer" }, say("asked-left", { count }));
  const words = (text) => table([say("own-words"), foreign(text)]);

  const all = {
    unable: () => plain(say("unable-title"), note("unable-body")),
    pair: ({ text = "", read = false, label }) => plain(say("pair-title"), note(read ? "pair-read" : "pair-body"),
      element("form", { "data-do": "pair" },
        read ? element("input", { type: "hidden", name: "invitation", value: text }) : field("invitation", text, 1024),
        field("label", label, 64), element("button", { type: "submit", class: "big" }, say("pair-go")))),
    making: () => plain(say("making-title"), note("making-body")),
    digits: ({ code }) => plain(say("digits-title"), digits(code), note("digits-body"),
      two(button("same", say("digits-same")), button("differ", say("digits-differ")))),
    kiosk: ({ code }) => plain(say("kiosk-title"), digits(code), note("kiosk-body")),
    signing: () => plain(say("signing-title"), note("signing-body")),
    waiting: ({ away }) => plain(say(away ? "away-title" : "waiting-title"), note(away ? "away-body" : "waiting-body"),
      element("nav", { "aria-label": say("more") }, button("history", say("history")), button("devices", say("devices")),
        button("works", say("works")), button("template", say("template")), button("keys", say("keys")),
        button("unlock", say("unlock")))),
    // What tells one session from another comes first, what is agreed to stands right above the answer.
    asked: ({ asked, left: count }) => plain(say("asked-title"), digits(asked.code), note("asked-code"), left(count),
      question(asked), two(button("no", say("no")), button("yes", say("yes"))), exactly(asked)),
    consent: ({ asked, left: count }) => plain(say("consent-title"), digits(asked.code), note("asked-code"), left(count),
      element("blockquote", { lang: asked.language, dir: "auto" }, shown(asked.text)),
      two(button("no", say("no")), button("yes", say("yes")))),
    signed: ({ code }) => plain(say("signed-title"), code ? digits(code) : null, note("signed-body"), home()),
    paired: () => plain(say("paired-title"), note("paired-body"), home()),
    declined: () => plain(say("declined-title"), note("declined-body"), home()),
    lapsed: () => plain(say("lapsed-title"), note("lapsed-body"), home()),
    unverified: ({ own }) => plain(say("unverified-title"), note(own ? "unverified-own" : "unverified-body"),
      two(home(), button("retry", say("again")))),
    unlocked: () => plain(say("unlocked-title"), note("unlocked-body"), home()),
    lie: ({ part }) => plain(say("lie-title"), note("lie-body"),
      table([say("lie-part"), foreign(part)]), home()),
    refused: ({ words: said }) => plain(say("refused-title"), note("refused-body"), words(said), home()),
    unpaired: ({ words: said }) => plain(say("unpaired-title"), note("unpaired-body"), words(said),
      button("forget", say("pair-again"))),
    trouble: ({ why, words: said }) => plain(say("trouble-title"),
      has(`trouble-${why}`) ? note(`trouble-${why}`) : words(said), button("home", say("again"))),
    history: ({ told }) => plain(say("history"), told.length
      ? element("ol", { class: "cards" }, ...told.map((one) => element("li", {},
        element("strong", {}, say(`told-${one.what}`)), " ", element("time", {}, time(one.time)),
        one.about ? element("p", { dir: "auto" }, foreign(one.about)) : null)))
      : note("history-none"), home()),
    devices: ({ devices, own }) => plain(say("devices"), element("ol", { class: "cards" }, ...devices.map((one) =>
      element("li", {}, element("strong", {}, foreign(one.label)), " ",
        element("span", {}, say(one.ended ? "device-ended" : "device-until", { time: inside(time(one.ended || one.until)) })),
        one.pairing === own ? element("p", {}, say("device-own")) : null,
        one.ended ? null : button("end", say("device-end"), { "data-value": one.pairing, "aria-label":
          `${say("device-end")}: ${shown(one.label)}` })))), home()),
    works: ({ uses, now }) => plain(say("works"), uses.length ? element("ol", { class: "cards" }, ...uses.map((one) =>
      element("li", {}, element("strong", {}, foreign(one.title)), use(one),
        one.withdrawn || one.until < now ? null : button("taking", say("taking"), { "data-value": one.id,
          "aria-label": `${say("taking")}: ${shown(one.title)}` }),
        button("complaining", say("complaining"), { "data-value": one.id,
          "aria-label": `${say("complaining")}: ${shown(one.title)}` }))))
      : note("works-none"), home()),
    taking: ({ use: one }) => plain(say("taking-title", { title: inside(one.title) }), use(one), note("taking-body"),
      two(button("works", say("no")), button("taken", say("yes"), { "data-value": one.id }))),
    complaining: ({ use: one, words: said = "" }) => plain(say("complaining-title", { title: inside(one.title) }), use(one),
      note("complaining-body"),
      element("form", { "data-do": "complain" }, element("input", { type: "hidden", name: "use", value: one.id }),
        long("words", said, 250), element("button", { type: "submit", class: "big" }, say("complaining-go"))),
      button("works", say("back"))),
    template: ({ template, receipts }) => plain(say("template"), template
      ? table([say("template-since"), time(template.time)]) : null, note(template ? "template-body" : "template-none"),
      template ? note("template-renew") : null, template ? button("erasing", say("erasing")) : null,
      receipts.length ? element("h2", {}, say("receipts")) : null,
      receipts.length ? element("ol", { class: "cards" }, ...receipts.map((one) => element("li", {},
        element("time", {}, time(one.time)), receipt(one)))) : null, home()),
    erasing: () => plain(say("erasing-title"), note("erasing-body"),
      two(button("template", say("no")), button("erased", say("yes")))),
    erased: ({ receipt: one }) => plain(say("erased-title"), note("erased-body"), receipt(one), home()),
    keys: ({ keys }) => plain(say("keys"), keys.set ? keySet(keys.set, keys.own) : note("keys-none"),
      keys.events.length ? element("h2", {}, say("keys-told")) : null,
      keys.events.length ? element("ol", { class: "cards" }, ...keys.events.map((one) => element("li", {},
        element("strong", {}, say(`key-${one.name}`)), " ", element("time", {}, time(one.time)),
        table([say("key-by"), whose(one.key, keys.own)],
          one.name === "recover" ? [say("key-then"), ...one.set.approving.map((key) => whose(key, keys.own))] : null,
          one.waits ? [say("key-wants"), say("key-of", { count: one.waits.wants, needed: one.waits.needed })] : null,
          one.waits?.holds ? [say("key-holds"), time(one.waits.holds)] : null),
        one.waits ? note("key-open") : null,
        one.waits ? button("revert", say("revert"), { "data-value": one.ref }) : null))) : null, home()),
    done: ({ what }) => plain(say(`${what}-title`), note(`${what}-body`), home()),
    ending: ({ label, value, own }) => plain(say("ending-title", { label: inside(label) }),
      note(own ? "ending-own" : "ending-body"),
      two(button("devices", say("no")), button("ended", say("yes"), { "data-value": value }))),
  };

  function question(asked) {
    const { known, works } = asked;
    return table(
      [say("who"), foreign(known ? known.name : asked.app), small(known ? "who-known" : "who-unknown")],
      known ? [say("contact"), foreign(known.contact)] : null,
      [say("what"), foreign(works.map((one) => one.title).join(", "))],
      [say("purpose"), foreign(asked.purpose)],
      asked.text === null
        ? [say("held"), foreign(`${asked.held.kind} ${asked.held.digest}`)]
        : [say("text"), quoted(asked.text)],
      [say("days"), say("days-value", { count: asked.days })],
      [say("fee"), say("fee-value", { amount: asked.fee })],
      [say("rules"), foreign(works.flatMap((one) => one.rules).join(", ")), small("rules-note")],
    );
  }

  /** What few people look at, and nobody should miss who wants to. */
  function exactly(asked) {
    return element("details", {}, element("summary", {}, say("exactly")), table(
      [say("capture"), say("capture-value", { counter: asked.capture.counter })],
      [say("key"), element("code", {}, asked.requester)],
    ));
  }

  function use(one) {
    return table(
      [say("who"), foreign(one.known ?? one.app), one.known ? null : small("who-unknown")],
      [say("purpose"), foreign(one.purpose)], one.text === null ? null : [say("text"), quoted(one.text)],
      [say("works-since"), time(one.time)],
      one.withdrawn ? [say("works-taken"), time(one.withdrawn)] : [say("works-until"), time(one.until)],
      one.complaints ? [say("works-complaints"), String(one.complaints)] : null,
    );
  }

  function receipt(one) {
    return element("div", { class: "receipt" }, table([say("erased-receipt"), element("code", {}, one.id)]),
      button("save", say("save"), { "data-value": one.id }));
  }

  const whose = (key, own) => (key === own ? element("p", {}, say("key-own")) : element("code", {}, key));

  function keySet(set, own) {
    const list = (id, keys) => [say(id), ...keys.map((key) => whose(key, own))];
    const needed = () => say("keys-needed", { count: set.needed, all: set.agents.length });
    const helpers = () => [...list("keys-agents", set.agents), needed()];
    return table(list("keys-approving", set.approving), list("keys-admins", set.admins),
      set.agents.length ? helpers() : [say("keys-agents"), say("keys-nobody")]);
  }

  const footer = () => element("footer", {}, element("p", { id: "languages" }, say("language")),
    element("div", { role: "group", "aria-labelledby": "languages" }, ...Object.entries(LANGUAGES).map(([one, name]) =>
      button("language", name, { "data-value": one, lang: one, "aria-current": one === tag ? "true" : undefined }))));

  /** The whole page for a state. */
  return (state) => {
    const { title, rest } = all[state.screen](state);
    return [element("header", {}, element("p", { class: "brand" }, "Wetsign")),
      element("main", { id: "view", "data-screen": state.screen },
        element("h1", { tabindex: "-1" }, title), ...rest.filter(Boolean)), footer()];
  };
}
