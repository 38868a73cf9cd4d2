// The words of the extension's pages: everything a person reads comes from _locales through here, as text nodes and never
// as markup, so that a record's title or an address cannot become anything but letters.

import { browser } from "./browser.js";

/** Marks the places of nodes in a text while it is being put together. */
const MARK = "\u0001";

/**
 * @param {string} key of _locales
 * @param {...string} parts
 * @returns {string}
 */
export function text(key, ...parts) {
  return browser.i18n.getMessage(key, parts) || key;
}

/**
 * A text with elements in it, such as a record's title set apart.
 * @param {string} key
 * @param {...(string | Node)} parts
 * @returns {DocumentFragment}
 */
export function phrase(key, ...parts) {
  const fragment = document.createDocumentFragment();
  const pieces = text(key, ...parts.map((_, number) => `${MARK}${number}${MARK}`)).split(MARK);
  pieces.forEach((piece, place) => fragment.append(place % 2 === 1 ? parts[Number(piece)] : piece));
  return fragment;
}

/** @param {string} content @returns {HTMLElement} a title or a host, set apart from the sentence around it */
export function strong(content) {
  const element = document.createElement("strong");
  element.textContent = content;
  return element;
}

/** Fills in the fixed texts of a page: `data-text` as content, `data-label` as accessible name and tooltip,
 * `data-hint` as placeholder. */
export function localise() {
  document.documentElement.lang = browser.i18n.getUILanguage();
  document.documentElement.dir = browser.i18n.getMessage("@@bidi_dir");
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = text(/** @type {HTMLElement} */ (element).dataset.text ?? "");
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    const label = text(/** @type {HTMLElement} */ (element).dataset.label ?? "");
    element.setAttribute("aria-label", label);
    element.setAttribute("title", label);
  }
  for (const element of document.querySelectorAll("[data-hint]")) {
    element.setAttribute("placeholder", text(/** @type {HTMLElement} */ (element).dataset.hint ?? ""));
  }
}

/** @param {number} milliseconds since something happened @returns {string} such as "20 seconds ago" */
export function ago(milliseconds) {
  const words = new Intl.RelativeTimeFormat(browser.i18n.getUILanguage(), { numeric: "auto" });
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 5) return text("justNow");
  if (seconds < 90) return words.format(-seconds, "second");
  if (seconds < 5_400) return words.format(-Math.round(seconds / 60), "minute");
  return words.format(-Math.round(seconds / 3_600), "hour");
}

/**
 * What went wrong, for a person.
 * @param {{ code: string, detail: string, retryAfter?: number }} problem
 * @returns {string}
 */
export function problemText({ code, detail, retryAfter }) {
  const key = `problem_${code.replace(/-/g, "_")}`;
  const words = browser.i18n.getMessage(key, [detail, String(retryAfter ?? 60)]);
  return words || browser.i18n.getMessage(code) || detail || text("problem_internal");
}
