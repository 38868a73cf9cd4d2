// Search from the address bar (`wf`, a space, words): the records that hold the words, and going to the first page of the
// one that is chosen. Titles and user names are shown, as in the popup; no value is.

import { webPage } from "../shared/address.js";
import { browser } from "../shared/browser.js";
import { Refused, ServiceAway, SignedOut } from "./service.js";

/** How many suggestions a browser shows anyway. */
const SHOWN = 6;

/**
 * @param {import("./vault.js").Vault} vault @param {string} text
 * @returns {Promise<{ content: string, description: string }[]>} what cannot be asked suggests nothing
 */
export async function suggestions(vault, text) {
  const found = await search(vault, text);
  return found.map(({ title, username, url }) => ({ content: url, description: marked(`${title}${username ? ` (${username})` : ""}: ${new URL(url).host}`) }));
}

/**
 * @param {import("./vault.js").Vault} vault @param {string} text a suggestion's address, or what was typed
 * @returns {Promise<string | null>} the address to open
 */
export async function addressOf(vault, text) {
  const [first] = await search(vault, webPage(text)?.host ?? text);
  if (!first) return null;
  // Only an address of a record is opened, never one that somebody typed or had typed.
  const wanted = (await search(vault, webPage(text)?.host ?? text)).find(({ url }) => url === text) ?? (webPage(text) ? null : first);
  return wanted?.url ?? null;
}

/** @param {import("./vault.js").Vault} vault @param {string} text */
async function search(vault, text) {
  try {
    const { records } = await vault.search(text.trim());
    return records.flatMap((one) => (webPage(one.url ?? "") && !one.url?.includes("*") ? [{ ...one, url: String(one.url) }] : [])).slice(0, SHOWN);
  } catch (error) {
    if (error instanceof ServiceAway || error instanceof SignedOut || error instanceof Refused) return [];
    throw error;
  }
}

/** Chromium reads suggestions as XML, Firefox as they are. @param {string} text */
function marked(text) {
  if (!browser.runtime.getURL("").startsWith("chrome-extension:")) return text;
  return text.replace(/[<>&'"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
