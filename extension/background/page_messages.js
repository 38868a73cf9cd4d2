// What a page's content script may say: what it sees, never what is to be done. Each entry is one row of the table that
// messages.js holds every message against.

import { webPage } from "../shared/address.js";
import { browser } from "../shared/browser.js";
import { showWarning } from "./badge.js";
import * as pages from "./pages.js";
import { loginsOf } from "./recognition/view.js";

/** Told to a page that has login fields, on demand, while somebody is signed in. */
const LISTENER = "injected/submitted.js";

/** @param {import("./main.js").Parts} parts @returns {Record<string, import("./messages.js").Entry>} */
export function pageMessages(parts) {
  const { tabs, table, session, filling, saving, pins } = parts;
  return {
    "page:inputs": {
      from: "page",
      takes: { hint: "string" },
      async answer({ hint }, from) {
        if (!from || !session.current() || !(await filling.isWanted(from.tabId, from.url, hint))) return;
        await pages.equip(from.tabId, { documentId: from.documentId });
      },
    },
    "page:fields": {
      from: "page",
      takes: { page: "string", view: "view" },
      async answer({ page, view }, from) {
        if (!from || !session.current()) return null;
        const { tabId, url, documentId } = from;
        const logins = loginsOf(view, await pins.of(url.href, tabs.get(tabId).choice?.record));
        const kinds = logins[0]?.kinds ?? [];
        await tabs.set(tabId, { page: { id: page, address: url.href, documentId, kinds } });
        if (kinds.length > 0) listen(parts, from);
        await saving.met(tabId, url, kinds);
        filling.meet(tabId); // Takes its time where no link holds the page; the page need not wait.
        return { logins, watch: await filling.interest(tabId, url) };
      },
    },
    "page:submitted": {
      from: "page",
      takes: { page: "string", username: "string", password: "string", own: "boolean" },
      async answer({ page, username, password, own }, from) {
        if (!from) return;
        // A background that was just woken may hear of the next page first; what a page before that one says is too late.
        const known = tabs.get(from.tabId).page;
        if (known && known.id !== page) return;
        await saving.submitted(from.tabId, from.url, from.isPrivate, { username, password, own, document: page });
      },
    },
    "page:revision": {
      from: "page",
      takes: { revision: "number" },
      async answer({ revision }, from) {
        if (from && from.url.origin === (await session.server()) && session.current()) await table.announce(revision);
      },
    },
    "page:picked": {
      from: "page",
      takes: { page: "string", field: "number" },
      async answer({ page, field }, from) {
        if (from && session.current() && (await pins.picked(from.tabId, page, field, from.isPrivate))) await parts.openPopup();
      },
    },
    "page:guarded": {
      from: "page",
      takes: { page: "string" },
      async answer({ page }, from) {
        const known = from ? tabs.get(from.tabId).page : null;
        if (!from || !known || known.id !== page) return;
        await tabs.set(from.tabId, { page: { ...known, warning: true }, choice: null });
        showWarning(from.tabId);
      },
    },
  };
}

/** @param {import("./main.js").Parts} parts @param {import("./messages.js").FromPage} from */
async function listen({ saving, session }, { tabId, url, documentId, isPrivate }) {
  // The service's own pages take the person's password for the service, which belongs into no record.
  if (webPage((await session.server()) ?? "")?.origin === url.origin) return;
  if (!(await saving.listens(url.href, isPrivate))) return;
  try {
    const target = documentId ? { tabId, documentIds: [documentId] } : { tabId, frameIds: [0] };
    await browser.scripting.executeScript({ target, files: [LISTENER] });
  } catch {
    // The page is gone already.
  }
}
