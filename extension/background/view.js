// What the popup and the options page are told. They hold no state of their own: each gets one plain object that says
// what is the case, and the words for it are theirs.

import { BadServerAddress } from "../shared/address.js";
import { mayOffer } from "./continuation.js";
import * as frames from "./frames.js";
import { Managed } from "./settings.js";
import { BadSite, ruleOf } from "./sites.js";
import * as pages from "./pages.js";
import { Refused, ServiceAway, SignedOut } from "./service.js";

/**
 * @typedef {{ server: string | null, account: { name: string } | null, ended: boolean, device: string,
 *   late?: { code: string, detail: string, retryAfter?: number } }} Account `late`: why there are no records yet
 * @typedef {{ revision: number, checkedAt: number, away: boolean, nextAt: number, records: number }} TableView
 * @typedef {{ record: string, title: string, from: string, host: string, mayEdit: boolean, does: "link" | "request" | "asked" | "pass-on" | "nothing",
 *   warnings: string[], pending: boolean }} Offer `does`: what the person can do; `pending`: the service has not said yet what it knows of the page
 * @typedef {{ account: Account, table: TableView | null, page: { state: "ready" | "no-page" | "no-script", id: string,
 *   host: string, origin: string, kinds: string[], warning: boolean }, matches: import("./table.js").Match[],
 *   under: string | null, offer: Offer | null, explanation: string | null, site: { name: string, rule: import("./sites.js").Rule | null, managed: boolean } | null,
 *   saving: import("./saving.js").SaveOffer | null, dialog: import("./dialogs.js").DialogView | null, clipboardSeconds: number, pinned: string[], pick: { kind: Kind, came: string } | null }} PopupView
 *   `pinned`: records with fields of this page that a person pointed at; `pick`: what came of pointing, told once
 * @typedef {import("./main.js").Parts} Parts
 */

/** @param {Parts} parts @returns {Promise<Account>} */
export async function accountView({ session }) {
  const current = session.current();
  const server = await session.server();
  const account = current && current.server === server ? { name: current.account.name } : null;
  return { server, account, ended: session.endedByService(), device: deviceName() };
}

/**
 * @param {Parts} parts @param {number} tabId
 * @returns {Promise<PopupView>}
 */
export async function popupView(parts, tabId) {
  const { table, tabs, now, settings, saving, dialogs, pins } = parts;
  const account = await accountView(parts);
  const seen = await pins.look(tabId, tabs.get(tabId).choice?.record);
  /** @type {PopupView} */
  const view = { account, table: null, page: pageView(seen), matches: [], under: null, offer: null, explanation: null, site: null, saving: null, dialog: null, clipboardSeconds: 0, pinned: [], pick: null };
  const tab = tabs.get(tabId);
  view.page.warning = typeof seen !== "string" && tab.page?.id === seen.id && tab.page.warning === true;
  if (!account.account) return view;
  const loaded = await table.loaded();
  const { revision, checkedAt, away, nextAt } = table.status();
  view.table = { revision, checkedAt, away, nextAt, records: Object.keys(loaded?.records ?? {}).length };
  const url = typeof seen === "string" ? null : seen.url;
  const { sites, clipboardSeconds } = await settings.all();
  view.clipboardSeconds = clipboardSeconds;
  view.dialog = dialogs.view(tabId);
  view.saving = await saving.offer(tabId);
  if (!url || typeof seen === "string") return view;
  view.pinned = await pins.records(url.href);
  view.pick = await pins.outcome(tabId, seen.id);
  const name = siteNamed(sites, url);
  view.site = { name, rule: ruleOf(sites, url.href), managed: name in ((await settings.managed()).sites ?? {}) };
  if (!loaded) return view;
  const matches = await table.find(url.href);
  view.matches = typeof seen === "string" ? matches : await frames.offered(tabId, seen, matches, table);
  const choice = parts.observing.under(tabId);
  if (!choice) return view;
  view.under = choice.record;
  const told = parts.observing.told(tabId, url);
  const unlinked = told?.frame
    ? view.page.kinds.length === 0 && !view.matches.some((match) => match.frame === told.frame && match.record === choice.record)
    : mayOffer(choice, url, view.page.kinds, now()) && !view.matches.some((match) => match.record === choice.record);
  if (unlinked) {
    const mayEdit = loaded.records[choice.record]?.may_edit ?? false;
    const known = offered(told, mayEdit, parts.observing.isPending(tabId));
    view.offer = { record: choice.record, title: choice.title, from: new URL(choice.from).host, host: told?.frame ?? hostOf(url), mayEdit, ...known };
  }
  return view;
}

/**
 * Why a record does not match a page, in the matcher's words; nothing when the service cannot be asked.
 * @param {Parts} parts @param {number} tabId @param {string} record
 * @returns {Promise<string | null>}
 */
export async function explain({ session, observing }, tabId, record) {
  const seen = await pages.look(tabId);
  if (typeof seen === "string" || observing.under(tabId)?.record !== record) return null;
  try {
    const { body } = await session.ask("POST", "/match", { body: { page_url: seen.url.href, record_id: record } });
    return typeof body.explanation === "string" ? body.explanation : null;
  } catch (error) {
    if (error instanceof ServiceAway || error instanceof SignedOut || error instanceof Refused) return null;
    throw error;
  }
}

/**
 * What a person can do about a page that no link holds, and what they should look at before.
 * @param {import("./trail.js").Told | null} told @param {boolean} mayEdit @param {boolean} pending
 * @returns {Pick<Offer, "does" | "warnings" | "pending">}
 */
function offered(told, mayEdit, pending) {
  if (!told) return { does: mayEdit ? "link" : "pass-on", warnings: pending ? [] : ["unchecked"], pending };
  if (told.id === null) return { does: "nothing", warnings: [], pending: false };
  return { does: mayEdit ? "link" : told.asked ? "asked" : "request", warnings: [...(told.frame ? ["frame"] : []), ...told.warnings], pending: false };
}

/** How a page is named to a person; one that anybody in the network may have sent bears its `http://`. @param {URL} url */
function hostOf(url) {
  return url.protocol === "https:" ? url.host : url.origin;
}

/** The entry of the list that holds a page, else the page's own host. @param {Record<string, unknown>} sites @param {URL} url */
function siteNamed(sites, url) {
  const labels = url.hostname.replace(/\.$/, "").split(".");
  const names = labels.map((_, start) => labels.slice(start).join("."));
  return names.find((name) => Object.hasOwn(sites, name)) ?? names[0];
}

/** @param {pages.Seen | "no-page" | "no-script"} seen @returns {PopupView["page"]} */
function pageView(seen) {
  if (typeof seen === "string") return { state: seen, id: "", host: "", origin: "", kinds: [], warning: false };
  const { id, url, kinds } = seen;
  return { state: "ready", id, host: hostOf(url), origin: url.origin, kinds, warning: false };
}

/**
 * An error as a value that a message can carry.
 * @param {unknown} error
 * @returns {{ code: string, detail: string, retryAfter?: number }}
 */
export function problemOf(error) {
  if (error instanceof Refused) return { code: error.slug, detail: error.detail, retryAfter: error.retryAfter };
  if (error instanceof ServiceAway) return { code: error.retryAfter ? "away-until" : "away", detail: error.message, retryAfter: error.retryAfter };
  if (error instanceof BadServerAddress || error instanceof BadSite) return { code: error.reason, detail: "" };
  if (error instanceof Managed) return { code: "managed", detail: "" };
  if (error instanceof SignedOut) return { code: "signed-out", detail: "" };
  return { code: "internal", detail: "" };
}

/** @returns {string} how the person's list of sessions will call this browser */
function deviceName() {
  const agent = navigator.userAgent;
  const browser = /Firefox\//.test(agent) ? "Firefox" : /Edg\//.test(agent) ? "Edge" : "Chromium";
  const system = [
    ["Windows", /Windows/],
    ["Android", /Android/],
    ["macOS", /Mac OS/],
    ["Linux", /Linux|X11/],
  ].find(([, pattern]) => /** @type {RegExp} */ (pattern).test(agent));
  return system ? `${browser}, ${system[0]}` : browser;
}

