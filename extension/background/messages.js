// Every message the background takes, who may send it and what it must look like. What is not in the table, comes from
// somebody else or carries anything more is refused without an answer; there is no default and no "current tab".

import { webPage } from "../shared/address.js";
import { browser } from "../shared/browser.js";
import { isView } from "./recognition/view.js";

/**
 * @typedef {"page" | "popup" | "options"} Sender
 * @typedef {Record<string, "string" | "number" | "boolean" | "view">} Shape
 * @typedef {{ tabId: number, url: URL, documentId?: string, isPrivate: boolean }} FromPage where a content script's message came from
 * @typedef {{ from: Sender, takes: Shape, answer: (message: any, from: FromPage | null) => Promise<unknown> }} Entry
 */

/** No text in a message is longer than an address may be. */
const LONGEST = 8_192;

/** @type {Record<"popup" | "options", string>} */
const PAGES = { popup: "popup/popup.html", options: "options/options.html" };

/**
 * @param {unknown} message
 * @param {chrome.runtime.MessageSender} sender
 * @param {Record<string, Entry>} table
 * @returns {(() => Promise<unknown>) | null} null: refused
 */
export function admit(message, sender, table) {
  if (typeof message !== "object" || message === null) return null;
  const { type, ...rest } = /** @type {Record<string, unknown>} */ (message);
  if (typeof type !== "string" || !Object.hasOwn(table, type)) return null;
  const entry = table[type];
  if (!hasShape(rest, entry.takes)) return null;
  if (entry.from === "page") {
    const from = fromPage(sender);
    return from && (() => entry.answer(rest, from));
  }
  return isOwnPage(sender, PAGES[entry.from]) ? () => entry.answer(rest, null) : null;
}

/** @param {Record<string, unknown>} value @param {Shape} shape */
function hasShape(value, shape) {
  const names = Object.keys(value);
  if (names.length !== Object.keys(shape).length) return false;
  return names.every((name) => {
    const part = value[name];
    switch (Object.hasOwn(shape, name) ? shape[name] : null) {
      case "string":
        return typeof part === "string" && part.length <= LONGEST;
      case "number":
        return Number.isSafeInteger(part);
      case "boolean":
        return typeof part === "boolean";
      case "view":
        return isView(part);
      default:
        return false;
    }
  });
}

/**
 * A content script of this extension in the top frame of a page that is being shown. Its address is the tab's, as the
 * browser knows it; when the tab has gone elsewhere meanwhile the message is about nothing.
 * @param {chrome.runtime.MessageSender} sender
 * @returns {FromPage | null}
 */
function fromPage(sender) {
  if (sender.id !== browser.runtime.id || sender.frameId !== 0 || sender.tab?.id === undefined) return null;
  if (sender.documentLifecycle !== undefined && sender.documentLifecycle !== "active") return null;
  const own = webPage(sender.url);
  const url = webPage(sender.tab.url);
  if (!own || !url || own.origin !== url.origin) return null;
  if (sender.origin !== undefined && sender.origin !== url.origin) return null;
  return { tabId: sender.tab.id, url, documentId: sender.documentId, isPrivate: sender.tab.incognito !== false };
}

/** @param {chrome.runtime.MessageSender} sender @param {string} path */
function isOwnPage(sender, path) {
  if (sender.id !== browser.runtime.id || !sender.url) return false;
  const url = new URL(sender.url);
  const own = new URL(browser.runtime.getURL(path));
  return url.protocol === own.protocol && url.host === own.host && url.pathname === own.pathname;
}
