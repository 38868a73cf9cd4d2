// The one way from the background to a page's content script. A message goes to one document of the top frame and to no
// other: by the browser's document id where it has one, and always by the random name that the document gave itself.

import { webPage } from "../shared/address.js";
import { browser } from "../shared/browser.js";

/** The kinds of field that a content script may report; everything else in a report is dropped. */
export const KINDS = ["username", "password"];

/**
 * @typedef {{ id: string, kinds: string[], actions: string[], url: URL }} Seen what a page's own look at itself says
 * @typedef {{ filled: string[], refused: { kind: string, why: string }[], moved?: boolean }} Filled
 */

/**
 * Looks at the page that a tab shows now.
 * @param {number} tabId
 * @returns {Promise<Seen | "no-page" | "no-script">} `no-page`: nothing that can be filled; `no-script`: reload it first
 */
export async function look(tabId) {
  const tab = await browser.tabs.get(tabId).catch(() => null); // Closed meanwhile.
  const url = webPage(tab?.url);
  if (!url) return "no-page";
  let answer;
  try {
    answer = await browser.tabs.sendMessage(tabId, { type: "look" }, { frameId: 0 });
  } catch {
    return "no-script";
  }
  if (!answer || answer.origin !== url.origin) return "no-script";
  return { id: answer.page, kinds: known(answer.kinds), actions: answer.actions, url };
}

/**
 * Hands values to the document they were released for. It checks by itself that it is still that document at that address.
 * @param {number} tabId
 * @param {{ id: string, address: string, documentId?: string }} page
 * @param {{ values: Record<string, string>, sites: string[], act: boolean }} order
 *   `sites`: origins other than the page's own that its form may send to; `act`: a person asked for this very page
 * @returns {Promise<Filled>}
 */
export async function fill(tabId, page, order) {
  const target = page.documentId ? { documentId: page.documentId } : { frameId: 0 };
  try {
    const message = { type: "fill", page: page.id, address: page.address, ...order };
    return (await browser.tabs.sendMessage(tabId, message, target)) ?? { filled: [], refused: [], moved: true };
  } catch {
    return { filled: [], refused: [], moved: true };
  }
}

/**
 * Asks the page to keep looking for fields that come later, because a login is under way in this tab.
 * @param {number} tabId
 */
export async function watch(tabId) {
  try {
    await browser.tabs.sendMessage(tabId, { type: "watch" }, { frameId: 0 });
  } catch {
    // No content script there: nothing to fill either.
  }
}

/** @param {unknown} kinds @returns {string[]} */
export function known(kinds) {
  return Array.isArray(kinds) ? KINDS.filter((kind) => kinds.includes(kind)) : [];
}
