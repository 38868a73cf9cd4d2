// The background's front door: every listener is registered here, at once and before anything is awaited, because the
// browser wakes this script for one event and delivers it only to listeners that are already there. It holds no logic of
// its own: an event is looked up, its sender checked, and handed to the part that knows.

import { webPage } from "../shared/address.js";
import { CHANGED } from "../shared/ask.js";
import { browser } from "../shared/browser.js";
import { showCount, showOffer, showQuestion } from "./badge.js";
import { Certificates, isOfCertificate } from "./certificates.js";
import * as clipboards from "./clipboard.js";
import { byPerson, navigated } from "./continuation.js";
import { Dialogs } from "./dialogs.js";
import { Filling } from "./filling.js";
import { chosen, makeMenu } from "./menus.js";
import { admit } from "./messages.js";
import { Observing } from "./observing.js";
import { addressOf, suggestions } from "./omnibox.js";
import { optionsMessages } from "./options_messages.js";
import { pageMessages } from "./page_messages.js";
import { Pins } from "./pins.js";
import { popupMessages } from "./popup_messages.js";
import * as savings from "./saving.js";
import { call } from "./service.js";
import { Session } from "./session.js";
import { Settings } from "./settings.js";
import { permitted, ruleOf } from "./sites.js";
import { Store } from "./store.js";
import { Table } from "./table.js";
import { Tabs } from "./tabs.js";
import { Vault } from "./vault.js";
import { problemOf } from "./view.js";

const ALARM = "refresh";
const COMMAND = "fill-best";
/** What survives a stopped background; in memory of the browser only. */
const REMEMBERED = ["session", "ended", "table-status", "tabs", "confirmed", "caught", "clipboard", "challenges", "warned", "pins", "picks"];
const SITES = ["http://*/*", "https://*/*"];

const now = () => Date.now();
const { alarms } = browser;
const store = new Store(browser.storage.session, REMEMBERED);
const settings = new Settings({ own: browser.storage.local, managed: browser.storage.managed });
const session = new Session({ store, settings, call, now });
const tabs = new Tabs(store);
const permit = async (/** @type {string} */ address, /** @type {import("./table.js").Match[]} */ matches) =>
  permitted(ruleOf((await settings.all()).sites, address), matches);
const table = new Table({ store, session, now, permit });
const vault = new Vault({ session, now });
const clipboard = new clipboards.Clipboard({ store, board: clipboards.systemBoard, alarms, now });
const certificates = new Certificates({ kept: browser.storage.local, store });
const pins = new Pins({ kept: browser.storage.local, store, table, vault, now });
const filling = new Filling({ store, tabs, table, session, certificates, pins, now, onMatches: mark, onUnlinked: (tabId) => observing.tell(tabId) });
const observing = new Observing({ tabs, table, session, settings, now });

/**
 * What the parts know of each other.
 * @typedef {typeof base & { saving: savings.Saving, dialogs: Dialogs }} Parts
 */
const base = { store, settings, session, tabs, table, vault, certificates, pins, filling, observing, alarms, now, schedule, recount, dialogsKnown, copy, openPopup };
const parts = /** @type {Parts} */ (base);
parts.saving = new savings.Saving(parts);
parts.dialogs = new Dialogs(parts);
const { saving, dialogs } = parts;

const MESSAGES = { ...pageMessages(parts), ...popupMessages(parts), ...optionsMessages(parts) };

session.onEnding = () => clipboard.clearNow();
session.onEnd = async () => {
  table.forget();
  dialogs.drop();
  await alarms.clear(ALARM);
  await alarms.clear(savings.ALARM);
  for (const tab of await browser.tabs.query({})) if (tab.id !== undefined) showCount(tab.id, 0);
};
table.onChange = async () => {
  await schedule();
  await recount();
};
saving.onOffer = (tabId) => mark(tabId);
dialogs.onChange = (tabId) => {
  mark(tabId);
  // One that is open already stays as it is, and is told; who listens to nothing is no fault.
  browser.runtime.sendMessage({ type: CHANGED, tab: tabId }).catch(() => {});
  if (dialogs.view(tabId)) openPopup();
};

/** The alarm that asks for news; made anew only when the interval is another. */
async function schedule() {
  const interval = (await settings.all()).refreshInterval ?? session.current()?.policy.refresh_interval;
  if (!interval || !session.current()) return;
  const minutes = interval / 60;
  const alarm = await alarms.get(ALARM);
  if (alarm?.periodInMinutes !== minutes) await alarms.create(ALARM, { delayInMinutes: minutes, periodInMinutes: minutes });
}

/** What the button of a tab shows: a question before an offer before the number of matches. @param {number} tabId @param {number} [count] */
async function mark(tabId, count) {
  if (dialogs.view(tabId)) return showQuestion(tabId);
  if (saving.waits(tabId)) return showOffer(tabId);
  if (count !== undefined) return showCount(tabId, count);
  const tab = await browser.tabs.get(tabId).catch(() => null); // Closed meanwhile.
  return showCount(tabId, session.current() && tab?.url ? await table.count(tab.url) : 0);
}

/** The records or the rules for sites are others now. */
async function recount() {
  for (const tab of await browser.tabs.query({})) {
    if (tab.id !== undefined && !tabs.get(tab.id).page?.warning) await mark(tab.id);
  }
}

/** @param {string} record @param {string} field @returns {Promise<{ seconds: number }>} after which it goes from the clipboard */
async function copy(record, field) {
  const { clipboardSeconds: seconds } = await settings.all();
  await clipboard.copy(await vault.value(record, field), seconds);
  return { seconds };
}

browser.runtime.onMessage.addListener((message, sender, respond) => {
  const answer = admit(message, sender, MESSAGES);
  if (!answer) return false;
  store.ready().then(answer).then(
    (value) => respond({ value }),
    (error) => respond({ problem: problemOf(error) }),
  );
  return true;
});

/** A page in which a person types holds a line open, so that this script is awake when the login is sent; nothing is said on it. */
browser.runtime.onConnect.addListener((port) => {
  if (port.sender?.id !== browser.runtime.id || port.name !== "typing") port.disconnect();
});

alarms.onAlarm.addListener(async ({ name }) => {
  await store.ready();
  if (name === ALARM) await table.refreshQuietly();
  else if (name === savings.ALARM) await saving.sweep();
  else if (name === clipboards.ALARM) await clipboard.clear();
});

browser.commands.onCommand.addListener(async (name, tab) => {
  if (name !== COMMAND) return;
  await store.ready();
  const target = tab ?? (await browser.tabs.query({ active: true, lastFocusedWindow: true }))[0];
  if (target?.id === undefined) return;
  if (await dialogs.best(target.id).catch(() => false)) return;
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

// Firefox for Android has no context menu and no address bar for extensions.
browser.contextMenus?.onClicked.addListener(async ({ menuItemId }, tab) => {
  await store.ready();
  if (tab?.id !== undefined && !(await chosen(parts, String(menuItemId), tab.id).catch(() => false))) await openPopup();
});

browser.omnibox?.onInputChanged.addListener(async (text, suggest) => {
  await store.ready();
  if (text.trim() !== "") suggest(await suggestions(vault, text));
});

browser.omnibox?.onInputEntered.addListener(async (text, disposition) => {
  await store.ready();
  const url = await addressOf(vault, text);
  if (!url) await openPopup();
  else if (disposition === "currentTab") await browser.tabs.update({ url });
  else await browser.tabs.create({ url, active: disposition === "newForegroundTab" });
});

browser.webNavigation.onBeforeNavigate.addListener(async ({ tabId, frameId, url }) => {
  if (frameId !== 0) return;
  await store.ready();
  await observing.leaving(tabId, url);
});

browser.webNavigation.onCommitted.addListener(async ({ tabId, frameId, url, transitionType, transitionQualifiers }) => {
  if (frameId !== 0) return;
  await store.ready();
  filling.abandon(tabId);
  const { choice, opener } = tabs.get(tabId);
  const own = byPerson(transitionType, transitionQualifiers);
  await tabs.set(tabId, { page: null, choice: choice && navigated(choice, transitionType, transitionQualifiers, now()), opener: own ? undefined : opener });
  await observing.arrived(tabId, url, transitionQualifiers);
  await pins.left(tabId);
  await leave(tabId, transitionType, transitionQualifiers);
  if (session.current()) await mark(tabId, await table.count(url));
});

/** A person who goes elsewhere by themselves leaves half a login behind, by the rules of a choice. @param {number} tabId @param {string} type @param {string[]} qualifiers */
async function leave(tabId, type, qualifiers) {
  const login = { record: "", title: "", from: "", until: Infinity, steps: [], waiting: null };
  if (navigated(/** @type {any} */ (login), type, qualifiers, now()) === null) await saving.left(tabId);
}

browser.webNavigation.onErrorOccurred.addListener(async ({ tabId, frameId, url, error }) => {
  const page = webPage(url);
  if (frameId !== 0 || !page || !isOfCertificate(error)) return;
  await store.ready();
  const tab = await browser.tabs.get(tabId).catch(() => null); // Closed meanwhile.
  await certificates.warned(page, tab?.incognito !== false);
});

browser.webNavigation.onCompleted.addListener(async ({ tabId, frameId }) => {
  if (frameId !== 0) return;
  await store.ready();
  await filling.watch(tabId);
  await saving.settled(tabId);
});

/** Another address of the same document. @param {chrome.webNavigation.WebNavigationTransitionCallbackDetails} details */
async function movedWithin({ tabId, frameId, transitionType, transitionQualifiers }) {
  if (frameId !== 0) return;
  await store.ready();
  const { choice } = tabs.get(tabId);
  if (choice) await tabs.set(tabId, { choice: navigated(choice, transitionType, transitionQualifiers, now()) });
  await filling.watch(tabId);
  await saving.settled(tabId);
}

browser.webNavigation.onCreatedNavigationTarget.addListener(async ({ tabId, sourceTabId, sourceFrameId }) => {
  if (sourceFrameId !== 0) return;
  await store.ready();
  await filling.opened(tabId, sourceTabId);
});

browser.webNavigation.onHistoryStateUpdated.addListener(movedWithin);
browser.webNavigation.onReferenceFragmentUpdated.addListener(movedWithin);

browser.tabs.onRemoved.addListener(async (tabId) => {
  await store.ready();
  dialogs.drop(tabId);
  await pins.left(tabId);
  await filling.closed(tabId);
  await saving.forget(tabId);
});

/** @param {chrome.webRequest.OnAuthRequiredDetails} details @param {((reply: import("./dialogs.js").Reply) => void) | undefined} reply */
function challenged(details, reply) {
  store.ready().then(() => dialogs.asked(details)).then((answer) => reply?.(answer), () => reply?.({}));
}

/** Only where the person has given the permission for it, on the options page. */
function hearDialogs() {
  try {
    if (!dialogsKnown()) browser.webRequest?.onAuthRequired?.addListener(/** @type {any} */ (challenged), { urls: SITES }, ["asyncBlocking"]);
  } catch {
    // One of the two permissions is missing.
  }
}

function dialogsKnown() {
  return browser.webRequest?.onAuthRequired?.hasListener(/** @type {any} */ (challenged)) ?? false;
}

hearDialogs();
browser.permissions.onAdded.addListener(hearDialogs);
browser.storage.onChanged.addListener(async (_, area) => {
  if (area !== "managed") return;
  await store.ready();
  await schedule();
  await recount();
});
for (const event of [browser.runtime.onInstalled, browser.runtime.onStartup]) event.addListener(() => void (browser.contextMenus && makeMenu()));

/** Nothing may wait for this: a worker is not allowed to await at its top. `boot` tells a test that listeners are there. */
async function boot() {
  // The service's address is there: a content script, whose voice a page may have taken over, must not change it.
  // Firefox does not know this call yet.
  await browser.storage.local.setAccessLevel?.({ accessLevel: "TRUSTED_CONTEXTS" });
  await store.ready();
  await store.set("boot", true);
  if (session.current()) await schedule();
  await saving.resume();
}

boot();
