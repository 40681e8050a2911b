// What a person does with what is their own: each step a screen, each word of theirs signed by the passkey.
import * as mine from "./own.mjs";
import { now } from "./line.mjs";

/** Those that the passkey signs. Where the phone did not know its person, they are tried again from the screen before. */
export const OWN = new Set(["taken", "complain", "erased", "revert"]);

/** The deeds. `page`: `show(state)`, `noted(what, about)`, `state()`, `kept()`, `keeps(more)`. */
export function own({ show, noted, state, kept, keeps }) {
  const use = (id) => state().uses.find((one) => one.id === id);
  return {
    works: async () => show({ screen: "works", uses: await mine.uses(kept()), now: now() }),
    taking: async (id) => show({ screen: "taking", uses: state().uses, use: use(id) }),
    taken: async (id) => {
      const one = use(id);
      show({ screen: "signing" });
      await mine.takeBack(kept(), one);
      await noted("taken", one.title);
      show({ screen: "done", what: "taken" });
    },
    complaining: async (id) => show({ screen: "complaining", uses: state().uses, use: use(id) }),
    complain: async ({ words, use: id }) => {
      const [one, said] = [use(id), words.trim().replace(/\s+/g, " ")];
      show({ screen: "signing" });
      await mine.complain(kept(), one, said);
      await noted("complained", `${one.title}: ${said}`);
      show({ screen: "done", what: "complained" });
    },
    template: async () => {
      const [template, receipts] = [await mine.template(kept()), await mine.receipts(kept())];
      show({ screen: "template", template, receipts });
    },
    erasing: async () => show({ ...state(), screen: "erasing" }),
    erased: async () => {
      const { template } = state();
      show({ screen: "signing" });
      const receipt = await mine.erase(kept(), template);
      await keeps({ receipts: [...kept().receipts ?? [], receipt.bytes] });
      await noted("erased", receipt.id);
      show({ screen: "erased", receipt, receipts: [receipt] });
    },
    save: async (id) => {
      const { bytes } = state().receipts.find((one) => one.id === id);
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([bytes], { type: "application/cbor" }));
      link.download = `wetsign-receipt-${id.slice(0, 16)}.cbor`;
      link.click();
      URL.revokeObjectURL(link.href);
    },
    keys: async () => show({ screen: "keys", keys: await mine.keys(kept()) }),
    revert: async (ref) => {
      const { keys } = state();
      show({ screen: "signing" });
      await mine.revert(kept(), keys, ref);
      await noted("reverted", ref.slice(0, 16));
      show({ screen: "done", what: "reverted" });
    },
  };
}
