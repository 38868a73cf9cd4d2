// Logins in frames of a page: which there are for a record, and whether a person can see them. DESIGN 5.3: only the frame
// whose own address matches closely; in a page of another site only after the person has read that host; a frame that is
// kept apart by its page, or has no address of its own, never.

import { webPage } from "../shared/address.js";
import { browser } from "../shared/browser.js";
import * as pages from "./pages.js";

const SCRIPT = "injected/frames.js";
const TOP = 0;
/** More frames than a page with a login has; beyond them nobody looks. */
const MOST = 40;

/**
 * `own`: it and every page around it are of one origin.
 * @typedef {{ frameId: number, documentId?: string }} At
 * @typedef {{ at: At, around: At[], own: boolean, url: URL, matches: import("./table.js").Match[] }} Frame `around`: from the inside outwards
 * @typedef {Frame & { seen: pages.Seen }} FrameWithLogin
 */

/**
 * Frames for which there are records by close matches, and in which a login is.
 * @param {number} tabId @param {import("./table.js").Table} table @param {string} [record] only those of this record
 * @returns {Promise<FrameWithLogin[]>}
 */
export async function withLogin(tabId, table, record) {
  /** @type {FrameWithLogin[]} */
  const found = [];
  for (const frame of await all(tabId, table, (matches) => matches.length > 0)) {
    if (record !== undefined && !frame.matches.some((match) => match.record === record)) continue;
    const seen = await pages.look(tabId, { ...frame.at, url: frame.url });
    if (typeof seen !== "string" && seen.kinds.length > 0) found.push({ ...frame, seen });
  }
  return found;
}

/**
 * A frame with a login that a person sees and that no link of a record holds, in a page of the record that asks for nothing
 * itself.
 * @param {number} tabId @param {import("./table.js").Table} table @param {string} record
 * @returns {Promise<FrameWithLogin | null>}
 */
export async function unlinked(tabId, table, record) {
  for (const frame of await all(tabId, table, (matches) => !matches.some((match) => match.record === record))) {
    const seen = frame.own ? "no-page" : await pages.look(tabId, { ...frame.at, url: frame.url });
    if (typeof seen !== "string" && seen.kinds.length > 0 && (await isShown(tabId, { ...frame, seen }))) return { ...frame, seen };
  }
  return null;
}

/**
 * @param {number} tabId @param {import("./table.js").Table} table
 * @param {(matches: import("./table.js").Match[]) => boolean} isWanted told the close matches of a frame
 * @returns {Promise<Frame[]>}
 */
async function all(tabId, table, isWanted) {
  const listed = (await browser.webNavigation.getAllFrames({ tabId }).catch(() => null)) ?? [];
  if (listed.length < 2 || listed.length > MOST) return [];
  const byId = new Map(listed.map((one) => [one.frameId, one]));
  /** @type {Frame[]} */
  const found = [];
  for (const { frameId, documentId, url: address, parentFrameId } of listed) {
    const url = webPage(address);
    if (frameId === TOP || !url) continue;
    const outer = [];
    for (let at = byId.get(parentFrameId); at && outer.length < MOST; at = byId.get(at.parentFrameId)) outer.push(at);
    const pagesAround = outer.map((one) => webPage(one.url));
    // Who may change an unencrypted page may lay it over whatever it frames.
    if (outer.at(-1)?.frameId !== TOP || pagesAround.some((page) => !page || (url.protocol === "https:" && page.protocol !== "https:"))) continue;
    const matches = (await table.find(url.href)).filter(({ close }) => close);
    if (!isWanted(matches)) continue;
    const own = pagesAround.every((page) => page?.origin === url.origin);
    found.push({ at: { frameId, documentId }, around: outer.map((one) => ({ frameId: one.frameId, documentId: one.documentId })), own, url, matches });
  }
  return found;
}

/**
 * Whether a person sees the fields of a frame's login, through all the pages around it.
 * @param {number} tabId @param {FrameWithLogin} frame
 */
export async function isShown(tabId, { at, around, seen }) {
  const [login] = seen.logins;
  const fields = [login.username, login.password, ...login.code].filter((one) => one !== null);
  for (const one of [at, ...around]) await pages.equip(tabId, one, SCRIPT);
  let spots = await pages.say(tabId, { type: "spots", fields }, at);
  let inner = at;
  for (const outer of around) {
    if (!Array.isArray(spots) || spots.length === 0) return false;
    const name = crypto.randomUUID();
    await pages.say(tabId, { type: "listen", name }, outer);
    await pages.say(tabId, { type: "call", name }, inner);
    spots = await pages.say(tabId, { type: "around", name, spots }, outer);
    inner = outer;
  }
  return Array.isArray(spots) && spots.length > 0;
}

/**
 * The matches of a page as the popup shows them: a login in a frame of another host asks for that host.
 * @param {number} tabId @param {pages.Seen} seen @param {import("./table.js").Match[]} matches @param {import("./table.js").Table} table
 * @returns {Promise<import("./table.js").Match[]>}
 */
export async function offered(tabId, seen, matches, table) {
  const result = [...matches];
  for (const { own, url, matches: inFrame } of await withLogin(tabId, table)) {
    if (own) continue;
    for (const match of inFrame) {
      const place = result.findIndex(({ record }) => record === match.record);
      if (place < 0) result.push({ ...match, close: false, frame: url.host });
      else if (seen.kinds.length === 0) result[place] = { ...match, close: false, frame: url.host };
    }
  }
  return result;
}
