// Words in three languages, from Fluent files (projectfluent.org), of which a part is read: `id = text`, `{ $name }`, and
// one choice by plural form. A test holds that the files use no more than that.

export const LANGUAGES = { en: "English", ro: "Română", ar: "العربية" };
const KEPT = "wetsign-language";

/** Messages of a file, by id. */
export function parse(file) {
  const messages = new Map();
  let open = null;
  for (const line of file.split("\n")) {
    const begun = /^([a-z][a-z0-9-]*) = (.*)$/.exec(line);
    const form = /^\s+\*?\[(\w+)\] (.*)$/.exec(line);
    if (begun) {
      open = begun[2] === "{ $form ->" ? new Map() : null;
      messages.set(begun[1], open ?? begun[2]);
    } else if (form && open) open.set(form[1], form[2]);
  }
  return messages;
}

/** Whom the browser's owner prefers, as far as there are words for it. */
export function preferred() {
  const known = [localStorage.getItem(KEPT), ...navigator.languages.map((tag) => tag.slice(0, 2))];
  return known.find((tag) => Object.hasOwn(LANGUAGES, tag)) ?? "en";
}

/** The words of a language: `say(id, {name: text})`, where `count` chooses the form. */
export async function load(tag) {
  const fetched = async (one) => parse(await (await fetch(`/words/${one}.ftl`)).text());
  const [own, english] = [await fetched(tag), await fetched("en")];
  const plurals = new Intl.PluralRules(tag);
  localStorage.setItem(KEPT, tag);
  const say = (id, given = {}) => {
    const found = own.get(id) ?? english.get(id) ?? id;
    const text = found instanceof Map ? found.get(plurals.select(given.count)) ?? found.get("other") : found;
    return text.replace(/\{ \$(\w+) \}/g, (_, name) => String(given[name]));
  };
  return { tag, say, has: (id) => own.has(id) || english.has(id), rtl: tag === "ar" };
}
