// What the popup may ask: each entry is one act of the person, or one look. Which page it is about is said by the popup and
// held against the tab as it is now; nothing falls back to "the current tab".

import { webPage } from "../shared/address.js";
import * as fresh from "./fresh.js";
import * as pages from "./pages.js";
import { explain, popupView, problemOf } from "./view.js";

/** @param {import("./main.js").Parts} parts @returns {Record<string, import("./messages.js").Entry>} */
export function popupMessages(parts) {
  const { table, filling, vault, saving, dialogs, settings, pins } = parts;

  /** The popup was opened or its button pressed: news first, then whatever waits for it on the page. @param {number} tab */
  async function refresh(tab) {
    let problem = null;
    try {
      await table.refresh();
    } catch (error) {
      problem = problemOf(error);
    }
    await Promise.all([filling.meetAgain(tab), saving.settled(tab)]);
    await parts.observing.tell(tab);
    return { view: await popupView(parts, tab), problem };
  }

  /** @type {Record<string, import("./messages.js").Entry["answer"]>} */
  const answers = {
    look: ({ tab }) => popupView(parts, tab),
    refresh: ({ tab }) => refresh(tab),
    explain: ({ tab, record }) => explain(parts, tab, record),
    async fill({ tab, page, record, confirmed }) {
      const done = await filling.choose(tab, record, { page, confirmed });
      if (done.outcome === "chosen") await parts.observing.tell(tab);
      return done;
    },
    async link({ tab, page, record }) {
      const seen = await pages.look(tab);
      if (typeof seen === "string" || seen.id !== page) return { outcome: "moved" };
      const told = parts.observing.under(tab)?.record === record ? parts.observing.told(tab, seen.url) : null;
      const { asked, revision } = told?.id ? await vault.accept(told.id) : { asked: false, revision: await vault.link(record, `${told?.origin ?? seen.url.origin}/`) };
      if (told && asked) {
        await parts.observing.asked(tab, told);
        return { outcome: "asked" };
      }
      await table.refresh({ atLeast: revision });
      return filling.choose(tab, record, { page, confirmed: told?.frame !== undefined });
    },
    search: ({ text }) => vault.search(text),
    record: ({ record }) => vault.detail(record),
    reveal: ({ record, field }) => vault.value(record, field),
    copy: ({ record, field }) => parts.copy(record, field),
    async site({ site, rule }) {
      await settings.setSite(site, rule === "" ? null : rule);
      await parts.recount();
    },
    async form({ tab }) {
      const form = await fresh.look(tab);
      return { fields: form?.fields ?? 0, username: form?.username ?? "" };
    },
    async generate({ tab }) {
      const seen = await pages.look(tab);
      const form = typeof seen === "string" ? null : await fresh.look(tab);
      return vault.generate(typeof seen === "string" ? null : seen.url.href, form?.rules);
    },
    async add({ tab, page, title, username, password, address, put }) {
      // Saved first: a password that a site has taken and nobody kept is lost.
      const addresses = webPage(address) ? [address] : [];
      const { record, revision } = await vault.add({ title, username, password, addresses });
      const filled = put ? await fresh.put(tab, page, password, parts) : 0;
      await table.refresh({ atLeast: revision }).catch(() => false); // It is saved, whatever comes of this.
      return { record, filled };
    },
    save: ({ tab, ...answer }) => saving.answer(tab, answer),
    dismiss: ({ tab }) => saving.forget(tab),
    dialog: ({ dialog, record }) => dialogs.answer(dialog, record),
    pick: ({ tab, page, record, kind }) => pins.begin(tab, page, record, kind),
    async unpin({ tab, page, record }) {
      const seen = await pages.look(tab);
      if (typeof seen === "string" || seen.id !== page) return false;
      await pins.forget(seen.url.href, record);
      return true;
    },
  };

  /** @type {Record<keyof typeof answers, import("./messages.js").Shape>} */
  const takes = {
    look: { tab: "number" },
    refresh: { tab: "number" },
    explain: { tab: "number", record: "string" },
    fill: { tab: "number", page: "string", record: "string", confirmed: "boolean" },
    link: { tab: "number", page: "string", record: "string" },
    search: { text: "string" },
    record: { record: "string" },
    reveal: { record: "string", field: "string" },
    copy: { record: "string", field: "string" },
    site: { site: "string", rule: "string" },
    form: { tab: "number" },
    generate: { tab: "number" },
    add: { tab: "number", page: "string", title: "string", username: "string", password: "string", address: "string", put: "boolean" },
    save: { tab: "number", offer: "string", record: "string", etag: "string", title: "string", username: "string" },
    dismiss: { tab: "number" },
    dialog: { dialog: "string", record: "string" },
    pick: { tab: "number", page: "string", record: "string", kind: "string" },
    unpin: { tab: "number", page: "string", record: "string" },
  };
  const names = Object.keys(answers);
  return Object.fromEntries(names.map((name) => [`popup:${name}`, { from: "popup", takes: takes[name], answer: answers[name] }]));
}
