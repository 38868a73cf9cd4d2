// The background's front door: every listener is registered here, at once and before anything is awaited, because the
// browser wakes this script for one event and delivers it only to listeners that are already there. It holds no logic of
// its own: an event is looked up, its sender checked, and handed to the part that knows.

import { BadServerAddress, serverOrigin } from "../shared/address.js";
import { browser } from "../shared/browser.js";
import { showCount, showWarning } from "./badge.js";
import { navigated } from "./continuation.js";
import { Filling } from "./filling.js";
import { admit } from "./messages.js";
import * as pages from "./pages.js";
import { Refused, call } from "./service.js";
import { Session } from "./session.js";
import { Store } from "./store.js";
import { Table } from "./table.js";
import { Tabs } from "./tabs.js";
import { accountView, explain, popupView, problemOf } from "./view.js";

const ALARM = "refresh";
const COMMAND = "fill-best";

const now = () => Date.now();
const store = new Store(browser.storage.session, ["session", "ended", "table-status", "tabs", "confirmed"]);
const session = new Session({ store, settings: browser.storage.local, call, now });
const tabs = new Tabs(store);
const table = new Table({ store, session, now });
const filling = new Filling({ store, tabs, table, session, now, onMatches: showCount });
const parts = { session, table, tabs, now };

session.onEnd = async () => {
  table.forget();
  await browser.alarms.clear(ALARM);
  for (const tab of await browser.tabs.query({})) if (tab.id !== undefined) showCount(tab.id, 0);
};
table.onChange = async () => {
  await schedule();
  for (const [id, { page }] of tabs.entries()) if (page) showCount(id, (await table.find(page.address)).length);
};

/** The alarm that asks for news; made anew only when the interval is another. */
async function schedule() {
  const interval = session.current()?.policy.refresh_interval;
  if (!interval) return;
  const minutes = interval / 60;
  const alarm = await browser.alarms.get(ALARM);
  if (alarm?.periodInMinutes !== minutes) await browser.alarms.create(ALARM, { delayInMinutes: minutes, periodInMinutes: minutes });
}

/** The popup was opened or its button pressed: news first, then whatever waits for it on the page. @param {number} tabId */
async function refreshNow(tabId) {
  let problem = null;
  try {
    await table.refresh();
  } catch (error) {
    problem = problemOf(error);
  }
  await filling.meetAgain(tabId);
  return { view: await popupView(parts, tabId), problem };
}

/** @type {Record<string, import("./messages.js").Entry>} */
const MESSAGES = {
  "page:fields": {
    from: "page",
    takes: { page: "string", kinds: "strings" },
    async answer({ page, kinds }, from) {
      if (!from || !session.current()) return;
      const { tabId, url, documentId } = from;
      await tabs.set(tabId, { page: { id: page, address: url.href, documentId, kinds: pages.known(kinds) } });
      await filling.meet(tabId);
    },
  },
  "page:revision": {
    from: "page",
    takes: { revision: "number" },
    async answer({ revision }, from) {
      if (from && from.url.origin === (await session.server()) && session.current()) await table.announce(revision);
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
  "popup:look": {
    from: "popup",
    takes: { tab: "number" },
    answer: ({ tab }) => popupView(parts, tab),
  },
  "popup:refresh": {
    from: "popup",
    takes: { tab: "number" },
    answer: ({ tab }) => refreshNow(tab),
  },
  "popup:explain": {
    from: "popup",
    takes: { tab: "number", record: "string" },
    answer: ({ tab, record }) => explain(parts, tab, record),
  },
  "popup:fill": {
    from: "popup",
    takes: { tab: "number", page: "string", record: "string", confirmed: "boolean" },
    answer: ({ tab, page, record, confirmed }) => filling.choose(tab, record, { page, confirmed }),
  },
  "popup:link": {
    from: "popup",
    takes: { tab: "number", page: "string", record: "string" },
    async answer({ tab, page, record }) {
      const seen = await pages.look(tab);
      if (typeof seen === "string" || seen.id !== page) return { outcome: "moved" };
      const body = { url: `${seen.url.origin}/`, strategy: "host" };
      let revision = 0;
      try {
        ({ revision } = (await session.ask("POST", `/records/${encodeURIComponent(record)}/links`, { body })).body);
      } catch (error) {
        if (!(error instanceof Refused && error.slug === "conflict")) throw error;
        // Somebody linked it already: the table only has to be fetched.
      }
      await table.refresh({ atLeast: revision });
      return filling.choose(tab, record, { page });
    },
  },
  "options:look": {
    from: "options",
    takes: {},
    answer: () => accountView(parts),
  },
  "options:server": {
    from: "options",
    takes: { address: "string" },
    async answer({ address }) {
      await session.setServer(serverOrigin(address));
      return accountView(parts);
    },
  },
  "options:sign-in": {
    from: "options",
    takes: { username: "string", password: "string", code: "string" },
    async answer({ username, password, code }) {
      const { device } = await accountView(parts);
      await session.signIn({ username, password, device, ...(code && { code }) });
      await schedule();
      await table.refresh();
      return accountView(parts);
    },
  },
  "options:sign-out": {
    from: "options",
    takes: {},
    async answer() {
      await session.signOut();
      return accountView(parts);
    },
  },
};

browser.runtime.onMessage.addListener((message, sender, respond) => {
  const answer = admit(message, sender, MESSAGES);
  if (!answer) return false;
  store.ready().then(answer).then(
    (value) => respond({ value }),
    (error) => respond({ problem: error instanceof BadServerAddress ? { code: error.reason, detail: "" } : problemOf(error) }),
  );
  return true;
});

browser.alarms.onAlarm.addListener(async ({ name }) => {
  if (name !== ALARM) return;
  await store.ready();
  await table.refreshQuietly();
});

browser.commands.onCommand.addListener(async (name, tab) => {
  if (name !== COMMAND) return;
  await store.ready();
  const target = tab ?? (await browser.tabs.query({ active: true, lastFocusedWindow: true }))[0];
  if (target?.id === undefined) return;
  const outcome = await filling.best(target.id).catch((error) => problemOf(error));
  if (!("outcome" in outcome && (outcome.outcome === "filled" || outcome.outcome === "chosen"))) await openPopup();
});

/** Lets a person look. Not every browser opens it without a click; the badge then has to do. */
async function openPopup() {
  try {
    await browser.action.openPopup();
  } catch {
    // Refused by the browser: the toolbar button is still there.
  }
}

browser.webNavigation.onCommitted.addListener(async ({ tabId, frameId, url, transitionType, transitionQualifiers }) => {
  if (frameId !== 0) return;
  await store.ready();
  filling.abandon(tabId);
  const { choice } = tabs.get(tabId);
  await tabs.set(tabId, { page: null, choice: choice && navigated(choice, transitionType, transitionQualifiers, now()) });
  if (session.current()) showCount(tabId, await table.count(url));
});

browser.webNavigation.onCompleted.addListener(async ({ tabId, frameId }) => {
  if (frameId !== 0) return;
  await store.ready();
  if (tabs.get(tabId).choice) await pages.watch(tabId);
});

/** Another address of the same document. @param {chrome.webNavigation.WebNavigationTransitionCallbackDetails} details */
async function movedWithin({ tabId, frameId, transitionType, transitionQualifiers }) {
  if (frameId !== 0) return;
  await store.ready();
  const { choice } = tabs.get(tabId);
  if (!choice) return;
  await tabs.set(tabId, { choice: navigated(choice, transitionType, transitionQualifiers, now()) });
  if (tabs.get(tabId).choice) await pages.watch(tabId);
}

browser.webNavigation.onHistoryStateUpdated.addListener(movedWithin);
browser.webNavigation.onReferenceFragmentUpdated.addListener(movedWithin);

browser.tabs.onRemoved.addListener(async (tabId) => {
  await store.ready();
  filling.abandon(tabId);
  await tabs.remove(tabId);
});

/** Nothing may wait for this: a worker is not allowed to await at its top. `boot` tells a test that listeners are there. */
async function boot() {
  // The service's address is there: a content script, whose voice a page may have taken over, must not change it.
  // Firefox does not know this call yet.
  await browser.storage.local.setAccessLevel?.({ accessLevel: "TRUSTED_CONTEXTS" });
  await store.ready();
  await store.set("boot", true);
  if (session.current()) await schedule();
}

boot();
