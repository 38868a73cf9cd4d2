// The toolbar button: how many records the page in a tab may be filled from, or a mark that something waits for the person
// in the popup. A hint and nothing more; no name and no address is shown there.

import { browser } from "../shared/browser.js";

/** @param {number} tabId @param {number} count */
export function showCount(tabId, count) {
  return show(tabId, count === 0 ? "" : count > 99 ? "99+" : String(count), "#3538cd");
}

/** A fill was taken back because the page changed where it sends its form. @param {number} tabId */
export function showWarning(tabId) {
  return show(tabId, "!", "#b42318");
}

/** A login was typed that may be saved. @param {number} tabId */
export function showOffer(tabId) {
  return show(tabId, "+", "#0b7a4b");
}

/** A sign-in dialog waits for a record. @param {number} tabId */
export function showQuestion(tabId) {
  return show(tabId, "?", "#8a4b00");
}

/** @param {number} tabId @param {string} text @param {string} color */
async function show(tabId, text, color) {
  try {
    await browser.action.setBadgeText({ tabId, text });
    if (text) await browser.action.setBadgeBackgroundColor({ tabId, color });
    if (text) await browser.action.setBadgeTextColor({ tabId, color: "#ffffff" });
  } catch {
    // The tab was closed meanwhile.
  }
}
